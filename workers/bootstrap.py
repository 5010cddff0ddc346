"""Builds everything from settings, once, at the top. The only reader of the environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pipeline.deliver.citizen_store import build_citizen_store
from pipeline.deliver.dossier_system import build_dossier_system
from pipeline.ports import CitizenStore, DossierSystem, ObjectStore, Sealer
from pipeline.sign import pki
from pipeline.sign.build import build_sealer
from pipeline.store import migrate
from pipeline.store.objects import open_objects
from pipeline.store.records.connect import Records, open_records
from schemas.errors import SettingsError
from schemas.jobs import Receiver
from schemas.settings import Mode, Settings, read
from workers.broker import DramatiqQueue, open_broker
from workers.isolation import Children
from workers.owner import own_name
from workers.schedule import Leases, Schedule


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: an unknown or wrong `SOHOA_*` variable.
    """
    return read(os.environ if environ is None else environ)  # noqa: TID251 - here and nowhere else


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What the processes work with; each is built when first asked for, and then kept."""

    settings: Settings

    @cached_property
    def data_dir(self) -> Path:
        """Folder of everything without a URL of its own; made where it is missing, closed to other users."""
        folder = self.settings.place.data_dir.expanduser().absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"Không tạo được thư mục dữ liệu (SOHOA_DATA_DIR): {error.strerror}") from error
        return folder

    @cached_property
    def records(self) -> Records:
        """The database."""
        return open_records(self.settings.place.database_url, self.data_dir / "sohoa.db")

    @cached_property
    def migrated_records(self) -> Records:
        """The database, once its tables are known to be those of this version.

        Raises:
            SchemaOutdated: they are not.
        """
        migrate.check(self.records.engine)
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
    def sealer(self) -> Sealer:
        """The agency's seal; in development a PKI of its own is made where no key is set."""
        if self.settings.place.mode is Mode.DEVELOPMENT and not self.settings.seal.key:
            pki.init(self.pki_folder, now())
        return build_sealer(self.settings.seal, self.settings.place.mode, self.pki_folder, now)

    @cached_property
    def pki_folder(self) -> Path:
        """Folder of the development PKI."""
        return self.data_dir / "pki"

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
    def children(self) -> Children:
        """Child processes for work on pages."""
        return Children(self.settings.read.page_memory_bytes)

    @cached_property
    def owner(self) -> str:
        """This process's name on its leases."""
        return own_name()

    @cached_property
    def schedule(self) -> Schedule:
        """What happens by the clock."""
        return Schedule(records=self.records, queue=self.queue, clock=now, settings=self.settings.jobs, leases=Leases())

    def close(self) -> None:
        """Let go of what was opened: connections, child processes."""
        opened = vars(self)
        for name in ("citizen_store", "dossier_system", "children"):
            if name in opened:
                opened[name].close()
        if "records" in opened:
            self.records.engine.dispose()

    @property
    def page_workers(self) -> int:
        """Pages worked on at once."""
        return self.settings.jobs.workers or len(os.sched_getaffinity(0))


@contextmanager
def opened(environ: Mapping[str, str] | None = None) -> Iterator[Services]:
    """Yield the services for the settings of the environment; let go of them at the end."""
    services = Services(read_settings(environ))
    try:
        yield services
    finally:
        services.close()
