"""Ink that is no print, pixel by pixel, so that print beside and beneath it is still read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from pipeline.layout.pen_strokes import find_crossing
from pipeline.layout.sketch import colours_of
from schemas.geometry import Box
from schemas.layout import Region, RegionKind
from schemas.page import Page, Pixels
from schemas.units import MM_PER_INCH

FOOD_INK = 200
MARGIN_MM = 0.8
LONG_MM = 6.4
"""Pieces as long as this are strokes of a pen, smaller ones in its box letters."""
AROUND_MM = 30.0
"""How far beside a pen or seal letters tell where lines of print run through it."""
LETTER_MM = (1.7, 5.2)
WIDEST_LETTER_MM = 12.0
ROW_MM = 1.2
FEWEST_LETTERS = 3
CLEAR_MM = 0.4
NEXT_MM = 2.2
"""Widest gap between letters and a piece that belongs to their line."""
DENSE = 0.25
"""A picture with less ink is a drawing, and may hold print between its lines."""
BLUE = 0.5
"""Share of a piece of ink that is blue where a pen wrote it."""
PENS = frozenset({RegionKind.SIGNATURE, RegionKind.HANDWRITING})
CROSSING_INK = 150
"""Letters that nearly touch are still apart in ink as dark as this."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Least:
    """What of a pen's ink in a line of print is part of a letter.

    Attributes:
        high: of the line's height.
        thick_mm: along its way.
    """

    high: float
    thick_mm: float


TOUCHED = Least(high=0.36, thick_mm=0.75)
"""A stroke that only crosses a line is thinner along its way; a letter with something across it is not."""
SEALED = Least(high=0.36, thick_mm=0)
FREED = Least(high=0.1, thick_mm=0)
"""Where long strokes are gone, small pieces of letters remain of what they crossed."""


@dataclass(frozen=True)
class Row:
    """A line of print beside a pen: from which pixel row to which, and where its letters are."""

    top: int
    bottom: int
    letters: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class Ignored:
    """Ink of the food that is not to be read.

    Attributes:
        ink: 255 where it is.
        disputed: 255 where of this ink a pen's stroke lies on letters, and parts of them may have gone with it.
    """

    ink: Pixels
    disputed: Pixels


def ink_to_ignore(page: Page, regions: Sequence[Region]) -> Ignored:
    """Return where the food holds ink of pens and pictures, and of seals on pages without colour.

    Print beside them is spared, and letters that they touch where these continue a line.
    """
    mask, disputed = np.zeros_like(page.food), np.zeros_like(page.food)
    mm = page.resolution.x * page.food_scale / MM_PER_INCH
    for region in regions:
        box = region.box.scaled(page.food_scale, page.food_scale)
        if region.kind is RegionKind.PICTURE and _is_dense(page.food, box):
            mask[box.y0 : box.y1, box.x0 : box.x1] = 255
        elif region.kind in PENS:
            _add_pen(Ignored(mask, disputed), page.food, _grown(box, page.food, mm), mm)
            _add_blue(mask, page, region.box, box)
        elif region.kind is RegionKind.PICTURE:
            _add(mask, page.food, _grown(box, page.food, mm), mm, within=None)
            _add_blue(mask, page, region.box, box)
        elif region.kind is RegionKind.SEAL and page.image.ndim == 2:
            _add(mask, page.food, box, mm, within=_disc(box))
    return Ignored(mask, cast("Pixels", cv2.bitwise_and(mask, disputed)))


def _is_dense(food: Pixels, box: Box) -> bool:
    part = food[box.y0 : box.y1, box.x0 : box.x1]
    return bool(part.size) and float((part < FOOD_INK).mean()) >= DENSE


def _add_blue(mask: Pixels, page: Page, place: Box, box: Box) -> None:
    """Add short pieces of ink in a region that are blue for the most part: numbers and words written into print.

    Long strokes cross letters, which `_add` spares.

    Args:
        mask: of the food.
        page: the page.
        place: the region in pixels of the page.
        box: the same in pixels of the food.
    """
    if page.image.ndim == 2 or not box.width or not box.height:
        return
    _, blue, _ = colours_of(page.image[place.y0 : place.y1, place.x0 : place.x1])
    near = cv2.resize(blue, (box.width, box.height), interpolation=cv2.INTER_AREA) > 0
    rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
    ink = cv2.inRange(page.food[rows, columns], 0, FOOD_INK)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    written = np.bincount(labels[near[: ink.shape[0], : ink.shape[1]]], minlength=len(stats)) > BLUE * stats[:, 4]
    written &= stats[:, 2:4].max(axis=1) < LONG_MM * page.resolution.x * page.food_scale / MM_PER_INCH
    written[0] = False
    mask[rows, columns][written[labels]] = 255


def _grown(box: Box, food: Pixels, mm: float) -> Box:
    """Return the box with a margin: boxes were found on a smaller picture."""
    by, (height, width) = round(MARGIN_MM * mm), food.shape
    return Box(max(0, box.x0 - by), max(0, box.y0 - by), min(width, box.x1 + by), min(height, box.y1 + by))


