"""Reading a page: every line by the first readers, doubtful lines by the rest, then one verdict on each word."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.confidence import JudgedWord, Jury, needs_more
from pipeline.ocr.handwritten import Left, without_handwriting
from pipeline.ocr.ink import Ink
from pipeline.ocr.rubbish import clean_words
from pipeline.ocr.second_look import other_looks, under_marks, worth
from pipeline.ports import LineReader
from schemas.geometry import Box
from schemas.layout import Layout, Region, RegionKind, TextLine
from schemas.page import RULE, Page, Pixels
from schemas.text import Line, LineReading, PageText, Word

ALWAYS = 3
"""So many readers are asked about every line; those after them only where these leave a doubt."""
CLOSE = 0.2
"""In heights of a word: a rule so close to it may have parted it from its first or last letter."""
DARK = 170
"""On white paper, print and its soft edges are darker than this."""


class Reading:
    """Reads pages line by line; satisfies `pipeline.ports.Recognizer`.

    Attributes:
        name: names and versions of all readers.
    """

    def __init__(self, readers: Sequence[LineReader], jury: Jury, missing: Sequence[str] = ()) -> None:
        """Take who reads.

        Args:
            readers: in the order in which they are asked; one at least.
            jury: decides between them.
            missing: readers that were wanted and are not here; every page says so.
        """
        self._readers = tuple(readers)
        self._jury = jury
        self._missing = tuple(missing)
        self.name = " + ".join(reader.version for reader in readers)

    def read(self, page: Page, layout: Layout) -> PageText:
        """Return the words of `page` in the order of its lines, boxes in pixels of `page.image`.

        Raises:
            RecognizerFailed: a reader ended without a result.
        """
        height, width = page.image.shape[:2]
        first = self._judge([line.crop for line in layout.lines])
        lines, judged = self._look_again(page, layout, first)
        left = without_handwriting(lines, judged, layout, page)
        placed = [placed_words(line, each.words, page) for line, each in zip(lines, left, strict=True)]
        return PageText(
            width=width,
            height=height,
            lines=tuple(Line(words) for words in joined(layout.lines, placed) if words),
            reader=self.name,
            missing=self._missing,
            tables=layout.tables,
            regions=(*layout.regions, *unread(layout.lines, judged, page), *handwritten(lines, left, page)),
        )

    def _judge(self, crops: Sequence[Pixels]) -> list[tuple[JudgedWord, ...]]:
        readings: list[dict[str, LineReading]] = [{} for _ in crops]
        everywhere = range(len(crops))
        for reader in self._readers[:ALWAYS]:
            self._ask(reader, crops, everywhere, readings)
        inks = [Ink.of(crop) for crop in crops]
        judged = [self._jury.judge(reading, ink) for reading, ink in zip(readings, inks, strict=True)]
        for reader in self._readers[ALWAYS:]:
            doubtful = [place for place in everywhere if needs_more(judged[place])]
            self._ask(reader, crops, doubtful, readings)
            for place in doubtful:
                judged[place] = self._jury.judge(readings[place], inks[place])
        return [clean_words(words) for words in judged]

    def _look_again(
        self, page: Page, layout: Layout, judged: Sequence[tuple[JudgedWord, ...]]
    ) -> tuple[list[TextLine], list[tuple[JudgedWord, ...]]]:
        """Return the lines and their words, those under a seal or pen as they are read best."""
        lines, best = list(layout.lines), list(judged)
        looks = [
            (place, look)
            for place in under_marks(page, layout)
            if needs_more(judged[place])
            for look in other_looks(lines[place], page)
        ]
        for (place, look), words in zip(looks, self._judge([look.crop for _, look in looks]), strict=True):
            if worth(words) > worth(best[place]):
                lines[place], best[place] = look, words
        return lines, best

    @staticmethod
    def _ask(
        reader: LineReader, crops: Sequence[Pixels], places: Sequence[int], readings: list[dict[str, LineReading]]
    ) -> None:
        for place, reading in zip(places, reader.read_lines([crops[place] for place in places]), strict=True):
            readings[place][reader.name] = reading


def joined(lines: Sequence[TextLine], words: Sequence[tuple[Word, ...]]) -> Iterator[tuple[Word, ...]]:
    """Yield the words of each line of text; its parts follow each other."""
    for _, parts in groupby(zip(lines, words, strict=True), key=lambda part: part[0].group):
        yield tuple(word for _, part in parts for word in part)


def placed_words(line: TextLine, words: Sequence[JudgedWord], page: Page) -> tuple[Word, ...]:
    """Return the words of a line with boxes on the page, around their ink.

    Where a rule ran through a word, a stroke may have gone with it: that word is for people.
    """
    dark, (left, top) = line.crop < DARK, line.origin
    inks = [ink_of(dark, word.start, word.end) for word in words]
    return tuple(
        Word(
            text=word.text,
            box=on_page(ink, line.origin, page),
            confidence=word.probability,
            verified=word.verified and not is_crossed(page, ink, left, top),
            readers=word.readers,
            impossible=word.impossible,
        )
        for word, ink in zip(words, inks, strict=True)
    )


def is_crossed(page: Page, ink: Box, left: int, top: int) -> bool:
    """Whether a rule was erased from a word at `left` and `top` of the food, or close before or behind it."""
    close = round(CLOSE * ink.height)
    x0, x1 = max(0, left + ink.x0 - close), max(0, left + ink.x1 + close)
    inside = page.rules[max(0, top + ink.y0) : max(0, top + ink.y1), x0:x1]
    return bool((inside == RULE).any())


def ink_of(dark: NDArray[np.bool_], start: int, end: int) -> Box:
    """Return the box around the ink between two columns of a crop; all of it where there is none."""
    start, end = min(start, dark.shape[1] - 1), max(start + 1, min(end, dark.shape[1]))
    part = dark[:, start:end]
    columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
    if not len(columns):
        return Box(start, 0, end, dark.shape[0])
    return Box(start + int(columns[0]), int(rows[0]), start + int(columns[-1]) + 1, int(rows[-1]) + 1)


def on_page(box: Box, origin: tuple[int, int], page: Page) -> Box:
    """Return a box of a crop in pixels of the delivered page, within its edges, a pixel large at least."""
    (tall, wide), (height, width) = page.food.shape, page.image.shape[:2]
    x, y = width / wide, height / tall
    x0 = min(max(0, round((box.x0 + origin[0]) * x)), width - 1)
    y0 = min(max(0, round((box.y0 + origin[1]) * y)), height - 1)
    x1 = min(width, round((box.x1 + origin[0]) * x))
    y1 = min(height, round((box.y1 + origin[1]) * y))
    return Box(x0, y0, max(x0 + 1, x1), max(y0 + 1, y1))


def unread(lines: Sequence[TextLine], judged: Sequence[Sequence[JudgedWord]], page: Page) -> list[Region]:
    """Return where there is ink of lines in which nobody read a word: a person may look, nothing is passed over."""
    return [
        Region(RegionKind.UNREAD, on_page(line.box, (0, 0), page))
        for line, words in zip(lines, judged, strict=True)
        if not words
    ]


def handwritten(lines: Sequence[TextLine], left: Sequence[Left], page: Page) -> Iterator[Region]:
    """Yield where a pen wrote what was taken for words."""
    for line, each in zip(lines, left, strict=True):
        for start, end in each.by_pen:
            yield Region(RegionKind.HANDWRITING, on_page(ink_of(line.crop < DARK, start, end), line.origin, page))
