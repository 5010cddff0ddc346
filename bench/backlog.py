"""A backlog of 100,000 pages: does claiming stay as fast, and everybody as small, from the first page to the last?

    PYTHONPATH=tests .venv/bin/python bench/backlog.py --processes 1 4
    PYTHONPATH=tests .venv/bin/python bench/backlog.py --database sqlite

Fills a database of its own (PostgreSQL on a private port, waiting for the disk at each commit, as in operation) with
batches of pages that need no work, and lets worker processes claim and finish them, each in a transaction. Prints
claims by tenths of the run, what processes and tables weigh, and how long `sohoa status` takes.
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from servers import postgres
from servers.postgres import running_postgres

from pipeline.store import migrate, tables
from pipeline.store.records import jobs
from pipeline.store.records.connect import Records, open_records
from pipeline.store.records.jobs import Holder
from schemas.jobs import JobKind, JobState, Lane, NewJob

PAGES_A_BATCH = 1_000
TENTHS = 10
SOHOA = Path(sys.executable).with_name("sohoa")


@dataclass(frozen=True)
class Worked:
    """What a worker process saw: when each claim ended and how long it took; seconds, and bytes of memory."""

    ended: "array[float]" = field(default_factory=lambda: array("d"))
    claims: "array[float]" = field(default_factory=lambda: array("d"))
    finishes: "array[float]" = field(default_factory=lambda: array("d"))
    memory: list[int] = field(default_factory=list)


def main() -> None:
    stated = arguments()
    console = Console(width=120)
    for processes in stated.processes:
        with database(stated.database) as url:
            title = f"{stated.database}, {processes} process(es), {stated.done} done before"
            measure(url, processes, stated, Table(title=title, title_justify="left"), console)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100_000, help="pages that wait")
    parser.add_argument("--done", type=int, default=0, help="jobs that were done before")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    return parser.parse_args()


@contextmanager
def database(kind: str) -> Iterator[str]:
    """An empty database that lasts as long as the block."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="sohoa-backlog-") as folder:
            yield f"sqlite:///{folder}/sohoa.db"
        return
    programs = postgres.installed()
    if programs is None:
        sys.exit("PostgreSQL is missing; run: make setup-test")
    with running_postgres(programs, fsync=True) as server:
        yield server.new_database()


