"""The pages that are delivered for comparison: drawn in two ways, and real ones from beside the checkout."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count as count_from
from itertools import islice
from pathlib import Path

from corpora import Document, bound, drawn, scanned

from bench.drawn import DEVELOPMENT, HELD_OUT, PAGES, DrawnPage, draw, wear_of

KEPT = Path(__file__).resolve().parents[1] / "var/bench/delivered"
SCANS = Path(__file__).resolve().parents[2] / "shared/scans"
MODES = {"colour": "RGB", "grey": "L", "one bit": "1"}
SAMPLES = {"samples, colour": "drawn colour 300 dpi", "samples, one bit": "drawn 1-bit 300 dpi"}
REAL = {"real, colour": "real colour", "real, one bit": "real 1-bit"}
SEED = 40
Maker = Callable[[], Document | None]


def kinds(count: int, scans: Path, *, held_out: bool) -> Mapping[str, Maker]:
    """Return what makes `count` pages of each kind, by name; none is made before it is asked for."""
    first = HELD_OUT if held_out else DEVELOPMENT
    place = KEPT / "pages"
    made: dict[str, Maker] = {name: partial(drawn, kind, count, SEED, place) for name, kind in SAMPLES.items()}
    for level in ("typical", "hard"):
        for mode in MODES:
            made[f"{level}, {mode}"] = partial(_alike, level, mode, count, first)
    return made | {name: partial(_printed, kind, count, scans, place) for name, kind in REAL.items()}


def _alike(level: str, mode: str, count: int, first: int) -> Document:
    """Return pages of all kinds in turn that were scanned in one mode."""
    folder = KEPT / "pages" / f"{level}-{mode}-{first}".replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    pictures = tuple(_saved(page, folder) for page in islice(_pages(level, MODES[mode], first), count))
    return Document(f"{level}, {mode}", bound(pictures, folder), pictures)


def _pages(level: str, mode: str, first: int) -> Iterator[DrawnPage]:
    names = list(PAGES)
    for seed in count_from(first):
        kind = names[(seed - first) % len(names)]
        if wear_of(kind, level, seed).mode == mode:
            yield draw(kind, level, seed)


def _saved(page: DrawnPage, folder: Path) -> Path:
    picture = folder / f"{page.name}{page.suffix}"
    picture.write_bytes(page.data)
    return picture


def _printed(name: str, count: int, scans: Path, folder: Path) -> Document | None:
    """Return real pages, blank backs left out: they are no part of a delivered document."""
    return scanned(name, count, scans, folder, _has_print) if scans.is_dir() else None


def _has_print(picture: Path) -> bool:
    return "blank-back.signed-002" not in picture.stem
