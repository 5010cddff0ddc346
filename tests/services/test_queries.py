"""What the line asks of PostgreSQL all day long touches a few blocks, however much waits and however much is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from servers.postgres import PostgresServer

from pipeline.store import migrate
from pipeline.store.records import aside, batches, deliveries, documents, figures, jobs
from pipeline.store.records.connect import Records, open_records
from pipeline.store.records.jobs import Holder
from schemas.batch import BatchState
from schemas.errors import WorkKilled
from schemas.jobs import Claim, JobKind, Lane, NewJob, Receiver
from schemas.settings import JobSettings

pytestmark = pytest.mark.service

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SETTINGS = JobSettings()
FEW, MANY = 150, 2_500
"""Blocks of 8 kB: a look into some indices; a count over what is unfinished. The tables have 20,000."""

FILL = """
INSERT INTO dossier SELECT 'H50.' || n, '{}', :now FROM generate_series(1, 2000) n;
INSERT INTO original SELECT md5('o' || n), 'lo.tif', 'image/tiff', 1, 25, false FROM generate_series(1, 4000) n;
INSERT INTO batch (id, station, original_digest, lane, state, problems, taken_at)
    SELECT md5('b' || n), 'q', md5('o' || n), 'line',
           CASE WHEN n % 40 > 0 THEN 'closed' WHEN n % 80 > 0 THEN 'open' ELSE 'received' END, '[]', :now
    FROM generate_series(1, 4000) n;
INSERT INTO document (id, batch_id, document_no, dossier_code, component_code, page_count, created_at)
    SELECT md5('d' || n), md5('b' || (n + 1) / 2), n % 2, 'H50.' || 1 + n % 2000, 'K', 12, :now
    FROM generate_series(1, 8000) n;
INSERT INTO page (batch_id, page_no, disposition, document_id, reason, layers_digest)
    SELECT md5('b' || b), n, CASE WHEN n < 25 THEN 'document' ELSE 'blank' END,
           CASE WHEN n < 25 THEN md5('d' || 2 * b - n % 2) END, '', CASE WHEN b < 3800 THEN 'x' END
    FROM generate_series(1, 4000) b, generate_series(1, 25) n;
INSERT INTO version SELECT md5('d' || n), 1, 'x', 1, 'B-T', :now FROM generate_series(1, 7600) n;
INSERT INTO delivery (id, sequence, document_id, version_no, dossier_code, receiver, state, created_at)
    SELECT md5('g' || n || r), 2 * n + length(r), md5('d' || n), 1, 'H50.' || 1 + n % 2000, r,
           CASE WHEN n < 7000 THEN 'accepted' ELSE 'pending' END, :now
    FROM generate_series(1, 7600) n, unnest(ARRAY['citizen-store', 'dossier-system']) r;
INSERT INTO outbox (lane, jobs) SELECT 'line', 1 FROM generate_series(1, 300);
INSERT INTO job (id, kind, subject, batch_id, lane, state, attempt, charged, available_at, order_at, lease_until, owner,
                 created_at)
    SELECT md5('j' || n), 'page', md5('b' || n / 100) || '/' || n % 100, md5('b' || n / 100),
           CASE WHEN n > 390000 THEN 'deliver' WHEN n % 10 = 0 THEN 'seal' ELSE 'line' END, s, 1, 1,
           t, t + make_interval(secs => n % 100), CASE WHEN s = 'running' THEN t + interval '1 minute' END,
           CASE WHEN s = 'running' THEN 'w' || n % 7 END, t
    FROM generate_series(1, 400000) n,
         LATERAL (SELECT CASE WHEN n <= 300000 THEN 'done' WHEN n <= 300030 THEN 'running'
                              WHEN n <= 300060 THEN 'quarantined' ELSE 'waiting' END s,
                         CASE WHEN n > 390000 THEN :now + interval '300 s' ELSE :now - interval '1 h' END t) x;
