"""Stacks of paper on their way through a scanner, and the truth about every side."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from PIL import Image

from samples.cases import Case, Paper
from samples.cover import cover_leaf
from samples.ink import print_leaf, print_stamps
from samples.layout import Leaf
from samples.scanner import Posture, Scanner, scan, show_through
from schemas.dossier import CoverSheet
from schemas.page import PageKind
from schemas.text import nfc
from schemas.units import Turn

GHOST = 0.015
SOAKED = 0.13
BLANK_LEAF = Leaf(())


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A stack to be scanned into one file.

    Attributes:
        name: ASCII, of the file.
        duplex: both sides of each sheet are scanned.
        turns: page_no (1-based) to the turn that makes that page upright.
        soaked: page_no of the blank backs through which seal and signature show.
    """

    name: str
    cases: tuple[Case, ...]
    scanner: Scanner
    duplex: bool = False
    turns: Mapping[int, Turn] = field(default_factory=dict)
    soaked: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a sheet in the stack; `front` is what the other side shows, for a blank back."""

    kind: PageKind
    leaf: Leaf
    cover: CoverSheet | None
    front: Leaf | None = None


@dataclass(frozen=True, kw_only=True)
class PageTruth:
    """What is exactly true of one scanned page.

    Attributes:
        page_no: 1-based position in the file.
        kind: content, blank or separator.
        turned: clockwise degrees that make the scan upright.
        skew: degrees counter-clockwise that then make it straight.
        dossier, component: codes; "" for a loose paper.
        lines: printed lines in reading order, NFC.
    """

    page_no: int
    kind: PageKind
    turned: Turn
    skew: float
    dossier: str
    component: str
    lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the form that `samples/expected` holds."""
        return asdict(self) | {"kind": self.kind.value, "lines": list(self.lines)}


@dataclass(frozen=True, kw_only=True)
class DrawnPage:
    """A scanned page and the truth about it."""

    image: Image.Image
    truth: PageTruth


def draw_batch(batch: Batch, seed: int) -> Iterator[DrawnPage]:
    """Draw the pages of `batch` one after the other; the same seed gives the same pixels."""
    for page_no, side in enumerate(sides(batch), start=1):
        yield draw_side(side, batch, page_no, seed)


def draw_loose(paper: Leaf, scanner: Scanner, seed: int) -> DrawnPage:
    """Draw a single page that belongs to no dossier."""
    batch = Batch(name="loose", cases=(), scanner=scanner)
    return draw_side(Side(kind=PageKind.CONTENT, leaf=paper, cover=None), batch, 1, seed)


def sides(batch: Batch) -> tuple[Side, ...]:
    """Return all sides in the order in which the scanner sees them."""
    papers = [
        side
        for case in batch.cases
        for index, paper in enumerate(case.papers, start=1)
        for side in _paper_sides(case, paper, index)
    ]
    return tuple(side for group in papers for side in (_both(group) if batch.duplex else group))


def _paper_sides(case: Case, paper: Paper, index: int) -> list[list[Side]]:
    """Return the sides of a cover sheet and of the paper behind it."""
    sheet = CoverSheet(
        dossier_code=case.dossier.code, component_code=paper.component.code, index=index, total=len(case.papers)
    )
    cover = Side(kind=PageKind.SEPARATOR, leaf=cover_leaf(case.dossier, sheet), cover=sheet)
    return [[cover], [Side(kind=PageKind.CONTENT, leaf=leaf, cover=sheet) for leaf in paper.leaves]]


def _both(group: list[Side]) -> list[Side]:
    if len(group) % 2 == 0:
        return group
    back = replace(group[-1], kind=PageKind.BLANK, leaf=BLANK_LEAF, front=group[-1].leaf)
    return [*group, back]


def draw_side(side: Side, batch: Batch, page_no: int, seed: int) -> DrawnPage:
    """Draw one side as page `page_no` of its file."""
    chance = random.Random(f"{seed}/{batch.name}/{page_no}")
    posture = Posture(turned=batch.turns.get(page_no, _feed(side.leaf)), skew=_skew(chance))
    printed = _printed(side, batch.scanner.dpi, soaked=page_no in batch.soaked)
    image = scan(printed, batch.scanner, posture, chance.randrange(2**32))
    return DrawnPage(image=image, truth=_truth(side, posture, page_no))


def _feed(leaf: Leaf) -> Turn:
    """Return the turn of paper in the feeder, which takes it by its short edge only."""
    return 90 if leaf.width > leaf.height else 0


def _skew(chance: random.Random) -> float:
    return round(chance.choice((-1, 1)) * chance.triangular(0.3, 2.0, 0.5), 2)


def _printed(side: Side, dpi: int, *, soaked: bool) -> Image.Image:
    if side.front is None:
        return print_leaf(side.leaf, dpi)
    if soaked:
        return show_through(print_stamps(side.front, dpi), SOAKED)
    return show_through(print_leaf(side.front, dpi), GHOST)


def _truth(side: Side, posture: Posture, page_no: int) -> PageTruth:
    return PageTruth(
        page_no=page_no,
        kind=side.kind,
        turned=posture.turned,
        skew=posture.skew,
        dossier=side.cover.dossier_code if side.cover else "",
        component=side.cover.component_code if side.cover else "",
        lines=tuple(nfc(line) for line in side.leaf.lines),
    )
