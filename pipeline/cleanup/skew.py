"""Skew: by how much the lines of print lean."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.glyphs import Glyphs, Mask

LARGEST = 15.0
COARSE_STEP = 0.5
FINE_STEP = 0.05
FEWEST_GLYPHS = 30
MOST_POINTS = 20_000
CLEAR = 1.3
"""How much sharper the best angle must be than the usual one."""

Points = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Lean:
    """The angle at which lines of print show best.

    Attributes:
        degrees: counter-clockwise turn that makes the lines level.
        sharpness: how far the feet of letters gather on lines there; 1 is not at all.
        usual: the median sharpness over all angles.
    """

    degrees: float
    sharpness: float
    usual: float

    @property
    def clear(self) -> bool:
        """Whether the angle can be trusted."""
        return self.sharpness >= CLEAR * self.usual


def find_skew(lean: Lean, glyphs: int) -> float:
    """Return the counter-clockwise turn in degrees, -15..15, that makes the print level; 0 where it is not clear.

    Args:
        lean: what the letters show.
        glyphs: how many letters there are.
    """
    return lean.degrees if glyphs >= FEWEST_GLYPHS and lean.clear else 0.0


def find_lean(glyphs: Glyphs) -> Lean:
    """Return the angle at which the lower edges of the letters gather best, to 0.05 degrees."""
    points = lower_edges(glyphs.mask)
    return refine_lean(points, rough_lean(points))


def rough_lean(points: Points) -> Lean:
    """Return the same to half a degree."""
    angles = np.arange(-LARGEST, LARGEST + COARSE_STEP / 2, COARSE_STEP)
    curve = [sharpness(points, angle) for angle in angles]
    best = int(np.argmax(curve))
    return Lean(float(angles[best]), curve[best], float(np.median(curve)))


def refine_lean(points: Points, rough: Lean) -> Lean:
    """Return a lean found roughly, now to 0.05 degrees."""
    angles = np.arange(rough.degrees - COARSE_STEP, rough.degrees + COARSE_STEP + FINE_STEP / 2, FINE_STEP)
    angles = angles[np.abs(angles) <= LARGEST]
    curve = [sharpness(points, angle) for angle in angles]
    best = int(np.argmax(curve))
    return Lean(round(float(angles[best]), 3), curve[best], rough.usual)


def lower_edges(mask: Mask) -> Points:
    """Return x and y of ink pixels that have none beneath, evenly chosen where there are very many."""
    found = cv2.findNonZero(cv2.bitwise_and(mask[:-1], cv2.bitwise_not(mask[1:])))  # thrice as fast as numpy's
    if found is None:
        return np.empty(0, np.float32), np.empty(0, np.float32)
    x, y = found.reshape(-1, 2)[:: max(1, len(found) // MOST_POINTS)].astype(np.float32).T
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def sharpness(points: Points, degrees: float) -> float:
    """Return how unevenly the points fall on rows that lean by `degrees`: 1 for even, more for lines of print."""
    x, y = points
    if len(x) == 0:
        return 1.0
    rows = y - x * np.float32(np.tan(np.radians(degrees)))
    counts = np.bincount((rows - rows.min()).astype(np.int32)).astype(np.float64)
    return float((counts @ counts) * len(counts) / len(x) ** 2)
