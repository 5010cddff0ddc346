"""`sohoa station`: watch the scanner's folder; look after batches that do not balance."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlalchemy as sa
import typer

from pipeline.station.hot_folder import watching
from pipeline.store import migrate
from pipeline.store.records import batches, findings, jobs
from pipeline.store.records.jobs import JobRow
from schemas.batch import Batch, BatchState
from schemas.errors import InputError, NotFound
from schemas.jobs import JobKind, JobState, Lane
from workers import bootstrap, engine, isolation
from workers.bootstrap import Services, now
from workers.cli import counter, stations
from workers.cli.jobs_bar import JobsBar
from workers.cli.line import batch_row, outcome, show_batches
from workers.cli.output import JsonFlag, OutFile, Output, save
from workers.cli.reason import Reason, stated
from workers.cli.words import word
from workers.desk import read_settings
from workers.page_work import PageTask, Source, scanned_picture
from workers.station import Station
from workers.watcher import Taken

app = typer.Typer(help="Trạm quét: nhận tệp từ máy quét, theo dõi các lô.", no_args_is_help=True, add_completion=False)
app.command("backlog")(counter.backlog)
app.command("add")(stations.add)
app.command("revoke")(stations.revoke)
app.command("list")(stations.listing)
BatchId = Annotated[str, typer.Argument(help="Mã lô, hoặc phần đầu của mã.")]
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
    lane: Annotated[
        Literal["urgent", "line", "bulk"],
        typer.Option("--lane", help="Làn của mọi tệp: urgent khi công dân đợi tại quầy, bulk khi số hóa hàng loạt."),
    ] = "line",
    drain: Annotated[bool, typer.Option("--drain", help="Dừng khi đã nhận hết tệp và làm xong mọi việc.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Nhận tệp quét trọn vẹn từ thư mục, rồi làm luôn các việc tiếp theo, hoặc gửi về trung tâm (SOHOA_CENTRE_URL).

    Ctrl-C để dừng; chạy lại để làm tiếp.
    """
    if not folder.is_dir():
        raise NotFound(f"Không có thư mục {folder}")
    isolation.warm_up()
    output = Output(as_json)
    output.say(f"Đang theo dõi {folder}; Ctrl-C để dừng, chạy lại lệnh này để làm tiếp.")
    try:
        if read_settings().centre.url:
            counter.watch(folder, Lane(lane), drain=drain, output=output)
        else:
            watch_here(folder, Lane(lane), drain=drain, output=output)
    except OSError as error:
        raise InputError(f"Không làm việc được trong thư mục: {error.strerror}") from error


def watch_here(folder: Path, lane: Lane, *, drain: bool, output: Output) -> None:
    """Take files and work on them in this very process."""
    with bootstrap.opened() as services, closing(JobsBar(services, output.talk)) as bar:
        migrate.upgrade(services.records.engine)
        with watching(folder) as hot_folder, engine.running(services):
            station = Station(services, hot_folder, lane)
            engine.wait(lambda: look(station, output) and drain and engine.idle(services), bar.show, LOOK_EVERY_S)
            tell_of_batches(station, output)


def look(station: Station, output: Output) -> bool:
    """Take what is ready and tell of it; True where the folder is empty."""
    for taken in station.take_all():
        tell(taken, output)
    for name in station.watcher.unfinished():
        tell_unfinished(name, output)
    tell_of_batches(station, output)
    return not station.hot_folder.look()


def tell(taken: Taken, output: Output) -> None:
    """Show what became of a file."""
    if output.as_json:
        output.row(vars(taken))
    elif taken.trouble:
        output.say(f"✗ {taken.name!r}: {taken.trouble} (tệp nằm ở thư mục rejected)\n  → {taken.hint}")
    else:
        again = " (đã nhận trước đây, không làm lại)" if taken.repeated else ""
        output.say(f"✓ {taken.name!r}: {taken.pages} trang, lô {taken.batch_id[:12]}{again}")


def tell_unfinished(name: str, output: Output) -> None:
    """Say that a file is not complete, though nobody has written to it for a while."""
    text = f"… {name!r}: chưa trọn vẹn, đang đợi máy quét ghi nốt; đợi lâu mà vẫn vậy thì sẽ bị từ chối"
    output.told(text, {"unfinished": name})


def tell_of_batches(station: Station, output: Output) -> None:
    """Say of each batch that was balanced since the last look whether it closed, and if not, why."""
    for row in station.settled():
        output.told(outcome(row), batch_row(row))


