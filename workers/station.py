"""The scanning station of a line that runs here: files go into the store and the job table."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.station.hot_folder import Claimed, HotFolder
from pipeline.store.records import batches, jobs
from pipeline.store.records.batches import BatchRow
from schemas.batch import BatchState, Original
from schemas.jobs import JobKind, Lane, NewJob
from workers.bootstrap import Services, now
from workers.watcher import Taken, Watcher


@dataclass
class Station:
    """Takes what the watcher finds, and follows the batches until they are balanced."""

    services: Services
    hot_folder: HotFolder
    lane: Lane = Lane.LINE
    watcher: Watcher = field(init=False)
    _followed: set[str] = field(default_factory=set)
    _looked: bool = False

    def __post_init__(self) -> None:
        """Let the watcher bring files here."""
        self.watcher = Watcher(self.hot_folder, self.services.settings.station, self._keep)

    def take_all(self) -> Iterator[Taken]:
        """Take every file that is ready now, leftovers of a killed run first."""
        return self.watcher.take_all()

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
            found = batches.listing(tx, ids=balanced)
        self._followed, self._looked = followed & waiting, True
        return found

    def _keep(self, data: bytes, source: Original, _claimed: Claimed) -> tuple[str, bool]:
        batch_id, new = receive(data, source, self.services, lane=self.lane)
        self._followed.add(batch_id)
        return batch_id, new


def receive(
    data: bytes, source: Original, services: Services, *, station: str = "", lane: Lane = Lane.LINE
) -> tuple[str, bool]:
    """Keep a file under its digest, then record its batch and the job that splits it.

    Args:
        data: the file.
        source: what `pipeline.station.formats.inspect` says of it.
        services: of the line.
        station: who scanned it; "" for this very installation.
        lane: urgent, line or bulk.

    Returns:
        The batch's id, and whether it is new: the same bytes make one batch only.
    """
    services.objects.put(data, source.media_type)
    with services.records.begin() as tx:
        batch_id, new = batches.take(tx, source, station or services.settings.station.station, lane, now())
        jobs.add(tx, [NewJob(kind=JobKind.SPLIT, subject=batch_id, batch=batch_id, batch_lane=lane)], now())
    if new:
        services.meters.pages("taken", source.pages)
    return batch_id, new
