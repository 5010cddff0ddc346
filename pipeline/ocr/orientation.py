"""Which way up a page is, decided by reading a few of its lines in all four turns.

Upright print is read with certainty, in whatever other turn hardly a letter is. Only pages whose letters
leave a doubt are asked about, and a handful of lines of each: some hundredths of a second.
"""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ports import LineReader
from schemas.page import Pixels
from schemas.text import LineReading
from schemas.units import MM_PER_INCH, Turn

QUARTERS: tuple[Turn, ...] = (0, 90, 180, 270)
DPI = 200
MM = DPI / MM_PER_INCH
MOST_LINES = 8
CONTRAST = 25
NEIGHBOURHOOD_MM = 6.0
SMALLEST_MM, LARGEST_MM = 0.8, 8.0
"""Sides of what may be a letter or a word whose letters touch; the longer side may be thrice as long."""
GAP_MM = 3.0
"""Letters no farther apart stand on one line."""
SHORTEST_MM = 5.0
MARGIN_MM = 1.0
SURE = 0.8
FEWEST_LETTERS = 6.0
CLEARLY = 1.3
"""A turn has to be read with so many sure letters, and so much better than the page as it lies."""

Boxes = NDArray[np.int32]
"""Rows of left, top, width, height."""


def find_upright(grey: Pixels, reader: LineReader) -> Turn:
    """Return the clockwise turn that brings a page upright; 0 where nothing tells.

    Args:
        grey: the page, level, whichever side is up; about 200 dpi.
        reader: reads lines, and states how sure it is of each word.

    Raises:
        RecognizerFailed: the reader ended without a result.
    """
    across, down = cut_lines(grey), cut_lines(turned(grey, 90))
    crops = {0: across, 90: down, 180: flipped(across), 270: flipped(down)}
    readings = reader.read_lines([crop for by in QUARTERS for crop in crops[by]])
    weights: dict[Turn, float] = {}
    for by in QUARTERS:
        weights[by], readings = sure_letters(readings[: len(crops[by])]), readings[len(crops[by]) :]
    best = max(QUARTERS, key=lambda by: weights[by])
    return best if weights[best] >= FEWEST_LETTERS and weights[best] > CLEARLY * weights[0] else 0


def sure_letters(readings: Sequence[LineReading]) -> float:
    """Return how many letters and digits were read, each word counted by how sure the reader is of it."""
    words = [word for reading in readings for word in reading.words if word.confidence >= SURE]
    return sum(word.confidence * sum(sign.isalnum() for sign in word.text) for word in words)


def cut_lines(grey: Pixels) -> list[Pixels]:
    """Return the longest lines that run across a level page, black on white."""
    margin = round(MARGIN_MM * MM)
    framed = np.pad(grey, margin, mode="edge")
    boxes = find_lines(grey)
    longest = boxes[np.argsort(-boxes[:, 2], kind="stable")[:MOST_LINES]]
    crops = [framed[y : y + high + 2 * margin, x : x + wide + 2 * margin] for x, y, wide, high in longest.tolist()]
    return [cast("Pixels", cv2.normalize(crop, None, 0, 255, cv2.NORM_MINMAX)) for crop in crops]  # type: ignore[call-overload]


def find_lines(grey: Pixels) -> Boxes:
    """Return boxes around lines of print that run across; what is no letter is left out."""
    side = round(NEIGHBOURHOOD_MM * MM) | 1
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, side, CONTRAST)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    short, long = stats[:, 2:4].min(axis=1), stats[:, 2:4].max(axis=1)
    letters = (long >= SMALLEST_MM * MM) & (short <= LARGEST_MM * MM) & (long <= 3 * LARGEST_MM * MM)
    letters[0] = False  # the ground
    mask = np.where(letters, np.uint8(255), np.uint8(0))[labels]
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, round(GAP_MM * MM) | 1), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = np.asarray(found[1:, :4], np.int32)
    wide, high = boxes[:, 2], boxes[:, 3]
    fits = (high >= 1.5 * MM) & (high <= 1.5 * LARGEST_MM * MM) & (wide >= SHORTEST_MM * MM) & (wide > 1.5 * high)
    return np.asarray(boxes[fits], np.int32)


def turned(pixels: Pixels, by: Turn) -> Pixels:
    """Return a picture after a clockwise turn."""
    return np.ascontiguousarray(np.rot90(pixels, -by // 90))


def flipped(crops: Sequence[Pixels]) -> list[Pixels]:
    """Return each picture upside down."""
    return [turned(crop, 180) for crop in crops]
