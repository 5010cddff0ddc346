"""What stands on a page beside print: seals, signatures, handwriting, pictures, places to fill in."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from pipeline.layout.fill_in import find_fill_ins
from pipeline.layout.handwriting import find_pen
from pipeline.layout.marks import Bounds, bounds_of, close, crop, nearer, sized, within
from pipeline.layout.seals import find_seals
from pipeline.layout.sketch import Sketch, make_sketch
from schemas.layout import Region, RegionKind
from schemas.page import Page, Pixels

SHADE = 215
"""A photo is darker than this nearly everywhere."""
PICTURE_GAP_MM = 1.2
SMALLEST_PICTURE_MM = 9.0
LEAST_PICTURE_INK = 0.8
RED = 0.4
"""A place as red as this is a seal, however dark."""


def find_regions(page: Page) -> tuple[Region, ...]:
    """Return what is no print on `page`, in pixels of its image, from top to bottom."""
    if page.blank:
        return ()
    sketch = make_sketch(page)
    pictures = find_pictures(sketch)
    seals = [seal for seal in find_seals(sketch) if not any(within(seal, picture) for picture in pictures)]
    pens = [(kind, pen) for kind, pen in find_pen(sketch, seals) if not any(nearer(pen, each, 0) for each in pictures)]
    regions = [
        *(Region(RegionKind.SEAL, sketch.box(seal)) for seal in seals),
        *(Region(RegionKind.PICTURE, sketch.box(picture)) for picture in pictures if not _at(picture, seals)),
        *(Region(kind, sketch.box(pen)) for kind, pen in pens),
        *(Region(RegionKind.FILL_IN, leader) for leader in find_fill_ins(page)),
    ]
    return tuple(sorted(regions, key=lambda region: (region.box.y0, region.box.x0, region.kind)))


def find_pictures(sketch: Sketch) -> list[Bounds]:
    """Return photographs, codes and large logos: places that are dark nearly everywhere."""
    gap, least = sketch.px(PICTURE_GAP_MM), sketch.px(SMALLEST_PICTURE_MM)
    dark = close(cast("Pixels", cv2.inRange(sketch.paper, 0, SHADE)), gap, gap)
    solid = cast("Pixels", cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((least * 3 // 4,) * 2, np.uint8)))
    groups = sized(bounds_of(solid), least)
    return [
        group for group in groups if _filled(solid, group) >= LEAST_PICTURE_INK and _filled(sketch.red, group) < RED
    ]


def _at(bounds: Bounds, others: Sequence[Bounds]) -> bool:
    return any(within(bounds, other) for other in others)


def _filled(mask: Pixels, bounds: Bounds) -> float:
    return cv2.countNonZero(crop(mask, bounds)) / (bounds[2] * bounds[3])
