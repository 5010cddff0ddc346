"""Lines as each reader reads them beside what is printed there: what `bench/calibrate.py` fits the voting to.

Drawn pages and the scans of `bench/truth` are cleaned, parted into lines and read by every reader that is here.
A line is matched to the printed line that it resembles most; what resembles none is an invention, and one that
nobody can tell (half of two lines) is left out.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from bench.accuracy import SAME
from bench.drawn import DrawnPage
from pipeline.cleanup.cleaning import clean
from pipeline.layout.page import find_layout
from pipeline.ports import LineReader
from schemas.page import Scan
from schemas.text import LineReading, ReadWord, nfc
from schemas.units import Resolution

SURE, NOTHING, WITHIN = 70.0, 40.0, 85.0
"""Likeness, of 100: from which a line is the printed one, below which it is none; from which it is a part of one."""
SMALLEST_PAGE_PX = 1000
TRUTH = Path(__file__).parent / "truth"


@dataclass(frozen=True)
class KnownLine:
    """A line's readings and what is printed there.

    Attributes:
        page: its name.
        truth: the printed words; none: nothing is printed there.
        readings: by the reader's name.
    """

    page: str
    truth: tuple[str, ...]
    readings: dict[str, LineReading]

    def to_json(self) -> str:
        """Return the line as one line of JSON."""
        told = {
            name: [[word.text, word.start, word.end, word.confidence] for word in reading.words]
            for name, reading in self.readings.items()
        }
        return json.dumps({"page": self.page, "truth": self.truth, "readings": told}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "KnownLine":
        """Read back what `to_json` wrote."""
        value = json.loads(text)
        readings = {
            name: LineReading(tuple(ReadWord(*word) for word in words)) for name, words in value["readings"].items()
        }
        return cls(value["page"], tuple(value["truth"]), readings)


def plain(text: str) -> str:
    """Return `text` in the one form in which readings and truth are compared."""
    return nfc(text).translate(SAME)


def drawn_lines(page: DrawnPage, readers: Sequence[LineReader]) -> Iterator[KnownLine]:
    """Yield the lines of a drawn page."""
    scan = Scan(
        pixels=page.image,
        resolution=Resolution(page.wear.dpi, page.wear.dpi),
        resolution_stated=True,
        bilevel=page.wear.mode == "1",
        page_no=1,
    )
    yield from read_lines(page.name, scan, page.lines, readers)


def scanned_lines(scans: Path, readers: Sequence[LineReader]) -> Iterator[KnownLine]:
    """Yield the lines of the scans whose text is in `bench/truth`."""
    for path in sorted(TRUTH.glob("*.txt")):
        name, _, number = path.stem.rpartition("-")
        pdf = next(iter(sorted(scans.glob(f"{name}*.pdf"))), None)
        if pdf is not None:
            truth = path.read_text(encoding="utf-8").replace("\t", "\n").splitlines()
            yield from read_lines(path.stem, _taken_out(pdf, int(number)), truth, readers)


def _taken_out(pdf: Path, number: int) -> Scan:
    """Return the picture of one page of a PDF."""
    with TemporaryDirectory() as folder:
        page = ["-f", str(number), "-l", str(number), str(pdf)]
        listed = subprocess.run(["pdfimages", "-list", *page], capture_output=True, text=True, check=True).stdout
        subprocess.run(["pdfimages", "-png", *page, f"{folder}/p"], check=True)
        rows = [line.split() for line in listed.splitlines()[2:]]
        row = next(row for row in rows if row[2] == "image" and int(row[4]) > SMALLEST_PAGE_PX)
        with Image.open(f"{folder}/p-{rows.index(row):03d}.png") as picture:
            pixels = np.asarray(picture.convert("L") if row[7] == "1" else picture)
    resolution = Resolution(float(row[12]), float(row[13]))
    return Scan(pixels=pixels, resolution=resolution, resolution_stated=True, bilevel=row[7] == "1", page_no=number)


def read_lines(name: str, scan: Scan, truth: Sequence[str], readers: Sequence[LineReader]) -> Iterator[KnownLine]:
    """Yield the lines of a page, without those that nobody can tell the truth of."""
    crops = [line.crop for line in find_layout(clean(scan, False, lambda *_: 0)).lines]
    printed = [text for line in truth if (text := " ".join(plain(line).split()))]
    for row in zip(*(reader.read_lines(crops) for reader in readers), strict=True):
        found = truth_of([plain(reading.text) for reading in row], printed)
        if found is not None:
            names = [reader.name for reader in readers]
            yield KnownLine(name, tuple(found.split()), dict(zip(names, row, strict=True)))


def truth_of(texts: Sequence[str], printed: Sequence[str]) -> str | None:
    """Return the printed line, or the part of one, that was read; "" if none was; None if nobody can tell."""
    read = [text for text in texts if text]
    if not read or not printed:
        return "" if read else None
    best, likeness, text = max(
        ((*process.extractOne(text, printed, scorer=fuzz.ratio)[:2], text) for text in read), key=lambda found: found[1]
    )
    if likeness >= SURE:
        return best
    parts = [part for line in printed if (part := _part(text, line))]
    if parts:
        return min(parts, key=lambda part: Levenshtein.distance(part, text))
    return "" if likeness < NOTHING else None


def _part(text: str, line: str) -> str | None:
    """Return the words of `line` that `text` is a reading of; None where it is of none."""
    if len(text) < 4 or len(text) > len(line):
        return None
    place = fuzz.partial_ratio_alignment(text, line, score_cutoff=WITHIN)
    if place is None or place.score < WITHIN:
        return None
    start = line.rfind(" ", 0, place.dest_start + 2) + 1
    end = line.find(" ", max(start, place.dest_end - 2))
    return line[start : end if end > 0 else len(line)]