def measure(url: str, processes: int, stated: argparse.Namespace, table: Table, console: Console) -> None:
    records = open_records(url, Path("unused"))
    migrate.upgrade(records.engine)
    add_done(records, stated.done)
    begun = time.perf_counter()
    added = add_waiting(records, stated.jobs)
    console.print(f"added {stated.jobs} in {time.perf_counter() - begun:.1f} s; a batch of {PAGES_A_BATCH}: {added}")
    console.print(f"sohoa status with {stated.jobs} waiting: {status_s(url)}; its questions: {questions_s(records)}")
    before = size_of(records)
    begun = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.starmap(work, [(url, stated.jobs // processes)] * processes, chunksize=1)
    took = time.perf_counter() - begun
    for column in ("tenth", "claims", "p50 ms", "p99 ms", "max ms"):
        table.add_column(column, justify="right")
    for row in tenths(found):
        table.add_row(*row)
    console.print(table)
    console.print(f"{stated.jobs} claimed and finished in {took:.0f} s: {stated.jobs / took:.0f} a second")
    console.print(f"a finish: {spread([each for worked in found for each in worked.finishes])}")
    for worked in found:
        console.print("memory of a worker, MB, at each tenth: " + " ".join(f"{b / 1e6:.1f}" for b in worked.memory))
    console.print(f"sohoa status with all done: {status_s(url)}; its questions: {questions_s(records)}")
    console.print(f"table job and its indices, MB: {before} before, {size_of(records)} after; {rows_gone_by(records)}")
    with records.begin() as tx:
        counted = jobs.counts(tx)
    assert counted == {(Lane.LINE, JobState.DONE): stated.jobs + stated.done}, counted
    records.engine.dispose()


def add_waiting(records: Records, number: int) -> str:
    """Add batches of pages one after the other, as splitting does."""
    took = []
    for first in range(0, number, PAGES_A_BATCH):
        batch = f"{first:032x}"
        pages = range(min(PAGES_A_BATCH, number - first))
        new = [NewJob(kind=JobKind.PAGE, subject=f"{batch}/{n + 1}", batch=batch, turn=n) for n in pages]
        begun = time.perf_counter()
        with records.begin() as tx:
            jobs.add(tx, new, datetime.now(UTC))
        took.append(time.perf_counter() - begun)
    return spread(took)


def add_done(records: Records, number: int) -> None:
    """What was done in the years before."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    common = {"kind": "page", "lane": "line", "state": "done", "attempt": 1, "charged": 0, "available_at": at}
    common |= {"order_at": at, "created_at": at, "finished_at": at}
    rows = ({"id": f"{n:032x}", "subject": f"cu/{n}", "batch_id": f"{n // 100:x}"} | common for n in range(number))
    while some := list(islice(rows, 20_000)):
        with records.begin() as tx:
            tx.execute(tables.job.insert(), some)


def work(url: str, share: int) -> Worked:
    """Claim and finish until nothing waits, in a process of its own."""
    records = open_records(url, Path("unused"))
    holder = Holder(owner=str(os.getpid()), lease_s=600)
    worked = Worked()
    while True:
        begun = time.perf_counter()
        with records.begin() as tx:
            claim = jobs.claim(tx, Lane.LINE, holder, datetime.now(UTC))
        if claim is None:
            break
        worked.ended.append(time.monotonic())
        worked.claims.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        with records.begin() as tx:
            jobs.finish(tx, claim, datetime.now(UTC))
        worked.finishes.append(time.perf_counter() - begun)
        if len(worked.claims) % (share // TENTHS) == 1:
            worked.memory.append(memory())
    worked.memory.append(memory())
    return worked


def memory() -> int:
    """Bytes of memory that this process has in use."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def tenths(found: Sequence[Worked]) -> Iterator[tuple[str, ...]]:
    """Claims of all processes in the order in which they came, by tenths."""
    pairs = sorted(pair for worked in found for pair in zip(worked.ended, worked.claims, strict=True))
    size = -(-len(pairs) // TENTHS)
    for number, first in enumerate(range(0, len(pairs), size), start=1):
        took = sorted(seconds for _, seconds in pairs[first : first + size])
        figures = (statistics.median(took), took[int(len(took) * 0.99)], took[-1])
        yield (str(number), str(len(took)), *(f"{seconds * 1e3:.2f}" for seconds in figures))


def spread(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and most, in milliseconds."""
    ordered = sorted(seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"p50 {statistics.median(ordered) * 1e3:.2f}, p99 {p99 * 1e3:.2f}, max {ordered[-1] * 1e3:.2f} ms"


def status_s(url: str) -> str:
    """How long the command takes, its start included."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        environ = {"SOHOA_DATABASE_URL": url, "SOHOA_DATA_DIR": tempfile.gettempdir(), "PATH": os.defpath}
        subprocess.run([SOHOA, "status"], env=environ, stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - begun)
    return f"{min(took):.2f} to {max(took):.2f} s"


def questions_s(records: Records) -> str:
    """How long the database takes to count."""
    begun = time.perf_counter()
    with records.begin() as tx:
        jobs.counts(tx)
    return f"{time.perf_counter() - begun:.3f} s"


def size_of(records: Records) -> str:
    """Megabytes of the table and of its indices."""
    if records.engine.dialect.name == "sqlite":
        return f"{Path(records.engine.url.database or '').stat().st_size / 1e6:.0f}"
    table, indices = one(records, "SELECT pg_table_size('job'), pg_indexes_size('job')")
    return f"{table / 1e6:.0f} + {indices / 1e6:.0f}"


def rows_gone_by(records: Records) -> str:
    """What vacuum left of the rows that were updated."""
    if records.engine.dialect.name == "sqlite":
        return "rows are changed in place"
    one(records, "SELECT pg_stat_clear_snapshot()")
    seen = "SELECT n_dead_tup, n_live_tup, autovacuum_count FROM pg_stat_user_tables WHERE relname = 'job'"
    dead, live, vacuums = one(records, seen)
    return f"{dead} dead rows beside {live}, autovacuum came {vacuums} times"


def one(records: Records, query: str) -> tuple[int, ...]:
    """The one row that a query tells."""
    with records.begin() as tx:
        return tuple(tx.execute(sa.text(query)).one())


if __name__ == "__main__":
    main()
