"""Run the line in this process: worker threads by lane, their children, and the clock."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from pipeline.store import revision
from pipeline.store.records import jobs
from schemas.errors import ServiceError
from schemas.jobs import Lane
from workers import broker
from workers.actors.run import work_in
from workers.bootstrap import Services
from workers.crew import lane_threads
from workers.metrics import slots

STOP_TIMEOUT_MS = 120_000
STOP_CALLS_S = 5.0
"""A queue that does not answer holds up nobody who wants to stop."""
log = structlog.get_logger()


@contextmanager
def running(services: Services, threads: Mapping[Lane, int] | None = None) -> Iterator[None]:
    """Work on jobs while the block runs; on leaving, finish the jobs at hand and stop.

    Args:
        services: what to work with.
        threads: worker threads by lane; without it all lanes, and as many pages at once as the settings say.

    Raises:
        SchemaOutdated: the tables must be migrated first.
    """
    revision.check(services.records.engine)
    broker.register(services.queue, partial(work_in, services=services))
    stop = threading.Event()
    looks = (services.schedule.keep_leases, services.schedule.call_workers)
    leases, calls = (threading.Thread(target=look, args=(stop,), name="schedule", daemon=True) for look in looks)
    threads = threads or lane_threads(Lane, services.page_workers)
    services.crew.hire(threads)
    services.meters.hired(threads)
    workers = broker.start_workers(services.queue, threads)
    leases.start()
    calls.start()
    services.schedule.hurry()
    with slots.reported(services.metrics_folder, services.meters.registry):
        try:
            yield
        finally:
            services.crew.dismiss()
            try:
                # The clock goes on while the last jobs end, so that their leases are renewed.
                broker.stop_workers(workers, STOP_TIMEOUT_MS)
            finally:  # also where a second signal cuts the waiting short
                broker.stop_workers(workers, 0)
                stop.set()
                leases.join()
                calls.join(STOP_CALLS_S)
                services.close()


def idle(services: Services) -> bool:
    """Whether no job waits or runs."""
    with services.records.begin() as tx:
        return jobs.idle(tx)


def wait(until: Callable[[], bool], show: Callable[[], None], every_s: float = 0.25) -> None:
    """Wait until something is so, showing how far things are meanwhile."""
    while not _holds(until):
        with suppress(ServiceError):  # progress can wait for the database
            show()
        time.sleep(every_s)


def _holds(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except ServiceError as error:
        # What was claimed stays claimed; the next look goes on with it.
        log.warning("waiting for a service", code=error.code)
        return False
