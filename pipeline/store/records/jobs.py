"""The job table: claims by lease with a fencing number, turns, outbox, sweeper, quarantine.

Whoever is free in a lane claims the job whose turn it is, by counting an attempt before the work
(`attempt` fences, `charged` counts towards the limit). Whoever finishes must still hold that
attempt, else `LeaseLost` rolls the whole transaction back. Nothing expires by itself: at the limit
a job waits for a person.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from pipeline.store.records.beginning import begins
from pipeline.store.records.insert import insert_missing
from pipeline.store.tables import job, outbox
from schemas.errors import LeaseLost, NotFound, SohoaError
from schemas.jobs import Claim, JobKind, JobState, Lane, NewJob, lane_of
from schemas.settings import JobSettings

# Spelled out, not bound: only then does the database see that its partial indices serve.
IN_STATE = {state: job.c.state == sa.literal_column(f"'{state}'") for state in JobState}
WAITING, RUNNING, QUARANTINED = (
    IN_STATE[state] for state in (JobState.WAITING, JobState.RUNNING, JobState.QUARANTINED)
)


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job as `status` and `quarantine` show it."""

    id: str
    kind: JobKind
    subject: str
    lane: Lane
    state: JobState
    attempt: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    available_at: datetime


TURN_S = 1.0
"""Jobs of one batch line up a second apart: among busy workers, batches that came together advance together."""


def add(tx: sa.Connection, jobs: Iterable[NewJob], now: datetime) -> None:
    """Add jobs and their outbox rows; a job for the same kind and subject is there only once."""
    # Whoever adds the same jobs at the same time does it in the same order, and waits for at most one of us.
    rows = [_new_row(new, now) for new in sorted(jobs, key=lambda new: (new.kind, new.subject))]
    lanes = {row["id"]: row["lane"] for row in rows}
    added = Counter(lanes[job_id] for (job_id,) in insert_missing(tx, job, rows))
    if added:
        tx.execute(outbox.insert(), [{"lane": lane, "jobs": number} for lane, number in added.items()])


