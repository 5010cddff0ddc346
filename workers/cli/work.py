"""`sohoa work`: do the jobs, in one process or in several."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from pipeline.store import revision
from schemas.errors import InputError
from schemas.jobs import Lane
from workers import bootstrap, engine, isolation, supervision
from workers.bootstrap import Services
from workers.cli.jobs_bar import JobsBar
from workers.cli.output import Output
from workers.crew import lane_threads


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What is to be worked on, and how.

    Attributes:
        pages_at_once: pages that each process works on at once.
        drain: stop when nothing waits.
        under: id of the process that looks after this one, 0 where none does.
    """

    lanes: Sequence[Lane]
    processes: int
    pages_at_once: int
    drain: bool
    under: int
    verbose: bool


def work(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    lanes: Annotated[str, typer.Option("--lanes", help="Các làn, cách nhau dấu phẩy.")] = ",".join(Lane),
    processes: Annotated[int, typer.Option("--processes", min=1, help="Số tiến trình; chết thì chạy lại.")] = 1,
    pages_at_once: Annotated[
        int, typer.Option("--pages-at-once", min=0, help="Số trang mỗi tiến trình đọc cùng lúc; 0: chia đều các lõi.")
    ] = 0,
    drain: Annotated[bool, typer.Option("--drain", help="Dừng khi không còn việc nào chờ.")] = False,
    under: Annotated[int, typer.Option("--under", hidden=True)] = 0,
) -> None:
    """Làm các việc đang chờ: đọc trang, dựng PDF/A, ký, giao. Ctrl-C dừng sau khi xong việc dở dang."""
    chosen = parse_lanes(lanes)
    with bootstrap.opened() as services:
        shift = Shift(
            lanes=chosen,
            processes=processes,
            pages_at_once=pages_at_once or supervision.share(services.page_workers, processes),
            drain=drain,
            under=under,
            verbose=bool(context.find_root().params.get("verbose")),
        )
        (work_together if processes > 1 else work_alone)(shift, services)


def parse_lanes(text: str) -> list[Lane]:
    """Return the lanes that an option names.

    Raises:
        InputError: it names none, or one that there is not.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Lane)]
    if unknown or not names:
        raise InputError(f"Không có làn «{', '.join(unknown) or text}». Các làn: {', '.join(Lane)}")
    return [Lane(name) for name in dict.fromkeys(names)]


def work_alone(shift: Shift, services: Services) -> None:
    """Work on jobs in this process."""
    if shift.under:
        supervision.stay_under(shift.under)
    isolation.warm_up()
    with engine.running(services, lane_threads(shift.lanes, shift.pages_at_once)), shown(shift, services) as bar:
        engine.wait(lambda: shift.drain and engine.idle(services), bar.show)


def work_together(shift: Shift, services: Services) -> None:
    """Let several processes work on jobs, and look after them."""
    revision.check(services.records.engine)
    worker = supervision.command(shift.lanes, shift.pages_at_once, verbose=shift.verbose)
    with supervision.supervised(worker, shift.processes) as look_after, shown(shift, services) as bar:

        def look() -> None:
            look_after()
            bar.show()

        engine.wait(lambda: shift.drain and engine.idle(services), look)


def shown(shift: Shift, services: Services) -> "closing[JobsBar]":
    """Tell a person what goes on; not where another process does."""
    output = Output()
    if not shift.under:
        several = f"{shift.processes} tiến trình đang làm việc" if shift.processes > 1 else "Đang làm việc"
        output.say(f"{several}; Ctrl-C để dừng. Chạy lại «sohoa work» để làm tiếp.")
    return closing(JobsBar(services, Console(quiet=True) if shift.under else output.talk))
