"""Batches, their originals and their page ledger."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.beginning import begins
from pipeline.store.records.insert import insert_once
from pipeline.store.tables import batch, document, original, page
from schemas.batch import Batch, BatchState, Disposition, Ledger, LedgerEntry, Original
from schemas.document import Digest
from schemas.errors import NotFound
from schemas.jobs import Lane


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """A batch as `status` and `station batches` show it.

    Attributes:
        problems: what keeps it open; of a closed one, what a person has to know nevertheless.
    """

    id: str
    station: str
    digest: Digest
    pages: int
    state: BatchState
    problems: tuple[str, ...]
    taken_at: datetime


def id_of(digest: Digest) -> str:
    """Return the id of the batch that an original makes: the same at every station, centre and restored back-up."""
    return digest[:32]


def take(tx: sa.Connection, source: Original, station: str, lane: Lane, now: datetime) -> tuple[str, bool]:
    """Record a scanned file; return its batch and whether it is new. The same bytes make one batch only."""
    insert_once(tx, original, _original_row(source))
    row = {
        "id": id_of(source.digest),
        "station": station,
        "lane": lane,
        "original_digest": source.digest,
        "state": BatchState.RECEIVED,
        "problems": [],
        "taken_at": now,
    }
    new = insert_once(tx, batch, row)
    query = sa.select(batch.c.id).where(batch.c.original_digest == source.digest)
    # A batch of an earlier version has a random id.
    return tx.execute(query).scalar_one(), new


def _original_row(source: Original) -> dict[str, Any]:
    return {
        "digest": source.digest,
        "name": source.name,
        "media_type": source.media_type,
        "size": source.size,
        "pages": source.pages,
        "signed": source.signed,
    }


def load(tx: sa.Connection, batch_id: str) -> Batch:
    """Return a batch with its original.

    Raises:
        NotFound: there is none.
    """
    query = sa.select(batch, original).join(original).where(batch.c.id == batch_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"Không có lô {batch_id}")
    source = Original(
        digest=Digest(row.digest),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        pages=row.pages,
        signed=row.signed,
    )
    return Batch(
        id=row.id,
        station=row.station,
        lane=Lane(row.lane),
        original=source,
        state=BatchState(row.state),
        taken_at=row.taken_at,
    )


def lock(tx: sa.Connection, batch_id: str) -> Batch:
    """Return a batch that nobody else may change until the end of the transaction."""
    tx.execute(sa.select(batch.c.id).where(batch.c.id == batch_id).with_for_update(key_share=True))
    return load(tx, batch_id)


def resolve(tx: sa.Connection, beginning: str) -> str:
    """Return the id of the one batch whose id begins like that.

    Raises:
        NotFound: there is none, or more than one.
    """
    query = sa.select(batch.c.id).where(begins(batch.c.id, beginning)).limit(2)
    found: Sequence[str] = tx.execute(query).scalars().all()
    if len(found) != 1 or not beginning:
        raise NotFound(f"Không có (hoặc không chỉ một) lô mang mã {beginning}")
    return found[0]


def await_findings(tx: sa.Connection, batch_id: str) -> None:
    """Put a batch back among those that are being looked at: nobody decides on it meanwhile."""
    tx.execute(batch.update().where(batch.c.id == batch_id).values(state=BatchState.RECEIVED, problems=[]))


def save_ledger(tx: sa.Connection, batch_id: str, ledger: Ledger, pictures: dict[int, Digest], now: datetime) -> None:
    """Replace the ledger of a batch; close the batch and make its documents where it balances.

    Args:
        tx: the caller's transaction.
        batch_id: the batch.
        ledger: where every page goes.
        pictures: digests of the pictures of pages that were set aside, by page number.
        now: time of the documents that come into being.
    """
    tx.execute(page.delete().where(page.c.batch_id == batch_id))
    state = BatchState.CLOSED if ledger.balances else BatchState.OPEN
    told = [*ledger.problems, *ledger.remarks]
    tx.execute(batch.update().where(batch.c.id == batch_id).values(state=state, problems=told))
    ids = _make_documents(tx, batch_id, ledger, now) if ledger.balances else {}
    tx.execute(page.insert(), [_page_row(batch_id, entry, ids, pictures) for entry in ledger.entries])


def _make_documents(tx: sa.Connection, batch_id: str, ledger: Ledger, now: datetime) -> dict[int, str]:
    ids = {planned.document_no: _document_id(batch_id, planned.document_no) for planned in ledger.documents}
    rows = [
        {
            "id": ids[planned.document_no],
            "batch_id": batch_id,
            "document_no": planned.document_no,
            "dossier_code": planned.cover.dossier_code,
            "component_code": planned.cover.component_code,
            "page_count": len(planned.page_nos),
            "created_at": now,
        }
        for planned in ledger.documents
    ]
    if rows:
        tx.execute(document.insert(), rows)
    return ids


def _document_id(batch_id: str, document_no: int) -> str:
    """Return the same id each time: a document split again, from a restored back-up say, is known to the receivers."""
    return hashlib.sha256(f"{batch_id}/{document_no}".encode()).hexdigest()[:32]


def _page_row(batch_id: str, entry: LedgerEntry, ids: dict[int, str], pictures: dict[int, Digest]) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "page_no": entry.page_no,
        "disposition": entry.disposition,
        "document_id": ids.get(entry.document_no or 0),
        "position": entry.position,
        "duplicate_of": entry.duplicate_of,
        "reason": entry.reason,
        "picture_digest": pictures.get(entry.page_no),
    }


def dispositions(tx: sa.Connection, batch_id: str | None = None) -> dict[Disposition, int]:
    """Return the number of pages by where they went, of one batch or of all."""
    query = sa.select(page.c.disposition, sa.func.count()).group_by(page.c.disposition)
    if batch_id is not None:
        query = query.where(page.c.batch_id == batch_id)
    return {Disposition(name): number for name, number in tx.execute(query)}


@dataclass(frozen=True)
class PageCount:
    """Pages that were scanned, and those of them that need no more reading."""

    scanned: int
    settled: int


def page_count(tx: sa.Connection) -> PageCount:
    """Return how many pages of all batches have been scanned, and how many need no more reading.

    Settled are the pages that are content of no document and those that were read. Counted is what is not: it
    is little, however much was scanned.
    """
    pages = sa.select(sa.func.coalesce(sa.func.sum(original.c.pages), 0)).select_from(batch.join(original))
    scanned = tx.execute(pages).scalar_one()
    uncut = tx.execute(pages.where(batch.c.state == BatchState.RECEIVED)).scalar_one()
    content = page.c.document_id.is_not(None), page.c.disposition == Disposition.DOCUMENT
    unread = sa.select(sa.func.count()).select_from(page).where(*content, page.c.layers_digest.is_(None))
    return PageCount(scanned, scanned - uncut - tx.execute(unread).scalar_one())


def move(tx: sa.Connection, batch_id: str, lane: Lane) -> None:
    """Give a batch another lane, for the jobs that are yet to come; `jobs.move` moves those that are there."""
    tx.execute(batch.update().where(batch.c.id == batch_id).values(lane=lane))


def set_aside(tx: sa.Connection, batch_id: str, reason: str) -> bool:
    """Set an open batch aside: every page counts as rejected for that reason. Pictures stay where they are.

    Returns:
        False, and nothing is changed, where the batch is not open.
    """
    chosen = batch.update().where(batch.c.id == batch_id, batch.c.state == BatchState.OPEN)
    if not tx.execute(chosen.values(state=BatchState.SET_ASIDE, problems=[reason])).rowcount:
        return False
    gone = {"disposition": Disposition.REJECTED, "position": None, "duplicate_of": None, "reason": reason}
    tx.execute(page.update().where(page.c.batch_id == batch_id).values(gone))
    return True


def entries(tx: sa.Connection, batch_id: str) -> list[LedgerEntry]:
    """Return the ledger of a batch in page order, document numbers left out."""
    query = sa.select(page).where(page.c.batch_id == batch_id).order_by(page.c.page_no)
    return [
        LedgerEntry(
            page_no=row.page_no,
            disposition=Disposition(row.disposition),
            position=row.position,
            duplicate_of=row.duplicate_of,
            reason=row.reason,
        )
        for row in tx.execute(query)
    ]


def listing(
    tx: sa.Connection, states: Sequence[BatchState] = tuple(BatchState), ids: Collection[str] | None = None
) -> list[BatchRow]:
    """Return the batches in one of `states`, oldest first; only those with one of `ids`, where any are named."""
    query = (
        sa.select(batch, original.c.pages)
        .join(original)
        .where(batch.c.state.in_(states), sa.true() if ids is None else batch.c.id.in_(ids))
        .order_by(batch.c.taken_at, batch.c.id)
    )
    return [
        BatchRow(
            id=row.id,
            station=row.station,
            digest=Digest(row.original_digest),
            pages=row.pages,
            state=BatchState(row.state),
            problems=tuple(row.problems),
            taken_at=row.taken_at,
        )
        for row in tx.execute(query)
    ]
