"""Pages unlike those of `samples/`, with what is printed on them known: `draw(kind, level, seed)`.

Each seed gives another page, the same one every time. Levels: `typical`, `hard`, and `turned`, which is `typical`
scanned lying or upside down. Seeds from `HELD_OUT` on are only ever reported, never looked at while something is tuned.
"""

import io
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.drawn import forms, ink, letters, tables, texts
from bench.drawn.sheet import Box, Sheet
from bench.drawn.wear import Wear, coded, hard, typical, worn

PAGES: Mapping[str, Callable[[Sheet, random.Random], None]] = {
    "letter": letters.letter,
    "form": forms.form,
    "decision": letters.titled,
    "table": tables.table,
    "law": texts.law,
    "ending": letters.ending,
    "form 2": forms.form,
    "contents": texts.contents,
    "letter 2": letters.letter,
    "minutes": texts.minutes,
    "table 2": tables.table,
    "form 3": forms.form,
}
"""Kinds of pages with print on them; those that offices have most of come more than once."""
BLANK = "blank"
LEVELS = ("typical", "hard", "turned")
DEVELOPMENT, HELD_OUT = 1, 1_000_000
"""First seeds of the two parts."""
TURN = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnPage:
    """A scan of an invented page, and the truth about it.

    Attributes:
        name: of kind, level and seed.
        data: the file a scanner wrote, of which `suffix` says the format: ".tif" (CCITT G4) or ".jpg".
        wear: what happened to the page; its resolution among other things.
        lines: what is printed, in the order in which a person reads; empty for a blank page.
        fields: names (those of `NAME.json`) and values that the page states in print.
        also: the same of what nobody must find, and may.
        turned: clockwise degrees by which the scan has to be turned to be upright.
        skews: degrees counter-clockwise by which the upright scan is to be straightened, at 12 x 8 places.
        hand: boxes of handwriting and signatures on the paper, millimetres; they are in no line.
        seals: boxes of seals on the paper, millimetres.
    """

    name: str
    data: bytes
    suffix: str
    wear: Wear
    lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    also: tuple[tuple[str, str], ...]
    turned: int
    skews: NDArray[np.float32]
    hand: tuple[Box, ...]
    seals: tuple[Box, ...]

    @property
    def image(self) -> NDArray[np.uint8]:
        """The pixels of `data`: RGB or grey; of one bit a pixel, grey of 0 and 255."""
        with Image.open(io.BytesIO(self.data)) as opened:
            return np.asarray(opened.convert("L") if opened.mode == "1" else opened)


def draw(kind: str, level: str, seed: int) -> DrawnPage:
    """Return a page of one of `PAGES`, or `BLANK`: the back of a printed and sealed page.

    Raises:
        KeyError: no such kind.
    """
    rng, wear = _begun(kind, level, seed)
    sheet = Sheet(wear.dpi)
    if kind == BLANK:
        wear = _back(wear, rng)
    else:
        PAGES[kind](sheet, rng)
        if level == "hard" and rng.random() < 0.4:
            ink.seal(sheet, (rng.uniform(50, 160), rng.uniform(60, 230)), "HỘI ĐỒNG NHÂN DÂN ★ TỈNH", rng)
    behind = _other_side(rng, wear) if wear.through else None
    pixels, skews = worn(sheet.image, behind, wear, rng.randrange(2**32))
    turned = rng.choice((90, 180, 270)) if level == "turned" else 0
    if turned:
        pixels = np.asarray(Image.fromarray(pixels).transpose(TURN[turned]))
    data, suffix = coded(pixels, wear)
    name = f"{kind}-{level}-{seed}".replace(" ", "")
    return DrawnPage(
        name=name,
        data=data,
        suffix=suffix,
        wear=wear,
        lines=tuple(sheet.lines),
        fields=tuple(sheet.fields),
        also=tuple(sheet.also),
        turned=turned,
        skews=skews,
        hand=tuple(sheet.hand),
        seals=tuple(sheet.seals),
    )


def wear_of(kind: str, level: str, seed: int) -> Wear:
    """Return what happened to a page of print, without drawing it."""
    return _begun(kind, level, seed)[1]


def _begun(kind: str, level: str, seed: int) -> tuple[random.Random, Wear]:
    rng = random.Random(f"{kind}/{level}/{seed}")  # noqa: S311 - pages to be drawn again, no secrets
    return rng, hard(rng) if level == "hard" else typical(rng)


def _back(wear: Wear, rng: random.Random) -> Wear:
    """Return a blank back's wear: what is on the front shows, most of all its seal."""
    return replace(
        wear, through=rng.uniform(0.05, 0.2) if wear.mode != "1" else rng.uniform(0.2, 0.4), faint=0, breaks=0
    )


def _other_side(rng: random.Random, wear: Wear) -> Image.Image:
    """Return the front of a page that shows through, drawn coarsely."""
    front = Sheet(wear.dpi // 2)
    PAGES[rng.choice(("ending", "letter", "law"))](front, rng)
    return front.image


def pages(level: str, count: int, first: int = DEVELOPMENT) -> Iterator[DrawnPage]:
    """Yield `count` pages of a level, of all kinds in turn, of the seeds from `first` on."""
    kinds = list(PAGES)
    for number in range(count):
        yield draw(kinds[number % len(kinds)], level, first + number)


def blanks(count: int, first: int = DEVELOPMENT) -> Iterator[DrawnPage]:
    """Yield blank backs, typical and hard in turn."""
    for number in range(count):
        yield draw(BLANK, LEVELS[number % 2], first + number)
