"""Connected pieces of ink on the food of a page."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels

Boxes = NDArray[np.int32]
"""Left, top, right, bottom of each; right and bottom exclusive; n x 4."""

DARK = 170
"""On white paper, print and its soft edges are darker than this."""

MOST_NARROW = 60_000
"""Numbers of so many pieces, and of those that they are parted into, fit into 16 bits, which takes half the time."""


@dataclass(frozen=True, eq=False)
class Ink:
    """Connected pieces of ink; number 0 is the paper.

    Attributes:
        labels: the number of the piece at each pixel.
        boxes: around each piece.
        areas: pixels of each piece.
        mm: pixels per millimetre.
    """

    labels: NDArray[np.integer]
    boxes: Boxes
    areas: NDArray[np.int32]
    mm: float

    @property
    def widths(self) -> NDArray[np.int32]:
        """Width of each piece in pixels."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> NDArray[np.int32]:
        """Height of each piece in pixels."""
        return self.boxes[:, 3] - self.boxes[:, 1]


def find_ink(food: Pixels, mm: float) -> Ink:
    """Return the pieces of ink of a page's food.

    Args:
        food: grey, black on white.
        mm: its pixels per millimetre.
    """
    dark = np.asarray(cv2.inRange(food, np.array(0), np.array(DARK - 1)), np.uint8)
    kind = cv2.CV_16U if most_pieces(dark) < MOST_NARROW else cv2.CV_32S
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=kind)
    boxes = np.asarray(stats[:, :4], np.int32)
    boxes[:, 2:] += boxes[:, :2]
    return Ink(np.asarray(labels), boxes, np.asarray(stats[:, 4], np.int32), mm)


def most_pieces(dark: Pixels) -> int:
    """Return a number that the pieces of a mask cannot exceed: each has a first pixel, with none before or above."""
    above = cv2.dilate(dark[:-1], np.ones((1, 3), np.uint8))
    first = cv2.bitwise_and(dark[1:, 1:], cv2.bitwise_not(cv2.bitwise_or(dark[1:, :-1], above[:, 1:])))
    return int(np.count_nonzero(first)) + sum(dark.shape)


def parted(ink: Ink, piece: int, upper: int, lower: int) -> Ink:
    """Return the ink with `piece` cut in two where it is thinnest between the rows `upper` and `lower`.

    The lower part gets a new number. `labels` is changed in place.
    """
    x0, y0, x1, y1 = ink.boxes[piece].tolist()
    place = ink.labels[y0:y1, x0:x1]
    own = place == piece
    cut = upper - y0 + int(own[upper - y0 : lower - y0].sum(axis=1).argmin())
    place[cut:][own[cut:]] = len(ink.boxes)
    above, below = _around(own[:cut], x0, y0), _around(own[cut:], x0, y0 + cut)
    boxes = np.vstack([ink.boxes, below])
    boxes[piece] = above
    areas = np.append(ink.areas, np.int32(own[cut:].sum()))
    areas[piece] -= areas[-1]
    return replace(ink, boxes=boxes, areas=areas)


def _around(own: NDArray[np.bool_], x0: int, y0: int) -> Boxes:
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    if not len(rows):
        return np.asarray([x0, y0, x0, y0], np.int32)
    return np.asarray([x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1], np.int32)
