"""What stations and centre say to each other: a file on its way, and the receipt of its pages."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from schemas.batch import Disposition
from schemas.document import Digest
from schemas.jobs import Lane

OFFERED_LANES: Final = (Lane.URGENT, Lane.LINE, Lane.BULK)
"""The lanes that a station may ask for; the others are the centre's own."""
MAX_CHUNK_BYTES: Final = 8 * 1024 * 1024
"""The most bytes of one request."""


class UploadState(StrEnum):
    """How far a file has come at the centre.

    The last four are those of its batch (`schemas.batch.BatchState`): from RECEIVED on, the centre
    has the whole file, hashed, and a job for it.
    """

    ABSENT = "absent"
    PARTIAL = "partial"
    RECEIVED = "received"
    OPEN = "open"
    CLOSED = "closed"
    SET_ASIDE = "set-aside"


UNDERWAY: Final = frozenset({UploadState.ABSENT, UploadState.PARTIAL})


@dataclass(frozen=True, kw_only=True)
class PageReceipt:
    """What the centre saw on one page.

    Attributes:
        page_no: 1-based.
        digest: of the decoded pixels, "" where the centre could not read the page.
        place: where the page ledger put it, None before the ledger is made.
        reason: Vietnamese sentence where a person has to look, "" elsewhere.
    """

    page_no: int
    digest: str
    place: Disposition | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as the centre knows it; the answer to every question about it.

    Attributes:
        digest: SHA-256 of the whole file.
        offset: bytes that the centre has, in order from the first; the next chunk begins there.
        batch: id of its batch, "" before there is one.
        total: number of its pages, 0 before there is a batch.
        pages: those that the centre has looked at.
        problems: why the batch is open, in Vietnamese sentences.
    """

    digest: Digest
    state: UploadState
    offset: int = 0
    batch: str = ""
    total: int = 0
    pages: tuple[PageReceipt, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        """Whether the centre has the whole file."""
        return self.state not in UNDERWAY

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what the centre answered.

        Raises:
            KeyError, TypeError, ValueError: it is not of this form.
        """
        return cls(
            digest=Digest(str(value["digest"])),
            state=UploadState(value["state"]),
            offset=int(value["offset"]),
            batch=str(value["batch"]),
            total=int(value["total"]),
            pages=tuple(_receipt(page) for page in value["pages"]),
            problems=tuple(str(problem) for problem in value["problems"]),
        )


def _receipt(value: dict[str, Any]) -> PageReceipt:
    place = value["place"]
    return PageReceipt(
        page_no=int(value["page_no"]),
        digest=str(value["digest"]),
        place=None if place is None else Disposition(place),
        reason=str(value["reason"]),
    )


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A file that waits on the station's own disk, and all that is known of it there.

    Attributes:
        digest, size: of the file.
        name: as an operator knows it; may hold personal data.
        lane: one of `OFFERED_LANES`.
        page_digests: of the decoded pixels of each page, "" where the station could not read it.
        taken_at: when it was taken from the scanner's folder.
        folder: that folder, to which the file returns if the centre refuses it.
        claim: id of the claim under which it was taken.
    """

    digest: Digest
    size: int
    name: str
    lane: Lane
    page_digests: tuple[str, ...]
    taken_at: datetime
    folder: str
    claim: str

    @property
    def pages(self) -> int:
        """Number of pages."""
        return len(self.page_digests)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return asdict(self) | {"taken_at": self.taken_at.isoformat()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        told = {
            "digest": Digest(value["digest"]),
            "lane": Lane(value["lane"]),
            "page_digests": tuple(value["page_digests"]),
            "taken_at": datetime.fromisoformat(value["taken_at"]),
        }
        return cls(**(value | told))


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What a station still holds: not yet sent, or sent and not yet acknowledged page by page."""

    files: int = 0
    pages: int = 0
    oldest_at: datetime | None = None
