"""Builds everything from settings, once, at the top."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.deliver.citizen_store import build_citizen_store
from pipeline.deliver.dossier_system import build_dossier_system
from pipeline.ports import CitizenStore, DossierSystem, ObjectStore
from pipeline.store import revision
from pipeline.store.objects import open_objects
from pipeline.store.records.connect import Records
from pipeline.store.records.jobs import Holder
from schemas.jobs import Lane, Receiver
from schemas.settings import ReadSettings
from workers.broker import DramatiqQueue, open_broker
from workers.crew import NICENESS, PATIENCE, Crew
from workers.desk import Desk, now, read_settings
from workers.isolation import Children
from workers.metrics.meters import Meters
from workers.owner import own_name
from workers.schedule import Leases, Schedule
from workers.tables import records_of

__all__ = ["Services", "now", "opened", "read_settings"]


@dataclass(frozen=True)
class Services(Desk):
    """What the processes of the line work with besides; each is built when first asked for, and then kept."""

    @cached_property
    def records(self) -> Records:
        """The database."""
        return records_of(self)

    @cached_property
    def migrated_records(self) -> Records:
        """The database, once its tables are known to be those of this version.

        Raises:
            SchemaOutdated: they are not.
        """
        revision.check(self.records.engine)
        return self.records

    @cached_property
    def objects_url(self) -> str:
        """Where objects are kept, spelled out, so that child processes open the same place."""
        return str.__str__(self.settings.place.objects_url) or (self.data_dir / "objects").as_uri()

    @cached_property
    def objects(self) -> ObjectStore:
        """The object store."""
        return open_objects(self.objects_url, self.data_dir / "objects")

    @cached_property
    def citizen_store(self) -> CitizenStore:
        """The citizen's store."""
        return build_citizen_store(self.settings.deliver, now)

    @cached_property
    def dossier_system(self) -> DossierSystem:
        """The dossier system."""
        return build_dossier_system(self.settings.deliver, now)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """The receivers that have an address."""
        stated = {
            Receiver.CITIZEN_STORE: self.settings.deliver.citizen_store_url,
            Receiver.DOSSIER_SYSTEM: self.settings.deliver.dossier_system_url,
        }
        return tuple(receiver for receiver, url in stated.items() if url)

    @cached_property
    def queue(self) -> DramatiqQueue:
        """The queue of this process."""
        return DramatiqQueue(open_broker(self.settings.place.broker_url))

    @cached_property
    def holder(self) -> Holder:
        """How this process takes leases."""
        return Holder(owner=own_name(), lease_s=self.settings.jobs.lease_s)

    @cached_property
    def schedule(self) -> Schedule:
        """What happens by the clock."""
        return Schedule(
            records=self.records,
            queue=self.queue,
            clock=now,
            settings=self.settings.jobs,
            leases=Leases(),
            crew=self.crew,
            meters=self.meters,
        )

    @cached_property
    def crew(self) -> Crew:
        """The worker threads of this process."""
        return Crew()

    @cached_property
    def meters(self) -> Meters:
        """What this process counts of its work."""
        return Meters()

    @property
    def metrics_folder(self) -> Path:
        """Where all processes write what they counted."""
        return self.data_dir / "metrics"

    @cached_property
    def lane_reading(self) -> dict[Lane, ReadSettings]:
        """How pages of each lane are read; only deadlines differ."""
        usual = self.settings.read
        return {lane: replace(usual, page_deadline_s=usual.page_deadline_s * PATIENCE.get(lane, 1.0)) for lane in Lane}

    @cached_property
    def lane_children(self) -> dict[Lane, Children]:
        """Child processes of each lane, as nice as the lane asks."""
        memory = self.settings.read.page_memory_bytes
        return {lane: Children(memory, NICENESS[lane]) for lane in Lane}

    def close(self) -> None:
        """Let go of what was opened: connections, child processes."""
        opened = vars(self)
        for name in ("citizen_store", "dossier_system", "children", "queue"):
            if name in opened:
                opened[name].close()
        for children in opened.get("lane_children", {}).values():
            children.close()
        if "records" in opened:
            self.records.engine.dispose()


@contextmanager
def opened(environ: Mapping[str, str] | None = None) -> Iterator[Services]:
    """Yield the services for the settings of the environment; let go of them at the end."""
    services = Services(read_settings(environ))
    try:
        yield services
    finally:
        services.close()
