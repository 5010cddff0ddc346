"""How far a text is from the truth: strict and order-tolerant character errors, word errors.

Both texts are brought to one form first: NFC, one kind of quote and dash, no leader dots, single
spaces. All counts are summed over pages and divided at the end, so that long pages weigh more.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "..."})
LEADERS = re.compile(r"[._·•](?: ?[._·•]){2,}")
LONGER = 1.15
"""A read line up to so many times as long as the true one is compared whole; a longer one may hold several."""


@dataclass(frozen=True)
class Errors:
    """Counts of errors, and of what they are errors of.

    Attributes:
        characters, words: of the truth.
        strict: character edits, the page as one string in reading order.
        flexible: the same where lines may stand in any order.
        wrong_words: word edits in reading order.
    """

    characters: int = 0
    words: int = 0
    strict: int = 0
    flexible: int = 0
    wrong_words: int = 0

    def __add__(self, other: Self) -> "Errors":
        """Return the sum over two texts."""
        return Errors(
            self.characters + other.characters,
            self.words + other.words,
            self.strict + other.strict,
            self.flexible + other.flexible,
            self.wrong_words + other.wrong_words,
        )

    @property
    def cer(self) -> float:
        """Strict character error rate, per cent."""
        return 100 * self.strict / max(1, self.characters)

    @property
    def flex(self) -> float:
        """Order-tolerant character error rate, per cent."""
        return 100 * self.flexible / max(1, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate, per cent."""
        return 100 * self.wrong_words / max(1, self.words)


def compare(truth: Sequence[str], read: str) -> Errors:
    """Return the errors of a page.

    Args:
        truth: printed lines in reading order.
        read: what a reader made of them, lines parted by line feeds.
    """
    expected, found = plain("\n".join(truth)), plain(read)
    return Errors(
        characters=len(expected),
        words=len(expected.split()),
        strict=Levenshtein.distance(expected, found),
        flexible=flexible_errors(truth, read.replace("\f", "\n").split("\n")),
        wrong_words=Levenshtein.distance(expected.split(), found.split()),
    )


def plain(text: str) -> str:
    """Return the text in the form in which texts are compared."""
    folded = unicodedata.normalize("NFC", text).translate(SAME)
    return " ".join(LEADERS.sub(" ", folded).split())


def flexible_errors(truth: Sequence[str], read: Sequence[str]) -> int:
    """Return the character edits where each true line, the longest first, takes the read text that fits it best.

    What no line takes counts as too much, and a line that finds nothing like it as missing.
    """
    left = [line for line in map(plain, read) if line]
    errors = 0
    for line in sorted(filter(None, map(plain, truth)), key=len, reverse=True):
        errors += _take(line, left)
    return errors + sum(len(line.replace(" ", "")) for line in left)


def _take(line: str, left: list[str]) -> int:
    """Cut what fits `line` best out of the lines that are left; return the edits between the two."""
    fits = [(_fit(line, other), index) for index, other in enumerate(left)]
    (edits, start, end), index = min(fits, key=lambda fit: (fit[0][0], fit[1]), default=((len(line), 0, 0), 0))
    if edits >= len(line):
        return len(line)
    taken = left[index]
    left[index : index + 1] = [part for part in (taken[:start].strip(), taken[end:].strip()) if part]
    return edits


def _fit(line: str, other: str) -> tuple[int, int, int]:
    """Return edits, start and end of the part of `other` that is most like `line`."""
    if len(other) <= LONGER * len(line):
        return Levenshtein.distance(line, other), 0, len(other)
    place = fuzz.partial_ratio_alignment(line, other)
    if place is None:
        return len(line), 0, 0
    part = other[place.dest_start : place.dest_end].strip()
    return Levenshtein.distance(line, part), place.dest_start, place.dest_end
