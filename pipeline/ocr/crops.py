"""Crops of lines before they are read: where their ink is, and what size a reader can take."""

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.geometry import Box
from schemas.page import Pixels

Columns = NDArray[np.bool_]
"""One truth value for each column of a crop: whether it holds ink."""

INK = 160
"""Grey below which a pixel is ink."""
FEWEST_DARK = 6
"""Less ink than this is a speck; a full stop at 150 dpi has more."""
FEWEST_IN_ROW = 3
"""A row above or below a line with less ink than this holds specks: they would make the line seem taller."""
LEAST_HIGH, MOST_HIGH = 24, 42
"""Tesseract makes all lines 36 pixels high: near that it is a tenth faster, and a dash stays a dash."""
LONGEST = 120
"""Heights; twice the longest line of print. What is longer is no line, and would cost seconds."""


def fitted(crop: Pixels) -> Pixels:
    """Return the crop about as high as Tesseract wants lines, in one piece of memory."""
    height, width = crop.shape
    if height < LEAST_HIGH:
        above = (LEAST_HIGH - height) // 2
        crop = np.pad(crop, ((above, LEAST_HIGH - height - above), (0, 0)), constant_values=255)
    high = min(crop.shape[0], MOST_HIGH)
    wide = min(max(1, round(width * high / crop.shape[0])), LONGEST * high)
    if (high, wide) == crop.shape:
        return np.ascontiguousarray(crop)
    return np.asarray(cv2.resize(crop, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)


def ink_box(crop: Pixels) -> Box | None:
    """Return the box around the ink of a crop, without specks above and below; None where there is none."""
    dark = crop < INK
    filled = np.count_nonzero(dark, axis=1)
    if filled.sum() < FEWEST_DARK:
        return None
    rows = np.flatnonzero(filled >= min(FEWEST_IN_ROW, filled.max()))
    columns = np.flatnonzero(dark.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def inked_columns(crop: Pixels) -> Columns:
    """Return which columns of a crop hold ink."""
    return np.asarray((crop < INK).any(axis=0))


def widest_gap(columns: Columns, start: int, end: int) -> tuple[int, int]:
    """Return the longest run of columns without ink in `start`..`end`; both the middle where all hold ink."""
    edges = np.flatnonzero(np.diff(columns[start:end].astype(np.int8), prepend=1, append=1))
    if not len(edges):
        middle = (start + end) // 2
        return middle, middle
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return start + int(starts[longest]), start + int(ends[longest])
