"""What stands on a page beside print: seals, signatures, handwriting, pictures, places to fill in."""

from typing import cast

import cv2
import numpy as np

from pipeline.layout.handwriting import find_pen
from pipeline.layout.marks import Bounds, bounds_of, close, sized
from pipeline.layout.rulings import small_marks
from pipeline.layout.sketch import Sketch, make_sketch
from schemas.geometry import Box
from schemas.layout import Region, RegionKind
from schemas.page import LEADER, Page
from schemas.units import MM_PER_INCH

SEAL_GAP_MM = 2.5
SMALLEST_SEAL_MM, LARGEST_SEAL_MM = 7.5, 75.0
LONGEST_SEAL = 5.0
"""A stamp is at most so many times as wide as it is high: a line of red print is longer."""
LEAST_SEAL_INK = 0.05
SHADE = 215
"""A photo is darker than this nearly everywhere."""
PICTURE_GAP_MM = 1.2
SMALLEST_PICTURE_MM = 9.0
LEAST_PICTURE_INK = 0.8
LEADER_GAP_MM = 3.5
SHORTEST_LEADER_MM = 5.0


def find_regions(page: Page) -> tuple[Region, ...]:
    """Return what is no print on `page`, in pixels of its image, from top to bottom."""
    if page.blank:
        return ()
    sketch = make_sketch(page)
    seals, pictures = find_seals(sketch), find_pictures(sketch)
    regions = [
        *(Region(RegionKind.SEAL, sketch.box(seal)) for seal in seals),
        *(Region(RegionKind.PICTURE, sketch.box(picture)) for picture in pictures),
        *(Region(kind, sketch.box(pen)) for kind, pen in find_pen(sketch, seals, pictures)),
        *(Region(RegionKind.FILL_IN, leader) for leader in find_leaders(page)),
    ]
    return tuple(sorted(regions, key=lambda region: (region.box.y0, region.box.x0, region.kind)))


def find_seals(sketch: Sketch) -> list[Bounds]:
    """Return round and rectangular stamps of red ink."""
    if not sketch.red.any():
        return []
    groups = bounds_of(close(sketch.red, sketch.px(SEAL_GAP_MM), sketch.px(SEAL_GAP_MM)))
    return [group for group in groups if _is_seal(sketch, group)]


def _is_seal(sketch: Sketch, bounds: Bounds) -> bool:
    left, top, width, height = bounds
    short, long = sorted((width, height))
    ink = cv2.countNonZero(sketch.red[top : top + height, left : left + width])
    return (
        short >= SMALLEST_SEAL_MM * sketch.mm
        and long <= min(LARGEST_SEAL_MM * sketch.mm, LONGEST_SEAL * short)
        and ink >= LEAST_SEAL_INK * width * height
    )


def find_pictures(sketch: Sketch) -> list[Bounds]:
    """Return photographs, codes and large logos: places that are dark nearly everywhere."""
    dark = cv2.inRange(sketch.paper, 0, SHADE)
    gap = sketch.px(PICTURE_GAP_MM)
    solid = cv2.morphologyEx(
        close(cast("np.ndarray", dark), gap, gap), cv2.MORPH_OPEN, np.ones((sketch.px(7),) * 2, np.uint8)
    )
    groups = sized(bounds_of(solid), sketch.px(SMALLEST_PICTURE_MM))
    return [group for group in groups if _filled(solid, group) >= LEAST_PICTURE_INK]


def _filled(mask: cv2.typing.MatLike, bounds: Bounds) -> float:
    left, top, width, height = bounds
    return cv2.countNonZero(mask[top : top + height, left : left + width]) / (width * height)


def find_leaders(page: Page) -> list[Box]:
    """Return dotted and dashed lines to write on, in pixels of the page."""
    marks, scale = small_marks(page, LEADER)
    if not marks.any():
        return []
    mm = page.resolution.x / scale / MM_PER_INCH
    rows = bounds_of(close(marks, round(LEADER_GAP_MM * mm), 3))
    height, width = page.image.shape[:2]
    return [
        Box(round(x * scale), round(y * scale), min(round((x + w) * scale), width), min(round((y + h) * scale), height))
        for x, y, w, h in rows
        if w >= SHORTEST_LEADER_MM * mm
    ]
