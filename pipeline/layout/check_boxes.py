"""Boxes to tick (ô đánh dấu): squares of four straight sides, which readers take for letters."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import Ink

SIDE_MM: Final = (2.2, 8.0)
UNEQUAL: Final = 0.15
FULL: Final = 0.96
"""Share of each side that is ink; the round sides of an O or D are less, and the serifs of an N or H."""
EDGE: Final = 0.08
"""How thick a side may be, and how crooked, in sides."""


def without_check_boxes(ink: Ink) -> Ink:
    """Return the ink with the boxes to tick emptied, so that they belong to no line."""
    sides = np.maximum(ink.widths, ink.heights)
    smallest, largest = (side * ink.mm for side in SIDE_MM)
    square = np.abs(ink.widths - ink.heights) <= UNEQUAL * sides
    hollow = ink.areas <= 0.6 * ink.widths * ink.heights
    likely = np.flatnonzero(square & hollow & (sides >= smallest) & (sides <= largest))
    boxes, areas = ink.boxes.copy(), ink.areas.copy()
    for piece in likely[likely > 0].tolist():
        x0, y0, x1, y1 = ink.boxes[piece].tolist()
        if has_four_sides(ink.labels[y0:y1, x0:x1] == piece):
            boxes[piece], areas[piece] = 0, 0
    return replace(ink, boxes=boxes, areas=areas)


def has_four_sides(piece: NDArray[np.bool_]) -> bool:
    """Whether ink runs along all four edges of a piece's own picture."""
    deep = max(2, round(EDGE * max(piece.shape)))
    bands = (
        piece[:deep].any(axis=0),
        piece[-deep:].any(axis=0),
        piece[:, :deep].any(axis=1),
        piece[:, -deep:].any(axis=1),
    )
    return all(float(band.mean()) >= FULL for band in bands)
