"""Which words of several readings of a line are readings of the same print: by text, then by where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from schemas.text import LineReading, ReadWord

SHARED = 0.4
"""Words stand beside each other if they share no more than this of the narrower one."""
Words = tuple[ReadWord, ...]
Cut = tuple[int, int]
"""Before which word of each of two readings the line may be cut."""


@dataclass(frozen=True)
class Spot:
    """The same piece of print in every reading.

    Attributes:
        readings: what each reader has there, in the order of the readers; more than one word where they
            part words differently, none where a reader saw nothing.
    """

    readings: tuple[Words, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What each reader has there, its words joined by single spaces."""
        return tuple(" ".join(word.text for word in words) for words in self.readings)

    @property
    def agreed(self) -> bool:
        """Whether all readers have the same there."""
        return len(set(self.texts)) == 1


def align(readings: Sequence[LineReading]) -> tuple[Spot, ...]:
    """Return the spots of the line from left to right; every word of every reading is in exactly one."""
    base, *others = [reading.words for reading in readings]
    if not others:
        return tuple(Spot(((word,),)) for word in base)
    borders = _common([_cuts(base, other) for other in others])
    everyone = [base, *others]
    return tuple(
        Spot(tuple(words[begin:end] for words, begin, end in zip(everyone, first, last, strict=True)))
        for first, last in pairwise(borders)
    )


def _common(all_cuts: list[list[Cut]]) -> list[tuple[int, ...]]:
    """Return the cuts that every pair of readings allows: before which word of the first and of each other reading."""
    borders: list[tuple[int, ...]] = []
    for place in sorted(set.intersection(*({base for base, _ in cuts} for cuts in all_cuts))):
        spans = [[other for base, other in cuts if base == place] for cuts in all_cuts]
        borders.append((place, *(span[0] for span in spans)))
        if any(len(span) > 1 for span in spans):
            borders.append((place, *(span[-1] for span in spans)))
    return borders


def _cuts(base: Words, other: Words) -> list[Cut]:
    """Return where both readings may be cut, the beginning and the end among them."""
    left, right = [word.text for word in base], [word.text for word in other]
    if left == right:
        return [(place, place) for place in range(len(left) + 1)]
    cuts = {(0, 0), (len(left), len(right))}
    for kind, begin, end, first, last in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        cuts |= {(begin, first), (end, last)}
        if kind == "equal":
            cuts |= {(begin + step, first + step) for step in range(end - begin)}
        elif kind == "replace":
            inner = _cuts_between(base[begin:end], other[first:last])
            cuts |= {(begin + ours, first + theirs) for ours, theirs in inner}
    return _rising(sorted(cuts))


def _rising(cuts: list[Cut]) -> list[Cut]:
    """Return the cuts that do not cross one before them."""
    kept: list[Cut] = []
    for cut in cuts:
        if not kept or cut[1] >= kept[-1][1]:
            kept.append(cut)
    return kept


def _cuts_between(base: Words, other: Words) -> Iterator[Cut]:
    """Yield where words that differ may be cut: one by one if they are as many, else where both have a gap."""
    if len(base) == len(other):
        yield from ((place, place) for place in range(1, len(base)))
        return
    for ours in range(len(base) + 1):
        for theirs in range(len(other) + 1):
            if 0 < ours + theirs < len(base) + len(other) and _parted(base, other, ours, theirs):
                yield ours, theirs


def _parted(base: Words, other: Words, ours: int, theirs: int) -> bool:
    """Whether no word before the cut reaches behind the begin of one that is after it in the other reading."""
    return not (_cross(base[:ours], other[theirs:]) or _cross(other[:theirs], base[ours:]))


def _cross(before: Words, behind: Words) -> bool:
    """Whether the last word of the former ends behind the beginning of the latter's first, by more than a little."""
    if not before or not behind:
        return False
    left, right = before[-1], behind[0]
    narrower = min(left.end - left.start, right.end - right.start)
    return left.end - right.start > SHARED * narrower
