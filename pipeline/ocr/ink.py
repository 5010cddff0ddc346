"""Where the ink of a line stands: whether words are parted by a space, and whether all ink has been read.

A space is seen, not guessed: readers lose it behind a comma, and miss words without a trace in their text.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from statistics import median
from typing import Self

from pipeline.ocr.signs import SIGNS, Pieces
from schemas.page import Pixels
from schemas.text import LineReading, ReadWord

BEHIND = ",;:."
"""Signs that a space follows, and behind which readers lose it."""
BEHIND_IN_NUMBERS = ",;:"
REAL_SPACE = 0.7
"""Of the line's usual space: a gap behind a sign that is as wide is one, too."""
FEW = 3
"""Spaces from which a line shows how wide they usually are."""
USUAL_SPACE = 0.3
"""The same in heights of the crop, for lines that do not show it."""
LETTERS_OFF = 1.3
"""A gap is behind a sign if it is so many letters or fewer away from where the sign should stand."""
ALIKE = 0.6
"""Of the letters of two readings of the same words so many are the same, or they are not of the same words."""
HALF, MOST_SPACES = 0.5, 2.0
"""Of the usual space: from which a gap speaks for one; what is wider says no more."""
Run = tuple[int, int]


@dataclass(frozen=True)
class Ink:
    """The columns of a crop that hold ink.

    Attributes:
        runs: of such columns from left to right, ends exclusive; none: not known.
        height: of the crop.
        pieces: that the ink consists of; none: not known.
    """

    runs: tuple[Run, ...] = ()
    height: int = 0
    pieces: Pieces = field(default_factory=Pieces)

    @classmethod
    def of(cls, crop: Pixels) -> Self:
        """Return where the ink of a crop stands."""
        return cls.made_of(Pieces.of(crop), crop.shape[0])

    @classmethod
    def made_of(cls, pieces: Pieces, height: int) -> Self:
        """Return the ink that consists of these pieces."""
        runs: list[Run] = []
        for start, _, end, _ in pieces.boxes:
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
            else:
                runs.append((start, end))
        return cls(tuple(runs), height, pieces)

    def gaps(self, start: int, end: int) -> list[Run]:
        """Return the gaps between the runs of ink that begin and end within these columns."""
        first = bisect_left(self.runs, (start, 0))
        last = bisect_right(self.runs, end, key=lambda run: run[1])
        return [(left[1], right[0]) for left, right in pairwise(self.runs[first:last])]

    def widest_gap(self, start: int, end: int) -> int:
        """Return how wide the widest gap within these columns is."""
        return max((right - left for left, right in self.gaps(start, end)), default=0)

    def columns(self, start: int, end: int) -> int:
        """Return how many of these columns hold ink."""
        first = bisect_right(self.runs, start, key=lambda run: run[1])
        last = bisect_left(self.runs, (end, 0))
        return sum(min(end, right) - max(start, left) for left, right in self.runs[first:last])


@dataclass(frozen=True)
class Spacing:
    """The ink of a line beside how wide its spaces are.

    Attributes:
        ink: of its crop.
        space: columns.
    """

    ink: Ink = Ink()
    space: float = 1.0

    @classmethod
    def of(cls, ink: Ink, readings: Sequence[LineReading]) -> Self:
        """Return the spacing of a line, whose spaces are about as wide as most of its readings' ones."""
        seen = [
            right.start - left.end
            for reading in readings
            for left, right in pairwise(reading.words)
            if right.start > left.end
        ]
        usual = median(seen) if len(seen) >= FEW * len(readings) else USUAL_SPACE * ink.height
        return cls(ink, max(1.0, usual))

    def inner_gap(self, word: ReadWord) -> float:
        """Return how wide the widest gap within a word is, in spaces: where a word was overlooked, it is one."""
        return min(MOST_SPACES, self.ink.widest_gap(word.start, word.end) / self.space)

    def sign_seen(self, word: ReadWord) -> int:
        """Return 1 where the ink shows the sign or letter that a word ends with, -1 another, 0 where it tells none."""
        stated = word.text[-1] if word.text[-1] in SIGNS else ""
        if not (stated or word.text[-1].isalnum()):
            return 0
        seen = self.ink.pieces.sign_at(word.start, round(word.end + HALF * self.space))
        return 0 if seen is None else (1 if seen == stated else -1)

    def marks_seen(self, word: ReadWord) -> float:
        """Return how many pieces stand above or below the letters of a word; without end where its ink is not known."""
        return self.ink.pieces.marks(word.start, word.end) if self.ink.pieces.boxes else math.inf

    def parting(self, words: Sequence[ReadWord]) -> float:
        """Return how much speaks for these words' spaces: wide gaps between words, and none within."""
        between = (min(MOST_SPACES, (right.start - left.end) / self.space) for left, right in pairwise(words))
        return sum(gap - HALF for gap in between) - sum(max(0.0, self.inner_gap(word) - HALF) for word in words)


