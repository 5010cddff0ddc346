"""What the stages need from outside, as Protocols. `workers.bootstrap` alone picks who serves them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from schemas.document import Digest, Draft, Sealed, Verification
from schemas.dossier import Dossier
from schemas.jobs import DeliveredPaper, Lane, Receipt
from schemas.layout import Layout
from schemas.page import Page, Pixels
from schemas.text import LineReading, PageText


class Recognizer(Protocol):
    """Reads printed text."""

    @property
    def name(self) -> str:
        """Names and versions of its readers, e.g. "tesserocr 5.5.4 vie best_int + trueocr 0.1.1"."""
        ...

    def read(self, page: Page, layout: Layout) -> PageText:
        """Return the words of `page` in the order of the lines of `layout`, boxes in pixels of `page.image`.

        Raises:
            RecognizerFailed: a reader ended without a result.
        """
        ...


class LineReader(Protocol):
    """Reads lines of print, one crop a line."""

    @property
    def name(self) -> str:
        """Short name as it stands beside each word, e.g. "tesserocr"."""
        ...

    @property
    def version(self) -> str:
        """Name, version and model, e.g. "tesserocr 5.5.4 vie best_int"."""
        ...

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order.

        Args:
            crops: `TextLine.crop`, grey, black on white, of any size.

        Raises:
            RecognizerFailed: the engine ended without a result.
        """
        ...


class ObjectStore(Protocol):
    """Keeps bytes under their SHA-256, for good."""

    def put(self, data: bytes, media_type: str) -> Digest:
        """Keep `data`, read it back, hash it, and return its digest. Repeating is harmless.

        Raises:
            ObjectStoreUnavailable: it cannot be kept now.
            DigestMismatch: what was read back is something else.
        """
        ...

    def put_once(self, name: str, data: bytes, media_type: str) -> bytes:
        """Keep `data` under `name` unless something is kept there; return what is kept there.

        Args:
            name: ASCII letters, digits, "-", "_", "." and "/"; no personal data.
        """
        ...

    def get_named(self, name: str) -> bytes | None:
        """Return what `put_once` kept under `name`, None where nothing is."""
        ...

    def get(self, digest: Digest) -> bytes:
        """Return the bytes kept under `digest`, hashed again.

        Raises:
            NotFound: nothing is kept there.
            DigestMismatch: what is kept there is something else.
        """
        ...

    def exists(self, digest: Digest) -> bool:
        """Whether something is kept under `digest`."""
        ...

    def ping(self) -> str:
        """Return one line on the state of the store.

        Raises:
            ObjectStoreUnavailable: it cannot be used, and why.
        """
        ...


class Queue(Protocol):
    """Wakes workers. It may lose or double what it is given: the database is the truth."""

    def wake(self, lane: Lane, times: int = 1) -> None:
        """Wake that many idle workers of `lane`, wherever they run.

        Raises:
            QueueUnavailable: nobody can be woken now.
        """
        ...


class Sealer(Protocol):
    """Seals a draft with the agency's key."""

    def seal(self, draft: Draft) -> Sealed:
        """Return the draft with the visible block and a PAdES signature, verified.

        A missing time stamp lowers the level, it does not fail.

        Raises:
            SealKeyUnavailable: the key cannot be used now.
            SealInvalid: the result does not verify.
            NotArchival: the result is no PDF/A-2b any more.
        """
        ...

    def adopt(self, pdf: bytes) -> Sealed:
        """Return a file that `seal` or `upgrade` made earlier, verified again, with its level and time.

        Raises:
            SealInvalid: it does not verify.
        """
        ...

    def upgrade(self, pdf: bytes) -> Sealed:
        """Return a file sealed at B-B with a document time stamp added, verified.

        Raises:
            TimestampUnavailable: there is still none to be had.
            SealInvalid: the result does not verify.
        """
        ...

    def ping(self) -> str:
        """Return one line on the key and its certificate.

        Raises:
            SealKeyUnavailable: the key cannot be used now.
        """
        ...

    def verify(self, pdf: bytes) -> Verification:
        """Return what is true of the signatures of `pdf`."""
        ...


class DossierSystem(Protocol):
    """The one-stop information system (hệ thống thông tin giải quyết TTHC)."""

    def deliver(self, dossier: Dossier, papers: Sequence[DeliveredPaper], key: str) -> Receipt:
        """Make the dossier known with its digitized papers, then its progress; in this order.

        Args:
            dossier: the dossier as intake registered it.
            papers: all papers sealed so far, the newest last.
            key: idempotency key of this delivery.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed: try again.
            ReceiverRefused: understood and refused: a person has to look.
        """
        ...

    def holds(self, dossier_code: str, document_id: str) -> bool:
        """Whether the receiver has that paper in that dossier."""
        ...

    @property
    def spared(self) -> bool:
        """Whether calls are turned away, or one only tried, because the last ones failed."""
        ...

    def close(self) -> None:
        """Close its connections."""
        ...


class CitizenStore(Protocol):
    """The citizen's electronic data store (kho quản lý dữ liệu điện tử)."""

    def deliver(self, dossier: Dossier, paper: DeliveredPaper, key: str) -> Receipt:
        """Add an index entry for the paper: owner, paper code, digest and link.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed: try again.
            ReceiverRefused: understood and refused: a person has to look.
        """
        ...

    def holds(self, dossier_code: str, document_id: str) -> bool:
        """Whether the store has an entry for that paper."""
        ...

    @property
    def spared(self) -> bool:
        """Whether calls are turned away, or one only tried, because the last ones failed."""
        ...

    def close(self) -> None:
        """Close its connections."""
        ...


Clock = Callable[[], datetime]
"""Returns the present time, time-zone aware."""
