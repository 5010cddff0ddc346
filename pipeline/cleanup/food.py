"""Food for the recognizer: grey, black print only, without rules and dotted leaders."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from pipeline.cleanup.background import WHITE, find_paper, whiten
from pipeline.cleanup.bleed import find_bleed
from pipeline.cleanup.dots import find_leaders, find_specks
from pipeline.cleanup.glyphs import Mask, find_pieces
from pipeline.cleanup.rulings import erase_rules
from pipeline.cleanup.tone import INK, lightest, luma, shrink
from schemas.page import LEADER, RULE, Pixels
from schemas.units import MM_PER_INCH

FOOD_DPI = 200.0
NEAR_ENOUGH = 1.2
"""Pictures up to so many times that resolution are read as they are: resampling would only blur them."""
BLACK_SHARE = 0.35
"""Share of the print that has to stay when colours drop out."""
PALE = 70
"""What shows through from the other side is made no darker below white than this: no ink."""
GONE, LED = 1, 2
CRUMB_MM = 0.65
WORN_SHARE = 0.28
"""Share of crumbs among all pieces from which print is broken; dots of whole print come to half of it."""
STEP = ((0, 1, 0), (1, 1, 1), (0, 1, 0))
SAMPLE_STEP = 2
"""The share is taken on a picture so many times smaller."""


@dataclass(frozen=True, eq=False)
class Food:
    """What the recognizer is given.

    Attributes:
        pixels: grey, black print on white.
        scale: its pixels per pixel of the picture it was made of.
        rules: where ruling lines and leaders were erased, as in `Page.rules`.
    """

    pixels: Pixels
    scale: float
    rules: Pixels


def make_food(image: Pixels, dpi: float, *, bilevel: bool) -> Food:
    """Return the grey picture to be read, and what was erased from it."""
    scale = FOOD_DPI / dpi if dpi > NEAR_ENOUGH * FOOD_DPI else 1.0
    grey = _resized(pick_grey(image), scale)
    at = dpi * scale
    if not bilevel:
        paper = find_paper(grey, at)
        grey = deepen(grey if paper.min() >= WHITE else whiten(grey, paper))
    ruled, rules = erase_rules(grey, at)
    food, leaders = erase_dots(ruled, at)
    return Food(
        mend(food, at) if bilevel else food,
        scale,
        np.where(leaders > 0, np.uint8(LEADER), (rules > 0) * np.uint8(RULE)),
    )


def pick_grey(image: Pixels) -> Pixels:
    """Return black print alone, seals and coloured ink dropped out; all ink where most print is coloured."""
    if image.ndim == 2:
        return image
    small = shrink(image, SAMPLE_STEP)
    black, all_ink = (cv2.countNonZero(cv2.inRange(grey, 0, INK - 1)) for grey in (lightest(small), luma(small)))
    return lightest(image) if black >= BLACK_SHARE * all_ink else luma(image)


def deepen(grey: Pixels) -> Pixels:
    """Return faint print on white paper with its darkest tones made black, and the other side kept pale."""
    darkest = float(np.percentile(grey[::3, ::3], 0.5))
    if not 50 < darkest < 200:
        return grey
    deepest = 255 - darkest
    bleed = find_bleed(grey, deepest)
    ramp = np.interp(255 - np.arange(256), (0, bleed, deepest), (0, min(PALE, bleed * 255 / deepest), 255))
    return cast("Pixels", cv2.LUT(grey, (255 - ramp).astype(np.uint8)))


def erase_dots(grey: Pixels, dpi: float) -> tuple[Pixels, Mask]:
    """Return the picture without dotted and dashed lines to write on and without dirt; and where the lines lay."""
    pieces, mm = find_pieces((grey < INK).astype(np.uint8)), dpi / MM_PER_INCH
    leaders = find_leaders(pieces, mm)
    gone = leaders | find_specks(pieces, mm)
    if not gone.any():
        return grey, np.zeros_like(grey)
    kinds = (np.where(gone, GONE, 0) + np.where(leaders, LED, 0)).astype(np.uint8)[pieces.labels]
    where = cast("Mask", cv2.dilate(kinds, np.ones((3, 3), np.uint8)))
    erased = cv2.max(grey, (where > 0) * np.uint8(255))
    return cast("Pixels", erased), np.asarray((where > GONE) * np.uint8(255), np.uint8)


def mend(grey: Pixels, dpi: float) -> Pixels:
    """Return print that is broken into crumbs with its strokes thickened until they meet; other print as it is."""
    sides = find_pieces((grey < INK).astype(np.uint8)).stats[1:, 2:4].max(axis=1, initial=0)
    crumbs = np.count_nonzero(sides <= CRUMB_MM * dpi / MM_PER_INCH)
    if crumbs <= WORN_SHARE * len(sides):
        return grey
    return cast("Pixels", cv2.erode(grey, np.asarray(STEP, np.uint8)))


def _resized(grey: Pixels, scale: float) -> Pixels:
    if scale == 1:
        return grey
    height, width = grey.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Pixels", cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
