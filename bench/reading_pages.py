"""The pages that readers are compared on: drawn ones, blank backs, and real scans whose text was keyed by eye."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import img2pdf
from PIL import Image

from bench.drawn import DEVELOPMENT, HELD_OUT, DrawnPage, blanks, pages
from bench.reading_told import PageTruth

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "var/bench/reading/pages"
SCANS = HERE.parents[1] / "shared/scans"
TRUTH = HERE / "truth"
PARAGRAPHS = ".paragraphs"
"""Between name and suffix of a keyed text whose line breaks nobody knows."""


@dataclass(frozen=True)
class Corpus:
    """Pages that are run in one go; `pdf` binds them for programs that take no pictures."""

    name: str
    pages: tuple[PageTruth, ...]
    pdf: Path

    @property
    def pictures(self) -> tuple[Path, ...]:
        """One file a page."""
        return tuple(page.picture for page in self.pages)


def corpora(count: int, *, held_out: bool) -> Mapping[str, "partial[Corpus]"]:
    """Return what makes each corpus of `count` pages, by name; none is drawn before it is asked for."""
    first, part = (HELD_OUT, "held out") if held_out else (DEVELOPMENT, "development")
    drawn = {f"{level}, {part}": partial(pages, level, count, first) for level in ("typical", "hard", "turned")}
    drawn[f"blank backs, {part}"] = partial(blanks, count, first)
    return {
        **{name: partial(_drawn, name, maker) for name, maker in drawn.items()},
        **{name: partial(_keyed, name, count, bits) for name, bits in (("real, one bit", 1), ("real, colour", 8))},
    }


def _drawn(name: str, maker: "partial[Iterator[DrawnPage]]") -> Corpus:
    folder = _folder(name)
    return _corpus(name, folder, tuple(_saved(page, folder) for page in maker()))


def _saved(page: DrawnPage, folder: Path) -> PageTruth:
    picture = folder / f"{page.name}{page.suffix}"
    picture.write_bytes(page.data)
    return PageTruth(
        picture=picture,
        lines=page.lines,
        fields=page.fields,
        also=page.also,
        knows_fields=True,
        turned=page.turned,
    )


def _keyed(name: str, count: int, bits: int) -> Corpus:
    """Return up to `count` pages of scans beside the checkout, evenly spread over those that were keyed."""
    folder = _folder(name)
    found = map(partial(_real, folder, bits), sorted(TRUTH.glob("*-*.txt")))
    there = [page for page in found if page]
    step = max(1.0, len(there) / max(1, count))
    return _corpus(name, folder, tuple(there[int(n * step)] for n in range(min(count, len(there)))))


def _real(folder: Path, bits: int, text: Path) -> PageTruth | None:
    stem = text.stem.removesuffix(PARAGRAPHS)
    name, number = stem.rsplit("-", 1)
    scan = next((path for path in (SCANS / f"{name}.pdf", *SCANS.glob(f"{name}*.pdf")) if path.is_file()), None)
    picture = scan and _picture(scan, int(number), bits, folder / stem)
    if not picture:
        return None
    lines = tuple(text.read_text(encoding="utf-8").splitlines())
    return PageTruth(picture=picture, lines=lines, paragraphs=text.stem.endswith(PARAGRAPHS))


def _picture(scan: Path, number: int, bits: int, stem: Path) -> Path | None:
    """Take the largest picture of a page out as the scanner left it; None where it is not of so many bits a sample."""
    limits = ["-f", str(number), "-l", str(number)]
    subprocess.run(["pdfimages", "-j", "-tiff", *limits, scan, stem], check=True, capture_output=True)
    pieces = sorted(stem.parent.glob(f"{stem.name}-[0-9][0-9][0-9].*"), key=_area)
    whole = _coded(pieces[-1], bits, stem) if pieces else None
    for piece in pieces:
        piece.unlink(missing_ok=True)
    return whole


def _area(picture: Path) -> int:
    with Image.open(picture) as opened:
        return opened.width * opened.height


def _coded(piece: Path, bits: int, stem: Path) -> Path | None:
    """Leave one bit as CCITT G4 with the resolution that makes it A4, JPEG as it is."""
    with Image.open(piece) as opened:
        if bits == 1 and opened.mode == "1":
            dpi = round(max(opened.size) / (297 / 25.4))
            opened.save(stem.with_suffix(".tif"), compression="group4", dpi=(dpi, dpi))
            return stem.with_suffix(".tif")
    return piece.rename(stem.with_suffix(".jpg")) if bits == 8 and piece.suffix == ".jpg" else None


def _folder(name: str) -> Path:
    folder = KEPT / name.replace(", ", "-").replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    return folder


def _corpus(name: str, folder: Path, truths: tuple[PageTruth, ...]) -> Corpus:
    pdf = folder / "pages.pdf"
    if truths:
        with pdf.open("wb") as stream:
            img2pdf.convert([str(page.picture) for page in truths], outputstream=stream)
    told = {page.picture.name: [page.lines, page.fields] for page in truths}
    (folder / "truth.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return Corpus(name, truths, pdf)