"""


@pytest.fixture(scope="module", params=["before any statistics", "with statistics", "with statistics of quiet times"])
def full(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Records]:
    """A database with 300,000 jobs done and 100,000 waiting; with what the planner may know of it."""
    records = open_records(postgres_server.new_database(), Path("unused"))
    migrate.upgrade(records.engine)
    quiet = request.param == "with statistics of quiet times"
    with autocommitted(records) as plain:
        plain.execute(sa.text("ALTER TABLE job SET (autovacuum_enabled = false)"))
        for statement in FILL.split(";\n"):
            if statement.strip():
                plain.execute(sa.text(statement), {"now": NOW})
        if quiet:  # what it counted is from when nothing waited
            plain.execute(sa.text("UPDATE job SET state = 'done' WHERE state IN ('waiting', 'running')"))
        if request.param != "before any statistics":
            plain.execute(sa.text("VACUUM ANALYZE"))
        if quiet:
            plain.execute(sa.text("UPDATE job SET state = 'waiting' WHERE substr(subject, 30, 5) < 'x' AND id < '4'"))
    yield records
    records.engine.dispose()


@contextmanager
def autocommitted(records: Records) -> Iterator[sa.Connection]:
    with records.engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def blocks(records: Records, ask: Callable[[sa.Connection], object]) -> int:
    """Return how many blocks the statements of `ask` touched; what it changed is undone."""
    said: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        said.append((told[2], told[3]))

    with records.engine.connect() as tx:
        sa.event.listen(tx, "before_cursor_execute", note)
        ask(tx)
        sa.event.remove(tx, "before_cursor_execute", note)
        tx.rollback()
        plans = [tx.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", values) for text, values in said]
        touched = [plan.scalar_one()[0]["Plan"] for plan in plans]
        tx.rollback()
    return sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in touched)


HELD = Claim(
    job_id="0" * 32, kind=JobKind.PAGE, subject="", batch="b", lane=Lane.LINE, attempt=1, lease_until=NOW, charged=1
)
HOLDER = Holder(owner="x", lease_s=60.0)
LANES = dict.fromkeys(Lane, 4)
BATCH, DOCUMENT = "c6cc7c6c4ee0a16d2dc1f5b2bbb2c5b5", "0" * 32


def fail_one(tx: sa.Connection) -> None:
    claim = jobs.claim(tx, Lane.LINE, HOLDER, NOW)
    assert claim
    jobs.renew(tx, claim, NOW)
    jobs.fail(tx, claim, WorkKilled("x"), NOW, SETTINGS)


def finish_one(tx: sa.Connection) -> None:
    claim = jobs.claim(tx, Lane.LINE, HOLDER, NOW)
    assert claim
    jobs.finish(tx, replace(claim), NOW, [NewJob(kind=JobKind.SEAL, subject="s", batch=BATCH)])


ALL_DAY: dict[str, Callable[[sa.Connection], object]] = {
    "claim": lambda tx: jobs.claim(tx, Lane.LINE, HOLDER, NOW),
    "claim where nothing is": lambda tx: jobs.claim(tx, Lane.URGENT, HOLDER, NOW),
    "fail": fail_one,
    "finish": finish_one,
    "set right": lambda tx: jobs.set_right(tx, NOW, SETTINGS),
    "expired": lambda tx: jobs.expired(tx, NOW),
    "owners": jobs.owners,
    "owned by": lambda tx: jobs.owned_by(tx, "w3"),
    "take outbox": lambda tx: jobs.take_outbox(tx, 20),
    "due": lambda tx: jobs.due(tx, NOW, {lane: 4 for lane in Lane if lane is not Lane.DELIVER}),
    "idle": jobs.idle,
    "quarantined": jobs.quarantined,
    "find": lambda tx: jobs.find(tx, JobKind.PAGE, "x"),
    "release": lambda tx: jobs.release(tx, DOCUMENT, NOW),
    "all done": lambda tx: jobs.all_done(tx, JobKind.LOOK, BATCH),
    "all read": lambda tx: documents.all_read(tx, DOCUMENT),
    "pages": lambda tx: documents.pages(tx, DOCUMENT),
    "job by its beginning": lambda tx: jobs.show(tx, "0a1b2"),
    "next pending": lambda tx: deliveries.next_pending(tx, Receiver.CITIZEN_STORE, "H50.7"),
    "plan": lambda tx: deliveries.planned(
        tx, deliveries.Wanted(document_id=DOCUMENT, dossier_code="H50.7", version_no=1), list(Receiver), NOW
    ),
    "entries": lambda tx: batches.entries(tx, BATCH),
}  # fmt: skip
COUNTS: dict[str, Callable[[sa.Connection], object]] = {
    "due where all pause": lambda tx: jobs.due(tx, NOW, {Lane.DELIVER: 4}),
    "open batches": lambda tx: batches.listing(tx, (BatchState.RECEIVED, BatchState.OPEN)),
    "unfinished": jobs.unfinished,
    "counts": jobs.counts,
    "pages settled": batches.page_count,
    "dispositions": batches.dispositions,
    "set aside": aside.among,
    "figures": lambda tx: figures.look(tx, NOW),
}


@pytest.mark.parametrize("name", ALL_DAY)
def test_it_looks_into_indices(name: str, full: Records) -> None:
    assert blocks(full, ALL_DAY[name]) <= FEW


@pytest.mark.parametrize("full", ["with statistics"], indirect=True)
@pytest.mark.parametrize("name", COUNTS)
def test_it_counts_in_indices(name: str, full: Records) -> None:
    assert blocks(full, COUNTS[name]) <= MANY


@pytest.mark.parametrize("full", ["with statistics"], indirect=True)
def test_a_scan_of_a_table_would_be_seen(full: Records) -> None:
    with autocommitted(full) as plain:
        size = plain.execute(sa.text("SELECT pg_relation_size('job') / 8192")).scalar_one()
    whole = sa.text("SELECT max(error_message) FROM job")
    assert blocks(full, lambda tx: tx.execute(whole)) >= size > MANY
