"""Stamps of arrival (dấu công văn đến): small ruled boxes beside the head of a letter, for numbers and dates by hand.

Their rules look like a table's. A table does not begin in the margin and end before the middle of the page, and a box
for a photo is higher than wide.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from pipeline.layout.ink import DARK
from pipeline.layout.marks import bounds_of, close
from pipeline.layout.rulings import Rulings, find_rulings, small_ink
from schemas.geometry import Box
from schemas.layout import Table
from schemas.page import Page, Pixels
from schemas.units import MM_PER_INCH

WIDE_MM, HIGH_MM = (30.0, 95.0), (10.0, 45.0)
FLAT = 1.4
"""A stamp is at least so many times as wide as high."""
LOWEST = 0.5
"""Of the page's height: a stamp ends above."""
MARGIN_MM = 10.0
"""A stamp begins so far left of the text."""
TEXT_MM, SPACE_MM = 90.0, 4.0
"""Lines of text are so long, words no farther apart."""
WHITE = 255
FRAME_MM = 8.0
"""Rules of a stamp are no farther from the part of it that looks like a table."""


def find_stamps(page: Page, tables: Sequence[Table]) -> dict[Table, Box]:
    """Return those of `tables` that are stamps, and the whole place of each, in pixels of the page."""
    small = [table for table in tables if _is_sized(table.box, page)]
    if not small:
        return {}
    start = text_start(page)
    return {table: _whole(table.box, page) for table in small if table.box.x0 < start}


def _is_sized(box: Box, page: Page) -> bool:
    mm = page.resolution.x / MM_PER_INCH
    wide, high = (low * mm <= side <= most * mm for side, (low, most) in ((box.width, WIDE_MM), (box.height, HIGH_MM)))
    return wide and high and box.width >= FLAT * box.height and box.y1 < LOWEST * page.image.shape[0]


def text_start(page: Page) -> float:
    """Return left of which nothing of the text begins, in pixels of the page; 0 where it has no long lines."""
    ink = small_ink(page)
    scale = page.image.shape[1] / ink.shape[1]
    mm = page.resolution.x / scale / MM_PER_INCH
    rows = bounds_of(close(ink, round(SPACE_MM * mm), 1))
    starts = [left for left, _, width, _ in rows if width >= TEXT_MM * mm]
    return (float(np.median(starts)) - MARGIN_MM * mm) * scale if starts else 0.0


def _whole(box: Box, page: Page) -> Box:
    """Return the box around a stamp's rules: of worn ones only some look like a table."""
    rulings = find_rulings(page)
    return Box.around([box, *_near(box, rulings)])


def _near(box: Box, rulings: Rulings) -> Iterator[Box]:
    """Yield the places of rules whose middle is in the box or close to it, and that are no longer than a stamp."""
    edge, most = (length * rulings.mm for length in (FRAME_MM, WIDE_MM[1]))
    x0, y0, x1, y1 = (side / rulings.scale for side in box.as_list())
    for stroke, upright in [*((each, False) for each in rulings.level), *((each, True) for each in rulings.upright)]:
        x, y = (stroke.start + stroke.end) / 2, stroke.at
        across, along = (0.0, stroke.length / 2) if upright else (stroke.length / 2, 0.0)
        x, y = (y, x) if upright else (x, y)
        if stroke.length <= most and x0 - edge <= x <= x1 + edge and y0 - edge <= y <= y1 + edge:
            corners = (max(0.0, x - across), max(0.0, y - along), x + across, y + along)
            yield Box(*(round(corner * rulings.scale) for corner in corners))


def without_stamps(food: Pixels, stamps: Sequence[Box], mm: float) -> Pixels:
    """Return the food without the ink of stamps; letters of text that reach into one stay.

    Args:
        food: grey, black on white.
        stamps: their places, in pixels of the food.
        mm: pixels per millimetre.
    """
    clean = food.copy() if stamps else food
    for box in stamps:
        edge = round(FRAME_MM * mm)
        place = np.s_[max(0, box.y0 - edge) : box.y1 + edge, max(0, box.x0 - edge) : box.x1 + edge]
        part = clean[place]
        _, labels, _, middles = cv2.connectedComponentsWithStats(cv2.inRange(part, 0, DARK - 1), connectivity=8)
        x, y = middles[:, 0] + place[1].start, middles[:, 1] + place[0].start
        own = (box.x0 <= x) & (x < box.x1) & (box.y0 <= y) & (y < box.y1)
        own[0] = False
        part[cv2.dilate(own[labels].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = WHITE
    return clean
