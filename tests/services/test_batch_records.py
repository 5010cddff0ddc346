"""Batches in the tables: counted without looking at every page, listed without looking at every batch."""

from datetime import UTC, datetime, timedelta

from pipeline.store.records import batches, documents, dossiers
from pipeline.store.records.batches import PageCount
from pipeline.store.records.connect import Records
from schemas.batch import BatchState, Disposition, Ledger, LedgerEntry, Original, PlannedDocument
from schemas.document import Digest
from schemas.dossier import CoverSheet, Dossier, Owner
from schemas.jobs import Lane

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DOSSIER = Dossier(
    code="H50.1",
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
LEDGER = Ledger(
    entries=(
        LedgerEntry(page_no=1, disposition=Disposition.SEPARATOR),
        LedgerEntry(page_no=2, disposition=Disposition.DOCUMENT, document_no=1, position=1),
        LedgerEntry(page_no=3, disposition=Disposition.DOCUMENT, document_no=1, position=2),
        LedgerEntry(page_no=4, disposition=Disposition.BLANK),
    ),
    documents=(
        PlannedDocument(
            document_no=1,
            cover=CoverSheet(dossier_code="H50.1", component_code="K", index=1, total=1),
            page_nos=(2, 3),
        ),
    ),
    problems=(),
)


def take(records: Records, name: str, minute: int) -> str:
    source = Original(digest=Digest(name * 64), name="lo.tif", media_type="image/tiff", size=1, pages=4)
    with records.begin() as tx:
        return batches.take(tx, source, "q", Lane.LINE, NOW + timedelta(minutes=minute))[0]


def counted(records: Records) -> PageCount:
    with records.begin() as tx:
        return batches.page_count(tx)


def test_pages_are_settled_once_they_are_read_or_belong_to_no_document(records: Records) -> None:
    assert counted(records) == PageCount(scanned=0, settled=0)
    first, _ = take(records, "a", 0), take(records, "b", 1)
    assert counted(records) == PageCount(scanned=8, settled=0)
    with records.begin() as tx:
        assert dossiers.save(tx, DOSSIER, NOW)
        assert not dossiers.save(tx, DOSSIER, NOW)
        batches.save_ledger(tx, first, LEDGER, {}, NOW)
    assert counted(records) == PageCount(scanned=8, settled=2)
    with records.begin() as tx:
        (row,) = documents.of_batch(tx, first)
        for place in documents.pages(tx, row.id):
            assert not documents.all_read(tx, row.id)
            documents.save_layers(tx, place, Digest("p"), Digest("l"))
        assert documents.all_read(tx, row.id)
    assert counted(records) == PageCount(scanned=8, settled=4)


def test_batches_are_listed_by_state_and_by_id_oldest_first(records: Records) -> None:
    later, first, other = take(records, "a", 9), take(records, "b", 1), take(records, "c", 2)
    with records.begin() as tx:
        dossiers.save(tx, DOSSIER, NOW)
        batches.save_ledger(tx, other, LEDGER, {}, NOW)
        assert [row.id for row in batches.listing(tx)] == [first, other, later]
        assert [row.id for row in batches.listing(tx, (BatchState.RECEIVED,))] == [first, later]
        assert [row.id for row in batches.listing(tx, ids={other, later})] == [other, later]
        assert batches.listing(tx, ids=()) == []


def test_a_batch_is_found_by_the_beginning_of_its_id_if_it_is_the_only_one(records: Records) -> None:
    first, _ = take(records, "a", 0), take(records, "b", 1)
    with records.begin() as tx:
        assert batches.resolve(tx, "aaa") == batches.resolve(tx, first) == first
