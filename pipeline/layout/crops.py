"""Crops: a line's picture with nothing of other lines on it."""

from dataclasses import replace

import cv2
import numpy as np

from pipeline.layout.ink import Ink
from pipeline.layout.phrases import Numbers
from schemas.geometry import Box
from schemas.layout import TextLine
from schemas.page import Pixels

MARGIN = 6
"""Pixels of white around a line's ink."""
EDGE = np.ones((5, 5), np.uint8)
WHITE = 255


def crop(food: Pixels, ink: Ink, lines: Numbers, line: int, box: Box) -> tuple[Pixels, tuple[int, int]]:
    """Return the crop of a line, and where on the food it begins.

    Args:
        food: the page.
        ink: its pieces.
        lines: the line of each piece.
        line: the number of this one.
        box: around its ink.
    """
    x0, y0 = max(0, box.x0 - MARGIN), max(0, box.y0 - MARGIN)
    place = np.s_[y0 : box.y1 + MARGIN, x0 : box.x1 + MARGIN]
    labels = ink.labels[place]
    own = lines == line
    own[0] = True
    others = ~own[labels]
    pixels = food[place]
    if others.any():
        soft = cv2.dilate(others.astype(np.uint8), EDGE).astype(np.bool_) & ((labels == 0) | others)
        pixels = np.where(soft, np.uint8(WHITE), pixels)
    framed = np.full((box.height + 2 * MARGIN, box.width + 2 * MARGIN), WHITE, np.uint8)
    left, top = x0 - box.x0 + MARGIN, y0 - box.y0 + MARGIN
    framed[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return framed, (box.x0 - MARGIN, box.y0 - MARGIN)


def with_strokes(line: TextLine, food: Pixels, strokes: Pixels) -> TextLine:
    """Return a line that also knows how it looks with what of a pen's `strokes`, 255, lies on it."""
    (left, top), (height, width) = line.origin, line.crop.shape
    x0, y0 = max(0, left), max(0, top)
    place = np.s_[y0 : top + height, x0 : left + width]
    if not strokes[place].any():
        return line
    crossed = line.crop.copy()
    part = np.where(strokes[place] > 0, food[place], np.uint8(WHITE))
    here = crossed[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]]
    np.minimum(here, part, out=here)
    return replace(line, crossed=crossed)
