"""Numbers and days that a pen wrote into the head of a letter: "Số: … /UBND", "ngày … tháng"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.ocr.confidence import JudgedWord
from pipeline.ocr.crops import inked_columns, widest_gap
from pipeline.ocr.penmanship import is_odd_in_width, is_uneven, without
from pipeline.ocr.syllable import is_possible
from schemas.page import Pixels

LABEL: Final = "Số:"
NUMBER: Final = re.compile(rf"({LABEL})([^/]+)")
DAY: Final = re.compile(r"(ngày)(\w{1,3})(tháng)?")
DOUBTFUL, WIDE, OPEN = 0.6, 0.5, 0.12
"""Probability; heights of the line: gaps beside a day, and before the stroke of a number, that print has not."""
NEAR = 0.3
"""Heights of the line: so far from its share of a word a piece of it may end."""
LEAST = 2
"""So many signs of a pen have to come together."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Gap:
    """A place that is left open in a letter's head, and what stands there.

    Attributes:
        words: which of the line's words hold it.
        start, end: columns of what stands in it.
        printed: what is left of these words without it.
        probability: of what was read.
        loose: it stands nearer to its neighbours, or farther from them, than print does.
    """

    words: range
    start: int
    end: int
    printed: tuple[JudgedWord, ...]
    probability: float
    loose: bool


def without_pen(
    words: Sequence[JudgedWord], crop: Pixels, label: str = ""
) -> tuple[tuple[JudgedWord, ...], list[Span]]:
    """Return the words of a line that are printed, and the columns in which a pen wrote number or day.

    Args:
        words: of a line, or of a part of one.
        crop: of it.
        label: the word before it.
    """
    rest, spans = list(words), []
    for gap in reversed([*find_gaps(words, crop, label)]):
        if is_by_pen(gap, crop):
            rest[gap.words.start : gap.words.stop] = gap.printed
            spans.append((gap.start, gap.end))
    return tuple(rest), spans


def is_by_pen(gap: Gap, crop: Pixels) -> bool:
    """Decide whether a pen wrote what stands in a gap: several signs of it have to come together."""
    beside, own = without(crop, [(gap.start, gap.end)]), crop[:, gap.start : gap.end]
    signs = gap.loose + (gap.probability < DOUBTFUL)
    return signs + is_odd_in_width(own, beside) + is_uneven(own, beside) >= LEAST


def find_gaps(words: Sequence[JudgedWord], crop: Pixels, label: str = "") -> Iterator[Gap]:
    """Yield the places of a number and of days in a line, from left to right."""
    yield from _number(words, crop, label)
    texts = [word.text for word in words]
    for place, text in enumerate(texts):
        after = texts[place + 1 : place + 3]
        if found := DAY.fullmatch(text):
            if found[3] or after[:1] == ["tháng"]:
                yield _within(words[place], place, crop, found.groups())
        elif text == "ngày" and after[1:] == ["tháng"]:
            before, own, behind = words[place : place + 3]
            apart = max(own.start - before.end, behind.start - own.end)
            yield _whole(own, place + 1, loose=apart > WIDE * crop.shape[0])


def _number(words: Sequence[JudgedWord], crop: Pixels, label: str) -> Iterator[Gap]:
    """Yield the place of a letter's number, before the stroke that the short form of its sender follows."""
    texts = [word.text for word in words[:3]]
    if found := NUMBER.fullmatch("".join(texts[:1])):
        if texts[1:] and texts[1].startswith("/"):
            yield _within(words[0], 0, crop, found.groups())
    elif LABEL in (label, *texts[:1]):
        place = int(label != LABEL)
        if len(texts) > place + 1 and texts[place + 1].startswith("/") and "/" not in texts[place]:
            apart = words[place + 1].start - words[place].end
            yield _whole(words[place], place, loose=apart > OPEN * crop.shape[0])


def _whole(word: JudgedWord, place: int, *, loose: bool) -> Gap:
    return Gap(range(place, place + 1), word.start, word.end, (), word.probability, loose)


def _within(word: JudgedWord, place: int, crop: Pixels, pieces: Sequence[str | None]) -> Gap:
    """Return the gap in a word that runs together with what is printed before it, and perhaps behind it.

    Args:
        word: that holds all of it.
        place: of the word in its line.
        crop: of the line.
        pieces: what is printed, what stands in the gap, what is printed behind.
    """
    before, written, behind = (*(piece or "" for piece in pieces), "")[:3]
    stop, start = _cut(word, len(before), crop)
    end, rest = _cut(word, len(before + written), crop) if behind else (word.end, word.end)
    printed = [_piece(word, before, word.start, stop), _piece(word, behind, rest, word.end)]
    kept = tuple(piece for piece in printed if piece.text)
    return Gap(range(place, place + 1), start, end, kept, word.probability, loose=True)


def _piece(word: JudgedWord, text: str, start: int, end: int) -> JudgedWord:
    return replace(word, text=text, start=start, end=end, verified=False, impossible=not is_possible(text))


def _cut(word: JudgedWord, letters: int, crop: Pixels) -> Span:
    """Return the gap in the ink that is nearest to the end of so many letters of a word."""
    at = word.start + (word.end - word.start) * letters // len(word.text)
    near = round(NEAR * crop.shape[0])
    return widest_gap(inked_columns(crop), max(word.start, at - near), min(word.end, at + near))
