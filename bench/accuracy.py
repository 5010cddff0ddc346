"""How far a text is from the truth: strict and order-tolerant character errors, word errors, wrong diacritics.

Both texts are brought to one form first: NFC, one kind of quote and dash, no leader dots, single
spaces. All counts are summed over pages and divided at the end, so that long pages weigh more.
"""

import heapq
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "..."})
LEADERS = re.compile(r"[._·•](?: ?[._·•]){2,}")
BARRED = str.maketrans("đĐ", "dD")
LIKE = 0.5
"""A line is like no paragraph where twice the edits exceed its length by more than this share."""
LONGER = 1.15
"""A read line up to so many times as long as the true one is compared whole; a longer one may hold several."""


@dataclass(frozen=True)
class Errors:
    """Counts of errors, and of what they are errors of.

    Attributes:
        characters, words: of the truth.
        strict: character edits, the page as one string in reading order.
        flexible: the same where lines may stand in any order.
        marks: letters among them whose diacritics alone are wrong.
        wrong_words: word edits in reading order.
    """

    characters: int = 0
    words: int = 0
    strict: int = 0
    flexible: int = 0
    wrong_words: int = 0
    marks: int = 0

    def __add__(self, other: Self) -> "Errors":
        """Return the sum over two texts."""
        return Errors(
            self.characters + other.characters,
            self.words + other.words,
            self.strict + other.strict,
            self.flexible + other.flexible,
            self.wrong_words + other.wrong_words,
            self.marks + other.marks,
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
    def dia(self) -> float:
        """Letters with wrong diacritics alone, per cent of the characters."""
        return 100 * self.marks / max(1, self.characters)

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
    return _errors(truth, read, flexible_errors(truth, _lines(read)))


def compare_paragraphs(truth: Sequence[str], read: str) -> Errors:
    """Return the errors of a page of whose truth nobody knows where lines break.

    Args:
        truth: paragraphs in reading order.
        read: what a reader made of them, lines parted by line feeds.
    """
    return _errors(truth, read, paragraph_errors(truth, _lines(read)))


def _errors(truth: Sequence[str], read: str, flexible: tuple[int, int]) -> Errors:
    expected, found = plain("\n".join(truth)), plain(read)
    return Errors(
        characters=len(expected),
        words=len(expected.split()),
        strict=Levenshtein.distance(expected, found),
        flexible=flexible[0],
        wrong_words=Levenshtein.distance(expected.split(), found.split()),
        marks=flexible[1],
    )


def _lines(read: str) -> list[str]:
    return read.replace("\f", "\n").split("\n")


def plain(text: str) -> str:
    """Return the text in the form in which texts are compared."""
    folded = unicodedata.normalize("NFC", text).translate(SAME)
    return " ".join(LEADERS.sub(" ", folded).split())


def flexible_errors(truth: Sequence[str], read: Sequence[str]) -> tuple[int, int]:
    """Return the character edits where each true line, the longest first, takes the read text that fits it best.

    What no line takes counts as too much, and a line that finds nothing like it as missing. The second number counts
    the letters among the edits whose diacritics alone are wrong.
    """
    left = [line for line in map(plain, read) if line]
    edits = marks = 0
    for line in sorted(filter(None, map(plain, truth)), key=len, reverse=True):
        taken = _take(line, left)
        edits += len(line) if taken is None else Levenshtein.distance(line, taken)
        marks += wrong_marks(line, taken or "")
    return edits + _visible(left), marks


def _visible(left: Sequence[str]) -> int:
    return sum(len(line.replace(" ", "")) for line in left)


def _take(line: str, left: list[str]) -> str | None:
    """Cut what fits `line` best out of the lines that are left; None where nothing does."""
    fits = [(_fit(line, other), index) for index, other in enumerate(left)]
    (edits, start, end), index = min(fits, key=lambda fit: (fit[0][0], fit[1]), default=((len(line), 0, 0), 0))
    if edits >= len(line):
        return None
    taken = left[index]
    left[index : index + 1] = _around(taken, start, end)
    return taken[start:end].strip()


def _around(text: str, start: int, end: int) -> list[str]:
    return [part for part in (text[:start].strip(), text[end:].strip()) if part]


def wrong_marks(line: str, read: str) -> int:
    """Return how many letters were taken for the same letter with other diacritics, or none."""
    swaps = (edit for edit in Levenshtein.editops(line, read) if edit.tag == "replace")
    pairs = ((line[edit.src_pos], read[edit.dest_pos]) for edit in swaps)
    return sum(bare(one) == bare(other) for one, other in pairs)


def bare(letter: str) -> str:
    """Return a letter without its diacritics."""
    parts = unicodedata.normalize("NFD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(BARRED)


def paragraph_errors(truth: Sequence[str], read: Sequence[str]) -> tuple[int, int]:
    """Return the same as `flexible_errors` where each read line, the longest first, takes its part of a paragraph.

    A line longer than a paragraph gives the paragraph its part instead; what is left of it is looked at again.
    """
    left = [text for text in map(plain, truth) if text]
    waiting = [(-len(line), number, line) for number, line in enumerate(map(plain, read)) if line]
    heapq.heapify(waiting)
    edits, marks, number = 0, 0, len(read)
    while waiting:
        line = heapq.heappop(waiting)[2]
        match = _best_part(line, left)
        if match is None:
            edits += _visible([line])
            continue
        true, found, rest = match
        edits, marks = edits + Levenshtein.distance(true, found), marks + wrong_marks(true, found)
        for part in rest:
            number += 1
            heapq.heappush(waiting, (-len(part), number, part))
    return edits + _visible(left), marks


def _best_part(line: str, left: list[str]) -> tuple[str, str, list[str]] | None:
    """Cut the part of a paragraph that is most like `line` out of what is left.

    Returns that part, the part of `line` that it is like, and what is left of `line`; None where nothing is like it.
    """
    best, kept = -LIKE * len(line), None
    for index, text in enumerate(left):
        short, long = (line, text) if len(line) <= len(text) else (text, line)
        edits, start, end = _within(short, long)
        if len(short) - 2 * edits > best:
            best, kept = len(short) - 2 * edits, (index, start, end)
    if kept is None:
        return None
    index, start, end = kept
    text = left[index]
    if len(line) <= len(text):
        left[index : index + 1] = _around(text, start, end)
        return text[start:end].strip(), line, []
    del left[index]
    return text, line[start:end].strip(), _around(line, start, end)


def _within(short: str, long: str) -> tuple[int, int, int]:
    place = fuzz.partial_ratio_alignment(short, long)
    if place is None:
        return len(short), 0, 0
    part = long[place.dest_start : place.dest_end].strip()
    return Levenshtein.distance(short, part), place.dest_start, place.dest_end


def _fit(line: str, other: str) -> tuple[int, int, int]:
    """Return edits, start and end of the part of `other` that is most like `line`."""
    if len(other) <= LONGER * len(line):
        return Levenshtein.distance(line, other), 0, len(other)
    place = fuzz.partial_ratio_alignment(line, other)
    if place is None:
        return len(line), 0, 0
    part = other[place.dest_start : place.dest_end].strip()
    return Levenshtein.distance(line, part), place.dest_start, place.dest_end
