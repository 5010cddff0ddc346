"""What was seen on the pages of a batch, page by page, so that no page is looked at twice."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.store.records import aside
from pipeline.store.records.insert import insert_once
from pipeline.store.tables import document, finding, page
from schemas.batch import FINDING_VERSION, Disposition, PageFinding
from schemas.document import Digest
from schemas.dossier import CoverSheet

VERSION = "version"


@dataclass(frozen=True)
class Seen:
    """What was seen on a page; of a blank one the digest of its picture."""

    finding: PageFinding
    picture: Digest | None = None


def save(tx: sa.Connection, batch_id: str, seen: Sequence[Seen]) -> None:
    """Record what was seen; a later look at a page replaces an earlier one."""
    for look in seen:
        told = look.finding.to_json() | {VERSION: FINDING_VERSION}
        row = {"finding": told, "picture_digest": look.picture}
        place = {"batch_id": batch_id, "page_no": look.finding.page_no}
        if not insert_once(tx, finding, place | row):
            tx.execute(finding.update().where(*_at(batch_id, look.finding.page_no)).values(row))


def of_batch(tx: sa.Connection, batch_id: str, first: int = 1, last: int | None = None) -> dict[int, Seen]:
    """Return what was seen on the pages `first` to `last`, by page number; nothing seen by other rules than today's."""
    query = sa.select(finding).where(finding.c.batch_id == batch_id, finding.c.page_no >= first)
    query = query.where(finding.c.page_no <= last) if last else query
    found = (_seen(row) for row in tx.execute(query.order_by(finding.c.page_no)))
    return {seen.finding.page_no: seen for seen in found if seen}


def was_unreadable(tx: sa.Connection, batch_id: str, page_no: int) -> bool:
    """Whether nobody could look at a page when its batch was cut, by whatever rules."""
    told = tx.execute(sa.select(finding.c.finding).where(*_at(batch_id, page_no))).scalar_one_or_none()
    return bool(told and told["unreadable"])


def forget_unreadable(tx: sa.Connection, batch_id: str) -> None:
    """Forget the pages of a batch that nobody could look at: they are tried again when it is balanced again."""
    for page_no, seen in of_batch(tx, batch_id).items():
        if seen.finding.unreadable:
            tx.execute(finding.delete().where(*_at(batch_id, page_no)))


def components_elsewhere(tx: sa.Connection, batch_id: str, dossiers: Collection[str]) -> dict[str, set[int]]:
    """Return by dossier the components ("2 of 3") of which other batches hold a document that is not set aside."""
    others = sa.select(document).where(document.c.dossier_code.in_(dossiers), document.c.batch_id != batch_id)
    rows = tx.execute(others).all()
    gone = aside.among(tx, [row.id for row in rows])
    covers = {batch: _covers(tx, batch) for batch in {row.batch_id for row in rows}}
    held: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.id not in gone and row.document_no <= len(covers[row.batch_id]):
            held[row.dossier_code].add(covers[row.batch_id][row.document_no - 1].index)
    return held


def _covers(tx: sa.Connection, batch_id: str) -> list[CoverSheet]:
    """Return a batch's cover sheets in the order of its documents; none where they were seen by an old version."""
    same = sa.and_(page.c.batch_id == finding.c.batch_id, page.c.page_no == finding.c.page_no)
    query = sa.select(finding.c.finding["cover"]).join(page, same).order_by(page.c.page_no)
    separators = query.where(page.c.batch_id == batch_id, page.c.disposition == Disposition.SEPARATOR)
    covers = (CoverSheet.parse(payload) for payload in tx.execute(separators).scalars())
    return [cover for cover in covers if cover]


def _at(batch_id: str, page_no: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return finding.c.batch_id == batch_id, finding.c.page_no == page_no


def _seen(row: sa.Row[tuple[object, ...]]) -> Seen | None:
    told = dict(row.finding)
    if told.pop(VERSION) != FINDING_VERSION:
        return None
    return Seen(PageFinding.from_json(told), Digest(row.picture_digest) if row.picture_digest else None)
