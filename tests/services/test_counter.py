"""A station at a counter and a real centre: what it takes, sends, keeps, gives back, and what its screen says."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from line_stack import dossier, stack, text_page, tiff
from typer.testing import CliRunner, Result

from pipeline.station.centre import CentreLine
from pipeline.station.hot_folder import watching
from pipeline.station.spool import Spool
from pipeline.store import migrate
from pipeline.store.records import stations
from pipeline.store.tables import finding
from schemas import settings as stated
from schemas.document import digest_of
from schemas.errors import InputError, NotFound, SettingsError
from schemas.jobs import Lane
from schemas.settings import CentreSettings, Secret
from schemas.upload import UploadState
from workers import engine, isolation
from workers.bootstrap import Services, now
from workers.centre.server import Address, running
from workers.cli import app, doctor
from workers.counter import Counter
from workers.desk import Desk
from workers.uploader import News, Uploader

TOKEN = "sohoa-hai-muoi"
DEAD = "http://127.0.0.1:9"

MakeUploader = Callable[[str, Spool], Uploader]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Services]:
    """The centre, which takes files of up to four pages; it knows no dossiers, so that every batch stays open."""
    services = Services(stated.read({"SOHOA_DATA_DIR": str(tmp_path / "centre"), "SOHOA_MAX_PAGES": "4"}))
    migrate.upgrade(services.records.engine)
    with services.records.begin() as tx:
        stations.add(tx, "quay-20", TOKEN, now())
    yield services
    services.close()


@pytest.fixture
def url(centre: Services) -> Iterator[str]:
    with running(centre, Address(port=0)) as address:
        yield address


@pytest.fixture
def scanner(tmp_path: Path) -> Path:
    (tmp_path / "scanner").mkdir()
    return tmp_path / "scanner"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(stated.read({"SOHOA_DATA_DIR": str(tmp_path / "station"), "SOHOA_STABLE_S": "0"}))
    yield made
    made.children.close()


def taken(desk: Desk, scanner: Path, lane: Lane = Lane.LINE) -> Spool:
    """Let the counter take what lies in the scanner's folder."""
    spool = Spool(desk.data_dir / "spool")
    with watching(scanner) as hot_folder:
        counter = Counter(desk, hot_folder, spool, lane)
        assert [found.trouble for found in counter.take_all()]
        assert hot_folder.recover() == []
    return spool


@pytest.fixture
def uploader_to() -> Iterator[MakeUploader]:
    """Return a function that makes a sender to an address; its connections are closed at the end."""
    lines = []

    def make(url: str, spool: Spool) -> Uploader:
        lines.append(CentreLine(CentreSettings(url=url, token=Secret(TOKEN), timeout_s=10.0)))
        return Uploader(spool, lines[-1], 0.5)

    yield make
    for line in lines:
        line.close()


def news_of(uploader: Uploader) -> list[News]:
    found = []
    while not uploader.news.empty():
        found.append(uploader.news.get())
    return found


def go_round(uploader: Uploader) -> None:
    """One round, in which every file is due."""
    for turn in uploader._turns.values():
        turn.due = 0.0
    uploader._reported_at = -1e9
    uploader._round()


def work(centre: Services) -> None:
    with engine.running(centre):
        engine.wait(lambda: engine.idle(centre), lambda: None, 0.05)


def test_a_file_is_kept_until_every_page_is_acknowledged(
    desk: Desk, scanner: Path, centre: Services, url: str, uploader_to: MakeUploader
) -> None:
    (scanner / "xap.tif").write_bytes(stack(dossier(20)))
    spool = taken(desk, scanner, Lane.URGENT)
    (held,) = spool.waiting()
    assert (held.name, held.pages, held.lane) == ("xap.tif", 3, Lane.URGENT)
    assert all(held.page_digests)
    uploader = uploader_to(url, spool)
    go_round(uploader)
    assert spool.waiting() == [held]  # received, and no page looked at yet
    with centre.records.begin() as tx:
        (row,) = stations.listing(tx)
    assert (row.backlog.files, row.backlog.pages, row.backlog.oldest_at) == (1, 3, held.taken_at)
    work(centre)
    go_round(uploader)
    assert spool.waiting() == []
    (news,) = news_of(uploader)
    assert news.upload
    assert news.upload.state is UploadState.OPEN
    assert [page.digest for page in news.upload.pages] == list(held.page_digests)
    assert all(page.place for page in news.upload.pages)
    assert any(dossier(20).code in problem for problem in news.upload.problems)


def test_other_pixels_at_the_centre_are_told_and_the_file_is_kept(
    desk: Desk, scanner: Path, centre: Services, url: str, uploader_to: MakeUploader
) -> None:
    (scanner / "xap.tif").write_bytes(stack(dossier(21)))
    spool = taken(desk, scanner)
    uploader = uploader_to(url, spool)
    go_round(uploader)
    work(centre)
    with centre.records.begin() as tx:
        first = finding.c.page_no == 2
        told = tx.execute(sa.select(finding.c.finding).where(first)).scalar_one()
        tx.execute(finding.update().where(first).values(finding=told | {"fingerprint": "anders"}))
    go_round(uploader)
    go_round(uploader)
    assert [news.wrong_pages for news in news_of(uploader)] == [(2,)]
    assert len(spool.waiting()) == 1
    with centre.records.begin() as tx:  # the administrator mended it
        tx.execute(finding.update().where(first).values(finding=told))
    go_round(uploader)
    assert spool.waiting() == []


