"""A line as Tesseract's network was taught to see it: of one height, black and white stretched as far as they go.

Tesseract sharpens what it makes smaller; on scans that reads no better, so it is left out.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels

BLACK, WHITE = 0.25, 0.75
"""Shares of the darkest and of the lightest places along the middle of a line: what lies there is black and white."""


def picture_of(crop: Pixels, height: int) -> NDArray[np.float32]:
    """Return a line as the network takes it, -1 black and 1 white.

    Args:
        crop: grey, black on white, of any height.
        height: what the network reads.
    """
    rows, columns = crop.shape
    width = max(1, round(columns * height / rows))
    scaled = np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    black, white = levels(scaled[height // 2])
    stretched = 2 * (scaled - np.float32(black)) / np.float32(max(white - black, 1.0)) - 1
    return np.asarray(np.clip(stretched, -1, 1), np.float32)


def levels(row: NDArray[np.float32]) -> tuple[float, float]:
    """Return black and white of a line by the places along its middle that are darker or lighter than those beside."""
    before, here, after = row[:-2], row[1:-1], row[2:]
    dark, light = here[(here < before) & (here <= after)], here[(here > before) & (here >= after)]
    black = float(np.quantile(dark, BLACK)) if len(dark) else 0.0
    white = float(np.quantile(light, WHITE)) if len(light) else 255.0
    return (black, white) if black < white else (0.0, 255.0)
