"""Marks, points and strokes to lines: what is no letter belongs to the line of the letters next to it."""

import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import Boxes, Ink
from pipeline.layout.phrases import Numbers

BIN_MM = 0.6
FARTHEST_MM = 1.6
"""A mark is no farther above or below its letter."""
BESIDE_MM = 6.0
"""A point or hyphen is no farther before or after its line."""


def attach(ink: Ink, lines: Numbers, count: int) -> Numbers:
    """Return the line of each piece, -1 where it belongs to none.

    Args:
        ink: all pieces.
        lines: the line of each letter, -1 for all other pieces.
        count: how many lines there are.
    """
    loose = np.flatnonzero((lines < 0) & (ink.heights <= 6 * ink.mm))
    loose = loose[loose > 0]
    if not count or not len(loose):
        return lines
    tops, bottoms = outlines(ink, lines, count)
    boxes = ink.boxes[loose]
    at = (boxes[:, 0] + boxes[:, 2]) // 2 // round(BIN_MM * ink.mm)
    apart = np.maximum(np.maximum(tops[:, at] - boxes[:, 3], boxes[:, 1] - bottoms[:, at]), 0)
    nearest = apart.argmin(axis=0)
    near = apart[nearest, np.arange(len(loose))] <= FARTHEST_MM * ink.mm
    whole = lines.copy()
    whole[loose[near]] = nearest[near]
    return whole


def outlines(ink: Ink, lines: Numbers, count: int) -> tuple[Boxes, Boxes]:
    """Return upper and lower edge of each line's letters, along the line in steps of `BIN_MM`.

    Between letters and a little before and after them the edges of the nearest letters go on.
    """
    step = round(BIN_MM * ink.mm)
    bins = ink.labels.shape[1] // step + 1
    far = 4 * ink.labels.shape[0]
    tops, bottoms = np.full((count, bins), far, np.int32), np.full((count, bins), -far, np.int32)
    letters = np.flatnonzero(lines >= 0)
    x0, y0, x1, y1 = ink.boxes[letters].T
    first, last = x0 // step, (x1 - 1) // step
    for away in range(int((last - first).max()) + 1):
        wide = first + away <= last
        place = lines[letters][wide], (first + away)[wide]
        np.minimum.at(tops, place, y0[wide])
        np.maximum.at(bottoms, place, y1[wide])
    nearest = nearest_filled(bottoms > -far, round(BESIDE_MM * ink.mm / step))
    rows = np.arange(count)[:, None]
    return np.where(nearest < 0, far, tops[rows, nearest]), np.where(nearest < 0, -far, bottoms[rows, nearest])


def nearest_filled(filled: NDArray[np.bool_], reach: int) -> Numbers:
    """Return for each bin the nearest filled one of its row, -1 where none is within `reach` of it on either side."""
    bins = filled.shape[1]
    at = np.arange(bins)
    before = np.maximum.accumulate(np.where(filled, at, -bins), axis=1)
    after = np.minimum.accumulate(np.where(filled, at, 2 * bins)[:, ::-1], axis=1)[:, ::-1]
    nearest = np.where(at - before <= after - at, before, after)
    return np.where(np.abs(nearest - at) <= reach, nearest, -1)
