"""Both clients against the simulator over HTTP, sound and with every fault."""

import json
import sqlite3
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.deliver.citizen_store import CitizenStoreClient, build_citizen_store
from pipeline.deliver.dossier_system import DossierSystemClient, build_dossier_system
from pipeline.ports import CitizenStore, DossierSystem
from schemas.document import digest_of
from schemas.dossier import Component, Dossier, Owner
from schemas.errors import BadDossier, ReceiverRefused, ReceiverUnavailable
from schemas.jobs import DeliveredPaper, Receipt
from schemas.settings import DeliverSettings, Secret
from workers.sandbox.faults import Fault, Faults
from workers.sandbox.server import running
from workers.sandbox.sessions import DEVELOPMENT_SECRET, Access

pytestmark = pytest.mark.service

NOON = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
ATTEMPTS = 200


def now() -> datetime:
    return datetime.now(UTC)


def dossier(number: int = 1) -> Dossier:
    return Dossier(
        code=f"H50.12-20261105-{number:07d}",
        procedure_code="1.001193",
        procedure_name="Đăng ký khai sinh",
        field_code="G15-HT02",
        field_name="Hộ tịch",
        agency_code="H50.12",
        agency_name="Ủy ban nhân dân phường Đông Hà",
        owner=Owner(name="Nguyễn Thị Thử", identity_no=f"04519{number:07d}"),
        components=(Component(code="KS-01", name="Tờ khai đăng ký khai sinh"),),
        received_at=NOON,
        due_at=NOON + timedelta(days=3),
    )


def paper(dossier_no: int = 1, number: int = 1) -> DeliveredPaper:
    document_id = f"d{dossier_no:03d}-{number:03d}"
    return DeliveredPaper(
        document_id=document_id,
        component_code=f"KS-{number:02d}",
        component_name="Tờ khai đăng ký khai sinh",
        notation="",
        digest=digest_of(document_id.encode()),
        size=1000,
        pages=2,
        link=f"https://kho.example/tep/{document_id}",
        sealed_at=NOON + timedelta(minutes=number),
        digitized_at=NOON,
    )


def settings(url: str, timeout_s: float = 30.0, breaker_failures: int = 100_000) -> DeliverSettings:
    return DeliverSettings(
        dossier_system_url=url,
        dossier_system_user="sohoa",
        dossier_system_password=Secret(DEVELOPMENT_SECRET),
        unit_code="H50.12",
        citizen_store_url=url,
        citizen_store_token=Secret(DEVELOPMENT_SECRET),
        timeout_s=timeout_s,
        breaker_failures=breaker_failures,
        breaker_reset_s=3600.0,
    )


@dataclass(frozen=True)
class Line:
    """A sandbox and both clients before it."""

    url: str
    system: DossierSystemClient
    store: CitizenStoreClient

    def entries(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/sandbox/entries") as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def came(self, service: str, code: str) -> int:
        rows = self.entries()["arrivals"]
        return sum(row["times"] for row in rows if (row["service"], row["code"]) == (service, code))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Line]]:
    with ExitStack() as stack:

        def started(faults: Faults | None = None, timeout_s: float = 30.0) -> Line:
            url = stack.enter_context(running(tmp_path / "sandbox.db", faults))
            agreed = settings(url, timeout_s)
            system = stack.enter_context(closing(build_dossier_system(agreed, now)))
            store = stack.enter_context(closing(build_citizen_store(agreed, now)))
            return Line(url, system, store)

        yield started


def as_ports(line: Line) -> tuple[DossierSystem, CitizenStore]:
    """The type checker holds the clients to the ports here."""
    return line.system, line.store


def insist(deliver: Callable[[], Receipt]) -> Receipt:
    """Stand in for the jobs' back-off: try until accepted."""
    for _ in range(ATTEMPTS):
        with suppress(ReceiverUnavailable):
            return deliver()
    pytest.fail("never accepted")


