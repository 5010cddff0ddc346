"""A scanned batch and its page ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from schemas.document import Digest
from schemas.dossier import CoverSheet
from schemas.jobs import Lane


class Disposition(StrEnum):
    """The one place where a scanned page went."""

    DOCUMENT = "document"
    SEPARATOR = "separator"
    BLANK = "blank"
    REJECTED = "rejected"
    UNASSIGNED = "unassigned"


class BatchState(StrEnum):
    """State of a batch (lô quét).

    OPEN waits for a person. SET_ASIDE: a person decided that nothing is to be made of it.
    """

    RECEIVED = "received"
    OPEN = "open"
    CLOSED = "closed"
    SET_ASIDE = "set-aside"


FINDING_VERSION: Final = 3
"""Raise it when a page is looked at by other rules: batches that are balanced again are then looked at anew."""


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """What the station saw on one scanned page, before anything was changed on it.

    Attributes:
        page_no: 1-based position in the batch.
        blank: nothing but paper.
        cover: content of a cover sheet's QR code, None on any other page.
        fingerprint: digest of the decoded pixels; equal where a page was scanned twice
            from the same file data.
        likeness: what tells whether a sheet was scanned twice; see `pipeline.station.likeness`.
        rejected: why the page cannot be used: it is a cover sheet with a spoiled code; "" on any other.
        unreadable: why nobody could look at the page, "" where that was possible.
    """

    page_no: int
    blank: bool = False
    cover: CoverSheet | None = None
    fingerprint: str = ""
    likeness: str = ""
    rejected: str = ""
    unreadable: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it in the shape in which it is kept."""
        return vars(self) | {"cover": self.cover.payload if self.cover else None}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        cover = CoverSheet.parse(value["cover"]) if value["cover"] else None
        return cls(**(value | {"cover": cover}))


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """Where one page went.

    Attributes:
        page_no: 1-based position in the batch.
        document_no: 1-based number of the document within the batch, None outside of one.
        position: 1-based place within that document, None outside of one.
        duplicate_of: page_no of an earlier page that shows the same, None where none does.
        reason: Vietnamese sentence where the page needs a person, "" elsewhere.
    """

    page_no: int
    disposition: Disposition
    document_no: int | None = None
    position: int | None = None
    duplicate_of: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PlannedDocument:
    """A document that separators cut out of a batch."""

    document_no: int
    cover: CoverSheet
    page_nos: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The page ledger (sổ trang) of a batch: every scanned page in exactly one place.

    Attributes:
        problems: Vietnamese sentences; the batch may close only where there are none.
        remarks: Vietnamese sentences on what waits for a person though the batch may close.
    """

    entries: tuple[LedgerEntry, ...]
    documents: tuple[PlannedDocument, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def balances(self) -> bool:
        """True where the batch may close."""
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Original:
    """A file as a scanner left it.

    Attributes:
        digest: SHA-256 of its bytes, under which it is kept.
        name: file name, NFC; may hold personal data: never logged.
        media_type: by content, not by extension.
        pages: number of pages, 1 or more.
        signed: a PDF that carries signatures: kept byte for byte, only read.
    """

    digest: Digest
    name: str
    media_type: str
    size: int
    pages: int
    signed: bool = False


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One scanned stack (lô quét)."""

    id: str
    station: str
    lane: Lane
    original: Original
    state: BatchState
    taken_at: datetime
