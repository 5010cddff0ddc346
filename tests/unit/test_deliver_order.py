"""The order of calls to the dossier system, against scripted answers over HTTP."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pipeline.deliver.dossier_system import build_dossier_system
from schemas.document import digest_of
from schemas.dossier import Dossier, Owner
from schemas.errors import ReceiverUnavailable
from schemas.jobs import DeliveredPaper, Receipt
from schemas.settings import DeliverSettings

NOON = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
CODE = "H50.12-20261105-0000001"
LOGGED_IN = {"error_code": 0, "session": "s"}
ACCEPTED = {"error_code": "00", "message": "Thành công"}
EXISTS = {"error_code": "7", "message": "Hồ sơ đã tồn tại"}
FOUND = ACCEPTED | {"data": [{"MaHoSo": CODE, "TrangThaiHoSo": "4"}]}
NOT_FOUND: dict[str, Any] = ACCEPTED | {"data": []}

DOSSIER = Dossier(
    code=CODE,
    procedure_code="1.001193",
    procedure_name="Đăng ký khai sinh",
    field_code="HT",
    field_name="Hộ tịch",
    agency_code="H50.12",
    agency_name="Ủy ban nhân dân phường Đông Hà",
    owner=Owner(name="Nguyễn Thị Thử", identity_no="045190000017"),
    components=(),
    received_at=NOON,
    due_at=NOON + timedelta(days=3),
)

PAPER = DeliveredPaper(
    document_id="d1",
    component_code="KS-01",
    component_name="Tờ khai",
    notation="",
    digest=digest_of(b"1"),
    size=1,
    pages=1,
    link="https://kho.example/tep/d1",
    sealed_at=NOON,
    digitized_at=NOON,
)


@contextlib.contextmanager
def scripted(answers: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give the answers one after the other and note what was asked."""
    asked: list[dict[str, Any]] = []
    left = iter(answers)

    class Script(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(next(left)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Be silent."""

    with HTTPServer(("127.0.0.1", 0), Script) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def deliver(url: str) -> Receipt:
    settings = DeliverSettings(dossier_system_url=url, dossier_system_user="u", unit_code="H50.12")
    with closing(build_dossier_system(settings, lambda: NOON)) as system:
        return system.deliver(DOSSIER, [PAPER], "k")


def services(asked: list[dict[str, Any]]) -> list[str]:
    return [request.get("service", "login") for request in asked]


def test_a_new_dossier() -> None:
    with scripted([LOGGED_IN, NOT_FOUND, ACCEPTED, ACCEPTED]) as (url, asked):
        receipt = deliver(url)
    assert services(asked) == ["login", "TraCuuHoSo", "DongBoHoSoMC", "CapNhatTienDoHoSoMC"]
    assert asked[2]["isUpdating"] == "False"
    assert (asked[2]["session"], asked[2]["madonvi"]) == ("s", "H50.12")
    assert receipt == Receipt(
        number=CODE, received_at=NOON, body={"DongBoHoSoMC": ACCEPTED, "CapNhatTienDoHoSoMC": ACCEPTED}
    )


def test_a_dossier_that_turns_out_to_exist_is_sent_again_as_an_update_with_its_own_status() -> None:
    with scripted([LOGGED_IN, NOT_FOUND, EXISTS, FOUND, ACCEPTED, EXISTS]) as (url, asked):
        receipt = deliver(url)
    synced = [request for request in asked if request.get("service") == "DongBoHoSoMC"]
    assert [request["isUpdating"] for request in synced] == ["False", "True"]
    assert synced[1]["data"][0]["TrangThaiHoSo"] == "4"
    assert asked[-1]["data"][0]["TrangThai"] == "4"
    assert receipt.body["CapNhatTienDoHoSoMC"] == EXISTS


def test_a_receiver_that_says_exists_and_finds_nothing_is_asked_again_later() -> None:
    with scripted([LOGGED_IN, NOT_FOUND, EXISTS, NOT_FOUND]) as (url, asked), pytest.raises(ReceiverUnavailable):
        deliver(url)
    assert services(asked)[-1] == "TraCuuHoSo"


def test_progress_is_not_told_before_the_dossier_is_accepted() -> None:
    with scripted([LOGGED_IN, FOUND, EXISTS]) as (url, asked), pytest.raises(ReceiverUnavailable):
        deliver(url)
    assert "CapNhatTienDoHoSoMC" not in services(asked)


def test_a_dossier_unknown_right_after_it_was_accepted_is_told_again_later() -> None:
    absent = {"error_code": "3", "message": "Hồ sơ không tồn tại"}
    with scripted([LOGGED_IN, absent, ACCEPTED, absent]) as (url, _), pytest.raises(ReceiverUnavailable):
        deliver(url)
