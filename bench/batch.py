"""Digitize one long stack and watch: is memory flat, are both cores busy, where does one of them idle?

    PYTHONPATH=.:tests .venv/bin/python bench/batch.py --pages 500 --line embedded

Colour and one-bit pages in turn, no two of them alike. What is looked at is how many processes of the program run or
wait for a core: that does not depend on what else the machine does. Seconds of the clock do.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import img2pdf
import numpy as np
import stacks_drawn
from corpora import drawn
from hands import working
from line import EMBEDDED, laid, serving
from PIL import Image
from systems import OWN_PROGRAM, environment
from tables import say

from bench.batch_seen import Watched, told, watched
from workers import isolation

KEPT = Path(__file__).resolve().parents[1] / "var/bench/batch"
KINDS = ("drawn colour 300 dpi", "drawn 1-bit 300 dpi")
ORIGINALS, SEED = 10, 40
"""Pages of each kind that are drawn; the others are these, moved by some pixels."""
MOST_MOVED = 12
LIMIT_S = 7200.0


def make_stack(pages: int) -> Path:
    """Return a PDF of that many pages, made once and kept."""
    target = KEPT / f"stack-{pages}.pdf"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            files = list(_pages(pages, Path(folder)))
            draft = target.with_suffix(".part")
            with draft.open("wb") as stream:
                img2pdf.convert([str(file) for file in files], outputstream=stream)
            draft.replace(target)
    return target


def _pages(pages: int, folder: Path) -> Iterator[Path]:
    originals = [drawn(kind, ORIGINALS, SEED, folder / "drawn").pictures for kind in KINDS]
    dice = random.Random(SEED)  # noqa: S311 - pages to be made again, no secrets
    for number in range(pages):
        source = originals[number % 2][number // 2 % ORIGINALS]
        target = folder / f"{number:04d}{source.suffix}"
        with Image.open(source) as opened:
            moved = np.roll(np.asarray(opened), (number // 2 // ORIGINALS, dice.randint(1, MOST_MOVED)), (0, 1))
            image = Image.fromarray(moved)
            coding = {"compression": "group4"} if opened.mode == "1" else {"quality": 75}
            image.save(target, dpi=opened.info["dpi"], **coding)
        yield target


def main() -> None:
    """Run and print what was seen."""
    parser = argparse.ArgumentParser(description="Watch one long stack on its way.")
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--line", choices=("digitize", EMBEDDED), default="digitize")
    parser.add_argument("--jobs", type=int, default=2, help="pages at once")
    parser.add_argument("--json", type=Path, help="file for all samples")
    stated = parser.parse_args()
    isolation.warm_up()
    seen = at_the_desk(stated) if stated.line == "digitize" else in_the_line(stated)
    if stated.json:
        stated.json.write_text(json.dumps(vars(seen)), encoding="utf-8")
    print(told(seen, stated.pages, min(stated.jobs, os.cpu_count() or 1)))


def at_the_desk(stated: argparse.Namespace) -> Watched:
    """Watch `sohoa digitize` make one document of a stack, sealed.

    Raises:
        SystemExit: it failed.
    """
    stack = make_stack(stated.pages)
    with tempfile.TemporaryDirectory(prefix="sohoa-batch-") as folder:
        place = Path(folder)
        command = [str(OWN_PROGRAM), "digitize", str(stack), "--out", str(place / "out"), "--jobs", str(stated.jobs)]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(command, env=dict(environment(place / "data")), stdout=log, stderr=log)
            with watched(process.pid) as seen:
                code = process.wait()
        if code:
            raise SystemExit((place / "log").read_text(errors="replace")[-2000:])
        say(f"{sum(file.stat().st_size for file in (place / 'out').glob('*.pdf')) / stated.pages / 1000:.1f} KB a page")
    return seen


def in_the_line(stated: argparse.Namespace) -> Watched:
    """Watch `sohoa work`, all in one process, take stacks with cover sheets to their receivers."""
    stacks = stacks_drawn.draw(stated.pages, SEED)
    with (
        serving([EMBEDDED]) as servers,
        laid(EMBEDDED, servers, f"batch-{time.time_ns()}") as line,
        working(line, 1, stated.jobs) as hands,
    ):
        hands.make_ready(line)
        with watched(hands.root.pid) as seen:
            line.finish(line.feed(stacks), LIMIT_S)
    return seen


if __name__ == "__main__":
    main()
