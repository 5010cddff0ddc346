"""What is left of a page when its ink is taken away: paper, shades, pencil, pictures."""

from math import ceil
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike

from pipeline.raster.paper import Sheet, spread
from schemas.page import Pixels

LEAST_DPI = 200
"""What the law asks of a page in colour."""
HALO_INCH = 0.009
"""So far beyond the edge of a stroke its blur reaches."""
PALE = 40
"""A mark is so much darker than paper."""
SIDE = 7
LEAST_MARK = 4.0
NOISE_LEFT = 0.9
"""Of the noise's deviation so much is left in the mean of a square of `SIDE`: half of it is cut off by white."""
AROUND = np.ones((9, 9), np.uint8)
FAINT = 40
"""Marks that differ from paper by less, noise set aside, are shown without their grain."""
SOFT = 5


def make_ground(sheet: Sheet, seen: Pixels, mask: Pixels) -> Pixels:
    """Return the page at 200 dpi or little more, without the ink under `mask`, its paper even.

    Args:
        sheet: the page.
        seen: its brightness on white paper.
        mask: 255 where ink is shown by other parts.
    """
    scale = min(1.0, LEAST_DPI / sheet.dpi)
    size = (ceil(sheet.size[0] * scale), ceil(sheet.size[1] * scale))
    reach = max(1, round(HALO_INCH * sheet.dpi))
    halo = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    halo = cv2.bitwise_and(halo, cv2.bitwise_not(_reaching_in(seen, mask, halo, 2 * reach + 1)))
    ground = cv2.resize(sheet.image, size, interpolation=cv2.INTER_LINEAR)
    covered = cv2.compare(cv2.resize(halo, size, interpolation=cv2.INTER_LINEAR), 0, cv2.CMP_GT)
    return _evened(cast("Pixels", ground), cast("Pixels", covered), sheet)


def _reaching_in(seen: Pixels, mask: Pixels, halo: MatLike, side: int) -> MatLike:
    """Return pale marks that go on from outside into the halo of ink: not its blur, but pencil or shade."""
    marks = cv2.bitwise_and(cv2.compare(seen, 255 - PALE, cv2.CMP_LT), cv2.bitwise_not(mask))
    outside = cv2.bitwise_and(marks, cv2.bitwise_not(halo))
    return cv2.bitwise_and(marks, cv2.dilate(outside, np.ones((side, side), np.uint8)))


def _evened(ground: Pixels, covered: Pixels, sheet: Sheet) -> Pixels:
    """Return the ground with paper where it is covered or nothing but paper; faint shades without their grain."""
    size = (ground.shape[1], ground.shape[0])
    paper = np.full_like(ground, 255) if sheet.paper is None else spread(sheet.paper, size)
    ground = cast("Pixels", cv2.copyTo(paper, covered, ground))
    off = _apart(paper, ground)
    limit = LEAST_MARK + NOISE_LEFT * sheet.noise
    kept = cv2.dilate(cv2.compare(cv2.blur(off, (SIDE, SIDE)), limit, cv2.CMP_GT), AROUND)
    faint = cv2.compare(cv2.dilate(off, AROUND), FAINT + 3 * sheet.noise, cv2.CMP_LT)
    ground = cast("Pixels", cv2.copyTo(cv2.blur(ground, (SOFT, SOFT)), faint, ground))
    return cast("Pixels", cv2.copyTo(paper, cv2.bitwise_not(kept), ground))


def _apart(one: Pixels, other: Pixels) -> Pixels:
    """Return by how much two pictures differ in the channel in which they differ most."""
    off = cv2.absdiff(one, other)
    if off.ndim == 2:
        return cast("Pixels", off)
    red, green, blue = cv2.split(off)
    return cast("Pixels", cv2.max(cv2.max(red, green), blue))
