"""Seal a draft once, and raise the seal's level later where no time stamp was to be had.

A seal is kept under a name made of its draft before the record is written: whoever comes after
a crash finds it there and never seals a second time.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
import structlog

from pipeline.store.records import deliveries, documents, jobs
from pipeline.store.records.documents import DocumentRow
from schemas.document import Digest, Draft, Sealed, SealLevel
from schemas.errors import NotFound
from schemas.jobs import Claim, JobKind, NewJob, Receiver
from workers.bootstrap import Services, now

log = structlog.get_logger()


def seal_document(claim: Claim, services: Services) -> None:
    """Seal the document's draft, or adopt the seal that an earlier attempt made."""
    with services.records.begin() as tx:
        row = documents.load(tx, claim.subject)
    draft = Draft(services.objects.get(draft_digest(row)))
    name = f"sealed/{draft.digest}"
    sealed = kept_or_made(name, lambda: services.sealer.seal(draft), services)
    follow = [claim.follow(JobKind.STAMP, row.id)] if sealed.level is SealLevel.B_B else []
    services.objects.put(sealed.pdf, "application/pdf")
    with services.records.begin() as tx:
        documents.save_version(tx, row.id, 1, sealed)
        jobs.finish(tx, claim, now(), [*follow, *plan_deliveries(tx, row, services.receivers)])
    services.meters.pages("sealed", row.page_count)
    log.info("document sealed", document=row.id, digest=sealed.digest, state=sealed.level)


def stamp_document(claim: Claim, services: Services) -> None:
    """Add the time stamp that was missing when the document was sealed: a new version.

    The receivers keep pointing at the first version: it stays as it is, and what it says is the same.
    """
    with services.records.begin() as tx:
        row = documents.load(tx, claim.subject)
        first = documents.latest_version(tx, row.id)
    if first is None:
        raise NotFound(f"Văn bản {row.id} chưa được ký")
    name = f"stamped/{first.digest}"
    sealed = kept_or_made(name, lambda: services.sealer.upgrade(services.objects.get(first.digest)), services)
    services.objects.put(sealed.pdf, "application/pdf")
    with services.records.begin() as tx:
        documents.save_version(tx, row.id, first.version_no + 1, sealed)
        jobs.finish(tx, claim, now())


def kept_or_made(name: str, make: Callable[[], Sealed], services: Services) -> Sealed:
    """Return what an earlier attempt kept under `name`, verified again, or make and keep it now."""
    kept = services.objects.get_named(name)
    if kept is not None:
        return services.sealer.adopt(kept)
    made = make()
    kept = services.objects.put_once(name, made.pdf, "application/pdf")
    return made if kept == made.pdf else services.sealer.adopt(kept)


def draft_digest(row: DocumentRow) -> Digest:
    """Return the digest of the draft.

    Raises:
        NotFound: the document was not assembled.
    """
    if row.draft_digest is None:
        raise NotFound(f"Văn bản {row.id} chưa được dựng")
    return row.draft_digest


def plan_deliveries(tx: sa.Connection, row: DocumentRow, receivers: Sequence[Receiver]) -> list[NewJob]:
    """Add the deliveries of a document's first version; return the jobs of those that are next in their dossier."""
    wanted = deliveries.Wanted(document_id=row.id, dossier_code=row.dossier_code, version_no=1)
    planned = deliveries.planned(tx, wanted, receivers, now())
    for place in planned:
        deliveries.add(tx, place)
    return [job for place in planned for job in deliveries.jobs_for(tx, place.receiver, place.dossier_code)]
