"""Run the line in this process: worker threads by lane, their children, and the clock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from pipeline.store import migrate
from pipeline.store.records import jobs
from schemas.errors import ServiceError
from schemas.jobs import Lane
from workers import broker
from workers.actors.run import run
from workers.bootstrap import Services

STOP_TIMEOUT_MS = 120_000
log = structlog.get_logger()


def lane_threads(page_workers: int) -> dict[Lane, int]:
    """Return the worker threads of each lane; pages take the cores, the others wait for the network."""
    return {Lane.URGENT: 1, Lane.LINE: page_workers, Lane.SEAL: 1, Lane.DELIVER: 2, Lane.BULK: 1}


@contextmanager
def running(services: Services) -> Iterator[None]:
    """Work on jobs while the block runs; on leaving, finish the jobs at hand and stop.

    Raises:
        SchemaOutdated: the tables must be migrated first.
    """
    migrate.check(services.records.engine)
    broker.register(services.queue, partial(run, services=services))
    stop = threading.Event()
    clock = threading.Thread(target=services.schedule.run, args=(stop,), name="schedule", daemon=True)
    services.schedule.tick()
    workers = broker.start_workers(services.queue, lane_threads(services.page_workers))
    clock.start()
    try:
        yield
    finally:
        try:
            # The clock goes on while the last jobs end, so that their leases are renewed.
            for worker in workers:
                worker.stop(STOP_TIMEOUT_MS)
        finally:  # also where a second signal cuts the waiting short
            for worker in workers:
                worker.stop(0)
            stop.set()
            clock.join()
            services.close()


def idle(services: Services) -> bool:
    """Whether no job waits or runs."""
    with services.records.begin() as tx:
        return jobs.unfinished(tx) == 0


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
