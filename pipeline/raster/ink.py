"""Ink as dark as the print of its page, to the pixel."""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.raster.masks import above, below, both, darkened, either, grown, tidied
from pipeline.raster.paper import Sheet
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
"""The same for a hair-line: a ridge beside a stroke, or at `REACH` what is no paler than `CORE` of all around."""
RIDGE = 24
CORE = 0.6
REACH = 5
AROUND = 7


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


def find_ink(sheet: Sheet) -> Ink:
    """Return where ink as dark as print is."""
    tones = find_tones(sheet.seen, sheet.dpi)
    least = least_contrast(sheet.noise)
    inked = tones.values[tones.values >= least]
    if not inked.size:
        return Ink(np.zeros_like(sheet.seen), 0.0, tones)
    usual = float(np.percentile(inked, USUAL))
    tones = tones.filled(max(least, LIKE_PRINT * usual))
    return Ink(tidied(_strokes(sheet, tones)), usual, tones)


def least_contrast(noise: float) -> float:
    """Return what stands out from paper of that noise."""
    return max(LEAST_CONTRAST, SURE_OF_NOISE * noise)


def _strokes(sheet: Sheet, tones: Tones) -> Pixels:
    """Return strokes, their edges smooth where noise decides, and the hair-lines that go on from them."""
    seen = sheet.seen
    smooth = both(tones.darker(EDGE - DOUBT, seen), cv2.medianBlur(tones.darker(EDGE, seen), 3))
    strokes = either(tones.darker(EDGE + DOUBT, seen), smooth)
    hairs = either(_ridges(sheet, strokes), both(_cores(seen), grown(strokes, REACH)))
    return either(strokes, both(hairs, tones.darker(HAIR_EDGE, seen)))


def _ridges(sheet: Sheet, strokes: Pixels) -> Pixels:
    rise = cv2.subtract(cv2.blur(sheet.seen, (AROUND, AROUND)), sheet.seen)
    return both(above(rise, max(RIDGE, 3 * sheet.noise)), grown(strokes, 3))


def _cores(seen: Pixels) -> Pixels:
    """Return what has most of the contrast of the darkest pixel around, and so is no shade of it."""
    limits = cv2.convertScaleAbs(darkened(seen, AROUND), alpha=CORE, beta=255 * (1 - CORE))
    return below(seen, limits)
