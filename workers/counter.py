"""The station at a counter, apart from the line: files wait on its own disk until the centre has their pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.station.hot_folder import Claimed, HotFolder
from pipeline.station.spool import Spool
from pipeline.store.records.batches import id_of
from schemas.batch import Original
from schemas.errors import CannotWrite, DigestMismatch, InputError, UnexpectedFailure, WorkKilled
from schemas.jobs import Lane
from schemas.upload import Manifest
from workers.desk import Desk, now
from workers.page_work import PageTask, Source, page_digest
from workers.watcher import Taken, Watcher

UNREADABLE = (InputError, WorkKilled, UnexpectedFailure, DigestMismatch)


def spool_of(desk: Desk) -> Spool:
    """Return where this station keeps what is not acknowledged yet."""
    return Spool(desk.data_dir / "spool", desk.settings.centre.reserve_bytes)


@dataclass
class Counter:
    """Takes what the watcher finds into the spool.

    Attributes:
        full: why nothing is taken at present, None where it is.
    """

    desk: Desk
    hot_folder: HotFolder
    spool: Spool
    lane: Lane = Lane.LINE
    full: CannotWrite | None = None
    watcher: Watcher = field(init=False)
    _needed: int = 0

    def __post_init__(self) -> None:
        """Let the watcher bring files here."""
        self.watcher = Watcher(self.hot_folder, self.desk.settings.station, self._keep)

    def take_all(self) -> Iterator[Taken]:
        """Take every file that is ready now, leftovers of a killed run first; none while the disk is full."""
        try:
            self._check_room(self._needed)
            yield from self.watcher.take_all()
            self.full = None
        except CannotWrite as error:  # what was claimed stays claimed, and is the first to be taken then
            self.full = error

    def _keep(self, data: bytes, source: Original, claimed: Claimed) -> tuple[str, bool]:
        self._needed = source.size
        self._check_room(source.size)
        known = {manifest.digest for manifest in self.spool.waiting()}
        if source.digest not in known:
            self.spool.add(data, self._manifest(source, claimed))
        self._needed = 0
        return id_of(source.digest), source.digest not in known

    def _check_room(self, wanted: int) -> None:
        if self.spool.room() < wanted:
            raise CannotWrite("Đĩa của trạm gần đầy, tạm ngừng nhận tệp")

    def _manifest(self, source: Original, claimed: Claimed) -> Manifest:
        return Manifest(
            digest=source.digest,
            size=source.size,
            name=source.name,
            lane=self.lane,
            page_digests=tuple(self._page_digest(source, claimed, number) for number in range(1, source.pages + 1)),
            taken_at=now(),
            folder=str(self.hot_folder.folder.absolute()),
            claim=claimed.id,
        )

    def _page_digest(self, source: Original, claimed: Claimed, page_no: int) -> str:
        """Return the digest of a page's pixels, "" where it cannot be read here: the centre's ledger will say so."""
        settings = self.desk.settings
        told = Source(original=source, path=claimed.path)
        task = PageTask(source=told, page_no=page_no, station=settings.station, reading=settings.read)
        try:
            return self.desk.children.call(settings.read.page_deadline_s, page_digest, task)
        except UNREADABLE:
            return ""
