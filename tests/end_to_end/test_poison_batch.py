"""A batch with three poison pages, through the whole program: each is quarantined, all other documents arrive.

The poison: a page that inflates to 5 GB; one on which the reader hangs, its caller with it; one on which
the reader wants 5 GB. The reader is Tesseract as a program: one that stands before it on the path does these
things on lines longer than any other page has, and is Tesseract on all others.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
import psutil
import pytest
from line_stack import DOSSIER, DPI, LINES, cover, text_page
from pikepdf import Name
from PIL import Image
from receivers_books import papers

from pipeline.store.records.dossiers import to_json
from schemas.dossier import Component
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access

ROOT = Path(__file__).parents[2]
HANGS = (*LINES, "Một dòng dài hơn hẳn mọi dòng khác trên tất cả các trang của tập này")
GREEDY = (*LINES, "Một dòng dài hơn hẳn mọi dòng khác trên tất cả các trang của tập hồ sơ này, dài nhất")
RECORD = replace(
    DOSSIER, components=tuple(Component(code=f"000.00.00.G01-KQ00001{number}", name="Giấy tờ") for number in range(5))
)
GOOD = (0, 4)
BOMB_PAGE, HANG_PAGE, GREEDY_PAGE = 4, 7, 10
GIGABYTES = 5
PART = bytes(16 << 20)

RECOGNIZER = """#!{python}
import os, signal, sys, time
from PIL import Image

if os.path.exists(sys.argv[1]):
    with open(sys.argv[1]) as listed:
        longest = max(Image.open(path).size[0] for path in listed.read().split())
    if longest > 920:
        greedy = bytearray({gigabytes} << 30)
        sys.exit("had {gigabytes} GB")
    if longest > 760:
        os.kill(os.getppid(), signal.SIGSTOP)
        while True:
            time.sleep(1)
