"""Files that wait on the station's own disk until the centre has acknowledged every page.

A file and its manifest are written into a directory of their own below SPOOL/new, synced, and the
directory is then renamed to SPOOL/files/DIGEST: killed before, there is nothing and the claim in the
scanner's folder still holds the file; killed after, everything is there. It leaves the same way: by a
rename back to SPOOL/new, from where it is removed. What a killed process left in SPOOL/new is removed by
the one process that sends, which holds the lock of SPOOL, once it is older than any writer.
"""

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from schemas.document import Digest
from schemas.errors import CannotWrite, DigestMismatch
from schemas.upload import Manifest

ORIGINAL, MANIFEST = "original", "manifest.json"
LEFTOVER_AGE_S = 86_400.0


@dataclass(frozen=True)
class Spool:
    """A folder of files on their way. Any number of processes add; one at a time sends.

    Attributes:
        folder: where it lies; made when something is first added.
        reserve_bytes: free bytes to be left on its disk.
    """

    folder: Path
    reserve_bytes: int = 0
    _read: dict[Digest, Manifest] = field(default_factory=dict)

    def room(self) -> int:
        """Return how many bytes may still be added."""
        place = self.folder if self.folder.exists() else self.folder.parent
        return shutil.disk_usage(place).free - self.reserve_bytes

    def add(self, data: bytes, manifest: Manifest) -> None:
        """Keep a file and what is known of it; on return it survives a power failure. Repeating is harmless.

        Raises:
            CannotWrite: there is no room, or the disk does not take it.
        """
        if self.room() < len(data):
            raise CannotWrite("Đĩa của trạm gần đầy")
        try:
            self._move_in(data, manifest)
        except OSError as error:
            raise CannotWrite(f"Không ghi được vào hàng đợi của trạm: {error.strerror}") from error

    def waiting(self) -> list[Manifest]:
        """Return what waits, in no order."""
        names = {Digest(path.name) for path in self._files.iterdir()} if self._files.is_dir() else set()
        for gone in set(self._read) - names:
            self._read.pop(gone, None)  # another thread may be looking, too
        for digest in names - set(self._read):
            with suppress(FileNotFoundError):  # gone meanwhile
                text = (self._files / digest / MANIFEST).read_text(encoding="utf-8")
                self._read[digest] = Manifest.from_json(json.loads(text))
        return list(self._read.values())

    def chunk(self, manifest: Manifest, offset: int, length: int) -> bytes:
        """Return some bytes of a file.

        Raises:
            DigestMismatch: the file is shorter than it was, or gone.
        """
        try:
            with self.path(manifest).open("rb") as file:
                file.seek(offset)
                data = file.read(length)
        except OSError as error:
            raise DigestMismatch(f"Không đọc được tệp trong hàng đợi của trạm: {error.strerror}") from error
        if len(data) != length:
            raise DigestMismatch("Tệp trong hàng đợi của trạm ngắn hơn lúc nhận")
        return data

    def path(self, manifest: Manifest) -> Path:
        """Return where a file lies."""
        return self._files / manifest.digest / ORIGINAL

    def remove(self, manifest: Manifest) -> None:
        """Let go of a file."""
        left = self._new / uuid.uuid4().hex
        with suppress(FileNotFoundError):
            (self._files / manifest.digest).rename(left)
            _sync(self._files)
        shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Within the block no other process sends; yields False where one does already."""
        self._files.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            mine = _locked(handle)
            if mine:
                self._tidy()
            yield mine
        finally:
            os.close(handle)

    @property
    def _files(self) -> Path:
        return self.folder / "files"

    @property
    def _new(self) -> Path:
        return self.folder / "new"

    def _move_in(self, data: bytes, manifest: Manifest) -> None:
        for folder in (self._files, self._new):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._new / uuid.uuid4().hex
        place.mkdir(mode=0o700)
        _write(place / ORIGINAL, data)
        _write(place / MANIFEST, json.dumps(manifest.to_json(), ensure_ascii=False).encode())
        _sync(place)
        try:
            place.rename(self._files / manifest.digest)
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            if not self.path(manifest).exists():  # else: these very bytes wait already
                raise
        _sync(self._files)

    def _tidy(self) -> None:
        oldest = time.time() - LEFTOVER_AGE_S
        for place in self._new.glob("*"):
            with suppress(FileNotFoundError):
                if place.stat().st_mtime < oldest:
                    shutil.rmtree(place, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
