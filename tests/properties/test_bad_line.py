"""Whatever a bad line loses, doubles or delays, and whoever is restarted: the centre ends with the same bytes, once.

The station's sender and the centre's door are the real ones, over real files and SQLite; only the line is drawn.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from line_stack import stack

from pipeline.station.centre import CentreLine
from pipeline.station.spool import Spool
from pipeline.store import migrate
from pipeline.store.records import batches, jobs
from schemas import settings as stated
from schemas.document import Digest, digest_of
from schemas.errors import CentreUnavailable, SohoaError
from schemas.jobs import JobKind, Lane
from schemas.upload import Backlog, Manifest, Upload
from workers.bootstrap import Services
from workers.centre.door import Door
from workers.centre.incoming import BYTES, Incoming, Offer
from workers.uploader import Turn, Uploader

DATA = stack()
CHUNK = 4000
STATION = "quay-01"
FAULTS = ("none", "lost", "answer lost", "doubled", "an old one again", "station restarted", "centre lost power")
FILE = Manifest(
    digest=digest_of(DATA),
    size=len(DATA),
    name="xap.tif",
    lane=Lane.URGENT,
    page_digests=("", "", ""),
    taken_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
    folder="/quet",
    claim="c",
)


class BadLine(CentreLine):
    """Leads straight into the centre; what is drawn for it goes wrong, one thing for each chunk that is sent."""

    def __init__(self, door: Door, faults: list[str]) -> None:
        self.door = door
        self.faults = faults
        self.before: list[tuple[int, bytes]] = []

    def offer(self, manifest: Manifest) -> Upload:
        told = Offer(digest=manifest.digest, size=manifest.size, name=manifest.name, lane=manifest.lane)
        return self.door.offer(STATION, told)

    def ask(self, digest: Digest) -> Upload:
        return self.door.ask(STATION, digest)

    def report(self, backlog: Backlog) -> None:
        self.door.report(STATION, backlog)

    def send(self, digest: Digest, offset: int, chunk: bytes) -> Upload:
        fault = self.faults.pop() if self.faults else "none"
        if fault == "lost":
            raise CentreUnavailable("cut")
        if fault == "an old one again" and self.before:
            with suppress(SohoaError):
                self.door.append(STATION, digest, *self.before[0])
        if fault == "centre lost power":
            cut_short(self.door.incoming, digest)
        self.before.append((offset, chunk))
        known = self.door.append(STATION, digest, offset, chunk)
        if fault == "doubled":
            with suppress(SohoaError):
                self.door.append(STATION, digest, offset, chunk)
        if fault in ("answer lost", "station restarted"):
            raise CentreUnavailable(fault)
        return known


def cut_short(incoming: Incoming, digest: Digest) -> None:
    """The end of what was written last is gone, and the rest of its block is zeros."""
    path = incoming.folder / STATION / digest / BYTES
    if path.exists():
        data = path.read_bytes()
        path.write_bytes(data[:-1500] + bytes(min(700, len(data))))


@contextmanager
def centre() -> Iterator[tuple[Services, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        services = Services(stated.read({"SOHOA_DATA_DIR": f"{folder}/centre"}))
        migrate.upgrade(services.records.engine)
        yield services, Path(folder)
        services.close()


@settings(max_examples=25)
@given(st.lists(st.sampled_from(FAULTS), max_size=25))
def test_the_centre_ends_with_the_same_bytes_once(faults: list[str]) -> None:
    with centre() as (services, folder):
        spool = Spool(folder / "spool")
        spool.add(DATA, FILE)
        line = BadLine(Door(services, Incoming(services.data_dir / "incoming")), list(faults))
        for _ in range(3 * len(faults) + 5):
            uploader = Uploader(spool, line, 0.0, chunk_bytes=CHUNK)
            turn = Turn()
            uploader._turns[FILE.digest] = turn
            with suppress(CentreUnavailable):
                uploader._advance(FILE)
            if turn.arrived:
                break
        assert services.objects.get(FILE.digest) == DATA
        with services.records.begin() as tx:
            (batch,) = batches.listing(tx)
            assert (batch.station, batch.pages) == (STATION, 3)
            job = jobs.find(tx, JobKind.SPLIT, batch.id)
        assert job
        assert job.lane is Lane.URGENT
        assert [path for path in line.door.incoming.folder.rglob("*") if path.is_file()] == []
        assert spool.waiting() == [FILE]  # until its pages are acknowledged
