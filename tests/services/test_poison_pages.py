"""A page that cannot be read: its document waits for a person, every other goes on, and nothing wrong leaves."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_stack import DOSSIER, LINES, cover, dossier, spoiled, text_page, tiff
from typer.testing import CliRunner

from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import batches, documents, dossiers, findings, jobs
from pipeline.store.records.findings import Seen
from schemas import settings
from schemas.batch import BatchState, PageFinding
from schemas.dossier import Component, Dossier
from schemas.jobs import JobKind, JobState, Lane
from workers import isolation
from workers.actors.run import run_next
from workers.bootstrap import Services, now
from workers.cli import app
from workers.station import receive

PAPERS = tuple(Component(code=f"000.00.00.G01-KQ00000{number}", name=f"Giấy tờ {number}") for number in (1, 2, 3))
THREE = replace(DOSSIER, components=PAPERS)
POISON = "Quá 120 giây; tiến trình bị dừng"


class Desk:
    """A line in this process, and a person at its command line."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.stated = {
            "SOHOA_DATA_DIR": str(folder / "data"),
            "SOHOA_DATABASE_URL": database_url,
            "SOHOA_BACKOFF_S": "0",
            "SOHOA_MAX_ATTEMPTS": "2",
        }
        self.services = Services(settings.read(self.stated))
        migrate.upgrade(self.services.records.engine)
        self.register(THREE)

    def register(self, record: Dossier) -> None:
        with self.services.records.begin() as tx:
            dossiers.save(tx, record, now())

    def scan(self, data: bytes, unreadable: int = 0) -> str:
        """Take a stack; where asked, as if nobody had been able to look at one of its pages."""
        batch_id, _ = receive(data, inspect(data, "lo.tif", self.services.settings.station), self.services)
        if unreadable:
            with self.services.records.begin() as tx:
                findings.save(tx, batch_id, [Seen(PageFinding(page_no=unreadable, unreadable=POISON))])
        return batch_id

    def drain(self) -> None:
        while any(run_next(lane, self.services) for lane in Lane):
            pass

    def ask(self, *words: str) -> list[dict[str, Any]]:
        result = CliRunner().invoke(app, [*words, "--json"], env=self.stated)
        assert result.exit_code == 0, (words, result.output, result.exception)
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def refused(self, *words: str) -> bool:
        return CliRunner().invoke(app, list(words), env=self.stated).exit_code != 0

    def batch(self, batch_id: str) -> batches.BatchRow:
        with self.services.records.begin() as tx:
            return next(row for row in batches.listing(tx) if row.id == batch_id)

    def documents(self, batch_id: str) -> list[dict[str, Any]]:
        return [row for row in self.ask("documents", "list") if row["batch"] == batch_id]

    def states(self, batch_id: str) -> list[str]:
        return [row["state"] for row in sorted(self.documents(batch_id), key=lambda row: row["component"])]

    def places(self, batch_id: str) -> list[str]:
        return [row["disposition"] for row in self.ask("station", "ledger", batch_id)]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.services.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk_of_each_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    there = request.param == "postgresql"
    made = Desk(tmp_path, request.getfixturevalue("postgres_server").new_database() if there else "")
    yield made
    made.services.close()


def other_page(number: int) -> Any:
    return text_page((*LINES[:3], f"Trang bổ sung số {number}"))


def three_papers() -> bytes:
    """Return a stack of three papers of which the second's only page is damaged."""
    sheets = (page for index in (1, 2, 3) for page in (cover(THREE, index, 3), other_page(index)))
    return spoiled(tiff(*sheets), 4)


def test_a_damaged_page_holds_its_document_and_nothing_else(desk: Desk) -> None:
    batch_id = desk.scan(three_papers())
    desk.drain()
    row = desk.batch(batch_id)
    assert row.state is BatchState.CLOSED
    (remark,) = row.problems
    assert "Trang 4 không đọc được" in remark
    assert "từ trang 3 đến trang 4" in remark
    assert desk.states(batch_id) == ["sealed", "unsealed", "sealed"]
    (held,) = desk.ask("quarantine", "list")
    assert (held["kind"], held["subject"], held["attempt"]) == ("page", f"{batch_id}/4", 1)
    (stuck,) = [row for row in desk.ask("status") if "page_no" in row]
    assert (stuck["stack"], stuck["page_no"], stuck["dossier"]) == (batch_id[:12], 4, THREE.code)
    assert stuck["reason"]
    assert len(desk.places(batch_id)) == 6


def test_the_way_on_set_aside_and_scan_that_paper_alone_again(desk_of_each_kind: Desk) -> None:
    desk = desk_of_each_kind
    batch_id = desk.scan(three_papers())
    desk.drain()
    held = desk.documents(batch_id)[1]["document"]
    again = desk.scan(tiff(cover(THREE, 2, 3), other_page(4)))
    desk.drain()
    assert desk.batch(again).state is BatchState.OPEN
    assert desk.refused("documents", "set-aside", held, "--reason", " ")
    assert [row["page_no"] for row in desk.ask("status") if "page_no" in row] == [4]
    desk.ask("documents", "set-aside", held[:12], "--reason", "Nhầm")
    desk.ask("documents", "take-back", held[:12])
    desk.ask("documents", "set-aside", held[:12], "--reason", "Đã quét lại")
    assert desk.refused("documents", "set-aside", held, "--reason", "lần nữa")
    assert desk.ask("quarantine", "list") == []
    assert [row for row in desk.ask("status") if "page_no" in row] == []
    assert desk.places(batch_id) == ["separator", "document", "separator", "rejected", "separator", "document"]
    assert desk.ask("station", "ledger", batch_id)[3]["reason"] == "Đã quét lại"
    desk.ask("station", "recheck", again)
    desk.drain()
    assert desk.batch(again).state is BatchState.CLOSED
    assert desk.states(batch_id) == ["sealed", "set-aside", "sealed"]
    assert desk.states(again) == ["sealed"]


