"""Look at some pages of a batch: what is on them decides where every page goes.

A long file is looked at by as many workers as are free; the last one lets the batch be balanced.
"""

from collections.abc import Iterable

from pipeline.station.findings import unreadable
from pipeline.store.records import batches, findings, jobs
from pipeline.store.records.findings import Seen
from schemas.batch import Batch
from schemas.errors import SohoaError
from schemas.jobs import Claim, JobKind, NewJob
from workers.bootstrap import Services, now
from workers.page_work import PageTask, Source, look_at_page

PAGES_A_JOB = 16
"""Pages that are looked at one after the other: some seconds' work, so that others have their turn soon."""


def looks(claim: Claim, pages: int, wanted: Iterable[int]) -> list[NewJob]:
    """Return the jobs that look at the `wanted` pages of a batch of that many pages."""
    firsts = sorted({page_no - (page_no - 1) % PAGES_A_JOB for page_no in wanted})
    spans = ((first, min(first + PAGES_A_JOB - 1, pages)) for first in firsts)
    return [
        claim.follow(JobKind.LOOK, f"{claim.batch}/{first}-{last}", turn) for turn, (first, last) in enumerate(spans)
    ]


def look_at_pages(claim: Claim, services: Services) -> None:
    """Look at the pages of a job that were not looked at yet; one that cannot be keeps the others from nothing."""
    first, last = map(int, claim.subject.rpartition("/")[2].split("-"))
    with services.records.begin() as tx:
        batch = batches.load(tx, claim.batch)
        known = findings.of_batch(tx, batch.id, first, last)
    seen, troubles = look_at(batch, [no for no in range(first, last + 1) if no not in known], claim, services)
    with services.records.begin() as tx:
        batches.lock(tx, batch.id)
        findings.save(tx, batch.id, seen)
        if not troubles:
            jobs.finish(tx, claim, now())
            if jobs.all_done(tx, JobKind.LOOK, batch.id):
                jobs.ask(tx, [claim.follow(JobKind.SPLIT, batch.id)], now())
    if troubles:
        raise troubles[0]


def look_at(
    batch: Batch, page_nos: Iterable[int], claim: Claim, services: Services
) -> tuple[list[Seen], list[SohoaError]]:
    """Return what is on the pages, and why this attempt is not enough for some of them."""
    seen: list[Seen] = []
    troubles: list[SohoaError] = []
    for page_no in page_nos:
        try:
            seen.append(look(batch, page_no, claim, services))
        except SohoaError as error:
            troubles.append(error)
            if error.outage:
                break
    return seen, troubles


def look(batch: Batch, page_no: int, claim: Claim, services: Services) -> Seen:
    """Look at one page; that it cannot be read is a finding, too.

    Raises:
        SohoaError: a look that was cut short (the program was stopped, memory was short) says nothing
            about the page, until no other attempt is left.
    """
    task = PageTask(
        source=Source(original=batch.original, objects_url=services.objects_url),
        page_no=page_no,
        station=services.settings.station,
        reading=services.lane_reading[claim.lane],
    )
    try:
        finding, picture = services.lane_children[claim.lane].call(task.reading.page_deadline_s, look_at_page, task)
    except SohoaError as error:
        attempts_left = claim.charged < services.settings.jobs.max_attempts
        if error.outage or (error.retryable and attempts_left):
            raise
        return Seen(unreadable(page_no, error))
    return Seen(finding, services.objects.put(picture, "image/jpeg") if picture else None)
