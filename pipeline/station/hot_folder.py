"""The scanner's folder: files are taken from it once, whole, and never lost.

The path of a file, and what being killed right after each step costs:

1. A file appears in FOLDER. It is left alone until it has not changed for `stable_s` and its
   structure reaches its end; one that stays incomplete `PATIENCE` times as long is taken too, so
   that the station can refuse it with a reason. Killed: nothing has happened.
2. `claim` renames it to FOLDER/.sohoa/claimed/OWNER/CLAIM/NAME. A rename happens wholly or not at
   all, and only one of several watchers succeeds. Killed before: the file is in the folder, and an
   empty directory is left, which `recover` removes. Killed after: `recover` returns the claim.
3. The caller stores the bytes under their digest and commits its record. Killed before the
   commit: `recover` returns the claim and the caller does it again; both are idempotent by digest.
   Killed after: likewise, and the caller finds the record and goes on with step 4.
4. `finish` removes the file, provided that it still is what was stored; or `reject` writes
   FOLDER/rejected/NAME.txt and then renames the file beside it. Killed between the two:
   `recover` returns the claim, and the same text is written again under the same name.

Each running watcher holds a lock on its OWNER directory, which the kernel drops when the process
dies, however it dies; `recover` takes over the claims of dead owners only. Where a file system has
no locks, two watchers may both go on with a claim, which step 3 makes harmless.
"""

import errno
import fcntl
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.station.limits import check_bytes
from pipeline.station.names import MAX_NAME_BYTES, shortened, stored_name
from schemas.document import Digest, digest_of
from schemas.errors import InputError, UnreadableFile
from schemas.settings import StationSettings
from schemas.upload import Manifest

