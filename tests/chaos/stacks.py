"""Stacks of drawn dossiers, each page another, and the truth about where every page belongs."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from line_stack import A4, DPI, tiff
from PIL import Image

from samples.batches import BLANK_LEAF, Batch, Side, sides
from samples.ink import print_leaf
from samples.make import BILEVEL, any_case
from schemas.batch import Disposition
from schemas.dossier import Dossier
from schemas.page import PageKind

LEAST_PAGES = 7
"""Fewer than that are filled up with empty paper: hardly a dossier is that small."""
MOST_DOSSIERS = 3
PAPER_TINTS = (236, 253)
DISPOSITIONS = {
    PageKind.CONTENT: Disposition.DOCUMENT,
    PageKind.SEPARATOR: Disposition.SEPARATOR,
    PageKind.BLANK: Disposition.BLANK,
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one page must end up; dossier, component and position (from 1) only within a document."""

    page_no: int
    disposition: Disposition
    dossier: str | None = None
    component: str | None = None
    position: int | None = None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A scanned stack as a scanner leaves it, the dossiers in it, and the truth about its pages."""

    name: str
    data: bytes
    dossiers: tuple[Dossier, ...]
    places: tuple[Place, ...]


def draw(pages: int, seed: int) -> list[Stack]:
    """Return stacks of `pages` pages together, of one to three dossiers each, scanned on one side or on both.

    Drawn clean and at 150 dpi: a fiftieth of a second each. The same seed gives the same stacks.
    """
    dealt = list(deal(pages, seed))
    short = pages - sum(len(stack) for _, stack in dealt)
    dealt[-1][1].extend([Side(kind=PageKind.BLANK, leaf=BLANK_LEAF, cover=None)] * short)
    dice = random.Random(seed)
    return [
        Stack(
            name=f"{batch.name}.tif",
            data=tiff(*(picture(side, dice) for side in stack)),
            dossiers=tuple(case.dossier for case in batch.cases),
            places=tuple(places(stack)),
        )
        for batch, stack in dealt
    ]


def deal(pages: int, seed: int) -> Iterator[tuple[Batch, list[Side]]]:
    """Yield stacks, two at least, until what is left is too little for another."""
    if pages < LEAST_PAGES:
        raise ValueError(f"at least {LEAST_PAGES} pages")
    dice, serials, left = random.Random(seed), count(1), pages
    while left >= LEAST_PAGES:
        number = dice.randint(1, MOST_DOSSIERS)
        cases = tuple(any_case(seed, next(serials)) for _ in range(number))
        batch = Batch(name=f"xap-{next(serials):04d}", cases=cases, scanner=BILEVEL, duplex=dice.random() < 0.5)
        stack = list(sides(batch))
        if len(stack) <= min(left, max(pages // 2, LEAST_PAGES)):
            left -= len(stack)
            yield batch, stack


def picture(side: Side, dice: random.Random) -> Image.Image:
    """Return a side as scanned; empty paper is never twice of quite the same tint."""
    if side.kind is PageKind.BLANK:
        return Image.new("L", A4, dice.randint(*PAPER_TINTS))
    return print_leaf(side.leaf, DPI).convert("L")


def places(stack: Sequence[Side]) -> Iterator[Place]:
    """Yield where each page of a stack belongs."""
    read: Counter[tuple[str, str]] = Counter()
    for page_no, side in enumerate(stack, start=1):
        disposition = DISPOSITIONS[side.kind]
        if side.cover is None or disposition is not Disposition.DOCUMENT:
            yield Place(page_no=page_no, disposition=disposition)
            continue
        paper = (side.cover.dossier_code, side.cover.component_code)
        read[paper] += 1
        yield Place(
            page_no=page_no, disposition=disposition, dossier=paper[0], component=paper[1], position=read[paper]
        )
