"""Where letters stand: the evidence for orientation and skew."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels
from schemas.units import MM_PER_INCH, Turn

Mask = NDArray[np.uint8]
"""Height x width, 255 where something holds, 0 elsewhere."""

INK_CONTRAST = 20
NEIGHBOURHOOD_MM = 5
DOT_MM = 0.9


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of a mask; number 0 is the ground.

    Attributes:
        labels: the number of the piece at each pixel.
        stats: left, top, width, height, area of each; n x 5.
        centres: x and y of each; n x 2.
    """

    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    centres: NDArray[np.float64]

    def mask(self, chosen: NDArray[np.bool_]) -> Mask:
        """Return where the chosen pieces are."""
        return np.where(chosen, np.uint8(255), np.uint8(0))[self.labels]


@dataclass(frozen=True)
class Glyphs:
    """Letter-like pieces of ink.

    Attributes:
        mask: their pixels.
        boxes: left, top, width, height of each in pixels; n x 4.
        dots: the same of pieces too small for letters: those of dotted lines, marks above letters, dirt.
    """

    mask: Mask
    boxes: NDArray[np.int32]
    dots: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.boxes)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self.mask.shape[1], self.mask.shape[0]

    @property
    def off_edge(self) -> NDArray[np.int32]:
        """The boxes of those that do not touch the picture's edge."""
        left, top, width, height = self.boxes.T
        wide, tall = self.size
        inside = (left > 0) & (top > 0) & (left + width < wide) & (top + height < tall)
        return np.asarray(self.boxes[inside], np.int32)

    def turned(self, by: Turn) -> "Glyphs":
        """Return the same after a clockwise turn."""
        glyphs = self
        for _ in range(by // 90):
            glyphs = glyphs._quarter()
        return glyphs

    def _quarter(self) -> "Glyphs":
        mask = np.ascontiguousarray(np.rot90(self.mask, -1))
        return Glyphs(mask, _quarter_turned(self.boxes, mask), _quarter_turned(self.dots, mask))


def _quarter_turned(boxes: NDArray[np.int32], turned: Mask) -> NDArray[np.int32]:
    left, top, width, height = boxes.T
    return np.stack([turned.shape[1] - top - height, left, height, width], axis=1)


def find_ink(grey: Pixels, dpi: float) -> Mask:
    """Return where the picture is darker than what lies around it."""
    side = round(NEIGHBOURHOOD_MM * dpi / MM_PER_INCH) | 1
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, max(3, side), INK_CONTRAST
    )
    return np.asarray(ink, np.uint8)


def find_glyphs(grey: Pixels, dpi: float) -> Glyphs:
    """Return the pieces of ink that have the size of letters or short words.

    Rules, borders, seals, pictures and specks are left out.
    """
    pieces, mm = find_pieces(find_ink(grey, dpi)), dpi / MM_PER_INCH
    fits = letter_like(pieces.stats, mm)
    dots = pieces.stats[:, 2:4].max(axis=1) <= DOT_MM * mm
    return Glyphs(pieces.mask(fits), pieces.stats[fits][:, :4], pieces.stats[dots][:, :4])


def find_pieces(ink: Mask) -> Pieces:
    """Return the connected pieces of a mask, corners joined."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return Pieces(np.asarray(labels, np.int32), np.asarray(stats, np.int32), np.asarray(centres, np.float64))


def letter_like(stats: NDArray[np.int32], mm: float) -> NDArray[np.bool_]:
    """Decide for each component whether its size is that of letters.

    Args:
        stats: left, top, width, height, area of each; n x 5.
        mm: pixels per millimetre.
    """
    short = stats[:, 2:4].min(axis=1)
    long = stats[:, 2:4].max(axis=1)
    filled = stats[:, 4] > 0.1 * short * long
    sized = (short >= 0.8 * mm) & (long >= 1.2 * mm) & (short < 7 * mm) & (long < 25 * mm)
    fits = np.asarray(filled & sized)
    fits[0] = False  # the ground
    return fits
