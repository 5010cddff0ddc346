"""Documents that are held because somebody else stands where their owner should; what a person decided of them.

The fields of a document, and a release, are steps: they belong to these very readings of its pages. Should the pages
be read anew, the document is judged anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.store.records import documents, jobs, steps
from pipeline.store.records.documents import PageRow
from pipeline.store.records.steps import StepKey
from pipeline.store.tables import document, job, page
from schemas.document import Digest
from schemas.errors import OtherOwner
from schemas.jobs import JobKind, JobState

RELEASED = "Chủ hồ sơ đã được người xem lại: "
QUARANTINED = jobs.IN_STATE[JobState.QUARANTINED]


@dataclass(frozen=True, kw_only=True)
class HeldDocument:
    """A document that waits for a person, and why; the reason names no person."""

    document_id: str
    dossier_code: str
    batch_id: str
    reason: str


def fields_key(document_id: str, pages: Sequence[PageRow], version: str) -> StepKey:
    """Return what the fields of a document depend on."""
    return StepKey(inputs=_readings(document_id, pages), stage="fields", version=version)


def fields_digest(tx: sa.Connection, document_id: str, version: str) -> Digest | None:
    """Return where the fields of a document are kept, None before it was assembled."""
    found = steps.find(tx, fields_key(document_id, documents.pages(tx, document_id), version))
    return Digest(found["fields"]) if found else None


def release(tx: sa.Connection, document_id: str, reason: str, now: datetime) -> bool:
    """Let a held document go on, for a reason that is kept beside its pages; False where it is not held."""
    documents.lock(tx, document_id)
    found = jobs.find(tx, JobKind.ASSEMBLE, document_id)
    if not found or found.state is not JobState.QUARANTINED or found.error_code != OtherOwner.code:
        return False
    steps.save(tx, _release_key(document_id, documents.pages(tx, document_id)), {"reason": reason}, now)
    tx.execute(page.update().where(page.c.document_id == document_id).values(reason=RELEASED + reason))
    return jobs.release(tx, found.id, now)


def is_released(tx: sa.Connection, document_id: str, pages: Sequence[PageRow]) -> bool:
    """Whether a person has released a document as it is read now."""
    return steps.find(tx, _release_key(document_id, pages)) is not None


def listing(tx: sa.Connection) -> list[HeldDocument]:
    """Return the documents that are held, by dossier."""
    query = (
        sa.select(job.c.subject, document.c.dossier_code, document.c.batch_id, job.c.error_message)
        .select_from(job.join(document, document.c.id == job.c.subject))
        .where(QUARANTINED, job.c.kind == JobKind.ASSEMBLE, job.c.error_code == OtherOwner.code)
        .order_by(document.c.dossier_code, document.c.document_no)
    )
    return [
        HeldDocument(document_id=subject, dossier_code=dossier, batch_id=batch, reason=reason)
        for subject, dossier, batch, reason in tx.execute(query)
    ]


def _release_key(document_id: str, pages: Sequence[PageRow]) -> StepKey:
    return StepKey(inputs=_readings(document_id, pages), stage="release", version="1")


def _readings(document_id: str, pages: Sequence[PageRow]) -> list[str]:
    return [document_id, *(str(place.layers_digest) for place in pages)]
