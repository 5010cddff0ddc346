"""Another look at a doubtful line under a seal or a pen: what is paler than its print is taken for paper."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from pipeline.ocr.confidence import JudgedWord
from pipeline.ocr.crops import INK
from schemas.geometry import Box
from schemas.layout import Layout, RegionKind, TextLine
from schemas.page import Page, Pixels

MARKS: Final = frozenset({RegionKind.SEAL, RegionKind.SIGNATURE, RegionKind.HANDWRITING})
DARKEST = 10
"""Per cent of a line's ink that is as dark as print, however much of a seal there is."""
FEWEST = 20
PALE = 0.6
"""Of the way from print to paper: ink that far is no print."""
INVENTED = 0.25
"""What a letter that is probably wrong costs, beside one that is right."""
BESIDE = 2.5
"""Heights of a line: so far beyond its ends letters may be that a pen has hidden."""


def under_marks(page: Page, layout: Layout) -> Iterator[int]:
    """Yield the numbers of the lines that a seal or a pen touches."""
    scale = page.food_scale
    marks = [region.box.scaled(scale, scale) for region in layout.regions if region.kind in MARKS]
    for number, line in enumerate(layout.lines):
        if any(_meet(line.box, mark) for mark in marks):
            yield number


def _meet(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def other_looks(line: TextLine, page: Page) -> Iterator[TextLine]:
    """Yield a line as its print alone may look: as it was cut, with strokes on it, with all that stands there."""
    yield replace(line, crop=cleared(line.crop))
    if line.crossed is not None:
        yield replace(line, crop=line.crossed)
    (left, top), (height, width) = line.origin, line.crop.shape
    beside = round(BESIDE * line.box.height)
    x0, y0 = max(0, left - beside), max(0, top)
    raw = page.food[y0 : top + height, x0 : left + width + beside]
    if raw.size:
        yield replace(line, crop=cleared(raw), origin=(x0, y0))


def cleared(crop: Pixels) -> Pixels:
    """Return a crop in which whatever is much paler than its print is white, and print as dark as ever."""
    ink = crop[crop < INK]
    if ink.size < FEWEST:
        return crop
    dark = float(np.percentile(ink, DARKEST))
    paper = dark + PALE * (255 - dark)
    return np.asarray(np.clip((crop - dark) * (255 / (paper - dark)), 0, 255), np.uint8)


def worth(words: Sequence[JudgedWord]) -> float:
    """Return how many letters of a reading are probably right, less a part of the others: none read is no gain."""
    return sum((word.probability - INVENTED * (1 - word.probability)) * len(word.text) for word in words)