@app.command("batches")
def listing(*, as_json: JsonFlag = False) -> None:
    """Liệt kê các lô, lô còn mở kèm lý do."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = batches.listing(tx)
    show_batches("Lô quét", found, Output(as_json))


@app.command()
def ledger(batch_id: BatchId, *, as_json: JsonFlag = False) -> None:
    """Cho xem từng trang của một lô đã đi về đâu."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        entries = batches.entries(tx, batches.resolve(tx, batch_id))
    rows: list[dict[str, Any]] = [vars(entry) for entry in entries]
    Output(as_json).rows("Sổ trang", LEDGER_COLUMNS, rows)


@app.command()
def page(
    batch_id: BatchId,
    page_no: Annotated[int, typer.Argument(help="Số trang trong lô, từ 1.")],
    out: OutFile,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Ghi ảnh một trang đúng như khi quét ra tệp JPEG: trang trắng, trang bị loại, trang nào cũng được."""
    with bootstrap.opened() as services:
        found = loaded(batch_id, services)
        if not 1 <= page_no <= found.original.pages:
            raise NotFound(f"Lô này có các trang 1–{found.original.pages}, không có trang {page_no}")
        settings = services.settings
        source = Source(original=found.original, objects_url=services.objects_url)
        task = PageTask(source=source, page_no=page_no, station=settings.station, reading=settings.read)
        save(out, services.children.call(settings.read.page_deadline_s, scanned_picture, task))
    Output(as_json).told(f"Đã ghi {out}.", {"batch": found.id, "page_no": page_no, "file": str(out)})


@app.command()
def original(batch_id: BatchId, out: OutFile, *, as_json: JsonFlag = False) -> None:
    """Ghi tệp gốc của một lô, đúng từng byte như máy quét đã đưa."""
    with bootstrap.opened() as services:
        found = loaded(batch_id, services)
        save(out, services.objects.get(found.original.digest))
    told = {"batch": found.id, "file": str(out), "media_type": found.original.media_type}
    Output(as_json).told(f"Đã ghi {out} ({found.original.media_type}).", told)


def loaded(batch_id: str, services: Services) -> Batch:
    """Return a batch; an unambiguous beginning of its id is enough."""
    with services.migrated_records.begin() as tx:
        return batches.load(tx, batches.resolve(tx, batch_id))


@app.command()
def recheck(batch_id: BatchId, *, as_json: JsonFlag = False) -> None:
    """Cân lại sổ trang của một lô còn mở hoặc đã gác lại, thí dụ sau khi đã nạp hồ sơ."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found, job = at_rest(tx, batch_id, (BatchState.OPEN, BatchState.SET_ASIDE))
        findings.forget_unreadable(tx, found.id)
        jobs.repeat(tx, job.id, now())
    Output(as_json).told("Lô sẽ được cân lại; trạm quét hoặc «sohoa work» đang chạy sẽ làm.", {"batch": found.id})


@app.command("lane")
def move(
    batch_id: BatchId,
    lane: Annotated[Literal["urgent", "line", "bulk"], typer.Argument(help="Làn mới.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Chuyển những việc còn lại của một lô sang làn khác, thí dụ urgent khi công dân đang đợi."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = batches.load(tx, batches.resolve(tx, batch_id))
        batches.move(tx, found.id, Lane(lane))
        moved = jobs.move(tx, found.id, Lane(lane))
    text = f"Lô {found.id[:12]} sang làn «{word(Lane(lane))}»: {moved} việc còn lại."
    Output(as_json).told(text, {"batch": found.id, "lane": lane, "jobs": moved})


@app.command("set-aside")
def set_aside(
    batch_id: BatchId,
    reason: Reason,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Gác một lô còn mở lại, thí dụ vì đã quét lại thành lô khác: mọi trang bị loại kèm lý do, không xóa gì."""
    why = stated(reason)
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found, _ = at_rest(tx, batch_id, (BatchState.OPEN,))
        if not batches.set_aside(tx, found.id, why):
            raise NotFound(f"Lô {found.id[:12]} vừa được người khác xử lý")
    text = f"Đã gác lại lô {found.id[:12]} ({found.original.pages} trang). Đổi ý: «sohoa station recheck»."
    Output(as_json).told(text, {"batch": found.id, "state": BatchState.SET_ASIDE})


def at_rest(tx: sa.Connection, batch_id: str, states: Sequence[BatchState]) -> tuple[Batch, JobRow]:
    """Return a batch in one of `states` and its finished job.

    Raises:
        NotFound: it is in another state, or its ledger is being balanced right now.
    """
    found = batches.load(tx, batches.resolve(tx, batch_id))
    if found.state not in states:
        raise NotFound(f"Lô {found.id[:12]} {word(found.state)}: không làm việc này được")
    job = jobs.find(tx, JobKind.SPLIT, found.id)
    if job is None or job.state is not JobState.DONE:
        raise NotFound(f"Lô {found.id[:12]} đang chờ cân sổ trang")
    return found, job
