"""Deliveries and their receipts. Within a dossier and receiver they keep the order of sealing.

`sequence` is the place of a delivery among all of its dossier.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.beginning import begins
from pipeline.store.records.insert import insert_once
from pipeline.store.tables import batch, delivery, document, dossier, version
from schemas.errors import NotFound
from schemas.jobs import DeliveryState, JobKind, Lane, NewJob, Receipt, Receiver


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One version of a document on its way to one receiver."""

    id: str
    sequence: int
    document_id: str
    version_no: int
    dossier_code: str
    receiver: Receiver
    state: DeliveryState
    receipt: dict[str, Any] | None
    created_at: datetime
    accepted_at: datetime | None

    @property
    def key(self) -> str:
        """Idempotency key: the same for every attempt of this delivery, and for no other."""
        return f"{self.receiver}-{self.document_id}-{self.version_no}"


def add(tx: sa.Connection, place: DeliveryRow) -> None:
    """Add a delivery; one for the same version and receiver is there only once."""
    insert_once(tx, delivery, dict(vars(place)), ("document_id", "version_no", "receiver"))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A sealed version that the receivers are to have."""

    document_id: str
    dossier_code: str
    version_no: int


def planned(tx: sa.Connection, wanted: Wanted, receivers: Sequence[Receiver], now: datetime) -> list[DeliveryRow]:
    """Return the deliveries that a new version asks for, one per receiver, next in sequence."""
    _wait_for_others(tx, wanted.dossier_code)
    highest = sa.select(sa.func.max(delivery.c.sequence)).where(delivery.c.dossier_code == wanted.dossier_code)
    last = tx.execute(highest).scalar_one() or 0
    return [
        DeliveryRow(
            id=uuid.uuid4().hex,
            sequence=last + position,
            document_id=wanted.document_id,
            version_no=wanted.version_no,
            dossier_code=wanted.dossier_code,
            receiver=receiver,
            state=DeliveryState.PENDING,
            receipt=None,
            created_at=now,
            accepted_at=None,
        )
        for position, receiver in enumerate(receivers, start=1)
    ]


def _wait_for_others(tx: sa.Connection, dossier_code: str) -> None:
    """Let no other transaction plan or accept deliveries of a dossier until this one ends.

    Two that plan would take the same place in sequence; and who accepts the last one known, while
    the next is being planned, would leave that one without its job. SQLite has one writer anyway.
    """
    # No key update: batches that bring papers for the same dossier need not wait.
    row = sa.select(dossier.c.code).where(dossier.c.code == dossier_code)
    tx.execute(row.with_for_update(key_share=True))


def load(tx: sa.Connection, delivery_id: str) -> DeliveryRow:
    """Return a delivery; an unambiguous beginning of its id is enough.

    Raises:
        NotFound: there is none, or more than one.
    """
    query = sa.select(delivery).where(begins(delivery.c.id, delivery_id)).limit(2)
    rows = tx.execute(query).all()
    if len(rows) != 1 or not delivery_id:
        raise NotFound(f"Không có (hoặc không chỉ một) lần giao mang mã {delivery_id}")
    return _row(rows[0])


def next_pending(tx: sa.Connection, receiver: Receiver, dossier_code: str) -> DeliveryRow | None:
    """Return the oldest delivery of a dossier that a receiver has not yet accepted."""
    query = (
        sa.select(delivery)
        .where(
            delivery.c.receiver == receiver,
            delivery.c.dossier_code == dossier_code,
            delivery.c.state == DeliveryState.PENDING,
        )
        .order_by(delivery.c.sequence)
        .limit(1)
    )
    row = tx.execute(query).one_or_none()
    return _row(row) if row else None


def up_to(tx: sa.Connection, place: DeliveryRow) -> list[DeliveryRow]:
    """Return the deliveries of the same dossier and receiver, in sequence, the given one last."""
    query = (
        sa.select(delivery)
        .where(
            delivery.c.receiver == place.receiver,
            delivery.c.dossier_code == place.dossier_code,
            delivery.c.sequence <= place.sequence,
        )
        .order_by(delivery.c.sequence)
    )
    return [_row(row) for row in tx.execute(query)]


def accept(tx: sa.Connection, place: DeliveryRow, receipt: Receipt, now: datetime) -> list[NewJob]:
    """Keep the receipt and return the job of the dossier's next delivery, if any."""
    _wait_for_others(tx, place.dossier_code)
    kept = {"number": receipt.number, "received_at": receipt.received_at.isoformat(), "body": receipt.body}
    tx.execute(
        delivery.update()
        .where(delivery.c.id == place.id)
        .values(state=DeliveryState.ACCEPTED, receipt=kept, accepted_at=now)
    )
    return jobs_for(tx, place.receiver, place.dossier_code)


def jobs_for(tx: sa.Connection, receiver: Receiver, dossier_code: str) -> list[NewJob]:
    """Return the one job that a dossier's deliveries to a receiver need now."""
    coming = next_pending(tx, receiver, dossier_code)
    if coming is None:
        return []
    query = sa.select(batch.c.id, batch.c.lane).join(document).where(document.c.id == coming.document_id)
    batch_id, lane = tx.execute(query).one()
    return [NewJob(kind=JobKind.DELIVER, subject=coming.id, batch=batch_id, batch_lane=Lane(lane))]


def listing(tx: sa.Connection, dossier_code: str = "", states: Sequence[DeliveryState] = ()) -> list[DeliveryRow]:
    """Return deliveries by dossier in their order: all, or those of one dossier or of some states."""
    query = sa.select(delivery).order_by(delivery.c.dossier_code, delivery.c.sequence)
    if dossier_code:
        query = query.where(delivery.c.dossier_code == dossier_code)
    if states:
        query = query.where(delivery.c.state.in_(states))
    return [_row(row) for row in tx.execute(query)]


def unplanned(tx: sa.Connection, receivers: Sequence[Receiver]) -> list[str]:
    """Return the sealed documents that not all of these receivers are to have, in the order of sealing."""
    there = sa.select(sa.func.count()).where(
        delivery.c.document_id == version.c.document_id,
        delivery.c.version_no == version.c.version_no,
        delivery.c.receiver.in_(receivers),
    )
    query = sa.select(version.c.document_id).where(version.c.version_no == 1, there.scalar_subquery() < len(receivers))
    return list(tx.execute(query.order_by(version.c.sealed_at, version.c.document_id)).scalars())


def reopen(tx: sa.Connection, delivery_id: str) -> None:
    """Make an accepted delivery pending again, where the receiver turned out not to have it."""
    tx.execute(
        delivery.update().where(delivery.c.id == delivery_id).values(state=DeliveryState.PENDING, accepted_at=None)
    )


def _row(row: sa.Row[Any]) -> DeliveryRow:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's mapping
    return DeliveryRow(**{**values, "receiver": Receiver(row.receiver), "state": DeliveryState(row.state)})
