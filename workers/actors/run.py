"""Run jobs: claim the next of a lane, do it, settle what went wrong."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from pipeline.store.records import jobs
from schemas.errors import LeaseLost, ServiceError, SohoaError, UnexpectedFailure
from schemas.jobs import Claim, JobKind, Lane
from workers.actors.assemble import assemble_document
from workers.actors.deliver import deliver_paper
from workers.actors.look import look_at_pages
from workers.actors.page import work_page
from workers.actors.seal import seal_document, stamp_document
from workers.actors.split import split_batch
from workers.bootstrap import Services, now
from workers.schedule import settle

LONGEST_SHIFT_S = 300.0
DONE, DROPPED = "done", "dropped"
log = structlog.get_logger()

SPREADING: Final = frozenset({JobKind.SPLIT, JobKind.ASSEMBLE, JobKind.SEAL})
"""Kinds followed by several jobs, or by those of another lane: others are called for them at once.

After any other kind at most one follows in the same lane, and the thread that is free now takes it.
"""
HANDLERS: Final[dict[JobKind, Callable[[Claim, Services], None]]] = {
    JobKind.LOOK: look_at_pages,
    JobKind.SPLIT: split_batch,
    JobKind.PAGE: work_page,
    JobKind.ASSEMBLE: assemble_document,
    JobKind.SEAL: seal_document,
    JobKind.STAMP: stamp_document,
    JobKind.DELIVER: deliver_paper,
}


def work_in(lane: Lane, services: Services) -> None:
    """Do the jobs of a lane, one after the other, until none is due; never raises.

    It begins no job after a while, so that no message is held for as long as a backlog lasts; the clock wakes
    idle threads again within a second.
    """
    end = time.monotonic() + LONGEST_SHIFT_S
    try:
        with services.crew.at_work(lane):
            while time.monotonic() < end:
                if not services.crew.may_go_on(lane) or not run_next(lane, services):
                    return
    except ServiceError as error:
        log.warning("job left to the sweeper", lane=lane, code=error.code)


def run_next(lane: Lane, services: Services) -> bool:
    """Do the job of a lane whose turn it is; False where none is due.

    A job that fails is put back or into quarantine.
    """
    with services.records.begin() as tx:
        claim = jobs.claim(tx, lane, services.holder, now())
    if claim is None:
        return False
    told = {"batch": claim.batch, "job": claim.job_id, "kind": claim.kind, "subject": claim.subject}
    with bound_contextvars(**told, attempt=claim.attempt), services.meters.at_job(lane):
        begun = time.monotonic()
        outcome = attempt(claim, services)
        services.meters.attempted(claim.kind, outcome, time.monotonic() - begun)
    if claim.kind in SPREADING:
        services.schedule.hurry()
    return True


def attempt(claim: Claim, services: Services) -> str:
    """Do a claimed job, renewing its lease meanwhile; return what became of it."""
    with held(claim, services):
        begun = time.monotonic()
        try:
            HANDLERS[claim.kind](claim, services)
        except LeaseLost as error:
            log.warning("result dropped", code=error.code)
            return DROPPED
        except SohoaError as error:
            return settle(services.schedule, claim, error)
        except Exception as error:  # noqa: BLE001 - edge of a process: the job must be settled whatever it was
            # No traceback text: it may quote personal data.
            log.error("unexpected", exception=type(error).__name__)  # noqa: TRY400
            return settle(services.schedule, claim, UnexpectedFailure(f"{type(error).__name__}"))
        log.info("job done", seconds=round(time.monotonic() - begun, 3))
        return DONE


@contextlib.contextmanager
def held(claim: Claim, services: Services) -> Iterator[None]:
    """Keep a lease alive for as long as the block runs."""
    services.schedule.leases.hold(claim)
    try:
        yield
    finally:
        services.schedule.leases.drop(claim)
