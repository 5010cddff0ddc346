"""What the centre can acknowledge of a file that a station sent: its batch and every page seen so far."""

from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.store.tables import batch, finding, original, page
from schemas.batch import Disposition
from schemas.document import Digest
from schemas.upload import PageReceipt, Upload, UploadState


@dataclass(frozen=True)
class Receipt:
    """A file that was received, and the station whose batch it is."""

    upload: Upload
    station: str


def of_original(tx: sa.Connection, digest: Digest) -> Receipt | None:
    """Return what became of the file with this digest, None where it never came."""
    query = sa.select(batch, original.c.size, original.c.pages).join(original).where(batch.c.original_digest == digest)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    told = Upload(
        digest=digest,
        state=UploadState(row.state),
        offset=row.size,
        batch=row.id,
        total=row.pages,
        pages=tuple(_pages(tx, row.id)),
        problems=tuple(row.problems),
    )
    return Receipt(told, row.station)


def _pages(tx: sa.Connection, batch_id: str) -> list[PageReceipt]:
    """Pages are looked at one by one; their places follow, all at once, when the ledger is made."""
    places = sa.and_(page.c.batch_id == finding.c.batch_id, page.c.page_no == finding.c.page_no)
    query = (
        sa.select(finding.c.page_no, finding.c.finding, page.c.disposition, page.c.reason)
        .outerjoin(page, places)
        .where(finding.c.batch_id == batch_id)
        .order_by(finding.c.page_no)
    )
    return [
        PageReceipt(
            page_no=row.page_no,
            digest=row.finding["fingerprint"],
            place=None if row.disposition is None else Disposition(row.disposition),
            reason=row.reason or row.finding["rejected"] or row.finding["unreadable"],
        )
        for row in tx.execute(query)
    ]