os.execv("{tesseract}", ["tesseract", *sys.argv[1:]])
"""


def bomb() -> bytes:
    """Return a few kilobytes that inflate to 5 GB, by two steps."""
    packer = zlib.compressobj(9)
    first, again = (packer.compress(PART) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    inner = first + again * ((GIGABYTES << 30) // len(PART) - 1) + packer.flush()
    return zlib.compress(inner, 9)


def png(page: Image.Image) -> bytes:
    buffer = io.BytesIO()
    page.save(buffer, "PNG", dpi=(DPI, DPI))
    return buffer.getvalue()


def stack() -> bytes:
    """Return five papers; the second, third and fourth each have a poison page behind a good one."""
    contents: list[list[tuple[str, ...]]] = [[LINES], [LINES, LINES], [LINES, HANGS], [LINES, GREEDY], [LINES]]
    sheets = [
        sheet
        for index, pages in enumerate(contents, start=1)
        for sheet in (cover(RECORD, index, len(contents)), *map(text_page, pages))
    ]
    made, out = img2pdf.convert([png(sheet) for sheet in sheets]), io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        ((_, image),) = pdf.pages[BOMB_PAGE].resources[Name.XObject].items()
        image.write(bomb(), filter=pikepdf.Array([Name.FlateDecode, Name.FlateDecode]))
        pdf.save(out, compress_streams=False)
    return out.getvalue()


def ask(environ: dict[str, str], *words: str) -> list[dict[str, Any]]:
    """Return the JSON lines of a command that must succeed."""
    command = [sys.executable, "-m", "workers.cli", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass(frozen=True)
class Line:
    """A watching program that has done all it could; `pid` is its process since the start."""

    folder: Path
    environ: dict[str, str]
    pid: int

    def ask(self, *words: str) -> list[dict[str, Any]]:
        return ask(self.environ, *words)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def environment(folder: Path, sandbox: str) -> dict[str, str]:
    programs = folder / "bin"
    programs.mkdir()
    told = RECOGNIZER.format(python=sys.executable, gigabytes=GIGABYTES, tesseract=shutil.which("tesseract"))
    (programs / "tesseract").write_text(told, encoding="utf-8")
    (programs / "tesseract").chmod(0o755)
    account = Access()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
    return kept | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SOHOA_DATA_DIR": str(folder / "data"),
        "SOHOA_READERS": "pytesseract",
        "SOHOA_STABLE_S": "0.2",
        "SOHOA_WORKERS": "2",
        "SOHOA_PAGE_DEADLINE_S": "45",
        "SOHOA_PAGE_MEMORY_BYTES": "2000000000",
        "SOHOA_MAX_ATTEMPTS": "2",
        "SOHOA_BACKOFF_S": "0.2",
        "SOHOA_DOSSIER_SYSTEM_URL": sandbox,
        "SOHOA_DOSSIER_SYSTEM_USER": account.username,
        "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
        "SOHOA_UNIT_CODE": "000.00.01.H50",
        "SOHOA_CITIZEN_STORE_URL": sandbox,
        "SOHOA_CITIZEN_STORE_TOKEN": account.token,
    }


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("poison")
    scanner = folder / "scanner"
    scanner.mkdir()
    with sandbox_running(folder / "sandbox.db") as url:
        environ = environment(folder, url)
        ask(environ, "migrate")
        (folder / "hoso.json").write_text(json.dumps([to_json(RECORD)]), encoding="utf-8")
        ask(environ, "intake", "load", str(folder / "hoso.json"))
        (scanner / "lo.pdf").write_bytes(stack())
        with (folder / "log").open("wb") as log, (folder / "news").open("wb") as news:
            command = [sys.executable, "-m", "workers.cli", "station", "watch", str(scanner), "--json"]
            program = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=news, stderr=log, start_new_session=True)
        made = Line(folder, environ, program.pid)
        try:
            wait_for_rest(made, program)
            yield made
        finally:
            program.terminate()
            program.wait(60)


def wait_for_rest(line: Line, program: "subprocess.Popen[bytes]") -> None:
    """Wait until the program has taken the stack and nothing is left to do for it."""
    while True:
        assert program.poll() is None, line.log()
        states = Counter[str]()
        for row in line.ask("status"):
            states.update({state: row[state] for state in ("waiting", "running", "done") if state in row})
        if states["done"] and not states["waiting"] and not states["running"]:
            return
        time.sleep(2)


def test_each_poison_page_is_quarantined_with_its_reason(line: Line) -> None:
    held = {row["subject"].rpartition("/")[2]: row for row in line.ask("quarantine", "list")}
    told = {int(page_no): (row["kind"], row["error_code"], row["attempt"]) for page_no, row in held.items()}
    assert told == {
        BOMB_PAGE + 1: ("page", "unreadable-file", 1),
        HANG_PAGE + 1: ("page", "work-killed", 2),
        GREEDY_PAGE + 1: ("page", "recognizer-failed", 2),
    }
    assert all(row["error_message"] for row in held.values())
    stuck = [row for row in line.ask("status") if "page_no" in row]
    assert [row["page_no"] for row in stuck] == [BOMB_PAGE + 1, HANG_PAGE + 1, GREEDY_PAGE + 1]


def test_all_other_documents_arrive_once(line: Line) -> None:
    wanted = Counter((RECORD.code, RECORD.components[index].code) for index in GOOD)
    assert papers(line.folder / "sandbox.db") == {"dossier-system": wanted, "citizen-store": wanted}


def test_every_page_is_in_its_place_and_the_batch_is_closed(line: Line) -> None:
    (batch,) = line.ask("station", "batches")
    assert batch["state"] == "closed"
    assert f"Trang {BOMB_PAGE + 1} không đọc được" in batch["problems"]
    places = [row["disposition"] for row in line.ask("station", "ledger", batch["batch"])]
    assert Counter(places) == {"separator": 5, "document": 8}


def test_no_worker_died_and_nothing_that_hung_is_left(line: Line) -> None:
    program = psutil.Process(line.pid)
    assert program.is_running()
    assert "lease lost" not in line.log()
    assert not [process for process in program.children(recursive=True) if hangs(process)]


def hangs(process: psutil.Process) -> bool:
    """Whether it stands still, or is a reader nobody waits for; one that ended since it was found does neither."""
    with suppress(psutil.NoSuchProcess):
        words = process.cmdline()
        return process.status() == psutil.STATUS_STOPPED or any("bin/tesseract" in word for word in words)
    return False
