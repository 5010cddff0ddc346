"""What a station decides about a file on its way to the centre; nothing here touches disk or network."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.jobs import Lane
from schemas.upload import Backlog, Manifest, PageReceipt, Upload

FIRST_PAUSE_S = 0.5
MOST_DOUBLINGS = 20
CHUNK_BYTES: Final = 1024 * 1024
"""What is sent at once: all that a line that breaks can cost."""
TURN: Final = {Lane.URGENT: 0, Lane.LINE: 1, Lane.BULK: 2}


@dataclass(frozen=True)
class Send:
    """Send `length` bytes from `offset`; none where the centre has all and only has not looked yet."""

    offset: int
    length: int


@dataclass(frozen=True)
class Await:
    """The centre has the file; it has acknowledged `pages` of its pages so far."""

    pages: int


@dataclass(frozen=True)
class LetGo:
    """Every page is acknowledged: the local copy may go."""


@dataclass(frozen=True)
class Keep:
    """The centre sees other pixels than the station on these pages: a person has to look."""

    page_nos: tuple[int, ...]


Step = Send | Await | LetGo | Keep


def next_step(manifest: Manifest, known: Upload, chunk_bytes: int = CHUNK_BYTES) -> Step:
    """Return what is to be done with a file, by what the centre knows of it."""
    if not known.arrived:
        return Send(known.offset, min(chunk_bytes, manifest.size - known.offset))
    wrong = [page.page_no for page in known.pages if differs(page, manifest.page_digests)]
    if wrong:
        return Keep(tuple(wrong))
    done = {page.page_no for page in known.pages if page.place is not None}
    whole = done == set(range(1, manifest.pages + 1)) and known.total == manifest.pages
    return LetGo() if whole else Await(len(done))


def differs(page: PageReceipt, digests: Sequence[str]) -> bool:
    """Whether station and centre decoded other pixels from the same bytes.

    A page that one of them could not read is accounted for in the ledger, with its reason; the bytes of the
    whole file were compared before.
    """
    if not 1 <= page.page_no <= len(digests):
        return True
    own = digests[page.page_no - 1]
    return bool(own and page.digest) and own != page.digest


def in_turn(waiting: Iterable[Manifest]) -> list[Manifest]:
    """Return files in the order in which they are sent: where a citizen waits first, then oldest first."""
    return sorted(waiting, key=lambda manifest: (TURN[manifest.lane], manifest.taken_at, manifest.digest))


def backlog(waiting: Sequence[Manifest]) -> Backlog:
    """Return the sum of what a station still holds."""
    oldest = min((manifest.taken_at for manifest in waiting), default=None)
    return Backlog(files=len(waiting), pages=sum(manifest.pages for manifest in waiting), oldest_at=oldest)


def pause(failures: int, longest_s: float, dice: Callable[[], float]) -> float:
    """Return how long to wait after so many failures in a row: doubled each time, never in step with others.

    Args:
        failures: 1 or more.
        longest_s: the ceiling, seconds.
        dice: returns a number from 0 to 1.
    """
    whole: float = min(longest_s, FIRST_PAUSE_S * 2 ** min(failures - 1, MOST_DOUBLINGS))
    return whole * (0.5 + dice() / 2)
