"""Every command as a person or a program calls it, on a line that has done some work."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from line_stack import A4, dossier, stack
from PIL import Image
from typer.testing import CliRunner, Result

from pipeline.store.records.dossiers import to_json
from schemas.document import digest_of
from schemas.errors import CannotWrite, ChecksFailed, InputError, NotFound, SohoaError, VerificationFailed
from workers import isolation
from workers.cli import COMMANDS, app
from workers.cli.words import CheckName
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access

KNOWN, UNKNOWN = dossier(31), dossier(32)


class Desk:
    """A person at the command line of one installation."""

    def __init__(self, data: Path, sandbox: str) -> None:
        account = Access()
        self.data = data
        self.watched = ""
        self.environ = {
            "SOHOA_DATA_DIR": str(data),
            "SOHOA_WORKERS": "1",
            "SOHOA_STABLE_S": "0.1",
            "SOHOA_DOSSIER_SYSTEM_URL": sandbox,
            "SOHOA_DOSSIER_SYSTEM_USER": account.username,
            "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
            "SOHOA_UNIT_CODE": "000.00.01.H50",
            "SOHOA_CITIZEN_STORE_URL": sandbox,
            "SOHOA_CITIZEN_STORE_TOKEN": account.token,
        }

    def call(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.environ)

    def ask(self, *words: str) -> list[dict[str, Any]]:
        """Return the JSON lines of a command that must succeed."""
        result = self.call(*words, "--json")
        assert result.exit_code == 0, (words, result.output, result.exception)
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def refuse(self, kind: type[SohoaError], *words: str) -> SohoaError:
        """Return the error of a command that must fail with it."""
        result = self.call(*words)
        assert isinstance(result.exception, kind), (words, result.output, result.exception)
        return result.exception


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk after a day: one batch delivered, one open because its dossier is not registered."""
    isolation.warm_up()
    place = tmp_path_factory.mktemp("desk")
    with sandbox_running(place / "sandbox.db") as url:
        made = Desk(place / "data", url)
        assert made.call("migrate").exit_code == 0
        (place / "hoso.json").write_text(json.dumps([to_json(KNOWN)]), encoding="utf-8")
        assert made.call("intake", "load", str(place / "hoso.json")).exit_code == 0
        scanner = place / "scanner"
        scanner.mkdir()
        (scanner / "biet.tif").write_bytes(stack(KNOWN))
        (scanner / "la.tif").write_bytes(stack(UNKNOWN))
        (scanner / "hong.tif").write_bytes(stack(KNOWN)[:200] + b"\0" * 9)
        watched = made.call("station", "watch", str(scanner), "--drain")
        assert watched.exit_code == 0
        made.watched = watched.stderr
        yield made


def test_status_counts_jobs_pages_and_open_batches(desk: Desk) -> None:
    told = desk.ask("status")
    pages = {row["place"]: row["pages"] for row in told if "place" in row}
    lanes = {row["lane"]: row for row in told if "lane" in row}
    (still_open,) = [row for row in told if "batch" in row]
    assert pages["scanned"] == 6 == sum(number for place, number in pages.items() if place != "scanned")
    assert lanes["deliver"]["done"] == 2
    assert UNKNOWN.code in still_open["problems"]


def test_a_file_that_cannot_be_read_is_rejected_with_a_reason(desk: Desk) -> None:
    rejected = desk.data.parent / "scanner/rejected"
    assert (rejected / "hong.tif").exists()
    assert "→" in (rejected / "hong.tif.txt").read_text(encoding="utf-8") or "quét" in (
        rejected / "hong.tif.txt"
    ).read_text(encoding="utf-8")


