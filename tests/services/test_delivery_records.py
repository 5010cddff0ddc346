"""Deliveries in the tables, two transactions at once: none is lost, none is left without its job."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from pipeline.store import tables
from pipeline.store.records import deliveries, dossiers, jobs
from pipeline.store.records.connect import Records
from pipeline.store.records.deliveries import DeliveryRow, Wanted
from schemas.dossier import Dossier, Owner
from schemas.jobs import DeliveryState, JobKind, Receipt, Receiver

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CODES = ("H50.1", "H50.2")
STORE = Receiver.CITIZEN_STORE
MOMENT_S = 0.3
"""How long one transaction is left open, so that the other comes to stand before it or passes it."""
PATIENCE_S = 60.0


def dossier(code: str) -> Dossier:
    return Dossier(
        code=code,
        procedure_code="1",
        procedure_name="Khai sinh",
        field_code="HT",
        field_name="Hộ tịch",
        agency_code="H50",
        agency_name="Ủy ban",
        owner=Owner(name="Nguyễn Thị Thử", identity_no="045190000017"),
        components=(),
        received_at=NOW,
        due_at=NOW,
    )


@pytest.fixture(autouse=True)
def documents(records: Records) -> None:
    """Documents "H50.1/1", "H50.1/2", "H50.2/1", "H50.2/2", of two dossiers."""
    original = {"digest": "o", "name": "lo.tif", "media_type": "image/tiff", "size": 1, "pages": 1, "signed": False}
    batch = {
        "id": "b", "station": "q", "original_digest": "o", "lane": "line", "state": "closed", "problems": [],
        "taken_at": NOW,
    }  # fmt: skip
    rows = [
        {
            "id": f"{code}/{number}", "batch_id": "b", "document_no": 2 * place + number, "dossier_code": code,
            "component_code": "K", "page_count": 1, "created_at": NOW,
        }
        for place, code in enumerate(CODES)
        for number in (1, 2)
    ]  # fmt: skip
    with records.begin() as tx:
        for code in CODES:
            dossiers.save(tx, dossier(code), NOW)
        tx.execute(tables.original.insert().values(original))
        tx.execute(tables.batch.insert().values(batch))
        tx.execute(tables.document.insert(), rows)


def plan(tx: sa.Connection, document_id: str, receivers: Iterable[Receiver] = (STORE,)) -> list[DeliveryRow]:
    """What sealing does in its last transaction."""
    code = document_id.partition("/")[0]
    wanted = Wanted(document_id=document_id, dossier_code=code, version_no=1)
    planned = deliveries.planned(tx, wanted, list(receivers), NOW)
    for place in planned:
        deliveries.add(tx, place)
        jobs.add(tx, deliveries.jobs_for(tx, place.receiver, place.dossier_code), NOW)
    return planned


def accept(tx: sa.Connection, place: DeliveryRow) -> None:
    """What delivering does in its last transaction."""
    jobs.add(tx, deliveries.accept(tx, place, Receipt(number="1", received_at=NOW), NOW), NOW)


def at_once(records: Records, pool: ThreadPoolExecutor, work: str, place: DeliveryRow | None = None) -> Future[None]:
    """Do it in a transaction of another thread, for as long as it can go on by itself."""

    def run() -> None:
        with records.begin() as tx:
            accept(tx, place) if place else plan(tx, work)

    going = pool.submit(run)
    wait_for([going], MOMENT_S)
    return going


def test_two_seals_of_a_dossier_at_once_plan_both_their_deliveries(records: Records) -> None:
    with ThreadPoolExecutor(1) as pool:
        with records.begin() as tx:
            plan(tx, "H50.1/1", Receiver)
            other = at_once(records, pool, "H50.1/2")
        other.result()
    with records.begin() as tx:
        listed = deliveries.listing(tx)
    assert [(place.document_id, place.sequence) for place in listed] == [("H50.1/1", 1), ("H50.1/1", 2), ("H50.1/2", 3)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_dossier_does_not_wait_for_another_nor_for_new_papers_of_its_own(records: Records) -> None:
    with records.begin() as tx:
        (first,) = plan(tx, "H50.2/2")
    with ThreadPoolExecutor(1) as pool, records.begin() as tx:
        plan(tx, "H50.1/1", Receiver)
        at_once(records, pool, "H50.2/1").result(PATIENCE_S)
        at_once(records, pool, "", first).result(PATIENCE_S)
        pool.submit(split_another, records).result(PATIENCE_S)
    with records.begin() as tx:
        listed = deliveries.listing(tx, CODES[1])
        assert [(place.document_id, place.sequence) for place in listed] == [("H50.2/2", 1), ("H50.2/1", 2)]
        assert deliveries.listing(tx, states=[DeliveryState.ACCEPTED]) == listed[:1]


def split_another(records: Records) -> None:
    """A paper of the first dossier comes with another batch."""
    row = {
        "id": "H50.1/3", "batch_id": "b", "document_no": 9, "dossier_code": CODES[0], "component_code": "K",
        "page_count": 1, "created_at": NOW,
    }  # fmt: skip
    with records.begin() as tx:
        tx.execute(tables.document.insert().values(row))


def test_sealed_documents_that_a_receiver_is_not_to_have_yet_are_found(records: Records) -> None:
    sealed = {"version_no": 1, "digest": "x", "size": 1, "level": "B-T", "sealed_at": NOW}
    with records.begin() as tx:
        tx.execute(tables.version.insert(), [{"document_id": f"{code}/1"} | sealed for code in CODES])
        plan(tx, "H50.1/1")
        assert deliveries.unplanned(tx, [STORE]) == ["H50.2/1"]
        assert deliveries.unplanned(tx, list(Receiver)) == ["H50.1/1", "H50.2/1"]
        assert deliveries.unplanned(tx, []) == []


@pytest.mark.parametrize("seal_first", [True, False])
def test_a_paper_sealed_while_the_one_before_is_accepted_gets_its_job(records: Records, *, seal_first: bool) -> None:
    with records.begin() as tx:
        (first,) = plan(tx, "H50.1/1")
    with ThreadPoolExecutor(1) as pool:
        with records.begin() as tx:
            plan(tx, "H50.1/2") if seal_first else accept(tx, first)
            other = at_once(records, pool, "H50.1/2", first if seal_first else None)
        other.result()
    with records.begin() as tx:
        coming = deliveries.next_pending(tx, STORE, "H50.1")
        assert coming
        assert (coming.document_id, coming.state) == ("H50.1/2", DeliveryState.PENDING)
        assert jobs.find(tx, JobKind.DELIVER, coming.id)


def test_a_delivery_is_planned_once_and_its_place_in_sequence_never_swallows_another(records: Records) -> None:
    with records.begin() as tx:
        (first,) = plan(tx, "H50.1/1")
        plan(tx, "H50.1/1", Receiver)
        assert [place.receiver for place in deliveries.listing(tx)] == [STORE, Receiver.DOSSIER_SYSTEM]
    taken = DeliveryRow(**{**vars(first), "id": "x", "document_id": "H50.1/2"})
    with pytest.raises(sa.exc.IntegrityError), records.begin() as tx:
        deliveries.add(tx, taken)
