"""Documents, their pages' layers and their sealed versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.beginning import begins
from pipeline.store.tables import document, page, version
from schemas.document import Digest, Sealed, SealLevel
from schemas.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class DocumentRow:
    """A document (văn bản số hóa) of a batch."""

    id: str
    batch_id: str
    document_no: int
    dossier_code: str
    component_code: str
    page_count: int
    confidence: float | None
    draft_digest: Digest | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class PageRow:
    """A page of a document, and where its layers are kept once it was read."""

    batch_id: str
    page_no: int
    position: int
    picture_digest: Digest | None
    layers_digest: Digest | None

    @property
    def subject(self) -> str:
        """What its job works on."""
        return f"{self.batch_id}/{self.page_no}"


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A sealed version; immutable."""

    document_id: str
    version_no: int
    digest: Digest
    size: int
    level: SealLevel
    sealed_at: datetime


def load(tx: sa.Connection, document_id: str) -> DocumentRow:
    """Return a document.

    Raises:
        NotFound: there is none.
    """
    row = tx.execute(sa.select(document).where(document.c.id == document_id)).one_or_none()
    if row is None:
        raise NotFound(f"Không có văn bản {document_id}")
    return _document(row)


def resolve(tx: sa.Connection, beginning: str) -> str:
    """Return the id of the one document whose id begins like that.

    Raises:
        NotFound: there is none, or more than one.
    """
    query = sa.select(document.c.id).where(begins(document.c.id, beginning)).limit(2)
    found = tx.execute(query).scalars().all()
    if len(found) != 1 or not beginning:
        raise NotFound(f"Không có (hoặc không chỉ một) văn bản mang mã {beginning}")
    return str(found[0])


def of_batch(tx: sa.Connection, batch_id: str) -> list[DocumentRow]:
    """Return the documents of a batch in their order."""
    query = sa.select(document).where(document.c.batch_id == batch_id).order_by(document.c.document_no)
    return [_document(row) for row in tx.execute(query)]


def listing(tx: sa.Connection, dossier_code: str = "") -> list[DocumentRow]:
    """Return all documents, or those of one dossier, by dossier, oldest first within."""
    query = sa.select(document).order_by(document.c.dossier_code, document.c.created_at, document.c.document_no)
    if dossier_code:
        query = query.where(document.c.dossier_code == dossier_code)
    return [_document(row) for row in tx.execute(query)]


def pages(tx: sa.Connection, document_id: str) -> list[PageRow]:
    """Return the pages of a document in their order."""
    query = sa.select(page).where(page.c.document_id == document_id).order_by(page.c.position)
    return [_page(row) for row in tx.execute(query)]


def page_of(tx: sa.Connection, batch_id: str, page_no: int) -> tuple[str, PageRow]:
    """Return a content page and the document it belongs to.

    Raises:
        NotFound: the batch has no such page in a document.
    """
    query = sa.select(page).where(page.c.batch_id == batch_id, page.c.page_no == page_no)
    row = tx.execute(query).one_or_none()
    if row is None or row.document_id is None:
        raise NotFound(f"Lô {batch_id} không có trang {page_no} thuộc văn bản nào")
    return row.document_id, _page(row)


def save_layers(tx: sa.Connection, place: PageRow, picture: Digest, layers: Digest) -> None:
    """Record where the layers of a page are kept."""
    tx.execute(
        page.update()
        .where(page.c.batch_id == place.batch_id, page.c.page_no == place.page_no)
        .values(picture_digest=picture, layers_digest=layers)
    )


def lock(tx: sa.Connection, document_id: str) -> None:
    """Let nobody else change a document, its pages or its versions until the end of the transaction."""
    # In the order in which the work on a page takes them, so that neither waits for the other.
    tx.execute(sa.select(page.c.page_no).where(page.c.document_id == document_id).with_for_update())
    tx.execute(sa.select(document.c.id).where(document.c.id == document_id).with_for_update())


def all_read(tx: sa.Connection, document_id: str) -> bool:
    """Whether every page of a document has its layers; the document's row is locked for that."""
    tx.execute(sa.select(document.c.id).where(document.c.id == document_id).with_for_update(key_share=True))
    unread = sa.select(page.c.page_no).where(page.c.document_id == document_id, page.c.layers_digest.is_(None))
    return tx.execute(unread.limit(1)).first() is None


def save_draft(tx: sa.Connection, document_id: str, digest: Digest, confidence: float | None) -> None:
    """Record the draft of a document."""
    tx.execute(document.update().where(document.c.id == document_id).values(draft_digest=digest, confidence=confidence))


def save_version(tx: sa.Connection, document_id: str, version_no: int, sealed: Sealed) -> None:
    """Record a sealed version.

    Raises:
        sqlalchemy.exc.IntegrityError: that version exists; it is never replaced.
    """
    tx.execute(
        version.insert().values(
            document_id=document_id,
            version_no=version_no,
            digest=sealed.digest,
            size=len(sealed.pdf),
            level=sealed.level,
            sealed_at=sealed.sealed_at,
        )
    )


def latest_version(tx: sa.Connection, document_id: str) -> VersionRow | None:
    """Return the newest sealed version, None before sealing."""
    found = versions(tx, document_id)
    return found[-1] if found else None


def versions(tx: sa.Connection, document_id: str) -> list[VersionRow]:
    """Return all sealed versions of a document, oldest first."""
    query = sa.select(version).where(version.c.document_id == document_id).order_by(version.c.version_no)
    return [_version(row) for row in tx.execute(query)]


def _document(row: sa.Row[Any]) -> DocumentRow:
    return DocumentRow(**row._mapping)  # noqa: SLF001 - the documented way to a row's mapping


def _page(row: sa.Row[Any]) -> PageRow:
    return PageRow(
        batch_id=row.batch_id,
        page_no=row.page_no,
        position=row.position,
        picture_digest=row.picture_digest,
        layers_digest=row.layers_digest,
    )


def _version(row: sa.Row[Any]) -> VersionRow:
    return VersionRow(
        document_id=row.document_id,
        version_no=row.version_no,
        digest=row.digest,
        size=row.size,
        level=SealLevel(row.level),
        sealed_at=row.sealed_at,
    )
