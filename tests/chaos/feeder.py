"""The scanning station: its stacks come one after the other while everything else goes wrong."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from chaos.stacks import Stack
from pipeline.station.hot_folder import watching
from pipeline.store import migrate
from pipeline.store.records import dossiers
from schemas.errors import ServiceError
from schemas.settings import read
from workers.bootstrap import Services, now
from workers.digitizing import put
from workers.station import Station

PAGE_S = 0.25
"""Seconds that the scanner takes for a page: faster than the workers, so that a backlog forms."""
LOOK_EVERY_S = 0.2


def register(stacks: Sequence[Stack], variables: Mapping[str, str]) -> None:
    """Make the tables and register the dossiers, as intake does before anything is scanned."""
    services = Services(read(variables))
    migrate.upgrade(services.records.engine)
    with services.records.begin() as tx:
        for stack in stacks:
            for dossier in stack.dossiers:
                dossiers.save(tx, dossier, now())
    services.close()


@contextmanager
def feeding(stacks: Sequence[Stack], folder: Path, variables: Mapping[str, str]) -> Iterator[threading.Thread]:
    """Scan the stacks into `folder` and take them, while the block runs; the thread ends when all are taken."""
    folder.mkdir()
    leave = threading.Event()
    thread = threading.Thread(target=feed, args=(stacks, folder, variables, leave), name="feeder")
    thread.start()
    try:
        yield thread
    finally:
        leave.set()
        thread.join()


def feed(stacks: Sequence[Stack], folder: Path, variables: Mapping[str, str], leave: threading.Event) -> None:
    """Put stack after stack into the folder and take what is ready, in spite of all outages."""
    services = Services(read(variables))
    due, coming = time.monotonic(), list(stacks)
    with watching(folder) as hot_folder:
        station = Station(services, hot_folder)
        while (coming or hot_folder.look() or any(hot_folder.claims.iterdir())) and not leave.wait(LOOK_EVERY_S):
            if coming and time.monotonic() >= due:
                put(folder / coming[0].name, coming[0].data)
                due += PAGE_S * len(coming.pop(0).places)
            with suppress(ServiceError):  # the claim is kept, and found again
                list(station.take_all())
    services.close()