def _new_row(new: NewJob, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "kind": new.kind,
        "subject": new.subject,
        "batch_id": new.batch,
        "lane": new.lane,
        "state": JobState.WAITING,
        "attempt": 0,
        "charged": 0,
        "available_at": now,
        "order_at": now + timedelta(seconds=new.turn * TURN_S),
        "created_at": now,
    }


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who takes leases (a process, see `workers.owner`), and for how long."""

    owner: str
    lease_s: float


def _taking() -> ReturningUpdate[Any]:
    next_in_turn = (
        sa.select(job.c.id)
        .where(job.c.lane == sa.bindparam("in_lane"), WAITING, job.c.available_at <= sa.bindparam("now"))
        .order_by(job.c.order_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        job.update()
        .where(job.c.id == next_in_turn)
        .values(
            state=JobState.RUNNING,
            attempt=job.c.attempt + 1,
            charged=job.c.charged + 1,
            lease_until=sa.bindparam("until"),
            owner=sa.bindparam("holder"),
        )
        .returning(job)
    )


# Asked by every worker for every job: said once, not put together each time.
TAKING = _taking()


def claim(tx: sa.Connection, lane: Lane, holder: Holder, now: datetime) -> Claim | None:
    """Lease the job of a lane whose turn it is; count the attempt. None where none is due.

    On PostgreSQL rows that others are just claiming are passed over; SQLite has one writer at a time.
    """
    until = now + timedelta(seconds=holder.lease_s)
    told = {"in_lane": lane, "now": now, "until": until, "holder": holder.owner}
    row = tx.execute(TAKING, told).one_or_none()
    return _claim(row) if row else None


def renew(tx: sa.Connection, held: Claim, until: datetime) -> bool:
    """Prolong a lease; False where it is lost."""
    return bool(tx.execute(_held(held).values(lease_until=until)).rowcount)


def finish(tx: sa.Connection, held: Claim, now: datetime, follow: Sequence[NewJob] = ()) -> None:
    """Mark a job done and add those that follow, in the transaction of its result.

    Raises:
        LeaseLost: the lease ran out and somebody else holds the job; nothing may be committed.
    """
    done = _held(held).values(
        state=JobState.DONE, finished_at=now, lease_until=None, owner=None, error_code=None, error_message=None
    )
    lane = tx.execute(done.returning(job.c.lane)).scalar_one_or_none()
    if lane is None:
        raise LeaseLost(f"Mất quyền giữ việc {held.job_id} ở lần chạy {held.attempt}")
    if lane != held.lane:  # somebody moved the batch meanwhile
        follow = [replace(new, batch_lane=Lane(lane)) if new.batch == held.batch else new for new in follow]
    add(tx, follow, now)


def fail(tx: sa.Connection, held: Claim, error: SohoaError, now: datetime, settings: JobSettings) -> JobState:
    """Put a failed job back or into quarantine; return its new state.

    An outage of another service is not the job's fault: its attempt is not charged.
    """
    charged = tx.execute(sa.select(job.c.charged).where(job.c.id == held.job_id)).scalar_one()
    counted = charged - 1 if error.outage else charged
    state = state_after(error, counted, settings.max_attempts)
    wait = backoff(held.attempt, settings)
    changed = tx.execute(
        _held(held).values(
            state=state,
            charged=counted,
            available_at=now + wait,
            order_at=now + wait,
            lease_until=None,
            owner=None,
            error_code=error.code,
            error_message=error.message,
        )
    ).rowcount
    return state if changed else JobState.RUNNING


def state_after(error: SohoaError, charged: int, limit: int) -> JobState:
    """Decide what becomes of a failed job: only errors that may pass are tried again."""
    if error.retryable and charged < limit:
        return JobState.WAITING
    return JobState.QUARANTINED


def backoff(attempt: int, settings: JobSettings) -> timedelta:
    """Return the wait before the next attempt: doubled each time, up to the limit."""
    doublings = min(attempt - 1, 30)
    return timedelta(seconds=min(settings.backoff_s * 2**doublings, settings.backoff_max_s))


def set_right(tx: sa.Connection, now: datetime, settings: JobSettings) -> None:
    """Bring near what a clock that was ahead has put further off than any pause or lease lasts."""
    latest = now + timedelta(seconds=settings.backoff_max_s)
    indexed = sa.and_(WAITING, job.c.attempt >= sa.literal_column("0"))  # see `tables.job`
    too_late = _free(sa.and_(indexed, job.c.available_at > latest))
    tx.execute(job.update().where(job.c.id.in_(too_late)).values(available_at=now, order_at=now))
    until = now + timedelta(seconds=settings.lease_s)
    too_long = _free(sa.and_(RUNNING, job.c.lease_until > until))
    tx.execute(job.update().where(job.c.id.in_(too_long)).values(lease_until=until))


def _free(condition: sa.ColumnElement[bool]) -> sa.Select[tuple[str]]:
    # A row that another process is just changing is left to it: no sweeper waits for another.
    return sa.select(job.c.id).where(condition).with_for_update(skip_locked=True)


def expired(tx: sa.Connection, now: datetime) -> list[Claim]:
    """Return running jobs whose lease ran out."""
    return _running(tx, job.c.lease_until < now)


def owned_by(tx: sa.Connection, owner: str) -> list[Claim]:
    """Return running jobs of an owner, for when it is known to be dead."""
    return _running(tx, job.c.owner == owner)


def owners(tx: sa.Connection) -> list[str]:
    """Return the owners of all running jobs."""
    rows = tx.execute(sa.select(job.c.owner).where(RUNNING).distinct())
    return [owner for (owner,) in rows if owner]


def _running(tx: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Claim]:
    # Another sweeper at work on the same rows is as good as this one.
    query = sa.select(job).where(RUNNING, condition).order_by(job.c.id).with_for_update(skip_locked=True)
    return [_claim(row) for row in tx.execute(query)]


def _claim(row: sa.Row[Any]) -> Claim:
    return Claim(
        job_id=row.id,
        kind=JobKind(row.kind),
        subject=row.subject,
        batch=row.batch_id,
        lane=Lane(row.lane),
        attempt=row.attempt,
        lease_until=row.lease_until,
        charged=row.charged,
    )


OLDEST = (
    sa.select(outbox.c.id)
    .order_by(outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
EMPTYING = outbox.delete().where(outbox.c.id.in_(OLDEST.scalar_subquery())).returning(outbox.c.lane, outbox.c.jobs)


def take_outbox(tx: sa.Connection, limit: int = 1000) -> Counter[Lane]:
    """Empty the outbox; return how many jobs were added to each lane. Losing it is mended by `due`."""
    added: Counter[Lane] = Counter()
    for lane, number in tx.execute(EMPTYING, {"most": limit}):
        added[Lane(lane)] += number
    return added


def due(tx: sa.Connection, since: datetime, most: Mapping[Lane, int]) -> Counter[Lane]:
    """Return how many jobs of each lane have been due since `since`; counted up to `most` of each."""
    queries = [
        sa.select(sa.literal(lane).label("lane"))
        .where(job.c.lane == lane, WAITING, job.c.available_at <= since)
        .limit(number)
        .subquery()
        .select()
        for lane, number in most.items()
        if number
    ]
    rows = tx.execute(sa.union_all(*queries)).scalars() if queries else ()
    return Counter(Lane(lane) for lane in rows)


def counts(tx: sa.Connection) -> dict[tuple[Lane, JobState], int]:
    """Return the number of jobs by lane and state."""
    # State by state, so that each is counted in its own index; in one statement, so that no job is in two of them.
    queries = [
        sa.select(job.c.lane, sa.literal(state), sa.func.count()).where(condition).group_by(job.c.lane)
        for state, condition in IN_STATE.items()
    ]
    rows = tx.execute(sa.union_all(*queries))
    return {(Lane(lane), JobState(state)): number for lane, state, number in rows}


def unfinished(tx: sa.Connection) -> int:
    """Return the number of jobs that wait or run."""
    of_each = [sa.select(sa.func.count()).where(condition) for condition in (WAITING, RUNNING)]
    return sum(tx.execute(sa.union_all(*of_each)).scalars())


def idle(tx: sa.Connection) -> bool:
    """Whether no job waits or runs."""
    # The first in the order of an index: else a scan past all that was ever done may look cheap. In one statement:
    # a job may change from one state to the other at any time.
    waiting = sa.select(job.c.id).where(WAITING).order_by(job.c.lane, job.c.order_at).limit(1).subquery()
    running = sa.select(job.c.id).where(RUNNING).order_by(job.c.owner).limit(1).subquery()
    return tx.execute(sa.union_all(waiting.select(), running.select())).first() is None


def quarantined(tx: sa.Connection) -> list[JobRow]:
    """Return the jobs in quarantine, oldest first."""
    query = sa.select(job).where(QUARANTINED).order_by(job.c.created_at, job.c.id)
    return [_row(row) for row in tx.execute(query)]


def show(tx: sa.Connection, job_id: str) -> JobRow:
    """Return one job; an unambiguous beginning of its id is enough.

    Raises:
        NotFound: there is none, or more than one.
    """
    rows = tx.execute(sa.select(job).where(begins(job.c.id, job_id)).limit(2)).all()
    if len(rows) != 1 or not job_id:
        raise NotFound(f"Không có (hoặc không chỉ một) công việc mang mã {job_id}")
    return _row(rows[0])


def find(tx: sa.Connection, kind: JobKind, subject: str) -> JobRow | None:
    """Return the job of a kind for a subject, None where there is none."""
    row = tx.execute(sa.select(job).where(job.c.kind == kind, job.c.subject == subject)).one_or_none()
    return _row(row) if row else None


def release(tx: sa.Connection, job_id: str, now: datetime) -> bool:
    """Let a quarantined or waiting job run with all its attempts, before later ones; False where it is neither."""
    states = (JobState.QUARANTINED, JobState.WAITING)
    freed = tx.execute(
        job.update()
        .where(job.c.id == job_id, job.c.state.in_(states))
        .values(state=JobState.WAITING, charged=0, available_at=now, order_at=job.c.created_at)
    ).rowcount
    return bool(freed)


def repeat(tx: sa.Connection, job_id: str, now: datetime) -> bool:
    """Let a finished job run once more, for a person who has mended what it found; False where it is not finished."""
    again = tx.execute(
        job.update()
        .where(job.c.id == job_id, job.c.state == JobState.DONE)
        .values(state=JobState.WAITING, charged=0, available_at=now, order_at=job.c.created_at, finished_at=None)
    ).rowcount
    return bool(again)


def ask(tx: sa.Connection, wanted: Sequence[NewJob], now: datetime) -> None:
    """Add jobs; those that were done before are done once more."""
    add(tx, wanted, now)
    for new in wanted:
        done = job.c.kind == new.kind, job.c.subject == new.subject, job.c.state == JobState.DONE
        again = {"state": JobState.WAITING, "charged": 0, "available_at": now, "finished_at": None}
        tx.execute(job.update().where(*done).values(**again, order_at=job.c.created_at))


def move(tx: sa.Connection, batch_id: str, lane: Lane) -> int:
    """Put what is left to do of a batch into another lane; return how many jobs that is.

    What is being worked on goes on where it is; what follows from it comes into the new lane.
    """
    left = job.c.batch_id == batch_id, sa.or_(WAITING, RUNNING, QUARANTINED)
    moved = sum(
        tx.execute(job.update().where(*left, job.c.kind == kind).values(lane=lane_of(kind, lane))).rowcount
        for kind in JobKind
    )
    tx.execute(outbox.insert().values(lane=lane_of(JobKind.PAGE, lane), jobs=moved))
    return moved


def close(tx: sa.Connection, kind: JobKind, subjects: Sequence[str], now: datetime) -> None:
    """Let nothing more come of jobs: nobody begins them, and whoever is at work on one finds its lease lost."""
    left = job.c.kind == kind, job.c.subject.in_(subjects), job.c.state != JobState.DONE
    closed = {"state": JobState.DONE, "finished_at": now, "lease_until": None, "owner": None}
    tx.execute(job.update().where(*left).values(closed))


def all_done(tx: sa.Connection, kind: JobKind, batch_id: str) -> bool:
    """Whether no job of that kind is left to do for a batch that the caller has locked."""
    left = sa.select(job.c.id).where(job.c.batch_id == batch_id, job.c.kind == kind, job.c.state != JobState.DONE)
    return tx.execute(left.limit(1)).first() is None


def _held(held: Claim) -> sa.Update:
    return job.update().where(job.c.id == held.job_id, job.c.attempt == held.attempt, job.c.state == JobState.RUNNING)


def _row(row: sa.Row[Any]) -> JobRow:
    return JobRow(
        id=row.id,
        kind=JobKind(row.kind),
        subject=row.subject,
        lane=Lane(row.lane),
        state=JobState(row.state),
        attempt=row.attempt,
        error_code=row.error_code,
        error_message=row.error_message,
        created_at=row.created_at,
        available_at=row.available_at,
    )
