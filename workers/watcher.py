"""Take files from the scanner's folder: whoever keeps them, here or at the centre."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from pipeline.station.formats import inspect, is_complete
from pipeline.station.hot_folder import Claimed, HotFolder, Sight, read_claimed, watched
from schemas.batch import Original
from schemas.errors import InputError
from schemas.settings import StationSettings

PATIENT = 4.0
"""How many times `stable_s` an incomplete file may rest before somebody is told."""
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one file.

    Attributes:
        name: as an operator knows it; for the screen, never for the log.
        batch_id: its batch, "" where it was rejected.
        pages: number of pages.
        repeated: the same bytes were taken before; nothing new was made.
        trouble: why it was rejected, "" where it was not.
        hint: what to do about it.
    """

    name: str
    batch_id: str = ""
    pages: int = 0
    repeated: bool = False
    trouble: str = ""
    hint: str = ""


Keep = Callable[[bytes, Original, Claimed], tuple[str, bool]]
"""Keeps a file for good and returns its batch's id and whether it is new; only then is it removed from the folder."""


@dataclass
class Watcher:
    """Looks into the folder again and again; remembers only since when files have rested."""

    hot_folder: HotFolder
    settings: StationSettings
    keep: Keep
    _sights: dict[Path, Sight] = field(default_factory=dict)
    _named: set[Path] = field(default_factory=set)

    def take_all(self) -> Iterator[Taken]:
        """Take every file that is ready now, leftovers of a killed run first."""
        for claimed in self.hot_folder.recover():
            yield self._take(claimed)
        for path in self._ready():
            claimed_now = self.hot_folder.claim(path)
            if claimed_now:
                yield self._take(claimed_now)

    def unfinished(self) -> list[str]:
        """Return the names of files that have rested for long without being complete, each once."""
        patience = self.settings.stable_s * PATIENT
        resting = {path for path, sight in self._sights.items() if time.monotonic() - sight.since > patience}
        fresh = sorted(path.name for path in resting - self._named)
        self._named = resting
        return fresh

    def _ready(self) -> list[Path]:
        self._sights = watched(self._sights, self.hot_folder.look(), time.monotonic())
        complete = partial(is_complete, limits=self.settings)
        return self.hot_folder.claimable(self._sights, time.monotonic(), self.settings.stable_s, complete)

    def _take(self, claimed: Claimed) -> Taken:
        """Have a claimed file kept, and let go of it; what cannot be read is rejected."""
        try:
            data = read_claimed(claimed, self.settings)
            source = inspect(data, claimed.name, self.settings)
        except InputError as error:
            self.hot_folder.reject(claimed, error)
            log.warning("file rejected", code=error.code)
            return Taken(name=claimed.name, trouble=error.message, hint=error.hint)
        batch_id, new = self.keep(data, source, claimed)
        self.hot_folder.finish(claimed, source.digest)
        log.info("file taken", batch=batch_id, pages=source.pages, digest=source.digest)
        return Taken(name=source.name, batch_id=batch_id, pages=source.pages, repeated=not new)
