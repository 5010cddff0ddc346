"""Ink as dark as the print of its page, to the pixel."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.paper import Sheet, spread
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

TILE_MM = 2.7
"""Print has one tone within such a square."""
LEAST_CONTRAST = 40
SURE_OF_NOISE = 5.0
"""Ink is darker than paper by so many standard deviations of its noise."""
LIKE_PRINT = 0.45
"""Ink of a smaller share of the print's contrast is pencil, shade or the other side of the sheet: no print."""
USUAL = 70
"""Per cent: as dark as that share of the page's tiles is its print."""
EDGE = 0.5
HAIR_EDGE = 0.28
"""Shares of the contrast at which a stroke ends; a hair-line beside a stroke may be paler, if it is a ridge."""
RIDGE = 0.06
RIDGE_SIDE = 7
FEWEST = 2
"""Pixels that are left alone with fewer than so many of the nine around them are noise."""

Tiles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ink:
    """Dark ink on a page.

    Attributes:
        mask: 255 where there is ink, in the size of the page.
        contrast: how much darker than its paper the page's print is; 0 where there is none.
    """

    mask: Pixels
    contrast: float


def find_ink(seen: Pixels, noise: float, dpi: float) -> Ink:
    """Return where ink as dark as print is.

    Args:
        seen: grey, on white paper, full resolution.
        noise: standard deviation of its paper.
        dpi: its resolution.
    """
    least = max(LEAST_CONTRAST, SURE_OF_NOISE * noise)
    darkness = tile_contrast(seen, dpi)
    inked = darkness[darkness >= least]
    if not inked.size:
        return Ink(np.zeros_like(seen), 0.0)
    usual = float(np.percentile(inked, USUAL))
    return Ink(tidied(_mask(seen, darkness, max(least, LIKE_PRINT * usual), noise)), usual)


def tile_contrast(seen: Pixels, dpi: float) -> Tiles:
    """Return how dark the darkest stroke of each tile is, 255 = black on white."""
    half = cv2.resize(seen, (seen.shape[1] // 2 or 1, seen.shape[0] // 2 or 1), interpolation=cv2.INTER_AREA)
    side = max(1, round(TILE_MM * dpi / MM_PER_INCH / 2))
    height, width = half.shape
    padded = np.pad(half, ((0, -height % side), (0, -width % side)), constant_values=255)
    rows = padded.reshape(padded.shape[0] // side, side, -1).min(axis=1)
    return 255 - rows.reshape(rows.shape[0], -1, side).min(axis=2).astype(np.float32)


def _mask(seen: Pixels, darkness: Tiles, least: float, noise: float) -> Pixels:
    """Return strokes, and the hair-lines that go on from them."""
    tone = filled(darkness, least)
    strict = cast("Pixels", cv2.compare(seen, limits(seen, tone, EDGE), cv2.CMP_LT))
    pale = cv2.compare(seen, limits(seen, tone, HAIR_EDGE), cv2.CMP_LT)
    rise = cv2.subtract(cv2.blur(seen, (RIDGE_SIDE, RIDGE_SIDE)), seen)
    ridge = cv2.compare(rise, max(RIDGE * 255, 2.5 * noise), cv2.CMP_GT)
    beside = cv2.dilate(strict, np.ones((3, 3), np.uint8))
    return cast("Pixels", cv2.bitwise_or(strict, cv2.bitwise_and(cv2.bitwise_and(pale, ridge), beside)))


def filled(darkness: Tiles, least: float) -> Tiles:
    """Return the contrast of ink around each tile; `least` doubled where there is none."""
    inked = np.where(darkness >= least, darkness, 0)
    near = cv2.dilate(inked, np.ones((3, 3), np.uint8))
    return np.where(inked > 0, inked, np.where(near > 0, near, 2 * least)).astype(np.float32)


def limits(seen: Pixels, tone: Tiles, share: float) -> Pixels:
    """Return for each pixel below what it is ink."""
    below = np.clip(255 - tone * share, 0, 255).astype(np.uint8)
    return spread(below, (seen.shape[1], seen.shape[0]))


def tidied(mask: Pixels) -> Pixels:
    """Return the mask without pixels that stand alone."""
    counted = cv2.boxFilter(cv2.bitwise_and(mask, 1), -1, (3, 3), normalize=False)
    return cast("Pixels", cv2.bitwise_and(mask, cv2.compare(counted, FEWEST, cv2.CMP_GE)))


def whitened(sheet: Sheet) -> Pixels:
    """Return the page's brightness as if its paper were white."""
    if sheet.paper is None:
        return sheet.grey
    paper = sheet.paper if sheet.paper.ndim == 2 else cv2.cvtColor(sheet.paper, cv2.COLOR_RGB2GRAY)
    return cast("Pixels", cv2.divide(sheet.grey, spread(cast("Pixels", paper), sheet.size), scale=255))