def test_batches_and_their_ledgers_are_shown(desk: Desk) -> None:
    rows = desk.ask("station", "batches")
    assert sorted(row["state"] for row in rows) == ["closed", "open"]
    (closed,) = [row["batch"] for row in rows if row["state"] == "closed"]
    places = [row["disposition"] for row in desk.ask("station", "ledger", closed)]
    assert places == ["separator", "document", "blank"]
    desk.refuse(NotFound, "station", "ledger", "zz")
    desk.refuse(NotFound, "station", "recheck", closed)


def test_the_watcher_tells_the_counter_what_became_of_files_and_stacks(desk: Desk) -> None:
    lines = desk.watched.splitlines()
    rejected = next(number for number, line in enumerate(lines) if line.startswith("✗ 'hong.tif'"))
    assert "quét lại" in lines[rejected + 1]
    assert any("sổ trang cân, 3 trang" in line for line in lines)
    still_open = next(number for number, line in enumerate(lines) if "còn mở" in line)
    assert UNKNOWN.code in lines[still_open + 1]
    assert "set-aside" in lines[still_open + 2]


def test_tables_speak_vietnamese_where_json_keeps_codes(desk: Desk) -> None:
    told = desk.call("station", "batches").stdout
    assert "đã khép" in told
    assert "closed" not in told
    assert f"Chưa có hồ sơ {UNKNOWN.code}" in told
    delivered = desk.call("deliveries", "list").stdout
    assert "kho công dân" in delivered
    assert KNOWN.components[0].code in delivered
    assert "accepted" not in delivered
    assert desk.call("quarantine", "list").stdout == "Cách ly: không có.\n"


def batch_in(desk: Desk, state: str) -> str:
    (batch,) = [row["batch"] for row in desk.ask("station", "batches") if row["state"] == state]
    return str(batch)


def test_any_page_and_the_original_can_be_looked_at(desk: Desk, tmp_path: Path) -> None:
    batch, blank, original = batch_in(desk, "closed"), tmp_path / "trang-3.jpg", tmp_path / "goc.tif"
    desk.ask("station", "page", batch, "3", "--out", str(blank))
    with Image.open(blank) as picture:
        assert picture.format == "JPEG"
        assert picture.size == A4
        assert np.asarray(picture.convert("L")).min() > 240
    desk.ask("station", "original", batch, "--out", str(original))
    assert original.read_bytes() == stack(KNOWN)
    before = blank.read_bytes()
    desk.refuse(CannotWrite, "station", "page", batch, "1", "--out", str(blank))
    assert blank.read_bytes() == before
    desk.refuse(NotFound, "station", "page", batch, "4", "--out", str(tmp_path / "khong-co.jpg"))


def test_a_document_is_found_and_fetched(desk: Desk, tmp_path: Path) -> None:
    (row,) = desk.ask("documents", "list", "--dossier", KNOWN.code)
    assert (row["component"], row["pages"], row["level"]) == (KNOWN.components[0].code, 1, "B-T")
    assert desk.ask("documents", "list", "--dossier", UNKNOWN.code) == []
    desk.ask("documents", "fetch", row["document"][:8], "--out", str(tmp_path / "ban.pdf"))
    assert digest_of((tmp_path / "ban.pdf").read_bytes()) == row["digest"]
    desk.refuse(NotFound, "documents", "fetch", "zz", "--out", str(tmp_path / "khong-co.pdf"))
    change(desk, "CREATE TABLE kept AS SELECT * FROM version")
    change(desk, "DELETE FROM version")
    desk.refuse(NotFound, "documents", "fetch", row["document"], "--out", str(tmp_path / "chua-ky.pdf"))
    change(desk, "INSERT INTO version SELECT * FROM kept")
    change(desk, "DROP TABLE kept")


