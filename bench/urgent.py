"""Feed urgent pages while bulk pages wait, and compare with the same pages on an idle system.

    PYTHONPATH=tests .venv/bin/python bench/urgent.py [--urgent N] [--bulk N] [--repeats N] [--only KIND]

The backlog is page jobs of the bulk lane, as after their batches were split: whoever claims one fetches,
decodes, cleans and reads a page of 300 dpi. Long files in it show few pages over and over, each kept once.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import line_stack
import sqlalchemy as sa
import stacks_drawn
from chaos import stacks
from chaos.stacks import Stack
from hands import working
from line import KINDS, LOOK_S, Line, Passed, Servers, laid, serving
from tables import say, spread, table

from pipeline.station.formats import inspect
from pipeline.store.records import batches, documents, dossiers, jobs
from pipeline.store.records.jobs import IN_STATE
from pipeline.store.tables import job
from schemas.batch import Disposition, Ledger, LedgerEntry, PlannedDocument
from schemas.dossier import CoverSheet, Dossier
from schemas.jobs import JobKind, JobState, Lane, NewJob
from workers import isolation
from workers.bootstrap import now

SEED = 7
LONGEST_FILE = 1000
RUN_LIMIT_S = 900.0
UNDER_WAY_LIMIT_S = 300.0
HEAD = (
    "mode",
    "bulk pages waiting",
    "of them read meanwhile",
    "urgent pages",
    "all read, s",
    "all delivered, s",
    "× idle: read",
    "delivered",
)


@dataclass(frozen=True, kw_only=True)
class Score:
    """One run: what waited in bulk, how many of it were read meanwhile, how long the urgent pages took."""

    waiting: int
    passed: Passed
    read_meanwhile: int


def main() -> None:
    options = _options()
    isolation.warm_up()
    paper = stacks_drawn.draw(options.bulk_paper, SEED)
    with serving(options.only) as servers:
        found = [rows(kind, options.urgent, list(measure(kind, paper, servers, options))) for kind in options.only]
    print(table(HEAD, chain.from_iterable(found)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--urgent", type=int, default=200, help="pages, cover sheets and blank backs included")
    parser.add_argument("--bulk", type=int, default=20_000, help="pages that wait")
    parser.add_argument("--bulk-paper", type=int, default=20, help="drawn pages that the bulk files show")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--pages-at-once", type=int, default=2)
    parser.add_argument("--only", action="append", choices=KINDS, help="repeatable; default: rabbitmq")
    options = parser.parse_args()
    options.only = options.only or ["rabbitmq"]
    return options


def measure(kind: str, paper: Sequence[Stack], servers: Servers, options: argparse.Namespace) -> "Iterator[Score]":
    """Yield runs in turn: idle, beside the backlog, idle, ..."""
    for repeat in range(options.repeats):
        for bulk in (0, options.bulk):
            score = run(f"{kind}-{repeat}-{bulk}", kind, paper if bulk else (), servers, options)
            say(f"{kind}: {score}")
            yield score


def run(name: str, kind: str, paper: Sequence[Stack], servers: Servers, options: argparse.Namespace) -> Score:
    """Feed the same urgent pages each time; where there is `paper`, beside bulk pages that are being worked on."""
    urgent = stacks.draw(options.urgent, SEED)
    with (
        laid(kind, servers, f"urgent-{name}-{time.time_ns()}") as line,
        working(line, options.processes, options.pages_at_once) as hands,
    ):
        hands.make_ready(line, Lane.URGENT)
        if paper:
            wait_in_bulk(line, paper, options.bulk)
            await_bulk(line, options.processes * options.pages_at_once)
        waiting = in_bulk(line, IN_STATE[JobState.WAITING])
        passed = line.finish(line.feed(urgent, Lane.URGENT), RUN_LIMIT_S)
        meanwhile = job.c.finished_at.between(passed.begun, passed.ended)
        return Score(waiting=waiting, read_meanwhile=in_bulk(line, meanwhile), passed=passed)


def wait_in_bulk(line: Line, paper: Sequence[Stack], pages: int) -> None:
    """Record long files as they are after their split: every page waits to be read."""
    case = line_stack.dossier(0)
    with line.services.records.begin() as tx:
        dossiers.save(tx, case, now())
    for number, first in enumerate(range(0, pages, LONGEST_FILE)):
        shown = paper[number % len(paper)]
        data = stacks_drawn.prolonged(shown, min(LONGEST_FILE, pages - first), number)
        source = inspect(data, f"bulk-{number}.tif", line.services.settings.station)
        line.services.objects.put(data, source.media_type)
        with line.services.records.begin() as tx:
            batch, _ = batches.take(tx, source, "bench", Lane.BULK, now())
            batches.save_ledger(tx, batch, one_document(case, source.pages), {}, now())
            places = [place for row in documents.of_batch(tx, batch) for place in documents.pages(tx, row.id)]
            jobs.add(tx, [page_job(batch, place.subject, turn) for turn, place in enumerate(places)], now())


def one_document(dossier: Dossier, pages: int) -> Ledger:
    """Return the ledger of a file whose pages are all of one paper."""
    cover = CoverSheet(dossier_code=dossier.code, component_code=dossier.components[0].code, index=1, total=1)
    numbers = tuple(range(1, pages + 1))
    of_it = {"disposition": Disposition.DOCUMENT, "document_no": 1}
    return Ledger(
        entries=tuple(LedgerEntry(page_no=number, position=number, **of_it) for number in numbers),
        documents=(PlannedDocument(document_no=1, cover=cover, page_nos=numbers),),
        problems=(),
    )


def page_job(batch: str, subject: str, turn: int) -> NewJob:
    """Return the job that reads a bulk page."""
    return NewJob(kind=JobKind.PAGE, subject=subject, batch=batch, batch_lane=Lane.BULK, turn=turn)


def await_bulk(line: Line, pages: int) -> None:
    """Wait until so many bulk pages were read: all that works on them is loaded, and at it.

    Raises:
        TimeoutError: nobody reads them.
    """
    end = time.monotonic() + UNDER_WAY_LIMIT_S
    while in_bulk(line, IN_STATE[JobState.DONE]) < pages:
        if time.monotonic() > end:
            raise TimeoutError("nobody works on bulk pages")
        time.sleep(LOOK_S)


def in_bulk(line: Line, condition: "sa.ColumnElement[bool]") -> int:
    """Return the number of page jobs in bulk for which something holds."""
    query = sa.select(sa.func.count()).where(job.c.lane == Lane.BULK, job.c.kind == JobKind.PAGE, condition)
    with line.services.records.begin() as tx:
        return tx.execute(query).scalar_one()


def rows(kind: str, urgent: int, scores: Sequence[Score]) -> Iterator[list[str]]:
    """Yield a row for the idle system and one beside the backlog; their runs are compared in pairs."""
    idle, loaded = scores[::2], scores[1::2]
    for runs in (idle, loaded):
        yield [
            kind,
            f"{runs[0].waiting:,}",
            spread([one.read_meanwhile for one in runs], 0),
            str(urgent),
            spread([one.passed.read_s for one in runs], 1),
            spread([one.passed.all_s for one in runs], 1),
            *([ratio(idle, loaded, of) for of in ("read_s", "all_s")] if runs is loaded else ("", "")),
        ]


def ratio(idle: Sequence[Score], loaded: Sequence[Score], of: str) -> str:
    """Return how many times as long it takes beside the backlog."""
    return spread([getattr(b.passed, of) / getattr(a.passed, of) for a, b in zip(idle, loaded, strict=True)])


if __name__ == "__main__":
    main()