def test_a_file_that_the_centre_refuses_returns_to_the_counter(
    desk: Desk, scanner: Path, url: str, uploader_to: MakeUploader
) -> None:
    data = tiff(*[text_page((str(number),)) for number in range(5)])
    (scanner / "dày.tif").write_bytes(data)
    (scanner / "xap.tif").write_bytes(stack(dossier(22)))
    spool = taken(desk, scanner)
    uploader = uploader_to(url, spool)
    go_round(uploader)
    assert [held.name for held in spool.waiting()] == ["xap.tif"]
    (news,) = news_of(uploader)
    assert news.error
    assert news.error.code == "limit-exceeded"
    assert (scanner / "rejected" / "dày.tif").read_bytes() == data
    assert "4 trang" in (scanner / "rejected" / "dày.tif.txt").read_text()


def test_one_bad_file_does_not_hold_up_the_others(
    desk: Desk, scanner: Path, url: str, uploader_to: MakeUploader
) -> None:
    (scanner / "a.tif").write_bytes(stack(dossier(23)))
    (scanner / "b.tif").write_bytes(stack(dossier(24)))
    spool = taken(desk, scanner)
    bad, good = sorted(spool.waiting(), key=lambda held: held.taken_at)
    spool.path(bad).write_bytes(b"kaputt")
    uploader = uploader_to(url, spool)
    go_round(uploader)
    assert [(news.manifest, news.error and news.error.code) for news in news_of(uploader)] == [(bad, "digest-mismatch")]
    assert uploader.line.ask(good.digest).arrived


def test_the_screen_hears_once_that_the_line_is_down_and_once_that_it_is_up(
    desk: Desk, scanner: Path, url: str, uploader_to: MakeUploader
) -> None:
    (scanner / "a.tif").write_bytes(stack(dossier(25)))
    uploader = uploader_to(DEAD, taken(desk, scanner))
    waits = [uploader._round() for _ in range(8)]
    assert uploader.down_since
    assert max(waits) <= 0.5
    uploader.line = uploader_to(url, uploader.spool).line
    go_round(uploader)
    assert uploader.down_since is None
    assert [news.error and news.error.code for news in news_of(uploader)] == ["centre-unavailable", None]


def test_a_full_disk_stops_the_taking_until_there_is_room(desk: Desk, scanner: Path, tmp_path: Path) -> None:
    (scanner / "a.tif").write_bytes(stack(dossier(26)))
    full = Spool(tmp_path / "spool", reserve_bytes=1 << 60)
    with watching(scanner) as hot_folder:
        counter = Counter(desk, hot_folder, full)
        assert list(counter.take_all()) == []
        assert counter.full
        assert (scanner / "a.tif").exists()
        counter.spool = replace(full, reserve_bytes=0)
        assert [found.pages for found in counter.take_all()] == [3]
        assert counter.full is None


def test_the_same_sheets_taken_again_are_known(desk: Desk, scanner: Path) -> None:
    (scanner / "a.tif").write_bytes(stack(dossier(27)))
    (scanner / "b.tif").write_bytes(stack(dossier(27)))
    spool = taken(desk, scanner)
    assert [held.name for held in spool.waiting()] == ["a.tif"]
    assert [path for path in scanner.iterdir() if path.suffix == ".tif"] == []


class Person:
    """Somebody at a command line, with the settings of one machine."""

    def __init__(self, **environ: str) -> None:
        self.environ = environ

    def call(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.environ)

    def ask(self, *words: str) -> list[dict[str, Any]]:
        result = self.call(*words, "--json")
        assert result.exit_code == 0, (words, result.output, result.exception)
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_the_commands_of_centre_and_counter(tmp_path: Path, scanner: Path, centre: Services, url: str) -> None:
    administrator = Person(SOHOA_DATA_DIR=str(tmp_path / "centre"))
    (told,) = administrator.ask("station", "add", "quay-21")
    assert administrator.call("station", "add", "quay-22").stdout.startswith("sohoa-")
    assert administrator.ask("station", "revoke", "quay-22")
    assert isinstance(administrator.call("station", "revoke", "quay-22").exception, NotFound)
    assert isinstance(administrator.call("station", "add", "quay-21").exception, InputError)
    assert isinstance(administrator.call("serve", "--host", "trung-tam.example").exception, SettingsError)
    operator = Person(
        SOHOA_DATA_DIR=str(tmp_path / "counter"),
        SOHOA_STABLE_S="0",
        SOHOA_CENTRE_URL=url,
        SOHOA_STATION_TOKEN=told["token"],
    )
    data = stack(dossier(28))
    (scanner / "xap.tif").write_bytes(data)
    (scanner / "thư.tif").write_bytes(b"<html>")
    with engine.running(centre):
        watched = operator.call("station", "watch", str(scanner), "--lane", "urgent", "--drain")
    assert watched.exit_code == 0, (watched.output, watched.exception)
    assert "3 trang" in watched.stderr
    assert "sổ trang chưa cân" in watched.stderr
    assert "rejected" in watched.stderr
    assert operator.ask("station", "backlog") == []
    assert "nhận trạm này" in doctor.centre(stated.read(operator.environ).centre)
    (row, gone) = administrator.ask("station", "list")[1:]
    assert (row["station"], row["files"], gone["revoked_at"] is None) == ("quay-21", 0, False)
    (batch,) = administrator.ask("station", "batches")
    assert (batch["station"], batch["batch"]) == ("quay-21", digest_of(data)[:12])
    spooled = Desk(stated.read(operator.environ))
    (scanner / "xap.tif").write_bytes(stack(dossier(29)))
    taken(spooled, scanner)
    spooled.children.close()
    (waiting,) = operator.ask("station", "backlog")
    assert (waiting["name"], waiting["pages"], waiting["lane"]) == ("xap.tif", 3, "line")
    assert "1 tệp (3 trang)" in operator.call("station", "backlog").stdout
