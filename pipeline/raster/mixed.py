"""A page in parts: its paper and shades at 200 dpi, inks of their own tones under a mask, print as a stencil.

Each part alone is plain: a JPEG, or G4 codes in which ink is what fax calls black (K = -1, BlackIs1 false). Much of
them repeats, for most of a page is paper: they are to be deflated once more where they are written.
"""

import zlib
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from pipeline.raster.g4 import g4_stream
from pipeline.raster.ground import make_ground
from pipeline.raster.ink import Ink, find_ink
from pipeline.raster.inks import Inks, find_inks
from pipeline.raster.jpeg import COARSE, FINE, jpeg
from pipeline.raster.masks import darkened, luma
from pipeline.raster.paper import Sheet, cut, look
from pipeline.raster.patches import patch, patches
from schemas.document import Coding, Part
from schemas.geometry import Box
from schemas.layout import Region, RegionKind
from schemas.page import Page, Pixels

GROUND_QUALITIES = (50, 75), (30, 70), (25, 40)
"""Of brightness and of colour: a pale seal has little of the first."""
LARGEST_GROUND = 12_000
"""Bytes, deflated: a ground of more is coded in the next quality, so that noise and shades cost no page its size."""
COLOURS_QUALITY = 72
PICTURE_QUALITY = 65
LIGHT = 75
"""Per cent: paper is as light as that share of the page's pixels."""
SHADE = 0.85
DARK_SHARE = 0.5
"""A picture is darker than `SHADE` of paper in more than that share of its pixels; a tinted sheet as such is not."""


def split(page: Page, regions: Sequence[Region], safer: tuple[Box, ...] = ()) -> tuple[Part, ...]:
    """Return the parts of `page`, bottom first.

    Args:
        page: cleaned, grey or RGB.
        regions: what is on it beside print.
        safer: places that are to look as they do on the page, whatever it costs.
    """
    pictures = find_pictures(page.image, regions)
    sheet = look(_blanked(page.image, pictures), page.resolution.x)
    ink = find_ink(sheet)
    inks = find_inks(sheet, ink)
    photographs = [patch(page.image, box, PICTURE_QUALITY, COARSE) for box in pictures]
    return (*_parts(sheet, ink, inks), *photographs, *patches(page.image, safer))


def find_pictures(image: Pixels, regions: Sequence[Region]) -> list[Box]:
    """Return where photographs and codes are: places darker than the page's paper in most of their pixels."""
    boxes = [region.box for region in regions if region.kind is RegionKind.PICTURE]
    shade = SHADE * float(np.percentile(luma(image[::16, ::16]), LIGHT))
    return [box for box in boxes if np.mean(luma(cut(image, box)[::4, ::4]) < shade) >= DARK_SHARE]


def _blanked(image: Pixels, boxes: Sequence[Box]) -> Pixels:
    """Return the page with paper in the boxes."""
    if not boxes:
        return image
    rest = image.copy()
    for box in boxes:
        cut(rest, box)[:] = np.percentile(image[::16, ::16].reshape(-1, *image.shape[2:]), LIGHT, axis=0)
    return rest


def _parts(sheet: Sheet, ink: Ink, inks: Inks | None) -> Iterator[Part]:
    whole = Box(0, 0, *sheet.size)
    covered = ink.mask
    if inks is not None:
        covered = covered.copy()
        there = cut(covered, inks.box)
        cv2.bitwise_or(there, inks.mask, dst=there)
    yield _ground(make_ground(sheet, covered), whole)
    if inks is not None:
        colours = jpeg(inks.colours, COLOURS_QUALITY, FINE)
        yield _coded(colours, inks.colours, inks.box, _stencil(inks.mask, inks.box))
    if ink.contrast:
        yield _stencil(ink.mask, whole, tone(sheet.image, ink.mask))


def tone(image: Pixels, mask: Pixels) -> tuple[int, int, int]:
    """Return the colour of the ink under `mask`: the median of its inner pixels."""
    inner = darkened(mask, 3)[1::2, 1::2] > 0
    held = image[1::2, 1::2][inner] if inner.any() else image[mask > 0]
    if not held.size:
        return 0, 0, 0
    middle = np.median(held.reshape(held.shape[0], -1), axis=0).astype(int).tolist()
    red, green, blue = middle if len(middle) == 3 else middle * 3
    return red, green, blue


def _ground(pixels: Pixels, whole: Box) -> Part:
    """Return the lowest part in the best quality that is not too large, or the least."""
    for quality, colour in GROUND_QUALITIES:
        data = jpeg(pixels, quality, COARSE, colour)
        if len(zlib.compress(data)) <= LARGEST_GROUND:
            break
    return _coded(data, pixels, whole)


def _coded(data: bytes, pixels: Pixels, box: Box, mask: Part | None = None) -> Part:
    height, width = pixels.shape[:2]
    return Part(coding=Coding.JPEG, data=data, width=width, height=height, box=box, mask=mask, grey=pixels.ndim == 2)


def _stencil(mask: Pixels, box: Box, colour: tuple[int, int, int] | None = None) -> Part:
    height, width = mask.shape
    data = g4_stream(np.asarray(cv2.bitwise_not(mask), np.uint8))
    return Part(coding=Coding.CCITT_G4, data=data, width=width, height=height, box=box, colour=colour)
