"""The line on its embedded defaults: real SQLite, folder, Tesseract, seal, and receivers over HTTP.

Each test is about one thing going wrong and being mended; the good way is the demo's test.
"""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from line_stack import DOSSIER, cover, dossier, stack, text_page, tiff
from servers.minio import MinioServer
from servers.postgres import PostgresServer

from pipeline.sign import pki
from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import batches, deliveries, documents, dossiers, jobs
from schemas import settings
from schemas.batch import BatchState, Disposition
from schemas.document import Draft, SealLevel
from schemas.dossier import Dossier
from schemas.jobs import DeliveryState, JobKind, JobState, Lane
from workers import engine, isolation
from workers.actors.run import run_next
from workers.bootstrap import Services, now
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access
from workers.station import receive

MakeServices = Callable[..., Services]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sandbox_running(tmp_path_factory.mktemp("sandbox") / "sandbox.db") as url:
        yield url


@pytest.fixture
def make_services(tmp_path: Path, sandbox: str) -> Iterator[MakeServices]:
    made: list[Services] = []

    def make(**more: str) -> Services:
        account = Access()
        stated = {
            "SOHOA_DATA_DIR": str(tmp_path / "data"),
            "SOHOA_WORKERS": "1",
            "SOHOA_BACKOFF_S": "0.2",
            "SOHOA_DOSSIER_SYSTEM_URL": sandbox,
            "SOHOA_DOSSIER_SYSTEM_USER": account.username,
            "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
            "SOHOA_UNIT_CODE": "000.00.01.H50",
            "SOHOA_CITIZEN_STORE_URL": sandbox,
            "SOHOA_CITIZEN_STORE_TOKEN": account.token,
        }
        services = Services(settings.read(stated | more))
        migrate.upgrade(services.records.engine)
        made.append(services)
        return services

    yield make
    for services in made:
        services.close()


def register(services: Services, record: Dossier = DOSSIER) -> None:
    with services.records.begin() as tx:
        dossiers.save(tx, record, now())


def scan(services: Services, data: bytes) -> str:
    batch_id, _ = receive(data, inspect(data, "lo.tif", services.settings.station), services)
    return batch_id


def drain(services: Services, until: Callable[[], bool] | None = None) -> None:
    with engine.running(services):
        engine.wait(until or (lambda: engine.idle(services)), lambda: None, 0.05)


def batch_state(services: Services, batch_id: str) -> tuple[BatchState, tuple[str, ...]]:
    with services.records.begin() as tx:
        row = next(item for item in batches.listing(tx) if item.id == batch_id)
    return row.state, row.problems


def test_a_batch_of_an_unknown_dossier_stays_open_until_intake_knows_it(make_services: MakeServices) -> None:
    services = make_services()
    record = dossier(1)
    batch_id = scan(services, stack(record))
    drain(services)
    state, problems = batch_state(services, batch_id)
    assert state is BatchState.OPEN
    assert any(record.code in problem for problem in problems)
    with services.records.begin() as tx:
        assert documents.of_batch(tx, batch_id) == []
    register(services, record)
    with services.records.begin() as tx:
        job = jobs.find(tx, JobKind.SPLIT, batch_id)
        assert job
        jobs.repeat(tx, job.id, now())
    drain(Services(services.settings))
    assert batch_state(services, batch_id) == (BatchState.CLOSED, ())
    with services.records.begin() as tx:
        assert {item.state for item in deliveries.listing(tx)} == {DeliveryState.ACCEPTED}
        places = batches.dispositions(tx, batch_id)
        (blank_page,) = [item for item in batches.entries(tx, batch_id) if item.disposition is Disposition.BLANK]
    assert places == {Disposition.SEPARATOR: 1, Disposition.DOCUMENT: 1, Disposition.BLANK: 1}
    assert blank_page.page_no == 3


def test_the_same_bytes_make_one_batch(make_services: MakeServices) -> None:
    services = make_services()
    data = stack()
    source = inspect(data, "lo.tif", services.settings.station)
    first = receive(data, source, services)
    assert receive(data, source, services) == (first[0], False)
    with services.records.begin() as tx:
        assert len(batches.listing(tx)) == 1


def test_a_missing_component_keeps_the_batch_open(make_services: MakeServices) -> None:
    services = make_services()
    register(services)
    batch_id = scan(services, tiff(cover(DOSSIER, 1, 2), text_page()))
    drain(services)
    state, problems = batch_state(services, batch_id)
    assert state is BatchState.OPEN
    assert problems


