"""Ink as dark as the print of its page, to the pixel."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from pipeline.raster.tones import Tones, find_tones
from schemas.page import Pixels

LEAST_CONTRAST = 40
SURE_OF_NOISE = 5.0
"""Ink is darker than paper by so many standard deviations of its noise."""
LIKE_PRINT = 0.45
"""Ink of a smaller share of the print's contrast is pencil, shade or the other side of the sheet: no print."""
USUAL = 70
"""Per cent: as dark as that share of the page's tiles is its print."""
EDGE = 0.5
DOUBT = 0.12
"""Shares of the contrast: at `EDGE` a stroke ends; so near to it most of the pixels around decide."""
HAIR_EDGE = 0.34
"""The same for a hair-line beside a stroke, which may be paler if it is a ridge."""
RIDGE = 24
RIDGE_SIDE = 7
FEWEST = 2
"""Pixels that are left alone with fewer than so many of the nine around them are noise."""


@dataclass(frozen=True, eq=False)
class Ink:
    """Dark ink on a page.

    Attributes:
        mask: 255 where there is ink, in the size of the page.
        contrast: how much darker than its paper the page's print is; 0 where there is none.
        tones: the same for the darkest stroke of each tile, or of those around it.
    """

    mask: Pixels
    contrast: float
    tones: Tones


def find_ink(seen: Pixels, noise: float, dpi: float) -> Ink:
    """Return where ink as dark as print is.

    Args:
        seen: grey, on white paper, full resolution.
        noise: standard deviation of its paper.
        dpi: its resolution.
    """
    tones = find_tones(seen, dpi)
    inked = tones.values[tones.values >= least_contrast(noise)]
    if not inked.size:
        return Ink(np.zeros_like(seen), 0.0, tones)
    usual = float(np.percentile(inked, USUAL))
    least = max(least_contrast(noise), LIKE_PRINT * usual)
    tones = tones.filled(least)
    return Ink(tidied(_strokes(seen, tones, noise)), usual, tones)


def least_contrast(noise: float) -> float:
    """Return what stands out from paper of that noise."""
    return max(LEAST_CONTRAST, SURE_OF_NOISE * noise)


def _strokes(seen: Pixels, tones: Tones, noise: float) -> Pixels:
    """Return strokes, their edges smooth where noise decides, and the hair-lines that go on from them."""
    likely = tones.below(EDGE, seen)
    smooth = cv2.bitwise_and(tones.below(EDGE - DOUBT, seen), cv2.medianBlur(likely, 3))
    strokes = cv2.bitwise_or(tones.below(EDGE + DOUBT, seen), smooth)
    rise = cv2.subtract(cv2.blur(seen, (RIDGE_SIDE, RIDGE_SIDE)), seen)
    ridge = cv2.compare(rise, max(RIDGE, 3 * noise), cv2.CMP_GT)
    beside = cv2.bitwise_and(ridge, cv2.dilate(strokes, np.ones((3, 3), np.uint8)))
    return cast("Pixels", cv2.bitwise_or(strokes, cv2.bitwise_and(beside, tones.below(HAIR_EDGE, seen))))


def tidied(mask: Pixels) -> Pixels:
    """Return the mask without pixels that stand alone."""
    counted = cv2.boxFilter(cv2.bitwise_and(mask, 1), -1, (3, 3), normalize=False)
    return cast("Pixels", cv2.bitwise_and(mask, cv2.compare(counted, FEWEST, cv2.CMP_GE)))
