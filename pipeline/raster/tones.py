"""How dark ink is from place to place: one value for each tile of a page."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.masks import averaged, below, stretched
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

TILE_MM = 2.7
"""Print has one tone within such a square."""

Values = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Tones:
    """A value for each tile of a page.

    Attributes:
        values: contrast of ink with white paper, 0..255.
        side: pixels of the page that a tile is wide and high.
    """

    values: Values
    side: int

    def darker(self, share: float, seen: Pixels) -> Pixels:
        """Return where a page is darker than `share` of the tones around."""
        limits = np.clip(255 - self.values * share, 0, 255).astype(np.uint8)
        rows, columns = limits.shape
        over = stretched(limits, (columns * self.side, rows * self.side))
        return below(seen, over[: seen.shape[0], : seen.shape[1]])

    def filled(self, least: float) -> "Tones":
        """Return the tones that ink has, if there is any: its tile's, that of tiles around it, or twice `least`."""
        inked = np.where(self.values >= least, self.values, 0)
        near = cv2.dilate(inked, np.ones((3, 3), np.uint8))
        filled = np.where(inked > 0, inked, np.where(near > 0, near, 2 * least))
        return Tones(filled.astype(np.float32), self.side)


def find_tones(seen: Pixels, dpi: float) -> Tones:
    """Return how dark the darkest stroke of each tile is.

    Args:
        seen: grey, on white paper.
        dpi: its resolution.
    """
    height, width = seen.shape
    side = max(1, round(TILE_MM * dpi / MM_PER_INCH / 2))
    half = averaged(seen, (-(-width // 2), -(-height // 2)))
    padded = np.pad(half, ((0, -half.shape[0] % side), (0, -half.shape[1] % side)), constant_values=255)
    rows = padded.reshape(padded.shape[0] // side, side, -1).min(axis=1)
    darkest = rows.reshape(rows.shape[0], -1, side).min(axis=2)
    return Tones(255 - darkest.astype(np.float32), 2 * side)
