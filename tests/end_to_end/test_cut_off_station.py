"""A counter's station, cut off twice in the middle of a batch and killed once: every page arrives, once.

Station, centre and workers are programs of their own; the audit looks from outside, at the centre's tables
and objects and at the station's folders. `STATION_CUT_S=600` cuts the line for ten minutes each time.
"""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cut_line import CutLine
from line_stack import blank, cover, dossier, text_page

from pipeline.store.records.dossiers import to_json

ROOT = Path(__file__).parents[2]
CUT_S = float(os.environ.get("STATION_CUT_S", "2"))
FILES = 3
BACKS = 4
PAGES = FILES * (2 + BACKS)
CHUNK = 1024 * 1024
LINE_BYTES_PER_S = 8_000_000
LONGEST_S = 300.0


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "workers.cli", *map(str, words)]


def environ(**stated: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")} | stated


@contextmanager
def program(words: list[str], told: dict[str, str], log: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a program for as long as the block runs; its group is killed at the end if it does not stop."""
    with (
        log.open("a") as talk,
        subprocess.Popen(
            words, cwd=ROOT, env=environ(**told), stdout=subprocess.PIPE, stderr=talk, text=True, start_new_session=True
        ) as started,
    ):
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)


def ask(told: dict[str, str], *words: str | Path) -> list[dict[str, Any]]:
    done = subprocess.run(command(*words), cwd=ROOT, env=environ(**told), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def write_stack(folder: Path, number: int) -> str:
    """Write a batch as the scanner would, uncompressed as a long one is; return its digest."""
    pages = [cover(dossier(700 + number)), text_page()]
    for back in range(BACKS):
        pages.append(blank())
        pages[-1].putpixel((40 + 20 * back, 30 + number), 130)
    path = folder / f".{number}.tif"
    first, *others = pages
    first.save(path, "TIFF", save_all=True, append_images=others, dpi=(150, 150))
    path.rename(folder / f"xap-{number}.tif")
    return hashlib.sha256((folder / f"xap-{number}.tif").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counter")


@pytest.fixture(scope="module")
def centre(place: Path) -> dict[str, str]:
    """What the centre's programs are told; its tables know the dossiers."""
    told = {"SOHOA_DATA_DIR": str(place / "centre"), "SOHOA_WORKERS": "1"}
    ask(told, "migrate")
    (place / "dossiers.json").write_text(json.dumps([to_json(dossier(700 + number)) for number in range(FILES)]))
    ask(told, "intake", "load", place / "dossiers.json")
    return told


@pytest.fixture(scope="module")
def digests(place: Path, centre: dict[str, str]) -> list[str]:
    """The files of a morning with a bad line, by digest; when this returns, the station holds none of them."""
    (place / "scanner").mkdir()
    (told,) = ask(centre, "station", "add", "quay-07", "--json")
    with (
        program(command("serve", "--port", "0"), centre, place / "serve.log") as door,
        program(command("work"), centre, place / "work.log"),
    ):
        port = int(json.loads(door.stdout.readline() if door.stdout else "")["url"].rpartition(":")[2])
        with CutLine(port, LINE_BYTES_PER_S).running() as line:
            return bad_morning(place, line, told["token"])


def bad_morning(place: Path, line: CutLine, token: str) -> list[str]:
    scanner = place / "scanner"
    station = {
        "SOHOA_DATA_DIR": str(place / "station"),
        "SOHOA_STABLE_S": "0.2",
        "SOHOA_CENTRE_URL": f"http://127.0.0.1:{line.port}",
        "SOHOA_STATION_TOKEN": token,
        "SOHOA_CENTRE_PAUSE_MAX_S": str(min(60.0, CUT_S)),
    }
    watch = command("station", "watch", scanner, "--drain", "--json")
    found = [write_stack(scanner, 0), write_stack(scanner, 1)]
    size = (scanner / "xap-0.tif").stat().st_size
    with program(watch, station, place / "station.log") as running:
        line.wait_for(size // 2)
        line.cut()
        found.append(write_stack(scanner, 2))  # the counter goes on scanning
        time.sleep(CUT_S)
        line.mend()
        line.wait_for(size + size // 2)
        line.cut()
        time.sleep(CUT_S)
        line.mend()
        line.wait_for(2 * size + size // 3)
        os.killpg(running.pid, signal.SIGKILL)
    with program(watch, station, place / "station.log") as again:
        again.communicate(timeout=LONGEST_S)
        assert again.returncode == 0, (place / "station.log").read_text()
    (place / "sent").write_text(str(line.sent - FILES * size))
    return found


def query(place: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(place / "centre" / "sohoa.db") as connection:
        return connection.execute(sql).fetchall()


def test_every_file_is_one_batch_and_every_ledger_balances(place: Path, digests: list[str]) -> None:
    assert Counter(query(place, "SELECT original_digest, state, station FROM batch")) == Counter(
        (digest, "closed", "quay-07") for digest in digests
    )


def test_every_page_is_in_one_place(place: Path, digests: list[str]) -> None:
    assert len(digests) == FILES
    places = dict(query(place, "SELECT disposition, count(*) FROM page GROUP BY 1"))
    assert places == {"separator": FILES, "document": FILES, "blank": FILES * BACKS}
    assert query(place, "SELECT count(*), count(DISTINCT batch_id || page_no) FROM page") == [(PAGES, PAGES)]


def test_the_originals_are_those_that_were_scanned(place: Path, digests: list[str]) -> None:
    kept = {path.name: path for path in (place / "centre" / "objects").rglob("*") if path.is_file()}
    for digest in digests:
        (path,) = [found for name, found in kept.items() if name in digest or digest.endswith(name)]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_nothing_is_left_on_the_way(place: Path, digests: list[str]) -> None:
    assert digests
    left = [path for path in (place / "scanner").rglob("*") if path.is_file()]
    left += [path for path in (place / "station" / "spool").rglob("*") if path.is_file()]
    left += [path for path in (place / "centre" / "incoming").rglob("*") if path.is_file()]
    assert left == []


def test_what_had_arrived_was_not_sent_again(place: Path, digests: list[str]) -> None:
    assert digests
    # Each of three interruptions costs a chunk at most; the rest are requests and their headers.
    assert int((place / "sent").read_text()) < 4 * CHUNK


def test_the_centre_sees_that_the_station_holds_nothing_any_more(centre: dict[str, str], digests: list[str]) -> None:
    assert digests
    (row,) = ask(centre, "station", "list", "--json")
    assert (row["station"], row["revoked_at"]) == ("quay-07", None)
    assert row["seen_at"]
