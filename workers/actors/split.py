"""Cut a batch into documents: look at every page, balance the ledger, make the page jobs."""

from dataclasses import replace

import sqlalchemy as sa

from pipeline.station.findings import rejected
from pipeline.station.ledger import balance
from pipeline.store.records import batches, documents, dossiers, jobs
from schemas.batch import Batch, BatchState, Ledger, PageFinding
from schemas.document import Digest
from schemas.errors import SohoaError
from schemas.jobs import Claim, JobKind, NewJob
from workers.bootstrap import Services, now
from workers.page_work import PageTask, Source, look_at_page


def split_batch(claim: Claim, services: Services) -> None:
    """Balance the batch's ledger. Where it does not balance the batch stays open and nothing is made of it."""
    with services.records.begin() as tx:
        batch = batches.load(tx, claim.subject)
        if batch.state is BatchState.CLOSED:
            jobs.finish(tx, claim, now())
            return
    last = claim.charged >= services.settings.jobs.max_attempts
    findings, pictures = look_at_all(batch, claim, services, last_attempt=last)
    with services.records.begin() as tx:
        ledger = with_dossiers(tx, batch, balance(findings))
        batches.save_ledger(tx, batch.id, ledger, pictures, now())
        jobs.finish(tx, claim, now(), page_jobs(tx, claim))


def look_at_all(
    batch: Batch, claim: Claim, services: Services, *, last_attempt: bool
) -> tuple[list[PageFinding], dict[int, Digest]]:
    """Return what is on each page, and the digests of the pictures of blank ones."""
    source = Source(original=batch.original, objects_url=services.objects_url)
    findings: list[PageFinding] = []
    pictures: dict[int, Digest] = {}
    for page_no in range(1, batch.original.pages + 1):
        task = PageTask(
            source=source, page_no=page_no, station=services.settings.station, reading=services.settings.read
        )
        finding, picture = look(task, claim, services, last_attempt=last_attempt)
        findings.append(finding)
        if picture:
            pictures[page_no] = services.objects.put(picture, "image/jpeg")
    return findings, pictures


def look(task: PageTask, claim: Claim, services: Services, *, last_attempt: bool) -> tuple[PageFinding, bytes | None]:
    """Look at one page; one that cannot be read is a finding, so that the others go on.

    A look that was cut short (the program was stopped, memory was short) says nothing about the
    page, until no other attempt is left.
    """
    try:
        return services.lane_children[claim.lane].call(task.reading.page_deadline_s, look_at_page, task)
    except SohoaError as error:
        if error.outage or (error.retryable and not last_attempt):
            raise
        return rejected(task.page_no, error), None


def with_dossiers(tx: sa.Connection, batch: Batch, ledger: Ledger) -> Ledger:
    """Add what intake knows: every document must belong to a registered dossier and component."""
    problems = list(ledger.problems)
    for planned in ledger.documents:
        dossier = dossiers.find(tx, planned.cover.dossier_code)
        if dossier is None:
            problems.append(f"Chưa có hồ sơ {planned.cover.dossier_code} trong hệ thống: nạp hồ sơ rồi chạy lại lô")
        elif dossier.component(planned.cover.component_code) is None:
            problems.append(f"Hồ sơ {dossier.code} không có thành phần {planned.cover.component_code}")
    if batch.original.signed:
        problems.append("Tệp PDF đã có chữ ký số: được giữ nguyên từng byte, cần người gắn vào hồ sơ")
    return replace(ledger, problems=tuple(dict.fromkeys(problems)))


def page_jobs(tx: sa.Connection, claim: Claim) -> list[NewJob]:
    """Return one job per page of the batch's documents; none while the batch is open."""
    places = [place for row in documents.of_batch(tx, claim.batch) for place in documents.pages(tx, row.id)]
    return [claim.follow(JobKind.PAGE, f"{place.batch_id}/{place.page_no}", turn) for turn, place in enumerate(places)]
