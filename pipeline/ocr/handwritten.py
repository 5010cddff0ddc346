"""Words that a pen wrote into the gaps of forms and heads: no reader reads them, and no guess of theirs is text.

Where print is read surely, a value that readers make nothing of was not printed: in a place to write on that is
enough; elsewhere its ink has to look like a pen's, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np

from pipeline.ocr.confidence import JudgedWord
from pipeline.ocr.heads import Span, without_pen
from pipeline.ocr.penmanship import is_leaning, without
from pipeline.ocr.second_look import MARKS
from schemas.geometry import Box
from schemas.layout import Layout, RegionKind, TextLine
from schemas.page import Page
from schemas.units import MM_PER_INCH

UNSURE, UNREADABLE = 0.5, 0.3
"""Probability of its letters below which a value may be a pen's, and where a pen is expected, is one."""
SURE = 0.8
"""The same of all words of a page whose print is read surely."""
BESIDE_MM, ABOVE_MM, BELOW_MM = 1.0, 2.5, 4.0
"""So far beside a place to write on the middle of a word may be, so far above and below it its line may end."""
FEWEST_LETTERS = 3
FEWEST_SIGNS = 2
"""Letters and digits of a line of print in a seal or signature; fewer are strokes of these."""


@dataclass(frozen=True)
class Said:
    """A word and where it stands.

    Attributes:
        part: number of the line that it is in.
        left, right: columns of the food.
        in_gap: it stands in a place to write on.
    """

    part: int
    word: JudgedWord
    left: int
    right: int
    in_gap: bool

    @property
    def is_label(self) -> bool:
        """Whether a value follows it."""
        return self.word.text.endswith(":")


@dataclass(frozen=True)
class Left:
    """What is left of a line.

    Attributes:
        words: that are printed.
        by_pen: columns of its crop in which a pen wrote.
    """

    words: tuple[JudgedWord, ...]
    by_pen: tuple[Span, ...]


def without_handwriting(
    lines: Sequence[TextLine], judged: Sequence[Sequence[JudgedWord]], layout: Layout, page: Page
) -> list[Left]:
    """Return what is left of each line when what a pen wrote is left to people.

    Args:
        lines: as they were read; those of one group follow each other.
        judged: the words of each line.
        layout: with the places to write on.
        page: the lines are from.
    """
    rest = {id(word) for word in strokes(lines, judged, layout, page)}
    if surety_of(list(chain.from_iterable(judged))) < SURE:
        return [_left(words, (), rest) for words in judged]
    values = find_values(said(lines, judged, gaps_of(layout, page)), lines)
    rest |= {id(each.word) for value in values if is_by_pen(value, lines) for each in value}
    labels = ["", *(words[-1].text if words else "" for words in judged)]
    heads = [without_pen(words, line.crop, label) for line, words, label in zip(lines, judged, labels, strict=False)]
    return [_left(words, spans, rest) for words, spans in heads]


def _left(words: Sequence[JudgedWord], by_pen: Sequence[Span], written: set[int]) -> Left:
    printed = tuple(word for word in words if id(word) not in written)
    return Left(printed, (*by_pen, *_joined([word for word in words if id(word) in written])))


def _joined(words: Sequence[JudgedWord]) -> list[Span]:
    return [(words[0].start, max(word.end for word in words))] if words else []


def gaps_of(layout: Layout, page: Page) -> list[Box]:
    """Return the places to write on, with what may stand on them, in pixels of the food."""
    mm = page.resolution.x * page.food_scale / MM_PER_INCH
    beside, above, below = (round(length * mm) for length in (BESIDE_MM, BELOW_MM, ABOVE_MM))
    rules = [region.box for region in layout.regions if region.kind is RegionKind.FILL_IN]
    boxes = [box.scaled(page.food_scale, page.food_scale) for box in rules]
    return [Box(box.x0 - beside, box.y0 - above, box.x1 + beside, box.y1 + below) for box in boxes]


