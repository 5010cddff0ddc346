"""The ink guard: what was dark before is dark after."""

import cv2
import numpy as np

from pipeline.cleanup.glyphs import Mask, find_pieces
from pipeline.cleanup.tone import paper_map, shrink, whole_step
from schemas.geometry import Box
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

PAPER_DPI = 25
VISIBLE = 40
KEPT = 0.4
SMALLEST_MM = 0.3


def find_loss(before: Pixels, after: Pixels, allowed: Mask | None, dpi: float) -> tuple[Box, ...]:
    """Return the places, in pixels of both pictures, where ink was lost.

    Args:
        before, after: small grey pictures of the same framing, ink of any colour dark.
        allowed: where loss is meant, as the scanner's border is.
        dpi: resolution of both.
    """
    was = _contrast(before, dpi)
    near = cv2.erode(after, np.ones((3, 3), np.uint8))  # a stroke may have moved by a fraction of a pixel
    now = _contrast(np.asarray(near, np.uint8), dpi)
    lost = ((was >= VISIBLE) & (now < KEPT * was)).astype(np.uint8)
    if allowed is not None:
        lost[allowed > 0] = 0
    side = max(3, round(SMALLEST_MM * dpi / MM_PER_INCH) | 1)
    strokes = cv2.morphologyEx(lost, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_CROSS, (side, side)))
    pieces = find_pieces(np.asarray(strokes, np.uint8))
    return tuple(Box(x, y, x + w, y + h) for x, y, w, h in pieces.stats[1:, :4].tolist())


def _contrast(grey: Pixels, dpi: float) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    step = whole_step(dpi, PAPER_DPI)
    height, width = grey.shape
    paper = cv2.resize(paper_map(shrink(grey, step), dpi / step), (width, height), interpolation=cv2.INTER_LINEAR)
    return paper.astype(np.int16) - grey