class TestContract:
    """What the ports promise, against the simulator."""

    def test_what_was_never_delivered_is_not_held(self, start: Callable[..., Line]) -> None:
        line = start()
        system, store = as_ports(line)
        assert not system.holds(dossier().code, "d001-001")
        assert not store.holds(dossier().code, "d001-001")

    def test_a_delivery_is_accepted_and_can_be_looked_up(self, start: Callable[..., Line]) -> None:
        line = start()
        told = line.system.deliver(dossier(), [paper()], "k1")
        kept = line.store.deliver(dossier(), paper(), "k2")
        assert told.number.startswith("GD")
        assert told.body["DongBoHoSoMC"]["error_code"] == "0"
        assert told.body["CapNhatTienDoHoSoMC"]["data"][0]["MaHoSo"] == dossier().code
        assert kept.number.startswith("KQG")
        assert told.received_at.tzinfo
        assert line.system.holds(dossier().code, paper().document_id)
        assert line.store.holds(dossier().code, paper().document_id)
        assert not line.system.holds(dossier().code, "khác")
        assert "Nguyễn" not in json.dumps([told.body, kept.body], ensure_ascii=False)

    def test_repeating_is_harmless_and_gives_the_same_receipt(self, start: Callable[..., Line]) -> None:
        line = start()
        kept = [line.store.deliver(dossier(), paper(), "k") for _ in range(3)]
        for _ in range(3):
            line.system.deliver(dossier(), [paper()], "k")
        assert len({receipt.number for receipt in kept}) == 1
        assert kept[0].body == kept[2].body
        assert line.entries()["counts"] == {"dossier": 1, "paper": 1, "progress": 1, "store_entry": 1}

    def test_another_key_for_the_same_paper_doubles_nothing(self, start: Callable[..., Line]) -> None:
        line = start()
        assert line.store.deliver(dossier(), paper(), "a").number == line.store.deliver(dossier(), paper(), "b").number
        line.system.deliver(dossier(), [paper()], "a")
        line.system.deliver(dossier(), [paper()], "b")
        assert line.entries()["counts"] == {"dossier": 1, "paper": 1, "progress": 1, "store_entry": 1}

    def test_papers_come_one_after_the_other(self, start: Callable[..., Line]) -> None:
        line = start()
        line.system.deliver(dossier(), [paper(1, 1)], "a")
        line.system.deliver(dossier(), [paper(1, 1), paper(1, 2)], "b")
        line.system.deliver(dossier(), [paper(1, 1)], "a")  # a late resend takes nothing away
        found = line.entries()
        assert found["counts"] == {"dossier": 1, "paper": 2, "progress": 2, "store_entry": 0}
        assert found["dossiers"][0]["updates"] == 2

    def test_a_status_that_moved_on_is_never_taken_back(self, start: Callable[..., Line]) -> None:
        line = start()
        line.system.deliver(dossier(), [paper(1, 1)], "a")
        line.post("/sandbox/status", {"MaHoSo": dossier().code, "TrangThaiHoSo": "9"})
        line.system.deliver(dossier(), [paper(1, 1), paper(1, 2)], "b")
        assert line.entries()["dossiers"][0]["trang_thai"] == "9"

    def test_what_the_receiver_refuses_is_for_a_person(self, start: Callable[..., Line]) -> None:
        line = start()
        wrong = replace(dossier(), procedure_code="KS")
        with pytest.raises(ReceiverRefused, match="MaTTHC"):
            line.system.deliver(wrong, [paper()], "k")
        with pytest.raises(ReceiverRefused, match="MaTTHC"):
            line.store.deliver(wrong, paper(), "k")
        assert line.entries()["counts"] == {"dossier": 0, "paper": 0, "progress": 0, "store_entry": 0}

    def test_a_number_that_cannot_be_real_is_not_sent(self, start: Callable[..., Line]) -> None:
        line = start()
        faked = replace(dossier(), owner=Owner(name="Trần Văn Mẫu", identity_no="000000000001"))
        with pytest.raises(BadDossier):
            line.system.deliver(faked, [paper()], "k")
        with pytest.raises(BadDossier):
            line.store.deliver(faked, paper(), "k")
        assert line.entries()["arrivals"] == []

    def test_another_file_under_the_same_id_is_for_a_person(self, start: Callable[..., Line]) -> None:
        line = start()
        line.store.deliver(dossier(), paper(), "k")
        with pytest.raises(ReceiverRefused, match="tệp khác"):
            line.store.deliver(dossier(), replace(paper(), digest=digest_of(b"other")), "k")

    def test_wrong_credentials_are_for_a_person(self, tmp_path: Path) -> None:
        with running(tmp_path / "s.db", access=Access(password="x", token="x")) as url, ExitStack() as stack:
            system = stack.enter_context(closing(build_dossier_system(settings(url), now)))
            store = stack.enter_context(closing(build_citizen_store(settings(url), now)))
            with pytest.raises(ReceiverRefused, match="khi đăng nhập"):
                system.holds("H50-20261105-0001", "d")
            with pytest.raises(ReceiverRefused, match="mã truy cập"):
                store.holds("H50-20261105-0001", "d")

    def test_a_session_that_ended_is_begun_again_unnoticed(self, tmp_path: Path, start: Callable[..., Line]) -> None:
        line = start()
        line.system.deliver(dossier(), [paper()], "k")
        with closing(sqlite3.connect(tmp_path / "sandbox.db")) as database, database:
            database.execute("DELETE FROM session")
        line.system.deliver(dossier(), [paper()], "k")
        assert line.came("login", "0") == 2

    def test_sessions_that_never_last_can_be_tried_again(self, tmp_path: Path) -> None:
        with (
            running(tmp_path / "s.db", access=Access(session_s=0)) as url,
            closing(build_dossier_system(settings(url), now)) as system,
            pytest.raises(ReceiverUnavailable, match="hết phiên"),
        ):
            system.deliver(dossier(), [paper()], "k")

    def test_threads_may_share_the_clients(self, start: Callable[..., Line]) -> None:
        line = start()
        papers = [paper(1, number) for number in range(1, 9)]

        def deliver(number: int) -> None:
            insist(lambda: line.system.deliver(dossier(), papers[:number], f"s{number}"))
            insist(lambda: line.store.deliver(dossier(), papers[number - 1], f"k{number}"))

        threads = [threading.Thread(target=deliver, args=(number,)) for number in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert line.entries()["counts"] == {"dossier": 1, "paper": 8, "progress": 8, "store_entry": 8}
        assert line.came("login", "0") == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_alone_ends_accepted_once(fault: Fault, start: Callable[..., Line]) -> None:
    line = start(Faults(**{fault.value: 0.35}, slow_s=0.005, seed=11))
    numbers = range(1, 7)
    for number in numbers:
        told = insist(lambda n=number: line.system.deliver(dossier(n), [paper(n)], f"s{n}"))  # type: ignore[misc]
        kept = insist(lambda n=number: line.store.deliver(dossier(n), paper(n), f"k{n}"))  # type: ignore[misc]
        assert told.number.startswith("GD")
        assert kept.number.startswith("KQG")
    assert line.entries()["counts"] == dict.fromkeys(("dossier", "paper", "progress", "store_entry"), 6)
    with urllib.request.urlopen(f"{line.url}/sandbox/faults") as answer:
        assert json.load(answer)["seen"][fault.value] > 0
    assert line.came("CapNhatTienDoHoSoMC", "203") == 0


def test_all_faults_at_random_end_accepted_once_and_in_order(start: Callable[..., Line]) -> None:
    line = start(Faults.everything(0.08, slow_s=0.005, seed=2026))
    receipts = []
    for dossier_no in range(1, 21):
        papers = [paper(dossier_no, number) for number in range(1, 4)]
        for count in range(1, 4):
            receipts += [
                insist(lambda: line.system.deliver(dossier(dossier_no), papers[:count], f"s{papers[count - 1]}")),  # noqa: B023 - called at once
                insist(lambda: line.store.deliver(dossier(dossier_no), papers[count - 1], f"k{papers[count - 1]}")),  # noqa: B023 - called at once
            ]
    found = line.entries()
    assert found["counts"] == {"dossier": 20, "paper": 60, "progress": 60, "store_entry": 60}
    assert len({receipt.number for receipt in receipts if receipt.number.startswith("KQG")}) == 60
    assert line.came("CapNhatTienDoHoSoMC", "203") == 0
    with urllib.request.urlopen(f"{line.url}/sandbox/faults") as answer:
        assert set(json.load(answer)["seen"]) == {fault.value for fault in Fault}


def test_an_answer_later_than_the_time_out_was_accepted_all_the_same(start: Callable[..., Line]) -> None:
    line = start(Faults(slow=1.0, slow_s=1.0), timeout_s=0.1)
    with pytest.raises(ReceiverUnavailable, match="không trả lời"):
        line.store.deliver(dossier(), paper(), "k")
    line.post("/sandbox/faults", {"slow": 0})
    assert line.entries()["counts"]["store_entry"] == 1
    assert insist(lambda: line.store.deliver(dossier(), paper(), "k")).number == "KQG00000001"
    assert line.entries()["counts"]["store_entry"] == 1


def test_a_receiver_that_is_down_is_left_alone_after_a_few_failures(tmp_path: Path) -> None:
    with running(tmp_path / "s.db", Faults(error_500=1.0)) as url:
        agreed = settings(url, breaker_failures=3)
        with closing(build_citizen_store(agreed, now)) as store, closing(build_dossier_system(agreed, now)) as system:
            for _ in range(3):
                with pytest.raises(ReceiverUnavailable, match="HTTP 500"):
                    store.deliver(dossier(), paper(), "k")
            with pytest.raises(ReceiverUnavailable, match="tạm ngừng gọi"):
                store.deliver(dossier(), paper(), "k")
            with pytest.raises(ReceiverUnavailable, match="HTTP 500"):  # a breaker per receiver
                system.deliver(dossier(), [paper()], "k")
