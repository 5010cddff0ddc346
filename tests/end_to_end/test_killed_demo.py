"""The demo, killed twenty times at random moments, still ends complete: no page lost, nothing sealed or told twice.

The audit looks from outside: at the files, the objects, the two databases.
"""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import judges
import pikepdf
import pytest
from receivers_books import papers, query

Rows = list[dict[str, Any]]
ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("KILL_SEED", "20261122"))
LONGEST_LIFE_S = 9.0
SIGNED = re.compile(rb"/ByteRange")


def start(folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "workers.cli", "demo", "--folder", str(folder), "--json"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def kill_at_random(folder: Path, dice: random.Random) -> bool:
    """Start the demo and kill the whole program after a while; False where it ended before."""
    with start(folder) as program:
        try:
            program.communicate(timeout=dice.uniform(0.2, LONGEST_LIFE_S))
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.communicate()
            return True
    return False


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A finished demo, and how often it was killed on the way."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    dice = random.Random(SEED)
    kills = 0
    while kills < KILLS and not (folder / "summary.json").exists():
        kills += kill_at_random(folder, dice)
    if not (folder / "summary.json").exists():
        with start(folder) as last:
            _, talk = last.communicate(timeout=500)
        assert last.returncode == 0, talk.decode()
    return folder, kills


@pytest.fixture(scope="module")
def folder(demo: tuple[Path, int]) -> Path:
    return demo[0]


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    found: Rows = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def truth() -> Rows:
    files = sorted((ROOT / "samples" / "expected").glob("*.json"))
    stacks = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [page for stack in stacks if stack["file"].startswith("pages/") for page in stack["pages"]]


def test_it_was_killed_often(demo: tuple[Path, int]) -> None:
    assert demo[1] >= min(KILLS, 5)


def test_every_page_is_in_exactly_the_place_where_it_belongs(folder: Path, truth: Rows) -> None:
    places = dict(query(folder / "data/sohoa.db", "SELECT disposition, count(*) FROM page GROUP BY 1"))
    wanted = Counter({"content": "document"}.get(page["kind"], page["kind"]) for page in truth)
    assert places == dict(wanted)
    assert query(folder / "data/sohoa.db", "SELECT DISTINCT state FROM batch") == [("closed",)]


def test_every_document_is_there_with_all_its_pages(rows: Rows, truth: Rows) -> None:
    wanted = Counter((page["dossier"], page["component"]) for page in truth if page["kind"] == "content")
    assert {(row["dossier"], row["component"]): row["pages"] for row in rows} == dict(wanted)
    assert len(rows) == len(wanted)


def test_no_document_was_sealed_twice(folder: Path, rows: Rows) -> None:
    """Every signed PDF among the objects is one of the delivered, and each is named once."""
    kept = [path for path in (folder / "data/objects").rglob("*") if path.is_file()]
    signed = {path.name for path in kept if "named" not in path.parts and SIGNED.search(path.read_bytes())}
    assert signed == {row["digest"] for row in rows}
    assert len(list((folder / "data/objects/named/sealed").iterdir())) == len(rows)
    assert query(folder / "data/sohoa.db", "SELECT count(*), max(version_no) FROM version") == [(len(rows), 1)]


def test_no_job_is_left(folder: Path) -> None:
    assert query(folder / "data/sohoa.db", "SELECT DISTINCT state FROM job") == [("done",)]
    assert query(folder / "data/sohoa.db", "SELECT count(*) FROM outbox") == [(0,)]


def test_the_receivers_have_each_paper_once(folder: Path, rows: Rows) -> None:
    wanted = Counter((row["dossier"], row["component"]) for row in rows)
    assert set(wanted.values()) == {1}
    assert papers(folder / "sandbox.db") == dict.fromkeys(("dossier-system", "citizen-store"), wanted)


def test_both_receipts_are_on_file(rows: Rows) -> None:
    for receiver in ("citizen-store", "dossier-system"):
        numbers = [row[receiver] for row in rows]
        assert all(numbers)
        assert len(set(numbers)) == len(rows)


def test_the_files_are_what_the_summary_says(folder: Path, rows: Rows) -> None:
    for row in rows:
        data = (folder / "delivered" / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["digest"]
        assert len(data) == row["bytes"]
        assert row["pdfa"] is True
        assert row["signature"] is True
        assert 0.8 < row["confidence"] <= 1


def test_verapdf_approves_every_delivered_file(
    folder: Path, rows: Rows, verapdf: Callable[..., dict[Path, str]]
) -> None:
    verdicts = verapdf(*(folder / "delivered" / row["file"] for row in rows))
    assert set(verdicts.values()) == {"PASS"}


def test_pdfsig_finds_every_signature_valid(folder: Path, rows: Rows, require_program: Callable[[str], str]) -> None:
    for row in rows:
        assert judges.pdfsig_approves(require_program("pdfsig"), folder / "delivered" / row["file"])


def test_the_text_has_the_owners_name_with_its_diacritics(
    folder: Path, rows: Rows, require_program: Callable[[str], str]
) -> None:
    dossiers = json.loads((ROOT / "samples/dossiers.json").read_text(encoding="utf-8"))
    owner = {item["code"]: item["owner"]["name"] for item in dossiers}
    for row in rows:
        command = [require_program("pdftotext"), folder / "delivered" / row["file"], "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert text == unicodedata.normalize("NFC", text)
        assert owner[row["dossier"]].casefold() in " ".join(text.split()).casefold(), row["file"]


def test_the_file_says_what_it_is(folder: Path, rows: Rows) -> None:
    for row in rows:
        with pikepdf.open(folder / "delivered" / row["file"]) as pdf, pdf.open_metadata() as metadata:
            assert row["dossier"] in str(metadata["dc:identifier"])
            assert "vi" in str(metadata["dc:language"])
            assert metadata["dc:title"]
            sizes = [(float(page.mediabox[2]) / 72 * 25.4, float(page.mediabox[3]) / 72 * 25.4) for page in pdf.pages]
        for width, height in sizes:
            assert sorted((round(width), round(height))) == pytest.approx([210, 297], abs=2)
