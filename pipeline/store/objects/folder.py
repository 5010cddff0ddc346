"""Objects in a folder: written beside, synced, then linked into place in one step."""

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.store.objects.keeping import KeptObjects
from schemas.document import Digest
from schemas.errors import ObjectStoreUnavailable

LEFTOVER_AGE_S = 86_400.0
"""A temporary file of a day belongs to no living writer."""


class FolderShelf:
    """Keys are paths below `root`; `root/tmp` holds what is being written.

    A file appears under its key only by a link to complete, synced bytes: a crash leaves at most
    a temporary file, which nobody reads. The first link wins, whoever else writes at the same time.
    """

    def __init__(self, root: Path) -> None:
        """Use `root`, which need not exist yet."""
        self._root = root
        self._temporary = root / "tmp"

    def add(self, key: str, data: bytes, media_type: str) -> None:  # noqa: ARG002 - files have no media type
        """Keep `data` under `key` unless something is kept there."""
        path = self._root / key
        with _translated("ghi vào"):
            if not path.exists():
                _make_folder(self._temporary)
                _make_folder(path.parent)
                self._link(data, path)
            # also where another process has just linked it, and may not have come to this line
            _sync_folder(path.parent)

    def read(self, key: str) -> bytes | None:
        """Return what is kept under `key`, None where nothing is."""
        with _translated("đọc từ"):
            try:
                return (self._root / key).read_bytes()
            except FileNotFoundError:
                return None

    def read_first(self, key: str) -> bytes | None:
        """Return what is kept under `key`: here there is never a second."""
        return self.read(key)

    def digest(self, key: str) -> Digest | None:
        """Return the digest of what is kept under `key`, read from the disk where the system allows."""
        with _translated("đọc từ"):
            try:
                with (self._root / key).open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                    return Digest(hashlib.file_digest(file, "sha256").hexdigest())
            except FileNotFoundError:
                return None

    def has(self, key: str) -> bool:
        """Whether something is kept under `key`."""
        with _translated("đọc từ"):
            return (self._root / key).is_file()

    def ping(self) -> str:
        """Write a file as `add` does, and tell how much room is left."""
        with _translated("ghi vào"):
            _make_folder(self._temporary)
            with tempfile.TemporaryFile(dir=self._temporary) as file:
                file.write(b"ping")
                os.fsync(file.fileno())
            free = shutil.disk_usage(self._root).free
        return f"thư mục {self._root}, còn trống {free / 1e9:.1f} GB"

    def remove_leftovers(self) -> None:
        """Remove what writers that were killed a day ago or longer left half written."""
        oldest = time.time() - LEFTOVER_AGE_S
        with _translated("dọn"):
            for path in self._temporary.glob("*"):
                with suppress(FileNotFoundError):  # another process may be tidying up, too
                    if path.stat().st_mtime < oldest:
                        path.unlink()

    def _link(self, data: bytes, path: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=self._temporary) as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(file.name, path)


class FolderObjects(KeptObjects):
    """An `ObjectStore` in a folder."""

    def __init__(self, root: Path) -> None:
        """Keep objects below `root`, which is made when the first one comes."""
        super().__init__(FolderShelf(root))


def _make_folder(path: Path) -> None:
    """Make `path` and what is missing above it, each entry synced."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        why = "đĩa đã đầy" if full else os.strerror(error.errno or 0)
        raise ObjectStoreUnavailable(f"Không {doing} được kho đối tượng: {why}.") from error
