"""Files that arrive in pieces, on the centre's own disk until they are whole.

INCOMING/STATION/DIGEST/ holds the bytes so far and what was said of the file. Who writes holds a lock on the
directory, so that several servers of one machine may share the folder. A chunk is written only after all of
it has come and its digest was found right; its length is then the length of the file. What a crash leaves is a
file that ends early or, after a power cut, badly: the digest of the whole decides, and a file that fails it
begins anew.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from schemas.document import Digest, digest_of
from schemas.errors import CannotWrite, UploadDamaged, UploadOutOfStep
from schemas.jobs import Lane

BYTES, OFFER = "bytes", "offer.json"
DAY_S = 86_400.0
UNKNOWN = "Trung tâm chưa biết tệp này; trạm phải báo trước khi gửi"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A file that a station is going to send. `name` may hold personal data: never logged."""

    digest: Digest
    size: int
    name: str
    lane: Lane


@dataclass(frozen=True)
class Incoming:
    """The folder of files underway.

    Attributes:
        folder: made when the first file comes.
        reserve_bytes: free bytes to be left on its disk.
    """

    folder: Path
    reserve_bytes: int = 0

    def begin(self, station: str, offer: Offer) -> int:
        """Note what is going to be sent; return how many bytes of it are here already.

        Raises:
            UploadOutOfStep: a request of the same station is writing this file at this moment.
            CannotWrite: there is no room for it.
        """
        place = self._place(station, offer.digest)
        with _disk_told():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(place), _disk_told():
            present = _size(place)
            if present > offer.size:
                (place / BYTES).unlink()
                present = 0
            if shutil.disk_usage(place).free - self.reserve_bytes < offer.size - present:
                raise CannotWrite("Đĩa của trung tâm gần đầy")
            _replace(place / OFFER, json.dumps(asdict(offer), ensure_ascii=False).encode())
            return present

    def present(self, station: str, digest: Digest) -> int | None:
        """Return how many bytes of a file are here, None where it was never begun."""
        place = self._place(station, digest)
        return _size(place) if (place / OFFER).exists() else None

    def append(self, station: str, digest: Digest, offset: int, chunk: bytes) -> int:
        """Add a chunk, whose own digest was found right; return how many bytes are here now.

        Raises:
            UploadOutOfStep: it does not begin where the last one ended, the file was never begun, or a
                request of the same station is writing it at this moment.
            UploadDamaged: it goes beyond the file's end.
        """
        with self._underway(station, digest) as (place, offer):
            present = _size(place)
            if offset != present:
                raise UploadOutOfStep(f"Trung tâm đã có {present} byte, không phải {offset}", present)
            if present + len(chunk) > offer.size:
                raise UploadDamaged("Dữ liệu gửi tới dài hơn tệp đã báo")
            with _disk_told(), (place / BYTES).open("ab") as file:
                file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return present + len(chunk)

    @contextmanager
    def whole(self, station: str, digest: Digest) -> Iterator[tuple[bytes, Offer] | None]:
        """Yield a file that is here to its last byte, its digest found right; None where bytes are missing.

        It is dropped when the block ends without an error.

        Raises:
            UploadDamaged: the bytes are others than announced; they are dropped.
            UploadOutOfStep: as `append`.
        """
        with self._underway(station, digest) as (place, offer):
            if _size(place) < offer.size:
                yield None
                return
            with _disk_told():
                data = (place / BYTES).read_bytes()
            if digest_of(data) != digest:
                (place / BYTES).unlink()
                raise UploadDamaged("Tệp nhận được khác với tệp trạm đã báo")
            yield data, offer
            shutil.rmtree(place, ignore_errors=True)

    def drop(self, station: str, digest: Digest) -> None:
        """Forget a file."""
        shutil.rmtree(self._place(station, digest), ignore_errors=True)

    def tidy(self, days: float) -> int:
        """Drop files that nobody has gone on sending for so many days; return how many."""
        oldest = time.time() - days * DAY_S
        dropped = 0
        for place in self.folder.glob("*/*"):
            with suppress(UploadOutOfStep), _locked(place):
                if _touched(place) < oldest:
                    shutil.rmtree(place, ignore_errors=True)
                    dropped += 1
        return dropped

    @contextmanager
    def _underway(self, station: str, digest: Digest) -> Iterator[tuple[Path, Offer]]:
        place = self._place(station, digest)
        with _locked(place):
            yield place, _offer(place)

    def _place(self, station: str, digest: Digest) -> Path:
        return self.folder / station / digest


def _offer(place: Path) -> Offer:
    try:
        value = json.loads((place / OFFER).read_bytes())
    except FileNotFoundError as error:
        raise UploadOutOfStep(UNKNOWN) from error
    return Offer(digest=Digest(value["digest"]), size=value["size"], name=value["name"], lane=Lane(value["lane"]))


def _size(place: Path) -> int:
    try:
        return (place / BYTES).stat().st_size
    except FileNotFoundError:
        return 0


def _touched(place: Path) -> float:
    return max(path.stat().st_mtime for path in (place, *place.iterdir()))


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold a directory's lock within the block.

    Raises:
        UploadOutOfStep: somebody else does, or the directory is gone.
    """
    try:
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise UploadOutOfStep(UNKNOWN) from error
    try:
        _lock(handle, place)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, place: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        gone = not os.path.samestat(os.fstat(handle), place.stat())  # removed, and perhaps made anew, meanwhile
    except BlockingIOError as error:
        raise UploadOutOfStep("Tệp này đang được gửi trên một kết nối khác", _size(place)) from error
    except FileNotFoundError as error:
        raise UploadOutOfStep(UNKNOWN) from error
    if gone:
        raise UploadOutOfStep(UNKNOWN)


@contextmanager
def _disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"Đĩa của trung tâm không đọc, ghi được: {error.strerror}") from error
