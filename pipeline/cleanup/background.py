"""Background: white paper with the colours of the ink as they are."""

from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.tone import paper_colour, paper_map, shrink, whole_step
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

MAP_DPI = 25
DARKEST_PAPER = 150
STRONGEST_TINT = 30
WHITE = 252
DEEPEST_SHADE = 0.82
"""Share of the page's paper below which a dark place is a picture, not shade."""
DEEPEST_SHADOW = 0.3
"""The same share to which shadows are lifted."""
SMALLEST_SHADOW_MM2 = 400
SOFT_EDGE, SOFT_SHARE = 0.045, 0.5
"""Where a shadow begins, paper darkens by no more than so much a millimetre; pictures begin at once."""
EVEN_HUE = 0.12
"""A shadow takes as much of each colour, give or take."""
SOFT = 0.985
"""White begins a little below the paper, so that its grain is gone."""

Flags = NDArray[np.bool_]
Shares = NDArray[np.float64]


def is_plain_paper(paper: tuple[int, ...]) -> bool:
    """Decide whether paper of that colour is meant to be white; tinted forms and dark pages are not."""
    return min(paper) >= DARKEST_PAPER and max(paper) - min(paper) <= STRONGEST_TINT


def find_paper(pixels: Pixels, dpi: float) -> Pixels:
    """Return the colour of the paper everywhere, as a picture of about 25 dpi.

    Places much darker than the page's paper are pictures: there the page's paper stands. Shadows are as dark,
    and paper.
    """
    step = whole_step(dpi, MAP_DPI)
    small = shrink(pixels, step)
    local = paper_map(small, dpi / step)
    usual = np.asarray(paper_colour(small), np.uint8)
    light = (local / np.maximum(usual, 1)).reshape(*local.shape[:2], -1)
    dark = local.reshape(*local.shape[:2], -1).min(axis=2) < DEEPEST_SHADE * usual.min()
    picture = dark & ~find_shadows(dark, light, dpi / step / MM_PER_INCH)
    lifted = np.maximum(local, (DEEPEST_SHADOW * usual).astype(np.uint8))
    return np.where(picture[..., None] if pixels.ndim == 3 else picture, usual, lifted).astype(np.uint8)


def find_shadows(dark: Flags, light: Shares, mm: float) -> Flags:
    """Return those of the dark places that lie in shadow: large, grey, and with soft edges.

    Args:
        dark: places on a small picture of paper.
        light: share of the usual paper's brightness, height x width x channels.
        mm: pixels per millimetre.
    """
    large = SMALLEST_SHADOW_MM2 * mm * mm
    found = np.zeros_like(dark)
    if np.count_nonzero(dark) < large:
        return found
    darkest = light.min(axis=2)
    grey = light.max(axis=2) - darkest <= EVEN_HUE
    soft = np.hypot(*np.gradient(darkest)) * mm <= SOFT_EDGE
    inner = cv2.erode(dark.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for place in _large(dark, large):
        if grey[place].mean() > 0.5 and soft[place & ~inner].mean() >= SOFT_SHARE:
            found |= place
    return found


def _large(dark: Flags, least: float) -> Iterator[Flags]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    for label in np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= least).tolist():
        yield labels == label + 1


def whiten(pixels: Pixels, paper: Pixels) -> Pixels:
    """Return the picture with `paper` (any size, same framing) made white and all else lightened in proportion."""
    height, width = pixels.shape[:2]
    softened = (paper * SOFT).astype(np.uint8)
    full = cv2.resize(softened, (width, height), interpolation=cv2.INTER_LINEAR)
    return cast("Pixels", cv2.divide(pixels, full, scale=255))


def normalise(pixels: Pixels, dpi: float) -> Pixels:
    """Return the picture on white paper; untouched where the paper is tinted, dark, or white already."""
    paper = find_paper(pixels, dpi)
    if paper.min() >= WHITE or not is_plain_paper(paper_colour(paper)):
        return pixels
    return whiten(pixels, paper)
