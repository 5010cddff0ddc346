"""Cut a batch into documents: balance its ledger from what was seen on its pages, make the page jobs."""

from dataclasses import replace

import sqlalchemy as sa

from pipeline.station.ledger import balance
from pipeline.store.records import batches, documents, dossiers, findings, jobs
from pipeline.store.records.findings import Seen
from schemas.batch import Batch, BatchState, Ledger
from schemas.jobs import Claim, JobKind, NewJob
from workers.actors.look import looks
from workers.bootstrap import Services, now

DEADLINE_S, DEADLINE_PER_PAGE_S = 60.0, 0.1
"""For finding sheets that were scanned twice: every page is compared with those before it."""


def split_batch(claim: Claim, services: Services) -> None:
    """Balance the batch's ledger. Where it does not balance the batch stays open and nothing is made of it.

    Pages of which nothing is known are looked at first; the last look asks for this job once more.
    """
    with services.records.begin() as tx:
        batch = batches.lock(tx, claim.subject)
        if batch.state is BatchState.CLOSED:
            jobs.finish(tx, claim, now())
            return
        seen = findings.of_batch(tx, batch.id)
        unseen = [page_no for page_no in range(1, batch.original.pages + 1) if page_no not in seen]
        if unseen:
            batches.await_findings(tx, batch.id)
            jobs.finish(tx, claim, now())
            jobs.ask(tx, looks(claim, batch.original.pages, unseen), now())
            return
    cut(batch, seen, claim, services)


def cut(batch: Batch, seen: dict[int, Seen], claim: Claim, services: Services) -> None:
    """Give every page its place; where all is well, make documents of them and let their pages be read."""
    found = [item.finding for item in seen.values()]
    codes = {finding.cover.dossier_code for finding in found if finding.cover}
    with services.records.begin() as tx:
        elsewhere = findings.components_elsewhere(tx, batch.id, codes)
    deadline_s = DEADLINE_S + DEADLINE_PER_PAGE_S * len(found)
    ledger = services.lane_children[claim.lane].call(deadline_s, balance, found, elsewhere=elsewhere)
    pictures = {page_no: item.picture for page_no, item in seen.items() if item.picture}
    with services.records.begin() as tx:
        batches.save_ledger(tx, batch.id, with_dossiers(tx, batch, ledger), pictures, now())
        jobs.finish(tx, claim, now(), page_jobs(tx, claim))


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
    return [claim.follow(JobKind.PAGE, place.subject, turn) for turn, place in enumerate(places)]
