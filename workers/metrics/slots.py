"""How counts of many processes come together: each writes its own into a file of a common folder.

A process holds a slot, a small number per host, by a lock on a file: the kernel lets go of it
when the process dies, however it dies. The next one takes the number over and begins at zero, as
Prometheus expects of a process started again; so series stay as few as processes run at once.
"""

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Metric

WRITE_EVERY_S = 5.0
MOST_SLOTS = 1000
log = structlog.get_logger()


@dataclass(frozen=True)
class Slot:
    """A place in the folder, held until `release`."""

    folder: Path
    name: str
    lock: int

    def write(self, registry: CollectorRegistry) -> None:
        """Replace what this process said before."""
        text = json.dumps([_plain(metric) for metric in registry.collect()])
        fresh = self.folder / f".{self.name}"
        fresh.write_text(text, encoding="ascii")
        fresh.replace(self.folder / f"{self.name}.json")

    def release(self) -> None:
        """Take the counts away and let go of the place."""
        (self.folder / f"{self.name}.json").unlink(missing_ok=True)
        os.close(self.lock)


def take(folder: Path) -> Slot:
    """Return the first free slot of this host; also tidy up after those that died.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tidy(folder)
    host = socket.gethostname().split(".")[0]
    for number in range(1, MOST_SLOTS):
        name = f"{host}-{number}"
        lock = _locked(folder / f"{name}.lock")
        if lock is not None:
            return Slot(folder, name, lock)
    raise OSError("no slot is free")


@contextmanager
def reported(folder: Path, registry: CollectorRegistry, every_s: float = WRITE_EVERY_S) -> Iterator[None]:
    """Keep the counts of `registry` in `folder` while the block runs. Trouble with it stops no work."""
    try:
        slot = take(folder)
    except OSError as error:
        log.warning("metrics not written", exception=type(error).__name__)
        yield
        return
    stop = threading.Event()
    writer = threading.Thread(target=_keep_writing, args=(slot, registry, every_s, stop), name="metrics", daemon=True)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
        slot.release()


def _keep_writing(slot: Slot, registry: CollectorRegistry, every_s: float, stop: threading.Event) -> None:
    told = False
    while True:
        try:
            slot.write(registry)
            told = False
        except OSError as error:
            if not told:
                log.warning("metrics not written", exception=type(error).__name__)
            told = True
        if stop.wait(every_s):
            return


@dataclass(frozen=True)
class Snapshot:
    """What one living process last said, and when (seconds of the epoch)."""

    process: str
    written_at: float
    metrics: list[dict[str, Any]]


def living(folder: Path) -> Iterator[Snapshot]:
    """Yield what the processes said whose slots are held; the folder may hold folders of other hosts."""
    for path in sorted(folder.rglob("*.json")):
        with suppress(OSError, ValueError):  # it ended just now
            if _held(path.with_suffix(".lock")):
                metrics = json.loads(path.read_text(encoding="ascii"))
                yield Snapshot(path.stem, path.stat().st_mtime, metrics)


def _plain(metric: Metric) -> dict[str, Any]:
    samples = [(s.name, s.labels, s.value) for s in metric.samples if not s.name.endswith("_created")]
    return {"name": metric.name, "help": metric.documentation, "type": metric.type, "samples": samples}


def _tidy(folder: Path) -> None:
    for path in folder.glob("*.lock"):
        lock = _locked(path)
        if lock is not None:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            os.close(lock)


def _locked(path: Path) -> int | None:
    """Return the locked file at `path`, made where it is missing; None where another process holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_ino == path.stat().st_ino:  # else somebody tidied it away in between
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(file)
    return None


def _held(path: Path) -> bool:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
