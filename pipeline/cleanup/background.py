"""Background: white paper with the colours of the ink as they are."""

from typing import cast

import cv2
import numpy as np

from pipeline.cleanup.tone import paper_colour, paper_map, shrink, whole_step
from schemas.page import Pixels

MAP_DPI = 25
DARKEST_PAPER = 150
STRONGEST_TINT = 30
WHITE = 252
DEEPEST_SHADE = 0.82
"""Share of the page's paper below which a dark place is a picture, not shade."""
SOFT = 0.985
"""White begins a little below the paper, so that its grain is gone."""


def is_plain_paper(paper: tuple[int, ...]) -> bool:
    """Decide whether paper of that colour is meant to be white; tinted forms and dark pages are not."""
    return min(paper) >= DARKEST_PAPER and max(paper) - min(paper) <= STRONGEST_TINT


def find_paper(pixels: Pixels, dpi: float) -> Pixels:
    """Return the colour of the paper everywhere, as a picture of about 25 dpi.

    Places much darker than the page's paper are pictures: there the page's paper stands.
    """
    step = whole_step(dpi, MAP_DPI)
    small = shrink(pixels, step)
    local = paper_map(small, dpi / step)
    usual = np.asarray(paper_colour(small), np.uint8)
    light = local.reshape(*local.shape[:2], -1).min(axis=2) >= DEEPEST_SHADE * usual.min()
    mask = light[..., None] if pixels.ndim == 3 else light
    return np.where(mask, local, usual).astype(np.uint8)


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
