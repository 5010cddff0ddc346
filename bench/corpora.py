"""The pages that all systems are given: drawn ones with their exact text, and scans of one's own without.

Every document is one PDF of nothing but page pictures, as a scanner writes it, and the same
pictures as files of their own for programs that read one picture at a time.
"""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import img2pdf
from PIL import Image

from samples.batches import Batch, DrawnPage, draw_side, sides
from samples.files import jpeg_bytes, write_tiff
from samples.make import BILEVEL, FINE, YELLOWED, any_case
from samples.scanner import Scanner
from schemas.page import PageKind, Turn


@dataclass(frozen=True)
class Kind:
    """A kind of drawn pages: the scanner, and how the paper lay on it."""

    scanner: Scanner
    turned: Turn = 0


WORN = Scanner(dpi=200, paper=(226, 221, 205), blur=1.1, noise=9.0, shadow_mm=9.0, quality=45)
DRAWN: Mapping[str, Kind] = {
    "drawn 1-bit 300 dpi": Kind(BILEVEL),
    "drawn colour 200 dpi": Kind(YELLOWED),
    "drawn colour 300 dpi": Kind(FINE),
    "drawn worn 200 dpi": Kind(WORN),
    "drawn upside down": Kind(YELLOWED, 180),
}
SCANNED = {"real 1-bit": ".tif", "real colour": ".jpg"}
SMALLEST = 1000
"""Pictures of fewer pixels across are stamps within a page, not pages."""


@dataclass(frozen=True)
class Document:
    """Pages in one file.

    Attributes:
        name: of the kind of pages.
        pdf: the file.
        pictures: the same pages, one file each.
        truth: printed lines of each page; empty where nobody knows.
    """

    name: str
    pdf: Path
    pictures: tuple[Path, ...]
    truth: tuple[tuple[str, ...], ...] = ()

    @property
    def pages(self) -> int:
        """Number of pages."""
        return len(self.pictures)


def drawn(name: str, count: int, seed: int, folder: Path) -> Document:
    """Return `count` pages of invented dossiers of one of the kinds in `DRAWN`."""
    kind, place = DRAWN[name], _place(folder, name)
    pages = list(islice(_contents(kind, seed), count))
    pictures = tuple(_save(page, kind.scanner, place / f"{index:02d}") for index, page in enumerate(pages))
    return Document(name, bound(pictures, place), pictures, tuple(page.truth.lines for page in pages))


def scanned(
    name: str, count: int, source: Path, folder: Path, wanted: Callable[[Path], bool] = Path.is_file
) -> Document | None:
    """Return up to `count` page pictures out of the PDF files in `source`; None where there are none of the kind."""
    place = _place(folder, name)
    for file in sorted(source.glob("*.pdf")):
        command = ["pdfimages", "-j", "-tiff", "-p", str(file), str(place / file.stem)]
        subprocess.run(command, check=True, capture_output=True)
    pictures = [picture for picture in sorted(place.iterdir()) if wanted(picture) and _is_page(picture, SCANNED[name])]
    chosen = tuple(_coded(picture) for picture in _spread(pictures, count))
    return Document(name, bound(chosen, place), chosen) if chosen else None


def _place(folder: Path, name: str) -> Path:
    place = folder / name.replace(" ", "-")
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        left.unlink()
    return place


def _contents(kind: Kind, seed: int) -> Iterator[DrawnPage]:
    """Yield pages with print on them, of one dossier after the other; cover sheets are left out."""
    serial = 0
    while True:
        batch = Batch(name=f"bench-{serial}", cases=(any_case(seed, serial),), scanner=kind.scanner)
        for page_no, side in enumerate(sides(batch), start=1):
            if side.kind is PageKind.CONTENT:
                turns = {page_no: kind.turned} if kind.turned else {}
                yield draw_side(side, replace(batch, turns=turns), page_no, seed)
        serial += 1


def _save(page: DrawnPage, scanner: Scanner, stem: Path) -> Path:
    target = stem.with_suffix(".tif" if scanner.mode == "1" else ".jpg")
    if scanner.mode == "1":
        write_tiff([page.image], scanner, target)
    else:
        target.write_bytes(jpeg_bytes(page.image, scanner))
    return target


def _is_page(picture: Path, suffix: str) -> bool:
    if picture.suffix != suffix:
        return False
    with Image.open(picture) as opened:
        return min(opened.size) >= SMALLEST and opened.mode == ("1" if suffix == ".tif" else "RGB")


def _spread(pictures: Sequence[Path], count: int) -> list[Path]:
    """Return `count` of the pictures, evenly spread over all."""
    step = max(1.0, len(pictures) / count)
    return [pictures[int(index * step)] for index in range(min(count, len(pictures)))]


def _coded(picture: Path) -> Path:
    """Return the picture as a scanner codes it: one bit as CCITT G4, with the resolution that makes it A4."""
    with Image.open(picture) as opened:
        dpi = round(max(opened.size) / (297 / 25.4))
        if picture.suffix == ".tif":
            opened.save(target := picture.with_suffix(".g4.tif"), compression="group4", dpi=(dpi, dpi))
            return target
    return picture


def bound(pictures: Sequence[Path], place: Path) -> Path:
    """Return a PDF of the pictures as they are, each page as large as its picture, as scanners write them."""
    target = place / "pages.pdf"
    with target.open("wb") as stream:
        img2pdf.convert([str(picture) for picture in pictures], outputstream=stream)
    return target
