"""Run one job: claim it, do it, settle what went wrong."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

import structlog

from pipeline.store.records import jobs
from schemas.errors import LeaseLost, ServiceError, SohoaError, UnexpectedFailure
from schemas.jobs import Claim, JobKind
from workers.actors.assemble import assemble_document
from workers.actors.deliver import deliver_paper
from workers.actors.page import work_page
from workers.actors.seal import seal_document, stamp_document
from workers.actors.split import split_batch
from workers.bootstrap import Services, now
from workers.schedule import settle

log = structlog.get_logger()

HANDLERS: Final[dict[JobKind, Callable[[Claim, Services], None]]] = {
    JobKind.SPLIT: split_batch,
    JobKind.PAGE: work_page,
    JobKind.ASSEMBLE: assemble_document,
    JobKind.SEAL: seal_document,
    JobKind.STAMP: stamp_document,
    JobKind.DELIVER: deliver_paper,
}


def run(job_id: str, services: Services) -> None:
    """Do a job if it can be had; never raises: a failed job is put back or into quarantine."""
    try:
        claim = claim_job(job_id, services)
        if claim:
            attempt(claim, services)
            services.schedule.relay()
    except ServiceError as error:
        log.warning("job left to the sweeper", job=job_id, code=error.code)


def claim_job(job_id: str, services: Services) -> Claim | None:
    """Lease a job for this process, counting the attempt."""
    with services.records.begin() as tx:
        return jobs.claim(tx, job_id, services.owner, now(), services.settings.jobs.lease_s)


def attempt(claim: Claim, services: Services) -> None:
    """Do a claimed job, renewing its lease meanwhile."""
    with held(claim, services):
        try:
            HANDLERS[claim.kind](claim, services)
        except LeaseLost as error:
            log.warning("result dropped", job=claim.job_id, attempt=claim.attempt, code=error.code)
        except SohoaError as error:
            settle(services.schedule, claim, error)
        except Exception as error:  # noqa: BLE001 - edge of a process: the job must be settled whatever it was
            # No traceback text: it may quote personal data.
            log.error("unexpected", job=claim.job_id, kind=claim.kind, exception=type(error).__name__)  # noqa: TRY400
            settle(services.schedule, claim, UnexpectedFailure(f"{type(error).__name__}"))


@contextlib.contextmanager
def held(claim: Claim, services: Services) -> Iterator[None]:
    """Keep a lease alive for as long as the block runs."""
    services.schedule.leases.hold(claim)
    try:
        yield
    finally:
        services.schedule.leases.drop(claim)
