"""A paper of another citizen under a cover sheet: it is held before sealing, shown, and released or set aside."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from line_stack import DOSSIER, cover, text_page, tiff
from PIL import Image
from typer.testing import CliRunner

from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import dossiers
from schemas import settings
from schemas.dossier import Component, Dossier, Owner
from schemas.jobs import Lane
from workers import isolation
from workers.actors.run import run_next
from workers.bootstrap import Services, now
from workers.cli import app
from workers.station import receive

PAPERS = tuple(Component(code=f"000.00.00.G01-KQ00000{number}", name=f"Đơn {number}") for number in (1, 2, 3))
THREE = replace(DOSSIER, components=PAPERS)
ONE = replace(DOSSIER, code="H50.116-20261122-0000778", components=PAPERS[:1])
STRANGER = "Trịnh Công Phúc"
STRANGERS_NUMBER = "044171650932"


def application(owner: Owner, subject: str) -> Any:
    return text_page(
        (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "ĐƠN ĐỀ NGHỊ XÁC NHẬN",
            f"Họ và tên: {owner.name}",
            f"Số định danh cá nhân: {owner.identity_no}",
            "Nơi cư trú: thôn Đông Hải, xã Hải Lăng, tỉnh Quảng Trị",
            f"Nội dung đề nghị: {subject}",
            "Vợ hoặc chồng: Lê Minh Khuê, số định danh 045188004321",
        )
    )


def stranger(subject: str) -> Any:
    return application(Owner(name=STRANGER, identity_no=STRANGERS_NUMBER), subject)


class Desk:
    """A line in this process, and a person at its command line."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.stated = {"SOHOA_DATA_DIR": str(folder / "data"), "SOHOA_DATABASE_URL": database_url}
        self.services = Services(settings.read(self.stated))
        migrate.upgrade(self.services.records.engine)

    def register(self, record: Dossier) -> None:
        with self.services.records.begin() as tx:
            dossiers.save(tx, record, now())

    def scan(self, *sheets: Image.Image) -> None:
        data = tiff(*sheets)
        receive(data, inspect(data, "lo.tif", self.services.settings.station), self.services)
        self.drain()

    def drain(self) -> None:
        while any(run_next(lane, self.services) for lane in Lane):
            pass

    def ask(self, *words: str) -> list[dict[str, Any]]:
        result = CliRunner().invoke(app, [*words, "--json"], env=self.stated)
        assert result.exit_code == 0, (words, result.output, result.exception)
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def refused(self, *words: str) -> bool:
        return CliRunner().invoke(app, list(words), env=self.stated).exit_code != 0

    def states(self) -> list[str]:
        rows = sorted(self.ask("documents", "list"), key=lambda row: str(row["component"]))
        return [str(row["state"]) for row in rows]

    def held(self) -> str:
        (row,) = [row for row in self.ask("documents", "list") if row["state"] == "held"]
        return str(row["document"])


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    made = Desk(tmp_path, database_url)
    made.register(THREE)
    yield made
    made.services.close()


def stack_with_a_stranger() -> list[Image.Image]:
    """Return three papers, of which the second has another citizen's application behind the owner's own."""
    own = [application(THREE.owner, f"xác nhận lần {number}") for number in (1, 2, 3)]
    sheets = [cover(THREE, 1, 3), own[0], cover(THREE, 2, 3), own[1], stranger("xác nhận"), cover(THREE, 3, 3), own[2]]
    return list(sheets)


def test_a_page_of_another_citizen_is_held_and_the_others_are_sealed(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.scan(*stack_with_a_stranger())
    assert desk.states() == ["sealed", "held", "sealed"]
    (job,) = desk.ask("quarantine", "list")
    assert (job["kind"], job["error_code"], job["attempt"]) == ("assemble", "other-owner", 1)
    assert "trang 2, họ và tên" in job["error_message"]
    (waiting,) = [row for row in desk.ask("status") if "held" in row]
    assert waiting["reason"] == job["error_message"]
    told = json.dumps([job, waiting], ensure_ascii=False) + capfd.readouterr().err
    assert not any(secret in told for secret in (STRANGER, STRANGERS_NUMBER, THREE.owner.name, THREE.owner.identity_no))


def test_the_words_on_the_page_are_shown(desk: Desk) -> None:
    document, picture = scanned_alone(desk), desk.folder / "cho.jpg"
    name, number = desk.ask("documents", "why", document[:12], "--out", str(picture))
    assert (name["printed"], name["owner"], name["page_no"]) == (STRANGER, THREE.owner.name, 1)
    assert (number["printed"], number["owner"]) == (STRANGERS_NUMBER, THREE.owner.identity_no)
    with Image.open(picture) as shown:
        pixels = np.asarray(shown.convert("RGB")).astype(int)
    red = (pixels[:, :, 0] > 180) & (pixels[:, :, 1:].max(axis=2) < 90)
    assert red.sum() > 500


def released(desk: Desk, document: str) -> None:
    assert desk.refused("documents", "release", document, "--reason", " ")
    desk.ask("documents", "release", document, "--reason", "Anh đổi tên năm 2024")


def set_aside(desk: Desk, document: str) -> None:
    desk.ask("documents", "set-aside", document, "--reason", "Giấy của người khác")


def scanned_alone(desk: Desk) -> str:
    """Scan a stranger's application as the only paper of a dossier; return the document that is held."""
    desk.register(ONE)
    desk.scan(cover(ONE), stranger("xác nhận"))
    return desk.held()


@pytest.mark.parametrize(("decide", "state"), [(released, "sealed"), (set_aside, "set-aside")])
def test_a_person_decides(desk: Desk, decide: Callable[[Desk, str], None], state: str) -> None:
    document = scanned_alone(desk)
    decide(desk, document)
    desk.drain()
    assert desk.states() == [state]
    assert desk.ask("quarantine", "list") == []
    assert desk.refused("documents", "release", document, "--reason", "lần nữa")
    batch = desk.ask("documents", "list")[0]["batch"]
    assert any(row["reason"] for row in desk.ask("station", "ledger", batch))


def test_neither_trying_again_nor_taking_back_lets_a_held_document_through(desk: Desk) -> None:
    document = scanned_alone(desk)
    desk.ask("quarantine", "retry", "--all")
    desk.drain()
    assert desk.held() == document
    desk.ask("documents", "set-aside", document, "--reason", "nhầm")
    desk.ask("documents", "take-back", document)
    desk.drain()
    assert desk.held() == document


def test_a_dossier_that_intake_had_wrong_is_judged_anew(desk: Desk) -> None:
    wrong = replace(ONE, owner=Owner(name=STRANGER, identity_no=STRANGERS_NUMBER))
    desk.register(wrong)
    desk.scan(cover(wrong), application(THREE.owner, "xác nhận"))
    assert desk.states() == ["held"]
    desk.register(replace(wrong, owner=THREE.owner))
    desk.ask("quarantine", "retry", "--all")
    desk.drain()
    assert desk.states() == ["sealed"]
