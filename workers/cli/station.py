"""`sohoa station`: watch the scanner's folder; look after batches that do not balance."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.station.hot_folder import watching
from pipeline.store import migrate
from pipeline.store.records import batches, jobs
from schemas.batch import BatchState
from schemas.errors import InputError, NotFound
from schemas.jobs import JobKind, JobState
from workers import bootstrap, engine, isolation
from workers.bootstrap import now
from workers.cli.line import BATCH_COLUMNS, JobsBar, batch_row
from workers.cli.output import JsonFlag, Output
from workers.station import Station, Taken

app = typer.Typer(help="Trạm quét: nhận tệp từ máy quét, theo dõi các lô.", no_args_is_help=True, add_completion=False)
LOOK_EVERY_S = 0.5
LEDGER_COLUMNS = {
    "page_no": "trang",
    "disposition": "nơi đến",
    "position": "vị trí",
    "duplicate_of": "trùng trang",
    "reason": "lý do",
}


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="Thư mục mà máy quét ghi tệp vào.")],
    *,
    drain: Annotated[bool, typer.Option("--drain", help="Dừng khi đã nhận hết tệp và làm xong mọi việc.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Nhận tệp quét trọn vẹn từ thư mục, rồi làm luôn các việc tiếp theo. Ctrl-C để dừng; chạy lại để làm tiếp."""
    if not folder.is_dir():
        raise NotFound(f"Không có thư mục {folder}")
    isolation.warm_up()
    output = Output(as_json)
    output.say(f"Đang theo dõi {folder}; Ctrl-C để dừng, chạy lại lệnh này để làm tiếp.")
    with bootstrap.opened() as services, closing(JobsBar(services, output.talk)) as bar:
        migrate.upgrade(services.records.engine)
        try:
            with watching(folder) as hot_folder, engine.running(services):
                station = Station(services, hot_folder)
                engine.wait(lambda: look(station, output) and drain and engine.idle(services), bar.show, LOOK_EVERY_S)
        except OSError as error:
            raise InputError(f"Không làm việc được trong thư mục: {error.strerror}") from error


def look(station: Station, output: Output) -> bool:
    """Take what is ready and tell of it; True where the folder is empty."""
    for taken in station.take_all():
        tell(taken, output)
    return not station.hot_folder.look()


def tell(taken: Taken, output: Output) -> None:
    """Show what became of a file."""
    if output.as_json:
        output.row(vars(taken))
    elif taken.trouble:
        output.say(f"✗ {taken.name!r}: {taken.trouble} (xem thư mục rejected)")
    else:
        again = " (đã nhận trước đây, không làm lại)" if taken.repeated else ""
        output.say(f"✓ {taken.name!r}: {taken.pages} trang, lô {taken.batch_id[:12]}{again}")


@app.command("batches")
def listing(*, as_json: JsonFlag = False) -> None:
    """Liệt kê các lô, lô còn mở kèm lý do."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        rows = [batch_row(row) for row in batches.listing(tx)]
    Output(as_json).rows("Lô quét", BATCH_COLUMNS, rows)


@app.command()
def ledger(batch_id: Annotated[str, typer.Argument(help="Mã lô.")], *, as_json: JsonFlag = False) -> None:
    """Cho xem từng trang của một lô đã đi về đâu."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        entries = batches.entries(tx, batches.resolve(tx, batch_id))
    rows: list[dict[str, Any]] = [vars(entry) for entry in entries]
    Output(as_json).rows("Sổ trang", LEDGER_COLUMNS, rows)


@app.command()
def recheck(batch_id: Annotated[str, typer.Argument(help="Mã lô còn mở.")]) -> None:
    """Cân lại sổ trang của một lô còn mở, thí dụ sau khi đã nạp hồ sơ."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = batches.load(tx, batches.resolve(tx, batch_id))
        job = jobs.find(tx, JobKind.SPLIT, found.id)
        if found.state is not BatchState.OPEN or job is None or job.state is not JobState.DONE:
            raise NotFound("Lô này không còn mở, hoặc đang được cân")
        jobs.repeat(tx, job.id, now())
    Output().say("Lô sẽ được cân lại; «sohoa work» sẽ làm.")
