"""What a system's word on a page is worth: errors, verified lines, calibration, fields, blanks."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from rapidfuzz.distance import Indel

from bench.accuracy import Errors, compare, compare_paragraphs, plain
from bench.reading_told import Field, PageRead, PageTruth

BINS = 15
LOST = 0.6
"""A page with more errors than this share of its characters was read the wrong way up, or not at all."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts over pages; sums of scores are scores.

    Attributes:
        errors: of texts, pages with print on them only.
        lines, verified, exact: lines told word by word, those of verified words alone, and those of these that are
            printed so.
        bins: of confidence, each with words, the sum of their confidences, and right words.
        wanted, found, false: fields that are there; that were found of them; that were found and are not there.
        printed, lost, called_blank: pages with print on them, those of these that are no text, and no page it is said.
        askew: pages with print that a system says it turned, and turned wrongly.
        blanks, blanks_found, invented: blank pages, those that were known as such, characters read from them.
    """

    errors: Errors = field(default_factory=Errors)
    lines: int = 0
    verified: int = 0
    exact: int = 0
    bins: Mapping[int, tuple[int, float, int]] = field(default_factory=dict)
    wanted: int = 0
    found: int = 0
    false: int = 0
    printed: int = 0
    lost: int = 0
    called_blank: int = 0
    askew: int = 0
    blanks: int = 0
    blanks_found: int = 0
    invented: int = 0

    def __add__(self, other: Self) -> "Score":
        """Return the sum over both."""
        added = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        bins = {number: _summed(self.bins, other.bins, number) for number in {*self.bins, *other.bins}}
        return Score(**added, bins=bins)

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error over words, per cent: how far certainty and success are apart on average."""
        words = sum(count for count, _, _ in self.bins.values())
        apart = sum(abs(certain - right) for _, certain, right in self.bins.values())
        return 100 * apart / words if words else None


Bin = tuple[int, float, int]
"""Words, the sum of their confidences, and how many of them are right."""


def _summed(some: Mapping[int, Bin], more: Mapping[int, Bin], number: int) -> Bin:
    words, certain, right = some.get(number, (0, 0.0, 0))
    others, as_certain, as_right = more.get(number, (0, 0.0, 0))
    return words + others, certain + as_certain, right + as_right


COUNTS = tuple(name for name in Score.__dataclass_fields__ if name != "bins")


def score(truth: PageTruth, read: PageRead) -> Score:
    """Return what a system's word on one page is worth."""
    if not truth.lines:
        return Score(blanks=1, blanks_found=int(read.blank), invented=len(plain(read.text)))
    errors = (compare_paragraphs if truth.paragraphs else compare)(truth.lines, read.text)
    verified, exact = verified_lines(truth.lines, read.lines)
    found, false = fields_found(truth, read.fields or ())
    return Score(
        errors=errors,
        lines=len(read.lines),
        verified=verified,
        exact=exact,
        bins=reliability(truth.lines, read.lines),
        wanted=len(truth.fields) if read.fields is not None else 0,
        found=found,
        false=false,
        printed=1,
        lost=int(errors.flexible > LOST * errors.characters),
        called_blank=int(read.blank),
        askew=int(read.turned not in (None, truth.turned)),
    )


def verified_lines(truth: Sequence[str], read: Sequence[Sequence[tuple[str, float, bool]]]) -> tuple[int, int]:
    """Return how many lines are verified word by word, and how many of them are printed exactly so.

    A line may be part of a printed one, or hold several that follow each other.
    """
    printed = f" {plain(chr(10).join(truth))} "
    sure = [plain(" ".join(word for word, _, _ in line)) for line in read if line and all(known for *_, known in line)]
    return len(sure), sum(f" {line} " in printed for line in sure)


def reliability(
    truth: Sequence[str], read: Sequence[Sequence[tuple[str, float, bool]]]
) -> Mapping[int, tuple[int, float, int]]:
    """Return words, certainty and right words by bins of confidence."""
    told = [(plain(word), certain) for line in read for word, certain, _ in line]
    told = [(word, certain) for word, certain in told if word]
    right = right_words([part for line in truth for part in plain(line).split()], [word for word, _ in told])
    bins: dict[int, tuple[int, float, int]] = {}
    for (_, certain), is_right in zip(told, right, strict=True):
        number = min(BINS - 1, int(certain * BINS))
        count, sum_of, good = bins.get(number, (0, 0.0, 0))
        bins[number] = (count + 1, sum_of + certain, good + is_right)
    return bins


def right_words(truth: Sequence[str], read: Sequence[str]) -> list[bool]:
    """Return for each read word whether it is printed so in its place; whole stretches may stand elsewhere."""
    right = [False] * len(read)
    left_true = _matched(range(len(truth)), range(len(read)), truth, read, right)
    waiting = sorted(_stretches([n for n, good in enumerate(right) if not good]), key=len, reverse=True)
    for stretch in waiting:
        left_true = _matched(left_true, stretch, truth, read, right)
    return right


def _matched(
    places: Sequence[int], stretch: Sequence[int], truth: Sequence[str], read: Sequence[str], right: list[bool]
) -> list[int]:
    """Mark what of a stretch of read words stands in the same order among true words; return those that are left."""
    true_words, words = [truth[n] for n in places], [read[n] for n in stretch]
    taken: set[int] = set()
    for block in Indel.opcodes(true_words, words):
        if block.tag == "equal":
            taken.update(range(block.src_start, block.src_end))
            for n in range(block.dest_start, block.dest_end):
                right[stretch[n]] = True
    return [place for n, place in enumerate(places) if n not in taken]


def _stretches(places: Sequence[int]) -> Iterator[list[int]]:
    stretch: list[int] = []
    for place in places:
        if stretch and place != stretch[-1] + 1:
            yield stretch
            stretch = []
        stretch.append(place)
    if stretch:
        yield stretch


def fields_found(truth: PageTruth, found: Sequence[Field]) -> tuple[int, int]:
    """Return how many of the page's fields were found, and how many were found that are not there."""
    if not truth.knows_fields:
        return 0, 0
    left = Counter((name, comparable(name, value)) for name, value in truth.fields)
    may = Counter((name, comparable(name, value)) for name, value in truth.also)
    known = {name for name, _ in (*truth.fields, *truth.also)}
    right = false = 0
    for one in dict.fromkeys(found):
        key = (one.name, comparable(one.name, one.value))
        if left[key]:
            left[key] -= 1
            right += 1
        elif one.name in known and not may[key] and key not in {(n, comparable(n, v)) for n, v in truth.fields}:
            false += 1
    return right, false


def comparable(name: str, value: str) -> str:
    """Return a value in the form in which fields are compared: dates and numbers by their figures, names by words."""
    if name in ("issued_on", "born_on"):
        return _day(value)
    if name in ("identity_no", "tax_code", "amount"):
        return re.sub(r"\D", "", value)
    return " ".join(re.sub(r"[^\w/]+", " ", plain(value)).casefold().split())


def _day(value: str) -> str:
    figures = [int(part) for part in re.findall(r"\d+", value)]
    if len(figures) != 3:
        return value
    ordered = figures if figures[0] > 31 else figures[::-1]
    try:
        return date(*ordered).isoformat()
    except ValueError:
        return value