def _disc(box: Box) -> Pixels:
    disc = np.zeros((box.height, box.width), np.uint8)
    middle, axes = (box.width // 2, box.height // 2), (box.width // 2 + 3, box.height // 2 + 3)
    return cast("Pixels", cv2.ellipse(disc, middle, axes, 0, 0, 360, (255,), -1))


def _add_pen(ignored: Ignored, food: Pixels, box: Box, mm: float) -> None:
    """Add long strokes of a pen, and as little as can be of the print that they cross."""
    around = _around(box, food, mm)
    part, place = food[around.y0 : around.y1, around.x0 : around.x1], _within(box, around)
    ink = cast("Pixels", cv2.inRange(part, 0, FOOD_INK))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    whole = _long_pieces(labels, stats, place, mm)
    crossing = np.zeros_like(whole)
    dark = cv2.bitwise_and(whole[place], cv2.inRange(part[place], 0, CROSSING_INK))
    crossing[place] = find_crossing(cast("Pixels", dark), mm)
    pen = cast("Pixels", cv2.subtract(whole, crossing))
    _, _, freed, _ = cv2.connectedComponentsWithStats(cv2.subtract(ink, crossing), connectivity=8)
    strokes = whole.copy()
    for row in find_rows(freed, mm):
        _spare(pen, row, mm, FREED if crossing.any() else TOUCHED)
        _spare(strokes, row, mm, TOUCHED)
    there = slice(around.y0, around.y1), slice(around.x0, around.x1)
    ignored.ink[there] |= pen | crossing
    ignored.disputed[there] |= cast("Pixels", cv2.subtract(whole, strokes))


def _add(mask: Pixels, food: Pixels, box: Box, mm: float, within: Pixels | None) -> None:
    """Add the ink of one region: all of it `within`, else its long strokes."""
    around = _around(box, food, mm)
    ink = cast("Pixels", cv2.inRange(food[around.y0 : around.y1, around.x0 : around.x1], 0, FOOD_INK))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    place = _within(box, around)
    pen = _long_pieces(labels, stats, place, mm)
    if within is not None:
        pen[place] = cv2.bitwise_and(ink[place], within)
    for row in find_rows(stats[~_mostly(pen, labels, stats)], mm):
        _spare(pen, row, mm, TOUCHED if within is None else SEALED)
    mask[around.y0 : around.y1, around.x0 : around.x1] |= pen


def _within(box: Box, around: Box) -> tuple[slice, slice]:
    """Return where a box is in a wider one."""
    rows, columns = slice(box.y0 - around.y0, box.y1 - around.y0), slice(box.x0 - around.x0, box.x1 - around.x0)
    return rows, columns


def _long_pieces(labels: MatLike, stats: MatLike, place: tuple[slice, slice], mm: float) -> Pixels:
    """Return what lies in a place of pieces of ink that are too long for letters, 255."""
    long = stats[:, 2:4].max(axis=1) >= LONG_MM * mm
    long[0] = False
    pen = np.zeros(labels.shape, np.uint8)
    pen[place] = np.where(long, np.uint8(255), np.uint8(0))[labels[place]]
    return pen


def _around(box: Box, food: Pixels, mm: float) -> Box:
    """Return the box widened, so that it holds the letters beside it whole."""
    across, down, (height, width) = round(AROUND_MM * mm), round(LETTER_MM[1] * mm), food.shape
    return Box(max(0, box.x0 - across), max(0, box.y0 - down), min(width, box.x1 + across), min(height, box.y1 + down))


def _mostly(pen: Pixels, labels: MatLike, stats: MatLike) -> NDArray[np.bool_]:
    """Return which pieces lie for the most part where `pen` is."""
    marked = np.bincount(labels[pen > 0], minlength=len(stats))
    return np.asarray(marked > 0.5 * stats[:, 4])


def find_rows(stats: MatLike, mm: float) -> list[Row]:
    """Return the lines that letters stand in; `stats` holds left, top, width, height and area of pieces of ink."""
    high, wide = stats[:, 3], stats[:, 2]
    filled = stats[:, 4] > 0.2 * wide * high
    letters = stats[
        filled & (high >= LETTER_MM[0] * mm) & (high <= LETTER_MM[1] * mm) & (wide <= WIDEST_LETTER_MM * mm)
    ]
    groups: list[list[NDArray[np.int32]]] = []
    for letter in letters[np.argsort(letters[:, 1] + letters[:, 3])]:
        if groups and _foot(letter) - _foot(groups[-1][-1]) <= ROW_MM * mm / 2:
            groups[-1].append(letter)
        else:
            groups.append([letter])
    return [_row(np.asarray(group), mm) for group in groups if len(group) >= FEWEST_LETTERS]


def _foot(letter: NDArray[np.int32]) -> int:
    return int(letter[1] + letter[3])


def _row(letters: NDArray[np.int32], mm: float) -> Row:
    clear = round(CLEAR_MM * mm)
    top, bottom = int(letters[:, 1].min()) - clear, int(_median_foot(letters)) + 2 * clear
    return Row(max(0, top), bottom, tuple((int(left), int(left + wide)) for left, wide in letters[:, [0, 2]]))


def _median_foot(letters: NDArray[np.int32]) -> float:
    return float(np.median(letters[:, 1] + letters[:, 3]))


def _spare(pen: Pixels, row: Row, mm: float, least: Least) -> None:
    """Take out of `pen` what continues a line of print, letter by letter."""
    band = pen[row.top : row.bottom]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(band, connectivity=8)
    thick = stats[:, 4] >= least.thick_mm * mm * np.hypot(stats[:, 2], stats[:, 3])
    tall = (stats[:, 3] >= least.high * band.shape[0]) & thick
    waiting = [number for number in range(1, len(stats)) if tall[number]]
    known = list(row.letters)
    while found := [number for number in waiting if _follows(stats[number], known, NEXT_MM * mm)]:
        known += [(int(stats[number][0]), int(stats[number][0] + stats[number][2])) for number in found]
        waiting = [number for number in waiting if number not in found]
        band[np.isin(labels, found)] = 0


def _follows(piece: NDArray[np.int32], known: Sequence[Span], gap: float) -> bool:
    left, right = int(piece[0]), int(piece[0] + piece[2])
    return any(left <= end + gap and right >= start - gap for start, end in known)