def spaced(reading: LineReading, spacing: Spacing) -> LineReading:
    """Return the reading with words parted behind a sign where the ink has a space."""
    return LineReading(tuple(part for word in reading.words for part in _parted(word, spacing)))


def parted_like(reading: LineReading, others: Sequence[LineReading], spacing: Spacing) -> LineReading:
    """Return the reading with words parted at wide gaps that others part words at: label and value stand apart."""
    words = [part for word in reading.words for part in _parted_like(word, others, spacing)]
    return reading if len(words) == len(reading.words) else LineReading(tuple(words))


def _parted_like(word: ReadWord, others: Sequence[LineReading], spacing: Spacing) -> Sequence[ReadWord]:
    if spacing.inner_gap(word) < REAL_SPACE:
        return (word,)
    for other in others:
        beneath = [each for each in other.words if word.start < (each.start + each.end) / 2 < word.end]
        gaps = [(left.end, right.start) for left, right in pairwise(beneath)]
        parted = all(
            spacing.ink.widest_gap(left.start, right.end) >= REAL_SPACE * spacing.space
            for left, right in pairwise(beneath)
        )
        cuts = cuts_like(word.text, [each.text for each in beneath]) if gaps and parted else []
        if cuts:
            edges = [word.start, *(x for gap in gaps for x in gap), word.end]
            texts = [word.text[start:end] for start, end in pairwise([0, *cuts, len(word.text)])]
            sides = zip(edges[::2], edges[1::2], strict=True)
            return [replace(word, text=text, start=x0, end=x1) for text, (x0, x1) in zip(texts, sides, strict=True)]
    return (word,)


def cuts_like(text: str, words: Sequence[str]) -> list[int]:
    """Return before which letters a text is to be cut so that its parts are like these words; none: it is not like."""
    alike = SequenceMatcher(None, "".join(words), text, autojunk=False)
    if alike.ratio() < ALIKE:
        return []
    ends = list(accumulate(map(len, words)))[:-1]
    cuts = [_matching(end, alike) for end in ends]
    return cuts if all(left < right for left, right in pairwise([0, *cuts, len(text)])) else []


def _matching(place: int, alike: SequenceMatcher[str]) -> int:
    """Return the place in the second text that belongs to one in the first."""
    _, _, end, start, stop = next(block for block in alike.get_opcodes() if block[2] >= place)
    return max(start, stop - (end - place))


def _parted(word: ReadWord, spacing: Spacing) -> Iterator[ReadWord]:
    """Yield the parts of a word that the ink has spaces between."""
    signs = [place + 1 for place, pair in enumerate(pairwise(word.text)) if _may_part(*pair)]
    gaps = spacing.ink.gaps(word.start, word.end) if signs else []
    wide = [gap for gap in gaps if gap[1] - gap[0] >= REAL_SPACE * spacing.space]
    begun, start = 0, word.start
    for place, gap in _behind(signs, wide, word):
        if place > begun:
            yield replace(word, text=word.text[begun:place], start=start, end=gap[0])
            begun, start = place, gap[1]
    yield replace(word, text=word.text[begun:], start=start)


def _may_part(sign: str, follower: str) -> bool:
    """Whether a space may have been lost between two characters; a point before a digit stands within a number."""
    return (sign in BEHIND and follower.isalpha()) or (sign in BEHIND_IN_NUMBERS and follower.isdigit())


def _behind(signs: Sequence[int], wide: Sequence[Run], word: ReadWord) -> Iterator[tuple[int, Run]]:
    """Yield before which letter of the word the wide gaps are, of those that are behind a sign."""
    inked = word.end - word.start - sum(right - left for left, right in wide)
    passed = 0
    for left, right in wide:
        at = (left - word.start - passed) / max(1, inked) * len(word.text)
        passed += right - left
        nearest = min(signs, key=lambda sign: abs(sign - at))
        if abs(nearest - at) <= LETTERS_OFF:
            yield nearest, (left, right)


def spread(words: Sequence[ReadWord]) -> float:
    """Return how wide a letter of these words is on average, as a logarithm."""
    letters = sum(len(word.text) for word in words)
    return math.log(max(1, sum(word.end - word.start for word in words)) / max(1, letters))
