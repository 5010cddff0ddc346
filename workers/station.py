"""The scanning station: take files from the scanner's folder into the store and the job table."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from pipeline.station.formats import inspect, is_complete
from pipeline.station.hot_folder import Claimed, HotFolder, Sight, read_claimed, watched
from pipeline.store.records import batches, jobs
from pipeline.store.records.batches import BatchRow
from schemas.batch import BatchState, Original
from schemas.errors import InputError
from schemas.jobs import JobKind, Lane, NewJob
from workers.bootstrap import Services, now

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


@dataclass
class Station:
    """Looks into the folder again and again; remembers only since when files have rested."""

    services: Services
    hot_folder: HotFolder
    _sights: dict[Path, Sight] = field(default_factory=dict)
    _followed: set[str] = field(default_factory=set)
    _looked: bool = False
    _named: set[Path] = field(default_factory=set)

    def take_all(self) -> Iterator[Taken]:
        """Take every file that is ready now, leftovers of a killed run first."""
        for claimed in self.hot_folder.recover():
            yield self._follow(take(claimed, self.hot_folder, self.services))
        for path in self._ready():
            claimed_now = self.hot_folder.claim(path)
            if claimed_now:
                yield self._follow(take(claimed_now, self.hot_folder, self.services))

    def settled(self) -> list[BatchRow]:
        """Return the batches whose ledger was balanced since the last call: closed, or open with reasons.

        Followed are the batches that this station took, and those that a former run left behind.
        """
        if self._looked and not self._followed:
            return []
        with self.services.records.begin() as tx:
            waiting = {row.id for row in batches.listing(tx, (BatchState.RECEIVED,))}
            followed = self._followed if self._looked else self._followed | waiting
            balanced = followed - waiting
            found = [row for row in batches.listing(tx) if row.id in balanced] if balanced else []
        self._followed, self._looked = followed & waiting, True
        return found

    def unfinished(self) -> list[str]:
        """Return the names of files that have rested for long without being complete, each once."""
        stable_s = self.services.settings.station.stable_s
        resting = {path for path, sight in self._sights.items() if time.monotonic() - sight.since > stable_s * PATIENT}
        fresh = sorted(path.name for path in resting - self._named)
        self._named = resting
        return fresh

    def _follow(self, taken: Taken) -> Taken:
        if taken.batch_id:
            self._followed.add(taken.batch_id)
        return taken

    def _ready(self) -> list[Path]:
        settings = self.services.settings.station
        self._sights = watched(self._sights, self.hot_folder.look(), time.monotonic())
        complete = partial(is_complete, limits=settings)
        return self.hot_folder.claimable(self._sights, time.monotonic(), settings.stable_s, complete)


def take(claimed: Claimed, hot_folder: HotFolder, services: Services) -> Taken:
    """Store a claimed file, record its batch, and let go of it; what cannot be read is rejected."""
    settings = services.settings.station
    try:
        data = read_claimed(claimed, settings)
        source = inspect(data, claimed.name, settings)
    except InputError as error:
        hot_folder.reject(claimed, error)
        log.warning("file rejected", code=error.code)
        return Taken(name=claimed.name, trouble=error.message, hint=error.hint)
    batch_id, new = receive(data, source, services)
    hot_folder.finish(claimed, source.digest)
    log.info("file taken", batch=batch_id, pages=source.pages, digest=source.digest)
    return Taken(name=source.name, batch_id=batch_id, pages=source.pages, repeated=not new)


def receive(data: bytes, source: Original, services: Services) -> tuple[str, bool]:
    """Keep a file under its digest, then record its batch and the job that splits it.

    Returns:
        The batch's id, and whether it is new: the same bytes make one batch only.
    """
    services.objects.put(data, source.media_type)
    with services.records.begin() as tx:
        batch_id, new = batches.take(tx, source, services.settings.station.station, Lane.LINE, now())
        jobs.add(tx, [NewJob(kind=JobKind.SPLIT, subject=batch_id, batch=batch_id)], now())
    return batch_id, new