def said(lines: Sequence[TextLine], judged: Sequence[Sequence[JudgedWord]], gaps: Sequence[Box]) -> Iterator[Said]:
    """Yield all words; those stand in a gap whose line ends at its height, and their middle between its ends."""
    for part, (line, words) in enumerate(zip(lines, judged, strict=True)):
        level = [gap for gap in gaps if gap.y0 <= line.box.y1 <= gap.y1]
        for word in words:
            left, right = line.origin[0] + word.start, line.origin[0] + word.end
            in_gap = any(gap.x0 <= (left + right) / 2 < gap.x1 for gap in level)
            yield Said(part, word, left, right, in_gap)


def strokes(
    lines: Sequence[TextLine], judged: Sequence[Sequence[JudgedWord]], layout: Layout, page: Page
) -> Iterator[JudgedWord]:
    """Yield the words of lines that are no more than a stroke of the seal or signature that they lie in."""
    marks = [region.box.scaled(page.food_scale, page.food_scale) for region in layout.regions if region.kind in MARKS]
    for _, parts in groupby(zip(lines, judged, strict=True), key=lambda part: part[0].group):
        whole = list(parts)
        words = [word for _, some in whole for word in some]
        signs = sum(sign.isalnum() for word in words for sign in word.text)
        if signs < FEWEST_SIGNS and all(any(_holds(mark, line.box) for mark in marks) for line, _ in whole):
            yield from words


def _holds(mark: Box, box: Box) -> bool:
    return mark.x0 < (box.x0 + box.x1) / 2 < mark.x1 and mark.y0 < (box.y0 + box.y1) / 2 < mark.y1


def find_values(words: Iterator[Said], lines: Sequence[TextLine]) -> Iterator[list[Said]]:
    """Yield what follows each label, and what stands in gaps, up to the next label or the end of the line of text."""
    for _, line in groupby(words, key=lambda each: lines[each.part].group):
        pieces = [(is_label, list(piece)) for is_label, piece in groupby(line, key=lambda each: each.is_label)]
        for place, (is_label, piece) in enumerate(pieces):
            if not is_label:
                behind = pieces[place + 1][1][0] if place + 1 < len(pieces) else None
                yield _value(piece, labelled=place > 0, behind=behind)


def _value(piece: list[Said], *, labelled: bool, behind: Said | None) -> list[Said]:
    """Return a piece without print that is no value: before its gap, or what begins the next label `behind` it."""
    own = [place for place, each in enumerate(piece) if each.in_gap]
    if not own and not labelled:
        return []
    start, last = (0 if labelled else own[0]), (own[-1] if own else 0)
    if behind is None:
        return piece[start:]
    ends = [*piece[last + 1 :], behind]
    spaces = [after.left - each.right for each, after in zip(piece[last:], ends, strict=True)]
    return piece[start : last + 1 + spaces.index(max(spaces))]


def is_by_pen(value: Sequence[Said], lines: Sequence[TextLine]) -> bool:
    """Decide whether a value is what readers made of handwriting, on a page whose print they are sure of."""
    words = [each.word for each in value]
    surety = surety_of(words)
    if surety >= UNSURE or sum(len(word.text) for word in words) < FEWEST_LETTERS:
        return False
    expected = surety < UNREADABLE and len(words) > 1 and all(each.in_gap for each in value)
    return expected or _leans(value, lines)


def _leans(value: Sequence[Said], lines: Sequence[TextLine]) -> bool:
    """Whether the letters of a value lean as those beside it, or upright letters, do not."""
    part = value[0].part
    spans = [(each.word.start, each.word.end) for each in value if each.part == part]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    crop = lines[part].crop
    return is_leaning(crop[:, start:end], without(crop, [(start, end)]))


def surety_of(words: Sequence[JudgedWord]) -> float:
    """Return the probability of the words' letters; 1 where there are none."""
    letters = [len(word.text) for word in words]
    return float(np.average([word.probability for word in words], weights=letters)) if letters else 1.0
