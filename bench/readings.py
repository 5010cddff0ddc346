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

from bench.accuracy import SAME
from bench.drawn import DrawnPage
from pipeline.cleanup.cleaning import clean
from pipeline.layout.page import find_layout
from pipeline.ocr.ink import Ink
from pipeline.ocr.signs import Pieces
from pipeline.ports import LineReader
from schemas.page import Scan
from schemas.text import LineReading, ReadWord, nfc
from schemas.units import Resolution

SURE, NOTHING, WITHIN = 70.0, 40.0, 85.0
"""Likeness, of 100: from which a line is the printed one, below which it is none; from which it is a part of one."""
LONG = 20
"""Characters from which a text is looked for wherever it stands on the page, whatever breaks its lines."""
SMALLEST_PAGE_PX = 1000
TRUTH = Path(__file__).parent / "truth"


@dataclass(frozen=True)
class KnownLine:
    """A line's readings and what is printed there.

    Attributes:
        page: its name.
        truth: the printed words; none: nothing is printed there.
        readings: by the reader's name.
        ink: where the line's ink stands.
    """

    page: str
    truth: tuple[str, ...]
    readings: dict[str, LineReading]
    ink: Ink

    def to_json(self) -> str:
        """Return the line as one line of JSON."""
        told = {
            name: [[word.text, word.start, word.end, word.confidence] for word in reading.words]
            for name, reading in self.readings.items()
        }
        ink = {"pieces": self.ink.pieces.boxes, "height": self.ink.height}
        return json.dumps({"page": self.page, "truth": self.truth, "readings": told, "ink": ink}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "KnownLine":
        """Read back what `to_json` wrote."""
        value = json.loads(text)
        readings = {
            name: LineReading(tuple(ReadWord(*word) for word in words)) for name, words in value["readings"].items()
        }
        pieces = Pieces(tuple((left, upper, right, lower) for left, upper, right, lower in value["ink"]["pieces"]))
        ink = Ink.made_of(pieces, value["ink"]["height"])
        return cls(value["page"], tuple(value["truth"]), readings, ink)


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
    for crop, *row in zip(crops, *(reader.read_lines(crops) for reader in readers), strict=True):
        found = truth_of([plain(reading.text) for reading in row], printed)
        if found is not None:
            names = [reader.name for reader in readers]
            yield KnownLine(name, tuple(found.split()), dict(zip(names, row, strict=True)), Ink.of(crop))


def truth_of(texts: Sequence[str], printed: Sequence[str]) -> str | None:
    """Return the printed line, the part of one or the several, that were read; "" if none; None if nobody can tell.

    What two readers agree on was printed, wherever it stands on the page: it is too short to be found.
    """
    read = [text for text in texts if text]
    if not read:
        return None
    found = [(fuzz.ratio(text, one), one) for text in read for one in _possible(text, printed)]
    likeness, best = max(found, default=(0.0, ""))
    if likeness >= SURE:
        return best
    return "" if likeness < NOTHING and len(set(read)) == len(read) else None


def _possible(text: str, printed: Sequence[str]) -> Iterator[str]:
    """Yield what `text` may be a reading of: a line, the part of one, or several beside each other."""
    for line, *_ in process.extract(text, printed, scorer=fuzz.ratio, limit=2):
        yield line
    wholes = (*printed, " ".join(printed)) if len(text) > LONG else printed
    yield from (part for line in wholes if len(text) < len(line) and (part := _part(text, line)))
    places = [
        (place.dest_start, line)
        for line in printed
        if 4 < len(line) < len(text) and (place := fuzz.partial_ratio_alignment(line, text, score_cutoff=WITHIN))
    ]
    yield " ".join(line for _, line in sorted(places))


def _part(text: str, line: str) -> str | None:
    """Return the words of `line` that `text` is a reading of; None where it is of none."""
    place = fuzz.partial_ratio_alignment(text, line, score_cutoff=WITHIN) if len(text) > 3 else None
    if place is None:
        return None
    start = line.rfind(" ", 0, place.dest_start + 2) + 1
    ends = (line.find(" ", max(start, place.dest_end - off)) for off in (2, 1))
    parts = (line[start : end if end > 0 else len(line)] for end in ends)
    return max(parts, key=lambda part: fuzz.ratio(text, part))
