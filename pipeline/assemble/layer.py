"""The invisible text layer: each word under its ink.

A line gets one font size and one base line, as a printed line has, so that viewers select it as a
line; each word is stretched to the width of its box and followed by a narrow space.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from pipeline.assemble.font import ADVANCE, encoded
from schemas.document import PageLayers
from schemas.text import Line, Word
from schemas.units import px_to_pt

FONT = "SohoaText"
X_HEIGHT, TALL, RAISED, HIGH = 0.46, 0.68, 0.72, 0.9
"""Heights above the base line in ems: x, b, marked small letters, marked capitals."""
DEEP, DOT_BELOW, COMMA = 0.21, 0.16, 0.14
DESCENDERS = frozenset("gjpqyQ()[]{}/\\|_§")
TALL_LETTERS = frozenset("bdfhklt()[]{}/\\|!?%&#$§đ'\"’“”‘")
LOW_SIGNS = frozenset(".,_…")
SMALLEST_PT = 1.0
NARROWEST_SPACE = 0.2
"""In ems; poppler takes words that are nearer for one."""
BELOW = "\u0323"


@dataclass(frozen=True)
class Setting:
    """How a line is set: font size in points and the base line in points above the page's lower edge."""

    size: float
    base: float


def text_layer(page: PageLayers) -> bytes:
    """Return the content stream that writes the words of `page` invisibly."""
    parts = ["q BT 3 Tr"]
    for line in page.text.lines:
        parts += _line(line, page)
    return "\n".join([*parts, "ET Q"]).encode("ascii") if page.text.lines else b""


def find_setting(words: tuple[Word, ...]) -> tuple[float, float]:
    """Return em and base line of a line in pixels, from what its letters tell of their own height.

    Args:
        words: at least one.
    """
    rises = [(word, *extent(word.text)) for word in words]
    em = median(word.box.height / (rise + fall) for word, rise, fall in rises)
    base = median(word.box.y1 - fall * em for word, _, fall in rises)
    return em, base


def extent(text: str) -> tuple[float, float]:
    """Return how far `text` rises above its base line and falls below it, in ems of a common serif face."""
    return max(_rise(char) for char in text), max(_fall(char) for char in text)


def _rise(char: str) -> float:
    marks = [mark for mark in unicodedata.normalize("NFD", char)[1:] if unicodedata.combining(mark) == 230]
    if marks:
        return HIGH if char.isupper() else RAISED
    if char.isupper() or char.isdigit() or char in TALL_LETTERS:
        return TALL
    return 0.12 if char in LOW_SIGNS else X_HEIGHT


def _fall(char: str) -> float:
    if char in DESCENDERS or (char.islower() and unicodedata.normalize("NFD", char)[0] in DESCENDERS):
        return DEEP
    if BELOW in unicodedata.normalize("NFD", char):
        return DOT_BELOW
    return COMMA if char in ",;" else 0.0


def _line(line: Line, page: PageLayers) -> Iterator[str]:
    em, base = find_setting(line.words)
    size = max(SMALLEST_PT, px_to_pt(em, page.resolution.y))
    setting = Setting(size, px_to_pt(page.height - base, page.resolution.y))
    yield f"/{FONT} {setting.size:.3f} Tf"
    following = [word.box.x0 for word in line.words[1:]]
    for word, start in zip(line.words, [*following, page.width], strict=True):
        yield from _word(word, start, setting, page.resolution.x)


def _word(word: Word, following: int, setting: Setting, dpi: float) -> Iterator[str]:
    """Yield the operators for a word and the space after it.

    Args:
        word: as read.
        following: where the next word starts, pixels; viewers need some space before it.
        setting: of its line.
        dpi: pixels per inch across.
    """
    space = NARROWEST_SPACE * setting.size
    room = px_to_pt(following - word.box.x0, dpi) - space
    width = px_to_pt(max(1, word.box.width), dpi)
    if 0 < room < width:
        width = room
    codes = encoded(word.text)
    yield f"1 0 0 1 {px_to_pt(word.box.x0, dpi):.3f} {setting.base:.3f} Tm"
    yield f"{_stretch(width, len(codes) // 2, setting.size):.3f} Tz <{codes.hex()}> Tj"
    yield f"{_stretch(space, 1, setting.size):.3f} Tz <0020> Tj"


def _stretch(width: float, count: int, size: float) -> float:
    """Return the horizontal scaling in per cent at which `count` characters are `width` points wide."""
    return 100 * width / (count * size * ADVANCE / 1000)
