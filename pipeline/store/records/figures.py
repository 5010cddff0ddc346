"""What the tables say to those who watch: how much waits where, since when, and who is silent.

Asked at every scrape, so each question is answered from an index over what is unfinished; nothing
here counts what is done, of which there is more every day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from pipeline.store.records import stations
from pipeline.store.records.jobs import QUARANTINED, RUNNING, WAITING
from pipeline.store.records.stations import StationRow
from pipeline.store.tables import batch, delivery, job
from schemas.batch import BatchState
from schemas.jobs import DeliveryState, JobKind, Lane, Receiver


@dataclass(frozen=True, kw_only=True)
class Queued:
    """How many things wait, and since when the first of them does; None where none waits yet."""

    number: int = 0
    since: datetime | None = None

    def age(self, now: datetime) -> timedelta:
        """Return for how long the first has waited; nothing where its time is still to come."""
        return max(now - self.since, timedelta(0)) if self.since else timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All of it at one moment.

    Attributes:
        waiting: by lane; the first one's turn came at `since`.
        running: jobs by lane.
        silent: running jobs whose lease ran out and that nobody has put back.
        quarantined: by kind of job and code of error.
        batches: those not closed, by state.
        deliveries: pending ones, by receiver.
        stations: those whose token is not revoked.
    """

    waiting: dict[Lane, Queued]
    running: dict[Lane, int]
    silent: int
    quarantined: dict[tuple[JobKind, str], int]
    batches: dict[BatchState, Queued]
    deliveries: dict[Receiver, Queued]
    stations: tuple[StationRow, ...]


UNFINISHED = (BatchState.RECEIVED, BatchState.OPEN)


def look(tx: sa.Connection, now: datetime) -> Figures:
    """Return the figures of now."""
    return Figures(
        waiting=_waiting(tx),
        running=_running(tx),
        silent=tx.execute(sa.select(sa.func.count()).where(RUNNING, job.c.lease_until < now)).scalar_one(),
        quarantined=_quarantined(tx),
        batches=_batches(tx),
        deliveries=_deliveries(tx),
        stations=tuple(row for row in stations.listing(tx) if row.revoked_at is None),
    )


def clock(tx: sa.Connection) -> datetime:
    """Return what time it is at the database; SQLite reads this machine's clock, to the second."""
    if tx.dialect.name == "postgresql":
        told: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)
    return datetime.fromisoformat(tx.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")).scalar_one())


def _waiting(tx: sa.Connection) -> dict[Lane, Queued]:
    counted = sa.select(job.c.lane, sa.func.count()).where(WAITING).group_by(job.c.lane)
    numbers = {Lane(lane): number for lane, number in tx.execute(counted)}
    return {lane: Queued(number=numbers.get(lane, 0), since=_next_turn(tx, lane)) for lane in Lane}


def _next_turn(tx: sa.Connection, lane: Lane) -> datetime | None:
    first = sa.select(job.c.order_at).where(job.c.lane == lane, WAITING).order_by(job.c.order_at).limit(1)
    return tx.execute(first).scalar_one_or_none()


def _running(tx: sa.Connection) -> dict[Lane, int]:
    query = sa.select(job.c.lane, sa.func.count()).where(RUNNING).group_by(job.c.lane)
    return dict.fromkeys(Lane, 0) | {Lane(lane): number for lane, number in tx.execute(query)}


def _quarantined(tx: sa.Connection) -> dict[tuple[JobKind, str], int]:
    query = sa.select(job.c.kind, job.c.error_code, sa.func.count()).where(QUARANTINED)
    grouped = query.group_by(job.c.kind, job.c.error_code)
    return {(JobKind(kind), code or ""): number for kind, code, number in tx.execute(grouped)}


def _batches(tx: sa.Connection) -> dict[BatchState, Queued]:
    query = sa.select(batch.c.state, sa.func.count(), sa.func.min(batch.c.taken_at))
    rows = tx.execute(query.where(batch.c.state.in_(UNFINISHED)).group_by(batch.c.state))
    found = {BatchState(state): Queued(number=number, since=since) for state, number, since in rows}
    return {state: found.get(state, Queued()) for state in UNFINISHED}


def _deliveries(tx: sa.Connection) -> dict[Receiver, Queued]:
    query = sa.select(delivery.c.receiver, sa.func.count(), sa.func.min(delivery.c.created_at))
    rows = tx.execute(query.where(delivery.c.state == DeliveryState.PENDING).group_by(delivery.c.receiver))
    found = {Receiver(receiver): Queued(number=number, since=since) for receiver, number, since in rows}
    return {receiver: found.get(receiver, Queued()) for receiver in Receiver}