def test_an_open_batch_is_set_aside_by_a_person_and_taken_back(desk: Desk) -> None:
    batch = batch_in(desk, "open")
    desk.refuse(InputError, "station", "set-aside", batch, "--reason", " ")
    desk.refuse(NotFound, "station", "set-aside", batch_in(desk, "closed"), "--reason", "thử")
    desk.ask("station", "set-aside", batch, "--reason", "Đã quét lại")
    pages = desk.ask("station", "ledger", batch)
    assert [(page["disposition"], page["reason"]) for page in pages] == [("rejected", "Đã quét lại")] * 3
    assert batch not in [row.get("batch") for row in desk.ask("status")]
    desk.ask("station", "recheck", batch)
    assert desk.call("work", "--drain").exit_code == 0
    assert batch_in(desk, "open") == batch
    assert [page["disposition"] for page in desk.ask("station", "ledger", batch)] == ["separator", "document", "blank"]


def test_an_open_batch_is_weighed_again_on_request(desk: Desk) -> None:
    (batch,) = [row["batch"] for row in desk.ask("station", "batches") if row["state"] == "open"]
    assert desk.call("station", "recheck", batch).exit_code == 0
    assert desk.call("work", "--drain").exit_code == 0
    assert [row["state"] for row in desk.ask("station", "batches") if row["batch"] == batch] == ["open"]


def test_deliveries_are_listed_with_receipts_and_reconciled(desk: Desk) -> None:
    rows = desk.ask("deliveries", "list")
    assert {(row["receiver"], row["state"]) for row in rows} == {
        ("citizen-store", "accepted"),
        ("dossier-system", "accepted"),
    }
    assert all(row["receipt"] for row in rows)
    assert desk.ask("deliveries", "list", "--pending") == []
    dossier = rows[0]["dossier"]
    assert desk.ask("deliveries", "list", "--dossier", dossier) == [row for row in rows if row["dossier"] == dossier]
    assert all(row["held"] for row in desk.ask("deliveries", "reconcile"))
    desk.refuse(NotFound, "deliveries", "retry", rows[0]["delivery"])


def test_what_a_receiver_lost_is_delivered_again(desk: Desk) -> None:
    with sqlite3.connect(desk.data.parent / "sandbox.db") as connection:
        connection.execute("DELETE FROM store_entry")
        connection.execute("DELETE FROM answer")
    desk.refuse(ChecksFailed, "deliveries", "reconcile")
    assert desk.call("work", "--drain").exit_code == 0
    assert all(row["held"] for row in desk.ask("deliveries", "reconcile"))


def test_quarantine_is_empty_and_says_so_of_unknown_jobs(desk: Desk) -> None:
    assert desk.ask("quarantine", "list") == []
    desk.refuse(NotFound, "quarantine", "show", "0" * 32)
    desk.refuse(NotFound, "quarantine", "retry", "0" * 32)
    desk.refuse(InputError, "quarantine", "retry")
    desk.refuse(InputError, "deliveries", "retry")
    assert desk.call("quarantine", "retry", "--all").exit_code == 0


def test_a_quarantined_job_is_shown_with_what_to_do_and_freed(desk: Desk) -> None:
    change(desk, "UPDATE job SET state='quarantined', error_code='work-killed', error_message='x' WHERE kind='seal'")
    (row,) = desk.ask("quarantine", "list")
    (shown,) = desk.ask("quarantine", "show", row["id"][:8])
    assert "quét lại" in shown["hint"]
    told = desk.call("quarantine", "show", row["id"][:8]).stdout
    assert "cách ly" in told
    assert "việc cần làm" in told
    assert desk.call("quarantine", "retry", row["id"][:8]).exit_code == 0
    assert desk.ask("quarantine", "list") == []
    change(desk, "UPDATE job SET state='done' WHERE kind='seal'")


def change(desk: Desk, sql: str) -> None:
    with sqlite3.connect(desk.data / "sohoa.db") as connection:
        connection.execute(sql)


def test_doctor_finds_all_well(desk: Desk) -> None:
    rows = desk.ask("doctor")
    assert all(row["holds"] for row in rows)
    assert {"tesseract", "cơ sở dữ liệu", "khóa ký", "kho của công dân"} <= {row["name"] for row in rows}


