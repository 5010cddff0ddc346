"""What a pen wrote: signatures and words in the gaps of forms."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from pipeline.layout.marks import Bounds, bounds_of, close, nearer, united
from pipeline.layout.sketch import Sketch
from schemas.geometry import Box
from schemas.layout import Region, RegionKind
from schemas.page import Page, Pixels
from schemas.units import MM_PER_INCH

WORD_GAP_MM, LINE_GAP_MM = 3.0, 0.6
SMALLEST_WORD_MM = 1.6
SIGNATURE_HEIGHT_MM, SIGNATURE_WIDTH_MM = 9.0, 16.0
STROKE_MM = 8.0
"""No letter of print is as high or as wide; where letters touch, the piece is filled with ink."""
SPARSE = 0.24
"""Share of its box that a pen's long stroke fills; letters that touch fill more."""
SLIMMEST_MM = 2.0
AT_SEAL_MM = 8.0
MOSTLY_BLUE = 0.5
PEN_GAP_MM = 3.0
FOOD_INK = 200

Pen = tuple[RegionKind, Bounds]


def find_pen(sketch: Sketch, seals: Sequence[Bounds], pictures: Sequence[Bounds]) -> list[Pen]:
    """Return signatures and handwriting, in pixels of the sketch."""
    blue, black = find_blue(sketch), find_strokes(sketch, seals)
    signed = [bounds for kind, bounds in blue if kind is RegionKind.SIGNATURE]
    signatures = united([*signed, *black], sketch.px(PEN_GAP_MM))
    words = [bounds for kind, bounds in blue if kind is RegionKind.HANDWRITING]
    pens: list[Pen] = [(RegionKind.SIGNATURE, bounds) for bounds in signatures]
    pens += [(RegionKind.HANDWRITING, bounds) for bounds in words if not _any_near(bounds, signatures)]
    return [(kind, bounds) for kind, bounds in pens if not _any_near(bounds, pictures)]


def find_blue(sketch: Sketch) -> list[Pen]:
    """Return what blue ink wrote on a page of black print."""
    ink = cv2.countNonZero(sketch.blue)
    if not ink or ink > MOSTLY_BLUE * cv2.countNonZero(sketch.ink | sketch.blue):
        return []
    joined = close(sketch.blue, sketch.px(WORD_GAP_MM), sketch.px(LINE_GAP_MM))
    groups = [group for group in bounds_of(joined) if max(group[2:]) >= SMALLEST_WORD_MM * sketch.mm]
    return [(_kind(sketch, group), group) for group in groups]


def _kind(sketch: Sketch, bounds: Bounds) -> RegionKind:
    _, _, width, height = bounds
    tall, wide = height / sketch.mm, width / sketch.mm
    large = tall >= SIGNATURE_HEIGHT_MM and wide >= SIGNATURE_WIDTH_MM / 2
    return RegionKind.SIGNATURE if large else RegionKind.HANDWRITING


def find_strokes(sketch: Sketch, seals: Sequence[Bounds]) -> list[Bounds]:
    """Return long thin strokes of black ink: signatures and what belongs to them."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(sketch.ink, connectivity=8)
    pieces = np.asarray(stats[1:], np.int64)
    short, long = pieces[:, 2:4].min(axis=1), pieces[:, 2:4].max(axis=1)
    sparse = pieces[:, 4] < SPARSE * pieces[:, 2] * pieces[:, 3]
    chosen = sparse & (long >= STROKE_MM * sketch.mm) & (short >= SLIMMEST_MM * sketch.mm)
    return [cast("Bounds", tuple(int(value) for value in piece[:4])) for piece in pieces[chosen]]


def ink_to_ignore(page: Page, regions: Sequence[Region]) -> Pixels:
    """Return where the food holds ink of pens and pictures, 255; print beside and beneath them is spared."""
    mask = np.zeros_like(page.food)
    for region in regions:
        if region.kind is RegionKind.PICTURE:
            _fill(mask, region.box.scaled(page.food_scale, page.food_scale))
        elif region.kind in {RegionKind.SIGNATURE, RegionKind.HANDWRITING}:
            _add_strokes(mask, page, region)
    return mask


def _fill(mask: Pixels, box: Box) -> None:
    mask[box.y0 : box.y1, box.x0 : box.x1] = 255


def _add_strokes(mask: Pixels, page: Page, region: Region) -> None:
    box, mm = region.box.scaled(page.food_scale, page.food_scale), page.resolution.x * page.food_scale / MM_PER_INCH
    crop = page.food[box.y0 : box.y1, box.x0 : box.x1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.inRange(crop, 0, FOOD_INK), connectivity=8)
    long = stats[:, 2:4].max(axis=1) >= STROKE_MM * 0.8 * mm
    long[0] = False
    mask[box.y0 : box.y1, box.x0 : box.x1] |= np.where(long, np.uint8(255), np.uint8(0))[labels]


def _any_near(bounds: Bounds, others: Sequence[Bounds]) -> bool:
    return any(nearer(bounds, other, 0) for other in others)
