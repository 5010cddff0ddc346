"""Deliveries and their receipts. Within a dossier and receiver they keep the order of sealing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.insert import insert_once
from pipeline.store.tables import batch, delivery, document
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
    _wait_for_others(tx)
    last = tx.execute(sa.select(sa.func.coalesce(sa.func.max(delivery.c.sequence), 0))).scalar_one()
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


def _wait_for_others(tx: sa.Connection) -> None:
    """Let no other transaction plan or accept deliveries until this one ends.

    Two that plan would take the same place in sequence; and who accepts the last one known, while
    the next is being planned, would leave that one without its job. SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE"))


def load(tx: sa.Connection, delivery_id: str) -> DeliveryRow:
    """Return a delivery; an unambiguous beginning of its id is enough.

    Raises:
        NotFound: there is none, or more than one.
    """
    query = sa.select(delivery).where(delivery.c.id.startswith(delivery_id, autoescape=True)).limit(2)
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


def listing(tx: sa.Connection) -> list[DeliveryRow]:
    """Return all deliveries in their order."""
    return [_row(row) for row in tx.execute(sa.select(delivery).order_by(delivery.c.sequence))]


def reopen(tx: sa.Connection, delivery_id: str) -> None:
    """Make an accepted delivery pending again, where the receiver turned out not to have it."""
    tx.execute(
        delivery.update().where(delivery.c.id == delivery_id).values(state=DeliveryState.PENDING, accepted_at=None)
    )


def _row(row: sa.Row[Any]) -> DeliveryRow:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's mapping
    return DeliveryRow(**{**values, "receiver": Receiver(row.receiver), "state": DeliveryState(row.state)})