def test_a_sealed_document_is_not_set_aside(desk: Desk) -> None:
    batch_id = desk.scan(three_papers())
    desk.drain()
    sealed = desk.documents(batch_id)[0]["document"]
    assert desk.refused("documents", "set-aside", sealed, "--reason", "nhầm")
    assert desk.refused("documents", "take-back", sealed)
    assert desk.states(batch_id) == ["sealed", "unsealed", "sealed"]


@pytest.mark.parametrize("done", [JobKind.SPLIT, JobKind.PAGE, JobKind.ASSEMBLE])
def test_a_document_that_was_set_aside_by_mistake_is_taken_back(desk: Desk, done: JobKind) -> None:
    """At whatever point it was: after the pages' jobs were made, after pages were read, after it was assembled."""
    record = dossier(41)
    desk.register(record)
    batch_id = desk.scan(tiff(cover(record), text_page()))
    while not finished(desk, done):
        assert run_next(Lane.LINE, desk.services)
    (row,) = desk.documents(batch_id)
    desk.ask("documents", "set-aside", row["document"], "--reason", "nhầm")
    desk.drain()
    assert desk.states(batch_id) == ["set-aside"]
    assert desk.places(batch_id) == ["separator", "rejected"]
    desk.ask("documents", "take-back", row["document"])
    desk.drain()
    assert desk.states(batch_id) == ["sealed"]
    assert desk.places(batch_id) == ["separator", "document"]


def finished(desk: Desk, kind: JobKind) -> bool:
    """Whether the next kind of job is there: then this one is done."""
    following = {JobKind.SPLIT: JobKind.PAGE, JobKind.PAGE: JobKind.ASSEMBLE, JobKind.ASSEMBLE: JobKind.SEAL}
    with desk.services.records.begin() as tx:
        rows = documents.listing(tx)
        subjects = {row.id for row in rows} | {place.subject for row in rows for place in documents.pages(tx, row.id)}
        return any(jobs.find(tx, following[kind], subject) for subject in subjects)


def test_work_under_way_on_a_document_that_is_set_aside_comes_to_nothing(desk: Desk) -> None:
    record = dossier(42)
    desk.register(record)
    batch_id = desk.scan(tiff(cover(record), text_page()))
    while not finished(desk, JobKind.ASSEMBLE):
        assert run_next(Lane.LINE, desk.services)
    (row,) = desk.documents(batch_id)
    seal = desk.services.sealer.seal

    def set_aside_first(*args: Any) -> Any:
        desk.ask("documents", "set-aside", row["document"], "--reason", "quét lại")
        return seal(*args)

    object.__setattr__(desk.services.sealer, "seal", set_aside_first)
    assert run_next(Lane.SEAL, desk.services)
    with desk.services.records.begin() as tx:
        assert documents.latest_version(tx, row["document"]) is None
    assert desk.states(batch_id) == ["set-aside"]


def test_a_page_that_can_be_read_after_all_goes_on(desk: Desk) -> None:
    record = dossier(43)
    desk.register(record)
    batch_id = desk.scan(tiff(cover(record), text_page(), other_page(2)), unreadable=3)
    desk.drain()
    assert desk.batch(batch_id).state is BatchState.CLOSED
    assert desk.states(batch_id) == ["sealed"]
    assert desk.documents(batch_id)[0]["pages"] == 2


def torn_cover(of: Dossier) -> Any:
    """Return a cover sheet whose code says that it is one, and no more."""
    return cover(of, 1, 0)


@pytest.mark.parametrize("sheet", [cover, torn_cover])
def test_a_cover_sheet_that_shows_itself_too_late_lets_nothing_of_two_citizens_leave(
    desk: Desk, sheet: Callable[[Dossier], Any]
) -> None:
    first, second, third = dossier(44), dossier(45), dossier(46)
    for record in (first, second, third):
        desk.register(record)
    stack = tiff(cover(third), other_page(1), cover(first), text_page(), sheet(second), other_page(2))
    batch_id = desk.scan(stack, unreadable=5)
    desk.drain()
    assert desk.batch(batch_id).state is BatchState.CLOSED
    sealed = {row["dossier"]: row["state"] for row in desk.documents(batch_id)}
    assert sealed == {third.code: "sealed", first.code: "unsealed"}
    (held,) = desk.ask("quarantine", "list")
    assert (held["error_code"], held["attempt"]) == ("late-cover-sheet", 1)
    desk.ask("quarantine", "retry", held["id"])
    desk.drain()
    assert [row["state"] for row in desk.ask("quarantine", "list")] == [JobState.QUARANTINED]
    assert "set-aside" in desk.ask("quarantine", "show", held["id"])[0]["hint"]
