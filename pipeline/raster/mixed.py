"""A page in parts: its paper and shades at 200 dpi, inks of a colour under a mask, print as a stencil.

Each part alone is plain: a JPEG, or G4 codes in which ink is what fax calls black (K = -1, BlackIs1 false).
"""

from collections.abc import Iterator

import cv2
import numpy as np

from pipeline.raster.g4 import g4_stream
from pipeline.raster.ground import make_ground
from pipeline.raster.ink import Ink, find_ink, whitened
from pipeline.raster.inks import Inks, find_inks
from pipeline.raster.jpeg import jpeg
from pipeline.raster.paper import Sheet, look
from schemas.document import Coding, Part
from schemas.geometry import Box
from schemas.layout import Region
from schemas.page import Page, Pixels

GROUND_QUALITY = 45
COLOURS_QUALITY = 70
SAFER_QUALITY = 85


def split(page: Page, regions: tuple[Region, ...], safer: tuple[Box, ...] = ()) -> tuple[Part, ...]:
    """Return the parts of `page`, bottom first.

    Args:
        page: cleaned, grey or RGB.
        regions: what is on it beside print.
        safer: places that are to be as the page is, whatever it costs.
    """
    sheet = look(page.image, page.resolution.x)
    ink = find_ink(whitened(sheet), sheet.noise, sheet.dpi)
    inks = find_inks(sheet, ink)
    return (*_parts(sheet, ink, inks), *(_patch(page.image, box) for box in safer))


def _parts(sheet: Sheet, ink: Ink, inks: Inks | None) -> Iterator[Part]:
    whole = Box(0, 0, *sheet.size)
    covered = ink.mask
    if inks is not None:
        covered = covered.copy()
        there = covered[inks.box.y0 : inks.box.y1, inks.box.x0 : inks.box.x1]
        cv2.bitwise_or(there, inks.mask, dst=there)
    yield _picture(make_ground(sheet, covered), whole, GROUND_QUALITY)
    if inks is not None:
        yield _picture(inks.colours, inks.box, COLOURS_QUALITY, mask=_stencil(inks.mask, inks.box))
    if ink.contrast:
        yield _stencil(ink.mask, whole, tone(sheet.image, ink.mask))


def tone(image: Pixels, mask: Pixels) -> tuple[int, int, int]:
    """Return the colour of the ink under `mask`: the median of its inner pixels."""
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8))[1::2, 1::2] > 0
    held = image[1::2, 1::2][inner] if inner.any() else image[mask > 0]
    if not held.size:
        return 0, 0, 0
    middle = np.median(held.reshape(held.shape[0], -1), axis=0).astype(int).tolist()
    red, green, blue = middle if len(middle) == 3 else middle * 3
    return red, green, blue


def _picture(pixels: Pixels, box: Box, quality: int, mask: Part | None = None) -> Part:
    height, width = pixels.shape[:2]
    data = jpeg(pixels, quality)
    return Part(coding=Coding.JPEG, data=data, width=width, height=height, box=box, mask=mask, grey=pixels.ndim == 2)


def _stencil(mask: Pixels, box: Box, colour: tuple[int, int, int] | None = None) -> Part:
    height, width = mask.shape
    data = g4_stream(np.asarray(cv2.bitwise_not(mask), np.uint8))
    return Part(coding=Coding.CCITT_G4, data=data, width=width, height=height, box=box, colour=colour)


def _patch(image: Pixels, box: Box) -> Part:
    return _picture(np.ascontiguousarray(image[box.y0 : box.y1, box.x0 : box.x1]), box, SAFER_QUALITY)