def test_doctor_names_a_fault_and_what_to_do(desk: Desk) -> None:
    desk.environ["SOHOA_OBJECTS_URL"] = "s3+http://k:secret@127.0.0.1:1/kho"
    try:
        result = desk.call("doctor", "--json")
    finally:
        del desk.environ["SOHOA_OBJECTS_URL"]
    assert isinstance(result.exception, ChecksFailed)
    bad = [row for row in map(json.loads, result.stdout.splitlines()) if not row["holds"]]
    assert [row["name"] for row in bad] == ["kho đối tượng"]
    assert bad[0]["todo"]
    assert "secret" not in result.output


def test_doctor_names_a_receiver_that_does_not_answer(desk: Desk) -> None:
    usual = desk.environ["SOHOA_CITIZEN_STORE_URL"]
    desk.environ["SOHOA_CITIZEN_STORE_URL"] = "http://127.0.0.1:1"
    try:
        result = desk.call("doctor", "--json")
    finally:
        desk.environ["SOHOA_CITIZEN_STORE_URL"] = usual
    bad = [row for row in map(json.loads, result.stdout.splitlines()) if not row["holds"]]
    assert [row["name"] for row in bad] == ["kho của công dân"]
    assert "127.0.0.1:1 không trả lời" in bad[0]["detail"]


def test_verify_tells_a_person_and_a_machine(desk: Desk, tmp_path: Path) -> None:
    sealed = next(
        path
        for path in (desk.data / "objects").rglob("*")
        if path.is_file() and "named" not in path.parts and b"/ByteRange" in path.read_bytes()
    )
    (told,) = desk.ask("verify", str(sealed))
    assert told["holds"] is True
    assert all(check["holds"] is True for check in told["signatures"][0]["checks"])
    names = {check["name"] for check in (*told["checks"], *told["signatures"][0]["checks"])}
    assert names == {name.value for name in CheckName}
    changed = bytearray(sealed.read_bytes())
    changed[len(changed) // 3] ^= 1
    (tmp_path / "doi.pdf").write_bytes(changed)
    result = desk.call("verify", str(tmp_path / "doi.pdf"))
    assert isinstance(result.exception, SohoaError)
    assert result.exception.exit_code != 0
    desk.refuse(NotFound, "verify", str(tmp_path / "khong-co.pdf"))


def test_a_file_without_signature_is_not_confirmed(desk: Desk) -> None:
    draft = next(
        path
        for path in (desk.data / "objects").rglob("*")
        if path.is_file() and path.read_bytes()[:5] == b"%PDF-" and b"/ByteRange" not in path.read_bytes()
    )
    desk.refuse(VerificationFailed, "verify", str(draft))


def test_pki_init_keeps_what_is_there(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in (desk.data / "pki").iterdir() if path.is_file()}
    assert desk.call("pki", "init").exit_code == 0
    assert {path.name: path.read_bytes() for path in (desk.data / "pki").iterdir() if path.is_file()} == before


def test_production_refuses_development_keys(desk: Desk) -> None:
    desk.environ["SOHOA_MODE"] = "production"
    try:
        result = desk.call("verify", str(desk.data / "sohoa.db"))
    finally:
        del desk.environ["SOHOA_MODE"]
    assert isinstance(result.exception, SohoaError)
    assert result.exception.code in {"development-key-refused", "bad-settings"}


def test_the_first_help_names_every_command(desk: Desk) -> None:
    told = desk.call("--help").stdout
    assert [name for name in COMMANDS if not re.search(rf"^\W+{name}\s", told, re.MULTILINE)] == []


@pytest.mark.parametrize("words", [(), ("documents",), ("station",), ("quarantine",), ("deliveries",), ("pki",)])
def test_help_is_there_for_every_group(desk: Desk, words: tuple[str, ...]) -> None:
    result = desk.call(*words, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output