PRIVATE, REJECTED = ".sohoa", "rejected"
PATIENCE = 30.0
"""How many times `stable_s` an incomplete file may rest before it counts as cut off."""
SHORTEST_PATIENCE_S = 10.0
TEMPORARY: Final = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
NOT_SCANS: Final = frozenset({"thumbs.db", "desktop.ini"})
NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@dataclass(frozen=True)
class Stamp:
    """What changes about a file while it is being written."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Sight:
    """A file as it was seen, and since when (seconds of the caller's clock) it has looked so."""

    stamp: Stamp
    since: float


@dataclass(frozen=True)
class Claimed:
    """A file that this station has taken.

    Attributes:
        id: name of the claim; stays the same when another process goes on with it.
        path: where the file lies now.
    """

    id: str
    path: Path

    @property
    def name(self) -> str:
        """The file's name as it may be kept and shown. Personal data: not for logs."""
        return stored_name(os.fsdecode(self.path.name))


def watched(before: Mapping[Path, Sight], stamps: Mapping[Path, Stamp], now: float) -> dict[Path, Sight]:
    """Return what is known of the files after another look; `since` is kept where nothing changed.

    Two looks with the caller's own monotonic clock decide, not the file's time: the clock of a
    network share may be wrong.
    """
    return {path: _sight(before.get(path), stamp, now) for path, stamp in stamps.items()}


def _sight(before: Sight | None, stamp: Stamp, now: float) -> Sight:
    return before if before and before.stamp == stamp else Sight(stamp, now)


def is_ready(rested_s: float, stable_s: float, complete: Callable[[], bool]) -> bool:
    """Decide whether a file that has not changed for `rested_s` is to be taken.

    `complete` is asked only when the answer matters.
    """
    if rested_s < stable_s:
        return False
    return rested_s >= max(stable_s * PATIENCE, SHORTEST_PATIENCE_S) or complete()


def explanation(name: str, claim_id: str, error: InputError) -> str:
    """Return the text that lies beside a refused file: what happened and what to do."""
    return (
        f"Tệp: {name}\n"
        f"Không nhận được: {error.message}.\n"
        f"Cần làm: {error.hint}\n"
        f"Mã lỗi: {error.code}\n"
        f"Mã lần nhận: {claim_id}\n"
    )


@dataclass(frozen=True)
class HotFolder:
    """A scanner's folder that this process watches. Made by `watching`.

    Attributes:
        folder: where the scanner writes.
        claims: this process's own claims, locked while it lives.
    """

    folder: Path
    claims: Path

    def look(self) -> dict[Path, Stamp]:
        """Return the files that may be scans: no folders, links, hidden or temporary files."""
        with os.scandir(self.folder) as entries:
            found = {Path(entry.path): _stamp(entry) for entry in entries if _may_be_scan(entry.name)}
        return {path: stamp for path, stamp in sorted(found.items()) if stamp is not None}

    def claimable(
        self, sights: Mapping[Path, Sight], now: float, stable_s: float, is_complete: Callable[[Path], bool]
    ) -> list[Path]:
        """Return the files to take now, by what `watched` knows of them."""
        return [
            path
            for path, sight in sights.items()
            if is_ready(now - sight.since, stable_s, partial(_asked, is_complete, path))
        ]

    def claim(self, path: Path) -> Claimed | None:
        """Take a file; None where another watcher was faster or somebody removed it."""
        claim_id = uuid.uuid4().hex
        place = self.claims / claim_id
        place.mkdir(parents=True)
        _sync(self.claims)
        target = place / path.name
        try:
            path.rename(target)
        except FileNotFoundError:
            place.rmdir()
            return None
        _sync(place)
        _sync(self.folder)
        return Claimed(claim_id, target)

    def recover(self) -> list[Claimed]:
        """Take over the claims of watchers that are dead, and return all unfinished ones of ours."""
        for owner in sorted(self.claims.parent.iterdir()):
            if owner != self.claims and owner.is_dir():
                with _lock(owner) as is_dead:
                    if is_dead:
                        self._inherit(owner)
        return [claimed for place in sorted(self.claims.iterdir()) for claimed in _left_in(place)]

    def _inherit(self, owner: Path) -> None:
        for place in sorted(owner.iterdir()):
            with suppress(FileNotFoundError):
                if place.is_dir():
                    place.rename(self.claims / place.name)
                else:  # a copy that was not made to its end: see `give_back`
                    place.unlink()
        _sync(self.claims)
        with suppress(OSError):  # not empty or already gone: the next `recover` sees
            owner.rmdir()

    def finish(self, claimed: Claimed, digest: Digest) -> bool:
        """Remove a file whose bytes are stored and recorded under `digest`.

        False, and the file stays claimed for the next `recover`, where it holds other bytes by
        now: somebody went on writing after it was read.
        """
        if claimed.path.exists() and digest_of(claimed.path.read_bytes()) != digest:
            return False
        shutil.rmtree(claimed.path.parent, ignore_errors=True)
        _sync(self.claims)
        return True

    def reject(self, claimed: Claimed, error: InputError) -> Path:
        """Move a file to `rejected/` beside a text that says why; return where it lies now."""
        folder = self.folder / REJECTED
        folder.mkdir(exist_ok=True)
        text = explanation(claimed.name, claimed.id, error).encode()
        target = next(place for place in _places(folder, claimed.name) if _reserve(place, text, claimed.id))
        claimed.path.rename(target)
        _sync(folder)
        _sync(claimed.path.parent)
        shutil.rmtree(claimed.path.parent, ignore_errors=True)
        return target


@contextmanager
def watching(folder: Path) -> Iterator[HotFolder]:
    """Watch a folder as a new owner, for as long as the block lasts.

    Raises:
        OSError: the folder cannot be written to.
    """
    private = folder / PRIVATE
    owners = private / "claimed"
    owners.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    fresh = private / name
    fresh.mkdir()
    with _lock(fresh):  # locked before anybody can see it among the owners
        own = fresh.rename(owners / name)
        yield HotFolder(folder, own)
        with suppress(OSError):  # unfinished claims wait for the next `recover`
            own.rmdir()


def give_back(manifest: Manifest, original: Path, error: InputError) -> None:
    """Put a copy of a file that was taken earlier into `rejected/` beside a text that says why; once, however often.

    Raises:
        OSError: its folder is gone or cannot be written to.
    """
    folder = Path(manifest.folder)
    if _is_told(folder / REJECTED, manifest.claim):
        return
    folder.stat()  # one that is gone is not made anew
    with watching(folder) as hot_folder:
        place = hot_folder.claims / manifest.claim
        whole = hot_folder.claims / f"{manifest.claim}.copy"
        shutil.copyfile(original, whole)
        _sync(whole)
        place.mkdir()
        hot_folder.reject(Claimed(manifest.claim, whole.rename(place / manifest.name)), error)


def _is_told(rejected: Path, claim_id: str) -> bool:
    texts = (path for path in rejected.glob("*.txt") if path.with_suffix("").exists())
    return any(claim_id.encode() in path.read_bytes() for path in texts)


def read_claimed(claimed: Claimed, limits: StationSettings) -> bytes:
    """Return the bytes of a claimed file.

    Raises:
        LimitExceeded: there are too many; nothing was read.
        UnreadableFile: the system does not give them out; the other files must not wait for this one.
        FileNotFoundError: it is gone.
    """
    try:
        check_bytes(claimed.path.stat().st_size, limits)
        return claimed.path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableFile(f"Không đọc được tệp: {error.strerror}") from error


def _may_be_scan(name: str) -> bool:
    lower = name.lower()
    return not name.startswith((".", "~$")) and not lower.endswith(TEMPORARY) and lower not in NOT_SCANS


def _stamp(entry: "os.DirEntry[str]") -> Stamp | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _asked(is_complete: Callable[[Path], bool], path: Path) -> bool:
    try:
        return is_complete(path)
    except OSError:  # gone, or locked by who writes it: look again later
        return False


@contextmanager
def _lock(directory: Path) -> Iterator[bool]:
    """Hold the lock on a directory within the block; yields False where somebody alive holds it."""
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in NO_LOCKS
    return True


def _left_in(place: Path) -> list[Claimed]:
    files = sorted(place.iterdir()) if place.is_dir() else []
    if not files and place.is_dir():
        place.rmdir()
    return [Claimed(place.name, file) for file in files]


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Yield where a refused file may go: NAME, then "NAME (2)", each with room for ".txt"."""
    stem, dot, extension = shortened(name, MAX_NAME_BYTES - 24).rpartition(".")
    stem, tail = (stem, dot + extension) if stem else (extension, "")
    yield folder / f"{stem}{tail}"
    number = 2
    while True:
        yield folder / f"{stem} ({number}){tail}"
        number += 1


def _reserve(target: Path, text: bytes, claim_id: str) -> bool:
    """Write the text beside `target`; False where that name is taken by another refused file."""
    beside = target.with_name(f"{target.name}.txt")
    if target.exists():
        return False
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return claim_id.encode() in beside.read_bytes()  # this very claim, before it was interrupted
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    return True


def _sync(place: Path) -> None:
    """Make a file, or renames within a directory, last through a power cut, where the file system can."""
    with suppress(FileNotFoundError):
        handle = os.open(place, os.O_RDONLY)
        try:
            with suppress(OSError):  # network shares cannot
                os.fsync(handle)
        finally:
            os.close(handle)
