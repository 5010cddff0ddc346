"""Bleed-through: print of the other side, as dark as faint toner but blurred by the paper that it came through."""

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels

STRIP_PX, EVERY = 64, 3
"""One strip of the page in so many is looked at; a strip is as high as a line of print."""
FAINTEST = 20
BLURRED = 1.45
"""Curvature of a stroke's ridge against its depth, up to which it is blurred; pale print is thin, and sharper."""
DEEPEST_SHARE = 0.6
"""Bleed-through comes to no more of the darkest print."""
LEAST, QUANTILE = 0.09, 2 / 3
"""Blurred strokes per pixel of a strip's length in one strip of three: seals, pens and shadows stand in few."""

Values = NDArray[np.float32]


def find_bleed(grey: Pixels, deepest: float) -> float:
    """Return the depth below white to which the other side shows through; 0 where it does not.

    It is the depth that best parts blurred strokes from sharp ones.

    Args:
        grey: print on white paper, about 200 dpi.
        deepest: depth of the darkest print.
    """
    height, width = grey.shape
    strips = [_strokes(grey[top : top + STRIP_PX]) for top in range(0, height, EVERY * STRIP_PX)]
    depth, sharp = np.concatenate(strips, axis=1)
    low = depth <= DEEPEST_SHARE * deepest
    gain = np.bincount(depth[low].astype(np.intp), np.where(sharp[low] < BLURRED, 1, -1), minlength=1).cumsum()
    most = int(gain.argmax()) + 1
    blurred = [np.count_nonzero((depth <= most) & (sharp < BLURRED)) for depth, sharp in strips]
    return float(most) if np.quantile(blurred, QUANTILE) >= LEAST * width else 0.0


def _strokes(grey: Pixels) -> Values:
    """Return depth below white and sharpness of the middles of strokes; 2 x n."""
    depth = 255 - cv2.GaussianBlur(grey, (0, 0), 1).astype(np.float32)
    ridge = (cv2.dilate(depth, np.ones((5, 5), np.uint8)) == depth) & (depth > FAINTEST)
    bent = -cv2.Laplacian(depth, cv2.CV_32F, ksize=3)
    return np.stack([depth[ridge], bent[ridge] / depth[ridge]])
