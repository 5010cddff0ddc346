"""How ink was put on paper: its lean, the width of its strokes, how level it stands. Print is alike all over a line."""

from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.crops import INK
from schemas.page import Pixels

LEANS: Final = np.linspace(-0.2, 0.7, 19)
"""Columns to the right for each row upwards; letters of a pen lean by 0.1 and more, those of italics by 0.25."""
LEANING = 0.1
THICK, THIN = 1.22, 0.8
"""Strokes of the same line of print are at least so alike in width."""
PALEST = 195
"""Ink of a ball pen is paler than print."""
TALL = 0.25
"""Of the crop's height: what is less tall is a point or a mark."""
HIGHEST, LOWEST = 1.07, 0.06
"""Digits are as high as capitals, and stand on the line."""


def lean(crop: Pixels) -> float:
    """Return how far the letters of a crop lean to the right: upright strokes then fill the fewest columns."""
    ink = np.where(crop < PALEST, 255 - crop, 0).astype(np.float32)
    height, width = ink.shape
    filled = [float((_sheared(ink, turn, height, width).sum(axis=0) ** 2).sum()) for turn in LEANS]
    return float(LEANS[int(np.argmax(filled))])


def _sheared(ink: NDArray[np.float32], turn: float, height: int, width: int) -> NDArray[np.float32]:
    matrix = np.asarray([[1, turn, (height - turn * height) / 2], [0, 1, 0]], np.float32)
    return cast("NDArray[np.float32]", cv2.warpAffine(ink, matrix, (width + height, height)))


def stroke(crop: Pixels) -> float:
    """Return how wide strokes are in the middle, in pixels; 0 where there is no ink."""
    ink = cv2.inRange(crop, 0, INK - 1)
    if not ink.any():
        return 0.0
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    ridges = depth[(depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return 2 * float(ridges.mean())


def is_leaning(crop: Pixels, beside: Pixels) -> bool:
    """Whether letters lean more than those beside them."""
    return lean(crop) - lean(beside) >= LEANING


def is_odd_in_width(crop: Pixels, beside: Pixels) -> bool:
    """Whether strokes are wider or thinner than those beside them."""
    own, usual = stroke(crop), stroke(beside)
    return bool(own and usual) and not THIN * usual < own < THICK * usual


def is_uneven(crop: Pixels, beside: Pixels) -> bool:
    """Whether digits are higher than the capitals beside them, or hang below the line that these stand on."""
    tops, feet = _letters(crop)
    high, usual = feet - tops, _letters(beside)
    if not len(high) or not len(usual[0]):
        return False
    capitals, line = np.percentile(usual[1] - usual[0], 80), np.median(usual[1])
    return bool(high.max() > HIGHEST * capitals or (feet - line).max() >= LOWEST * crop.shape[0])


def _letters(crop: Pixels) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first and the last row of each letter."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.inRange(crop, 0, INK - 1), connectivity=8)
    tall = stats[1:][stats[1:, 3] >= TALL * crop.shape[0]]
    return tall[:, 1], tall[:, 1] + tall[:, 3]


def without(crop: Pixels, spans: Sequence[tuple[int, int]]) -> Pixels:
    """Return a crop in which these columns are paper."""
    rest = crop.copy()
    for start, end in spans:
        rest[:, max(0, start) : max(0, end)] = 255
    return rest
