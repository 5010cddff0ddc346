"""The simulator itself: as strict as a receiver, and never lying about what it kept."""

import json
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import ServiceError, SettingsError
from workers.sandbox.audit import FAULT_NAMES
from workers.sandbox.faults import Dice, Fault, Faults
from workers.sandbox.server import running, serve, spawned
from workers.sandbox.sessions import DEVELOPMENT_SECRET

pytestmark = pytest.mark.service

DOSSIER: dict[str, Any] = {
    "MaHoSo": "H50.12-20261105-0000001",
    "MaTTHC": "1.001193",
    "TenTTHC": "Đăng ký khai sinh",
    "MaLinhVuc": "HT",
    "TenLinhVuc": "Hộ tịch",
    "KenhThucHien": "1",
    "SoGiayToChuHoSo": "045190000017",
    "ChuHoSo": "Nguyễn Thị Thử",
    "LoaiDoiTuong": "1",
    "TrichYeuHoSo": "Đăng ký khai sinh",
    "NgayTiepNhan": "20261105120000",
    "NgayHenTra": "20261108120000",
    "TrangThaiHoSo": "2",
    "DonViXuLy": "Ủy ban nhân dân phường Đông Hà",
    "HoSoCoThanhPhanSoHoa": 0,
    "DinhDanhCHS": [{"LoaiDinhDanh": 1, "SoDinhDanh": "045190000017"}],
    "TaiLieuNop": [],
}

STEP: dict[str, Any] = {
    "MaHoSo": DOSSIER["MaHoSo"],
    "NguoiXuLy": "Hệ thống số hóa",
    "ChucDanh": "Hệ thống",
    "ThoiDiemXuLy": "20261105120000",
    "PhongBanXuLy": "Bộ phận Một cửa",
    "NoiDungXuLy": "Đã số hóa",
    "TrangThai": "2",
    "NgayBatDau": "20261105120000",
    "NgayKetThucTheoQuyDinh": "20261108120000",
}


class Caller:
    """Speaks to the simulator without any of our clients."""

    def __init__(self, url: str) -> None:
        self.url = url
        account = {"username": "sohoa", "password": DEVELOPMENT_SECRET}
        self.session = self.post("/mapi/login", account)["session"]

    def post(self, path: str, body: Any, **headers: str) -> dict[str, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **sent})
        try:
            with urllib.request.urlopen(request) as answer:
                said: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = json.load(error)
        return said

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path) as answer:
            text: str = answer.read().decode()
        return text

    def call(self, service: str, key: str = "", **rest: Any) -> dict[str, Any]:
        body = {"session": self.session, "madonvi": "H50.12", "service": service, **rest}
        return self.post("/mapi/g", body, Idempotency_Key=key)

    def sync(self, *, updating: bool = False, key: str = "", **changes: Any) -> dict[str, Any]:
        return self.call("DongBoHoSoMC", key, isUpdating=str(updating), data=[DOSSIER | changes])

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(self.get("/sandbox/entries"))["counts"]
        return counts


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    with running(tmp_path / "sandbox.db") as url:
        yield Caller(url)


def test_dossier_first_then_progress(caller: Caller) -> None:
    assert caller.call("CapNhatTienDoHoSoMC", data=[STEP])["error_code"] == "203"
    assert caller.call("TraCuuHoSo", mahoso=DOSSIER["MaHoSo"])["data"] == []
    assert caller.sync(updating=True)["error_code"] == "203"
    assert caller.sync()["error_code"] == "0"
    assert caller.call("CapNhatTienDoHoSoMC", data=[STEP])["error_code"] == "0"
    again = caller.call("CapNhatTienDoHoSoMC", data=[STEP])
    assert "đã tồn tại" in again["message"]
    assert caller.call("TraCuuHoSo", mahoso=DOSSIER["MaHoSo"])["data"][0]["TrangThaiHoSo"] == "2"


def test_a_dossier_that_exists_needs_an_update(caller: Caller) -> None:
    caller.sync()
    assert "đã tồn tại" in caller.sync()["message"]
    assert caller.sync(updating=True)["error_code"] == "0"
    caller.post("/sandbox/status", {"MaHoSo": DOSSIER["MaHoSo"], "TrangThaiHoSo": "9"})
    assert "TrangThaiHoSo" in caller.sync(updating=True)["message"]
    assert caller.counts()["dossier"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("MaHoSo", "h"),
        ("MaTTHC", "KHAISINH"),
        ("TrichYeuHoSo", "x" * 1001),
        ("NgayTiepNhan", "2026-11-05"),
        ("NgayHenTra", "20261331000000"),
        ("TrangThaiHoSo", "11"),
        ("SoDinhDanh", None),
        ("SoGiayToChuHoSo", "000000001"),
        ("TaiLieuNop", [{"TepDinhKemId": "1"}]),
        ("TenLa", "x"),
    ],
)
def test_a_wrong_field_is_refused_by_name_without_its_value(caller: Caller, field: str, value: object) -> None:
    changes = {"DinhDanhCHS": [{"LoaiDinhDanh": 1, "SoDinhDanh": "x"}]} if field == "SoDinhDanh" else {field: value}
    said = caller.sync(**changes)
    expected = "DuocSoHoa" if field == "TaiLieuNop" else field
    assert said["error_code"] == "201"
    assert expected in said["message"]
    assert caller.counts()["dossier"] == 0


