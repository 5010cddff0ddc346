"""Documents that a person sets aside before they are sealed: their pages count as rejected, for a reason."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.store.records import documents, jobs
from pipeline.store.records.documents import DocumentRow
from pipeline.store.tables import batch, document, job, page
from schemas.batch import Disposition
from schemas.jobs import JobKind, JobState, Lane, NewJob

TAKEN_BACK = "Từng bị gác lại: "


@dataclass(frozen=True, kw_only=True)
class StuckPage:
    """A page that could not be read, for which its document waits."""

    batch_id: str
    page_no: int
    document_id: str
    dossier_code: str
    job_id: str
    reason: str


def set_aside(tx: sa.Connection, document_id: str, reason: str, now: datetime) -> bool:
    """Set a document aside: its pages count as rejected, its jobs are closed, whatever runs of them comes to nothing.

    Returns:
        False, and nothing is changed, where it is sealed or set aside already.
    """
    documents.lock(tx, document_id)
    if documents.latest_version(tx, document_id) or among(tx, [document_id]):
        return False
    pages = documents.pages(tx, document_id)
    gone = {"disposition": Disposition.REJECTED, "reason": reason}
    tx.execute(page.update().where(page.c.document_id == document_id).values(gone))
    jobs.close(tx, JobKind.PAGE, [place.subject for place in pages], now)
    for kind in (JobKind.ASSEMBLE, JobKind.SEAL):
        jobs.close(tx, kind, [document_id], now)
    return True


def take_back(tx: sa.Connection, document_id: str, now: datetime) -> bool:
    """Take back a document that was set aside: what was left undone is done; False where it was not set aside."""
    documents.lock(tx, document_id)
    if not among(tx, [document_id]):
        return False
    back = {"disposition": Disposition.DOCUMENT, "reason": TAKEN_BACK + page.c.reason}
    tx.execute(page.update().where(page.c.document_id == document_id).values(back))
    jobs.ask(tx, _left(tx, documents.load(tx, document_id)), now)
    return True


def _left(tx: sa.Connection, row: DocumentRow) -> list[NewJob]:
    lane = Lane(tx.execute(sa.select(batch.c.lane).where(batch.c.id == row.batch_id)).scalar_one())
    unread = [place.subject for place in documents.pages(tx, row.id) if place.layers_digest is None]
    kind = JobKind.PAGE if unread else JobKind.SEAL if row.draft_digest else JobKind.ASSEMBLE
    subjects = unread or [row.id]
    return [NewJob(kind=kind, subject=subject, batch=row.batch_id, batch_lane=lane) for subject in subjects]


def among(tx: sa.Connection, document_ids: Collection[str] | None = None) -> set[str]:
    """Return those of the documents, or of all, that are set aside."""
    query = sa.select(page.c.document_id).where(
        page.c.document_id.is_not(None), page.c.disposition == Disposition.REJECTED
    )
    chosen = query if document_ids is None else query.where(page.c.document_id.in_(document_ids))
    return set(tx.execute(chosen.distinct()).scalars())


def stuck_pages(tx: sa.Connection) -> list[StuckPage]:
    """Return the pages whose job is in quarantine, batch by batch."""
    subject = page.c.batch_id + "/" + sa.cast(page.c.page_no, sa.String)
    of_job = sa.and_(page.c.batch_id == job.c.batch_id, subject == job.c.subject)
    query = (
        sa.select(
            page.c.batch_id,
            page.c.page_no,
            page.c.document_id,
            document.c.dossier_code,
            job.c.id.label("job_id"),
            job.c.error_message.label("reason"),
        )
        .select_from(job.join(page, of_job).join(document, document.c.id == page.c.document_id))
        .where(jobs.IN_STATE[JobState.QUARANTINED], job.c.kind == JobKind.PAGE)
        .order_by(page.c.batch_id, page.c.page_no)
    )
    return [StuckPage(**row) for row in tx.execute(query).mappings()]
