"""What is left of a page when its ink is taken away: paper, shades, pencil, pictures."""

from math import ceil

import cv2
import numpy as np

from pipeline.raster.masks import (
    above,
    averaged,
    below,
    both,
    channels,
    either,
    grown,
    laid_over,
    stretched,
    tidied,
    without,
)
from pipeline.raster.paper import Sheet, cells, whitened
from schemas.page import Pixels

LEAST_DPI = 200
"""What the law asks of a page in colour."""
HALO_INCH = 0.0075
"""So far beyond the edge of a stroke its blur reaches."""
TINT = 14
PALE = 40
"""A mark is so much darker than paper."""
SIDE = 7
LEAST_MARK = 3.0
NOISE_LEFT = 0.9
"""Of the noise's deviation so much is left in the mean of a square of `SIDE`: half of it is cut off by white."""
SPECK, SPECK_NOISE = 30, 6
"""A pixel that differs from paper by more is a mark, however lonely."""
AROUND = 9
FAINT = 28
"""Marks that differ from paper by less, noise set aside, are shown without their grain."""
SOFT = 5, 5


def make_ground(sheet: Sheet, mask: Pixels) -> Pixels:
    """Return the page at 200 dpi or little more, its paper even, without the ink that other parts show.

    Args:
        sheet: the page.
        mask: 255 where that ink is.
    """
    scale = min(1.0, LEAST_DPI / sheet.dpi)
    size = (ceil(sheet.size[0] * scale), ceil(sheet.size[1] * scale))
    ground, covered = stretched(sheet.image, size), above(stretched(_halo(sheet, mask), size), 0)
    return _evened(ground, covered, sheet)


def _halo(sheet: Sheet, mask: Pixels) -> Pixels:
    """Return ink and its blur; not what goes on from outside into it, which is pencil or shade."""
    side = 2 * max(1, round(HALO_INCH * sheet.dpi)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    halo = np.asarray(cv2.dilate(mask, kernel), np.uint8)
    marks = without(below(sheet.seen, np.full_like(sheet.seen, 255 - PALE)), mask)
    kept = cv2.bitwise_and(marks, grown(without(marks, halo), side))
    if sheet.image.ndim == 3:
        kept = either(kept, without(_tinted(sheet, halo), mask))
    return without(halo, kept)


def _tinted(sheet: Sheet, halo: Pixels) -> Pixels:
    """Return cells of pale colour, as beside a worn seal, and those next to them, where colour goes on."""
    lightest, darkest = channels(whitened(sheet.small, sheet.paper))
    clear = below(averaged(halo, cells(halo)), np.full_like(darkest, 64))
    tinted = both(above(cv2.subtract(lightest, darkest), TINT), clear)
    return stretched(grown(tidied(tinted, 3), 3), sheet.size, cv2.INTER_NEAREST)


def _evened(ground: Pixels, covered: Pixels, sheet: Sheet) -> Pixels:
    """Return the ground with paper where it is covered or nothing but paper; faint shades without their grain."""
    size = (ground.shape[1], ground.shape[0])
    paper = np.full_like(ground, 255) if sheet.paper is None else stretched(sheet.paper, size)
    ground = laid_over(paper, covered, ground)
    off = cv2.absdiff(paper, ground)
    off = off if off.ndim == 2 else channels(off)[0]
    lone = above(off, SPECK + SPECK_NOISE * sheet.noise)
    marked = grown(either(lone, above(cv2.blur(off, (SIDE, SIDE)), LEAST_MARK + NOISE_LEFT * sheet.noise)), AROUND)
    strong = above(grown(off, AROUND), FAINT + 3 * sheet.noise)
    ground = laid_over(cv2.blur(ground, SOFT), cv2.bitwise_not(strong), ground)
    return laid_over(paper, cv2.bitwise_not(marked), ground)