def test_requests_without_form_are_refused_without_repeating_them(caller: Caller) -> None:
    for path in ("/mapi/login", "/mapi/g", "/kho/giayto"):
        for body in (b"{", b"[]", b'{"ChuHoSo": "Nguyen Thi Thu"}', b"\xff"):
            said = caller.post(path, body, Authorization=f"Bearer {DEVELOPMENT_SECRET}")
            assert said.get("error_code", said.get("errorCode")) == "201"
            assert "Nguyen" not in json.dumps(said)
    assert caller.call("XoaHoSo")["error_code"] == "204"
    assert caller.post("/mapi/login", {"username": "sohoa", "password": "sai"})["error_code"] == "102"


def test_the_same_key_replays_the_answer_and_fits_one_content_only(caller: Caller) -> None:
    first = caller.sync(key="k")
    assert caller.sync(key="k") == first
    assert caller.sync(key="k", TenLinhVuc="Khác")["error_code"] == "205"
    assert caller.counts()["dossier"] == 1


def test_a_refusal_is_not_replayed(caller: Caller) -> None:
    assert caller.call("CapNhatTienDoHoSoMC", "k", data=[STEP])["error_code"] == "203"
    caller.sync()
    assert caller.call("CapNhatTienDoHoSoMC", "k", data=[STEP])["error_code"] == "0"


def test_what_arrived_outlives_a_killed_process_and_is_readable_from_outside(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.db"
    command = [sys.executable, "-m", "workers.sandbox", "--database", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        Caller(json.loads(child.stdout.readline())["url"]).sync()
        child.kill()
    with closing(sqlite3.connect(database)) as outside:
        assert outside.execute("SELECT count(*) FROM dossier").fetchone() == (1,)
    with running(database) as url:
        assert "đã tồn tại" in Caller(url).sync()["message"]


def test_a_spawned_sandbox_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, os\n"
        "from workers.sandbox.server import spawned\n"
        "with spawned(pathlib.Path(sys.argv[1])) as url:\n"
        "    print(url, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "s.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        address = parent.stdout.readline().strip().removeprefix("http://")
    host, port = address.split(":")
    for _ in range(200):
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("still there")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with running(tmp_path / "a.db") as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(ServiceError, match=str(port)):
            serve(tmp_path / "b.db", "127.0.0.1", port, Faults())
        with pytest.raises(ServiceError), spawned(tmp_path / "c.db", port=port):
            pytest.fail("started on a taken port")


def test_faults_are_switched_while_it_runs(caller: Caller) -> None:
    assert caller.post("/sandbox/faults", {"all": 0.5, "html": 0, "seed": 4})["faults"]["slow"] == 0.5
    assert json.loads(caller.get("/sandbox/faults"))["faults"]["html"] == 0
    assert "ngập" in caller.post("/sandbox/faults", {"ngập": 1})["message"]
    assert caller.post("/sandbox/faults", {"slow": 2})["error_code"] == "201"
    assert caller.post("/sandbox/faults", {"slow": "x"})["error_code"] == "201"


def test_the_page_shows_what_arrived_and_no_person(caller: Caller) -> None:
    caller.sync()
    caller.call("CapNhatTienDoHoSoMC", data=[STEP | {"NoiDungXuLy": "<script>"}])
    page = caller.get("/")
    assert DOSSIER["MaHoSo"] in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert DOSSIER["ChuHoSo"] not in page
    assert DOSSIER["SoGiayToChuHoSo"] not in page
    assert "Danh mục trong kho</caption></table><p class=none>Chưa có gì." in page


def test_the_page_has_a_word_for_every_fault_and_the_time_as_people_write_it(caller: Caller) -> None:
    caller.sync()
    caller.call("CapNhatTienDoHoSoMC", data=[STEP | {"ThoiDiemXuLy": "20261122154801"}])
    caller.post("/sandbox/faults", {"html": 0.25})
    page = caller.get("/")
    assert set(FAULT_NAMES) == set(Fault)
    assert "22/11/2026 15:48:01" in page
    assert "<td>trả về trang web thay vì dữ liệu</td><td>25%</td>" in page
    caller.post("/sandbox/faults", {"html": 0})


def test_equal_seeds_give_equal_faults_and_probabilities_are_kept() -> None:
    faults = Faults.everything(0.1, seed=3)
    rolls = [[dice.roll() for _ in range(2000)] for dice in (Dice(faults), Dice(faults))]
    assert rolls[0] == rolls[1]
    assert set(rolls[0]) == {None, *Fault}
    assert Dice(Faults()).roll() is None
    with pytest.raises(SettingsError):
        Faults(drop=1.5)
