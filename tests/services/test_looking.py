"""Looking at the pages of a batch: by many at once, each page once, and given up only when nothing else is left."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from line_stack import DOSSIER, blank, cover, stack, text_page, tiff

from pipeline.station.formats import inspect
from pipeline.store import migrate, tables
from pipeline.store.records import batches, dossiers, findings, jobs
from pipeline.store.records.findings import Seen
from schemas import settings
from schemas.batch import BatchState, Disposition, PageFinding
from schemas.jobs import JobKind, JobState, Lane
from workers import isolation
from workers.actors.look import PAGES_A_JOB
from workers.actors.run import run_next
from workers.bootstrap import Services, now
from workers.station import receive

HASTY = {"SOHOA_PAGE_DEADLINE_S": "0.001", "SOHOA_MAX_ATTEMPTS": "2"}
MakeServices = Callable[..., Services]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture
def make_services(tmp_path: Path) -> Iterator[MakeServices]:
    made: list[Services] = []

    def make(**more: str) -> Services:
        services = Services(settings.read({"SOHOA_DATA_DIR": str(tmp_path), "SOHOA_BACKOFF_S": "0"} | more))
        migrate.upgrade(services.records.engine)
        made.append(services)
        with services.records.begin() as tx:
            dossiers.save(tx, DOSSIER, now())
        return services

    yield make
    for services in made:
        services.close()


def scan(services: Services, data: bytes) -> str:
    batch_id, _ = receive(data, inspect(data, "lo.tif", services.settings.station), services)
    return batch_id


def state_of(services: Services, batch_id: str) -> BatchState:
    with services.records.begin() as tx:
        return batches.load(tx, batch_id).state


def look_through(services: Services, batch_id: str) -> None:
    """Work until the batch is balanced, and no further."""
    while state_of(services, batch_id) is BatchState.RECEIVED:
        assert run_next(Lane.LINE, services)


def recheck(services: Services, batch_id: str) -> None:
    with services.records.begin() as tx:
        findings.forget_unreadable(tx, batch_id)
        job = jobs.find(tx, JobKind.SPLIT, batch_id)
        assert job
        assert jobs.repeat(tx, job.id, now())


def attempts(services: Services) -> dict[str, int]:
    """Return how often each part of the batch was looked at."""
    query = sa.select(tables.job.c.subject, tables.job.c.attempt).where(tables.job.c.kind == JobKind.LOOK)
    with services.records.begin() as tx:
        return {subject.rpartition("/")[2]: attempt for subject, attempt in tx.execute(query)}


def test_a_long_file_is_looked_at_in_parts_by_turns(make_services: MakeServices) -> None:
    services = make_services()
    pages = [cover(DOSSIER), text_page(), *[blank()] * (2 * PAGES_A_JOB)]
    batch_id = scan(services, tiff(*pages))
    assert run_next(Lane.LINE, services)
    parts = [f"1-{PAGES_A_JOB}", f"{PAGES_A_JOB + 1}-{2 * PAGES_A_JOB}", f"{2 * PAGES_A_JOB + 1}-{len(pages)}"]
    with services.records.begin() as tx:
        waiting = tx.execute(sa.select(tables.job).where(tables.job.c.kind == JobKind.LOOK)).all()
    in_turn = sorted(waiting, key=lambda row: row.order_at)
    assert [row.subject.rpartition("/")[2] for row in in_turn] == parts
    assert len({row.order_at for row in in_turn}) == len(parts)
    for _ in parts:
        assert state_of(services, batch_id) is BatchState.RECEIVED
        assert run_next(Lane.LINE, services)
    assert run_next(Lane.LINE, services)
    assert state_of(services, batch_id) is BatchState.CLOSED
    assert attempts(services) == dict.fromkeys(parts, 1)
    with services.records.begin() as tx:
        places = batches.dispositions(tx, batch_id)
        seen = findings.of_batch(tx, batch_id)
    assert places == {Disposition.SEPARATOR: 1, Disposition.DOCUMENT: 1, Disposition.BLANK: 2 * PAGES_A_JOB}
    assert all(item.finding.fingerprint for item in seen.values())
    assert [page_no for page_no, item in seen.items() if item.picture] == list(range(3, len(pages) + 1))


def test_a_page_is_given_up_only_when_all_attempts_were_cut_short(make_services: MakeServices) -> None:
    services = make_services(**HASTY)
    batch_id = scan(services, stack(DOSSIER))
    assert run_next(Lane.LINE, services)
    states = []
    for _ in range(2):
        assert run_next(Lane.LINE, services)
        with services.records.begin() as tx:
            job = jobs.find(tx, JobKind.LOOK, f"{batch_id}/1-3")
            assert job
            states.append((job.state, len(findings.of_batch(tx, batch_id))))
    assert states == [(JobState.WAITING, 0), (JobState.DONE, 3)]
    look_through(services, batch_id)
    with services.records.begin() as tx:
        assert batches.load(tx, batch_id).state is BatchState.OPEN
        assert batches.dispositions(tx, batch_id) == {Disposition.REJECTED: 3}


def test_pages_that_were_given_up_are_tried_again_on_request_and_no_others(make_services: MakeServices) -> None:
    hasty = make_services(**HASTY)
    batch_id = scan(hasty, stack(DOSSIER))
    with hasty.records.begin() as tx:
        findings.save(tx, batch_id, [Seen(PageFinding(page_no=2, fingerprint="đã xem"))])
    look_through(hasty, batch_id)
    assert state_of(hasty, batch_id) is BatchState.OPEN
    patient = make_services()
    recheck(patient, batch_id)
    assert run_next(Lane.LINE, patient)
    look_through(patient, batch_id)
    assert state_of(patient, batch_id) is BatchState.CLOSED
    with patient.records.begin() as tx:
        seen = findings.of_batch(tx, batch_id)
    assert seen[1].finding.cover
    assert seen[2].finding.fingerprint == "đã xem"
    assert seen[3].finding.blank


def test_balancing_again_looks_at_no_page_again(make_services: MakeServices) -> None:
    services = make_services()
    batch_id = scan(services, tiff(cover(DOSSIER, 1, 2), text_page()))
    look_through(services, batch_id)
    recheck(services, batch_id)
    assert run_next(Lane.LINE, services)
    assert not run_next(Lane.LINE, services)
    assert state_of(services, batch_id) is BatchState.OPEN
    assert attempts(services) == {"1-2": 1}


def test_what_was_seen_by_other_rules_is_looked_at_anew(make_services: MakeServices) -> None:
    services = make_services()
    batch_id = scan(services, tiff(cover(DOSSIER, 1, 2), text_page()))
    look_through(services, batch_id)
    old = PageFinding(page_no=2, blank=True).to_json() | {findings.VERSION: 0}
    with services.records.begin() as tx:
        tx.execute(tables.finding.update().where(tables.finding.c.page_no == 2).values(finding=old))
        assert list(findings.of_batch(tx, batch_id)) == [1]
    recheck(services, batch_id)
    assert run_next(Lane.LINE, services)
    assert state_of(services, batch_id) is BatchState.RECEIVED
    look_through(services, batch_id)
    assert attempts(services) == {"1-2": 2}
    with services.records.begin() as tx:
        assert not findings.of_batch(tx, batch_id)[2].finding.blank
