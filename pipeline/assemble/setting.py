"""How lines are set: base line and size, from what their letters tell of their own height."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Self

from schemas.text import Word

X_HEIGHT, TALL, RAISED, HIGH = 0.46, 0.68, 0.72, 0.9
"""Heights above the base line in ems: x, b, marked small letters, marked capitals."""
DEEP, DOT_BELOW, COMMA = 0.21, 0.16, 0.14
DESCENDERS = frozenset("gjpqyQ()[]{}/\\|_§")
TALL_LETTERS = frozenset("bdfhklt()[]{}/\\|!?%&#$§đ'\"’“”‘")
LOW_SIGNS = frozenset(".,_…")
BELOW = "\u0323"
MOST_STEP = 0.5
"""Of the higher of two words: those whose base lines are further apart are set apart."""


@dataclass(frozen=True)
class Setting:
    """How words beside each other are set.

    Attributes:
        em: size of their letters, pixels.
        base: their base line, pixels from the page's upper edge.
    """

    em: float
    base: float

    @classmethod
    def of(cls, words: Sequence[Word]) -> Self:
        """Return the setting of words that share a base line, one at least."""
        extents = [(word, *extent(word.text)) for word in words]
        em = median(word.box.height / (rise + fall) for word, rise, fall in extents)
        return cls(em, median(word.box.y1 - fall * em for word, _, fall in extents))


def runs(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words of a line in groups that stand beside each other: the cells of a table's row need not."""
    found: list[list[Word]] = []
    for word in words:
        if found and _is_beside(word, found[-1][-1]):
            found[-1].append(word)
        else:
            found.append([word])
    return found


def _is_beside(word: Word, before: Word) -> bool:
    step = abs(_own_base(word) - _own_base(before))
    return word.box.x0 > before.box.x0 and step < MOST_STEP * max(word.box.height, before.box.height)


def _own_base(word: Word) -> float:
    rise, fall = extent(word.text)
    return word.box.y1 - word.box.height * fall / (rise + fall)


def extent(text: str) -> tuple[float, float]:
    """Return how far `text` rises above its base line and falls below it, in ems of a common serif face."""
    reaches = [_reach(char) for char in text]
    return max(rise for rise, _ in reaches), max(fall for _, fall in reaches)


@cache
def _reach(char: str) -> tuple[float, float]:
    return _rise(char), _fall(char)


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
