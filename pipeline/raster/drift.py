"""Places of the finished page that do not lie where they should."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.tiles import Pair
from schemas.geometry import Box
from schemas.page import Pixels

Profile = NDArray[np.float64]

BLOCK = 128
"""Pixels each way that move together."""
ALLOWED = 1.0
"""Pixels by which a place may be shifted."""
FARTHEST = 5
"""Pixels by which it is looked for; what moved farther is lost here and gained there."""
MOVED = 0.25
"""Of the contrast of ink: edges that are shifted differ by more."""
PALEST = 8.0
"""Differences that nobody sees as edges, even on paper with nothing but shades."""
FEWEST = 12
"""Pixels of such edges in a block."""
CLEARLY = 0.5
"""Of what differs is left where the pictures are laid upon each other again."""
FLAT = 1.0
"""Profiles whose deviation is less have no edges to be measured by."""


def shifted(pair: Pair) -> Iterator[Box]:
    """Yield where the page is shifted by more than a pixel, in pixels of the tile."""
    least = MOVED * pair.contrast
    edges = cv2.threshold(cv2.absdiff(*pair.soft), max(PALEST, least), 255, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(edges) < FEWEST:
        return
    height, width = edges.shape
    for y in range(0, height - BLOCK + 1, BLOCK):
        for x in range(0, width - BLOCK + 1, BLOCK):
            block = np.s_[y : y + BLOCK, x : x + BLOCK]
            if cv2.countNonZero(edges[block]) >= FEWEST and _moved(pair.was[block], pair.now[block]):
                yield Box(x, y, x + BLOCK, y + BLOCK)


def _moved(was: Pixels, now: Pixels) -> bool:
    return any(abs(find_shift(_profile(was, axis), _profile(now, axis))) > ALLOWED for axis in (0, 1))


def _profile(block: Pixels, axis: int) -> Profile:
    return np.asarray(cv2.reduce(block, axis, cv2.REDUCE_AVG, dtype=cv2.CV_64F), np.float64).reshape(-1)


def find_shift(was: Profile, now: Profile) -> float:
    """Return by how many pixels one profile lies further on than another; 0 where that is not clear."""
    core = was[FARTHEST:-FARTHEST]
    if core.std() < FLAT or now.std() < FLAT:
        return 0.0
    laid = np.lib.stride_tricks.sliding_window_view(_evened(now), len(core))
    apart = ((laid - _evened(was)[FARTHEST:-FARTHEST]) ** 2).sum(axis=1)
    best = int(apart.argmin())
    if best in (0, 2 * FARTHEST) or apart[best] > CLEARLY * apart[FARTHEST]:
        return 0.0
    before, here, after = apart[best - 1 : best + 2]
    return float(best - FARTHEST + 0.5 * (before - after) / max(before - 2 * here + after, 1e-9))


def _evened(profile: Profile) -> Profile:
    """Return the profile with a mean of 0 and a deviation of 1: what is darker has not moved."""
    return np.asarray((profile - profile.mean()) / profile.std(), np.float64)
