"""`sohoa work`, `status`, `migrate`: the line itself."""

from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.store import migrate as tables
from pipeline.store.records import batches, jobs
from schemas.batch import BatchState, Disposition
from schemas.jobs import JobState, Lane
from workers import bootstrap, engine, isolation
from workers.bootstrap import Services
from workers.cli.output import JsonFlag, Output
from workers.progress import Bar


def work(
    *,
    drain: Annotated[bool, typer.Option("--drain", help="Dừng khi không còn việc nào chờ.")] = False,
) -> None:
    """Làm các việc đang chờ: đọc trang, dựng PDF/A, ký, giao. Ctrl-C dừng sau khi xong việc dở dang."""
    isolation.warm_up()
    talk = Output()
    talk.say("Đang làm việc; Ctrl-C để dừng. Chạy lại «sohoa work» để làm tiếp.")
    with bootstrap.opened() as services, engine.running(services), closing(JobsBar(services, talk.talk)) as bar:
        engine.wait(lambda: drain and engine.idle(services), bar.show)


class JobsBar:
    """Shows finished jobs out of all, at most four times a second."""

    def __init__(self, services: Services, console: Console) -> None:
        """Watch the jobs of `services`."""
        self._services = services
        self._bar = Bar("việc", console)

    def show(self) -> None:
        """Look once."""
        with self._services.records.begin() as tx:
            numbers = jobs.counts(tx)
        done = sum(number for (_, state), number in numbers.items() if state is JobState.DONE)
        self._bar.show(done, sum(numbers.values()))

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def status(*, as_json: JsonFlag = False) -> None:
    """Cho biết mỗi làn có bao nhiêu việc, trang đi về đâu, lô nào còn mở và vì sao."""
    output = Output(as_json)
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        numbers = jobs.counts(tx)
        places = batches.dispositions(tx)
        listed = batches.listing(tx)
    lanes = [lane_row(lane, numbers) for lane in Lane]
    output.rows("Việc theo làn", LANE_COLUMNS, lanes)
    output.rows("Trang", {"place": "nơi đến", "pages": "số trang"}, page_rows(places))
    waiting = [row for row in listed if row.state is not BatchState.CLOSED]
    output.rows("Lô chưa khép", BATCH_COLUMNS, [batch_row(row) for row in waiting])


LANE_COLUMNS = {
    "lane": "làn",
    "waiting": "chờ",
    "running": "đang làm",
    "done": "xong",
    "quarantined": "cách ly",
}
BATCH_COLUMNS = {"batch": "lô", "station": "quầy", "pages": "trang", "state": "tình trạng", "problems": "lý do"}


def lane_row(lane: Lane, numbers: dict[tuple[Lane, JobState], int]) -> dict[str, Any]:
    """Return one lane's counts."""
    return {"lane": lane.value} | {state.value: numbers.get((lane, state), 0) for state in JobState}


def page_rows(places: dict[Disposition, int]) -> list[dict[str, Any]]:
    """Return where pages went; what is scanned equals their sum."""
    rows = [{"place": place.value, "pages": places.get(place, 0)} for place in Disposition]
    return [*rows, {"place": "scanned", "pages": sum(places.values())}]


def batch_row(row: batches.BatchRow) -> dict[str, Any]:
    """Return a batch as a row."""
    return {
        "batch": row.id[:12],
        "station": row.station,
        "pages": row.pages,
        "state": row.state.value,
        "taken_at": row.taken_at.isoformat(),
        "problems": "; ".join(row.problems),
    }


def migrate() -> None:
    """Đưa các bảng của cơ sở dữ liệu lên phiên bản này; chạy lại không hại gì."""
    with bootstrap.opened() as services:
        Output().say(f"Bảng ở phiên bản {tables.upgrade(services.records.engine)}")