def test_receivers_that_are_down_cost_nothing_but_time(make_services: MakeServices) -> None:
    nobody = f"http://127.0.0.1:{closed_port()}"
    away = make_services(SOHOA_DOSSIER_SYSTEM_URL=nobody, SOHOA_CITIZEN_STORE_URL=nobody, SOHOA_MAX_ATTEMPTS="2")
    record = dossier(2)
    register(away, record)
    scan(away, stack(record))

    def tried_often() -> bool:
        with away.records.begin() as tx:
            found = [jobs.find(tx, JobKind.DELIVER, item.id) for item in deliveries.listing(tx)]
        return len(found) == 2 and all(job and job.attempt > 3 for job in found)

    drain(away, tried_often)
    with away.records.begin() as tx:
        assert jobs.quarantined(tx) == []
        assert {item.state for item in deliveries.listing(tx)} == {DeliveryState.PENDING}
    back = make_services()
    drain(back)
    with back.records.begin() as tx:
        assert all(item.receipt for item in deliveries.listing(tx))


def test_without_a_time_stamp_the_line_goes_on_and_the_level_is_raised_later(
    make_services: MakeServices, tmp_path: Path
) -> None:
    made = pki.init(tmp_path / "data/pki", now())
    nobody = f"http://127.0.0.1:{closed_port()}/tsa"
    without = make_services(SOHOA_TSA_URL=nobody, SOHOA_TSA_TIMEOUT_S="2")
    record = dossier(3)
    register(without, record)
    scan(without, stack(record))

    def all_told() -> bool:
        with without.records.begin() as tx:
            found = deliveries.listing(tx)
        return len(found) == 2 and all(item.state is DeliveryState.ACCEPTED for item in found)

    drain(without, all_told)
    with without.records.begin() as tx:
        (row,) = documents.listing(tx)
        assert [item.level for item in documents.versions(tx, row.id)] == [SealLevel.B_B]
    assert made.folder.exists()
    drain(make_services())
    with without.records.begin() as tx:
        first, second = documents.versions(tx, row.id)
        assert len(deliveries.listing(tx)) == 2
    assert (first.level, second.level) == (SealLevel.B_B, SealLevel.B_T)
    sealed = without.objects.get(first.digest)
    stamped = without.objects.get(second.digest)
    assert stamped.startswith(sealed)
    assert make_services().sealer.verify(stamped).holds


def test_a_seal_made_before_a_crash_is_adopted_not_made_again(make_services: MakeServices) -> None:
    services = make_services()
    record = dossier(4)
    register(services, record)
    scan(services, stack(record))

    def drafted() -> bool:
        with services.records.begin() as tx:
            return any(row.draft_digest for row in documents.listing(tx))

    drain_lanes_before_sealing(services, drafted)
    with services.records.begin() as tx:
        (row,) = documents.listing(tx)
        job = jobs.find(tx, JobKind.SEAL, row.id)
    assert row.draft_digest
    assert job
    early = services.sealer.seal(Draft(services.objects.get(row.draft_digest))).pdf
    services.objects.put_once(f"sealed/{row.draft_digest}", early, "application/pdf")
    assert run_next(Lane.SEAL, services)
    with services.records.begin() as tx:
        newest = documents.latest_version(tx, row.id)
    assert newest
    assert services.objects.get(newest.digest) == early


def drain_lanes_before_sealing(services: Services, until: Callable[[], bool]) -> None:
    while not until():
        run_next(Lane.LINE, services)


def test_work_that_always_dies_ends_in_quarantine_and_a_person_frees_it(make_services: MakeServices) -> None:
    services = make_services()
    record = dossier(7)
    register(services, record)
    batch_id = scan(services, stack(record))
    while batch_state(services, batch_id)[0] is BatchState.RECEIVED:
        run_next(Lane.LINE, services)
    drain(make_services(SOHOA_PAGE_DEADLINE_S="0.01", SOHOA_MAX_ATTEMPTS="2"))
    with services.records.begin() as tx:
        (held,) = jobs.quarantined(tx)
        assert (held.kind, held.error_code, held.attempt) == (JobKind.PAGE, "work-killed", 2)
        assert jobs.release(tx, held.id, now())
    drain(services)
    with services.records.begin() as tx:
        assert {state for _, state in jobs.counts(tx)} == {JobState.DONE}
        assert all(item.receipt for item in deliveries.listing(tx))


def test_the_same_line_runs_on_postgresql_and_minio(
    make_services: MakeServices, postgres_server: PostgresServer, minio_server: MinioServer
) -> None:
    services = make_services(
        SOHOA_DATABASE_URL=postgres_server.new_database(), SOHOA_OBJECTS_URL=minio_server.url("kho-ho-so")
    )
    record = dossier(8)
    register(services, record)
    scan(services, stack(record))
    drain(services)
    with services.records.begin() as tx:
        assert {state for _, state in jobs.counts(tx)} == {JobState.DONE}
        assert [bool(item.receipt) for item in deliveries.listing(tx)] == [True, True]
        (row,) = documents.listing(tx)
        newest = documents.latest_version(tx, row.id)
    assert newest
    assert services.sealer.verify(services.objects.get(newest.digest)).holds
