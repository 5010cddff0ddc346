"""Creases: straight thin lines in the ink of a page that come from folds, streaks of dust and staples, not from pens.

A fold runs from one edge of the paper to another, straight, thin, with gaps, and with nothing beside it. A staple is
as long as a staple, and lies in a corner. Lengths are in pixels of a picture of 100 dpi (about 4 a mm).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MOST: Final = 6
"""Folds and streaks on one page."""
CANDIDATES, FEWEST_VOTES, SHORTEST = 12, 10, 40
HALF_WIDTH, FLANK = 3.5, 10.0
MOST_BESIDE: Final = 0.45
"""Ink in both flanks over ink on the line: more stands beside a line of print or a ruling that is written on."""
BLOCK, FEWEST_TRACES = 8, 4
"""Pixels of the way that are looked at together, and those of them where the least of a fold is seen."""
COVERED, COVERED_SHORT, LONG = 0.4, 0.6, 400
"""Share of its way on which a fold shows; of a short one across a corner more."""
STAPLE_LENGTHS, STAPLE_WIDTH, STAPLE_REACH = (24.0, 56.0), 5.0, 115

Mask = NDArray[np.bool_]
Points = NDArray[np.float32]


def without_creases(ink: Mask, traces: Mask) -> Mask:
    """Return ink less its folds, streaks and staples.

    Args:
        ink: what may be content.
        traces: where there is the least of a thin stroke: the fold between its dark places.
    """
    left = ink.copy()
    seen = _places(traces | ink)
    for _ in range(MOST):
        crease = _find_crease(left, seen)
        if crease is None:
            break
        left &= ~crease
    return left & ~_staples(left)


def _places(mask: Mask) -> tuple[Points, Points]:
    y, x = np.nonzero(mask)
    return x.astype(np.float32), y.astype(np.float32)


def _find_crease(ink: Mask, seen: tuple[Points, Points]) -> Mask | None:
    """Return the ink on the clearest line from edge to edge, but for places where more ink is beside it."""
    lines = cv2.HoughLines(ink.astype(np.uint8), 1, np.pi / 360, FEWEST_VOTES)
    if lines is None:
        return None
    x, y = _places(ink)
    for rho, theta in lines[:CANDIDATES, 0].astype(np.float64).tolist():
        way = _way(rho, theta, ink.shape)
        if way < SHORTEST or _shown(*_along(*seen, rho, theta)) * BLOCK < _covered(way) * way:
            continue
        away, block = _along(x, y, rho, theta)
        on, beside = _counted(away, block)
        taken = (away <= HALF_WIDTH) & (beside <= MOST_BESIDE * on)[block]
        if taken.any():
            found = np.zeros_like(ink)
            found[y[taken].astype(np.intp), x[taken].astype(np.intp)] = True
            return found
    return None


def _along(x: Points, y: Points, rho: float, theta: float) -> tuple[Points, NDArray[np.intp]]:
    """Return how far places are from a line, and the number of the block of it that they are beside."""
    across, down = np.float32(np.cos(theta)), np.float32(np.sin(theta))
    along = y * across - x * down
    return np.abs(x * across + y * down - np.float32(rho)), ((along - along.min()) // BLOCK).astype(np.intp)


def _counted(away: Points, block: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how many places are on each block of a line, and how many are beside it."""
    most = int(block.max()) + 1
    on = np.bincount(block[away <= HALF_WIDTH], minlength=most)
    return on, np.bincount(block[(away > HALF_WIDTH) & (away <= FLANK)], minlength=most)


def _shown(away: Points, block: NDArray[np.intp]) -> int:
    """Return on how many blocks a line is seen, with nothing beside it."""
    on, beside = _counted(away, block)
    return int(((on >= FEWEST_TRACES) & (beside <= MOST_BESIDE * on)).sum())


def _covered(way: float) -> float:
    return COVERED if way >= LONG else COVERED_SHORT


def _way(rho: float, theta: float, shape: tuple[int, ...]) -> float:
    """Return how long a line runs over the page."""
    across, down = np.cos(theta), np.sin(theta)
    low, high = -np.inf, np.inf
    for start, step, side in ((rho * across, -down, shape[1]), (rho * down, across, shape[0])):
        if abs(step) < 1e-6:
            continue
        ends = sorted((-start / step, (side - start) / step))
        low, high = max(low, ends[0]), min(high, ends[1])
    return float(max(high - low, 0.0))


def _staples(ink: Mask) -> Mask:
    """Return where thin straight pieces of a staple's length lie in the corners."""
    found = np.zeros_like(ink)
    reach = min(STAPLE_REACH, *(side // 2 for side in ink.shape))
    if reach < 1:
        return found
    for rows in (slice(0, reach), slice(-reach, None)):
        for columns in (slice(0, reach), slice(-reach, None)):
            found[rows, columns] = _staple(ink[rows, columns])
    return found


def _staple(corner: Mask) -> Mask:
    joined = cv2.morphologyEx(corner.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    found = np.zeros_like(corner)
    for number in range(1, count):
        piece = labels == number
        _, sides, _ = cv2.minAreaRect(np.argwhere(piece).astype(np.float32))
        if min(sides) <= STAPLE_WIDTH and STAPLE_LENGTHS[0] <= max(sides) <= STAPLE_LENGTHS[1]:
            found |= piece
    return found & corner
