"""How dark ink is from place to place: one value for each tile of a page."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

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

    def below(self, share: float, like: Pixels) -> Pixels:
        """Return, in the size of `like`, what is darker than `share` of the tones around it."""
        height, width = like.shape
        limits = np.clip(255 - self.values * share, 0, 255).astype(np.uint8)
        return cast("Pixels", cv2.compare(like, self.spread(limits, cv2.INTER_LINEAR)[:height, :width], cv2.CMP_LT))

    def spread(self, tiles: Pixels, how: int) -> Pixels:
        """Return a picture of one pixel a tile in the size of all tiles, interpolated as `how` says."""
        rows, columns = tiles.shape
        return cast("Pixels", cv2.resize(tiles, (columns * self.side, rows * self.side), interpolation=how))

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
    half = cv2.resize(seen, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    padded = np.pad(half, ((0, -half.shape[0] % side), (0, -half.shape[1] % side)), constant_values=255)
    rows = padded.reshape(padded.shape[0] // side, side, -1).min(axis=1)
    darkest = rows.reshape(rows.shape[0], -1, side).min(axis=2)
    return Tones(255 - darkest.astype(np.float32), 2 * side)
