"""Columns: gutters of white paper that run down beside several lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from pipeline.layout.rows import around, find_rows

GUTTER_MM = 2.6
"""Columns are at least so far apart."""
ALIGNED_MM = 2.0
CENTRED_MM = 5.0
NEARLY_MM = 3.0
FARTHEST_MM = 32.0
"""Lines of a column are no farther apart; the space for a signature is the widest."""
FEWEST_BODY_ROWS = 5
BODY_MM = 35.0
"""Columns of running text have at least so many lines, and are at least so wide."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Two columns side by side (hai cột).

    Attributes:
        left, right: numbers of the phrases in each.
    """

    left: Numbers
    right: Numbers

    @property
    def members(self) -> Numbers:
        """All phrases of both columns."""
        return np.concatenate([self.left, self.right])


def find_spread(boxes: Boxes, members: Numbers, mm: float) -> Spread | None:
    """Return the first pair of columns among `members`, None where they are lines of one column.

    Args:
        boxes: usual height of the letters of all phrases, and places that no gutter may cross.
        members: the numbers of those that are looked at.
        mm: pixels per millimetre.
    """
    order = members[np.argsort(boxes[members, 1], kind="stable")]
    tried: list[tuple[float, float, float, float]] = []
    for left, right, middle in gaps(boxes, order, mm):
        if any(a <= left and right <= b and top <= middle <= bottom for a, b, top, bottom in tried):
            continue
        spread, place = grow(boxes, order, (left, right, middle), mm)
        tried.append(place)
        if are_columns(boxes, spread, mm):
            return spread
    return None


def gaps(boxes: Boxes, members: Numbers, mm: float) -> Iterator[tuple[float, float, float]]:
    """Yield left and right edge and height of the white space right of each phrase, up to what stands there."""
    x0, y0, x1, y1 = boxes[members].T
    middles = (y0 + y1) / 2
    for phrase in range(len(members)):
        near = np.abs(middles - middles[phrase]) < 0.8 * (y1 - y0 + y1[phrase] - y0[phrase])
        starts = x0[near & (x0 >= x1[phrase])]
        if len(starts) and starts.min() - x1[phrase] >= GUTTER_MM * mm:
            yield float(x1[phrase]), float(starts.min()), float(middles[phrase])


def grow(
    boxes: Boxes, order: Numbers, gap: tuple[float, float, float], mm: float
) -> tuple[Spread, tuple[float, float, float, float]]:
    """Return what stands left and right of a gap carried up and down as far as it stays wide enough, and its place."""
    left, right, middle = gap
    middles = (boxes[order, 1] + boxes[order, 3]) / 2
    sides: tuple[list[int], list[int]] = ([], [])
    ends = [middle, middle]
    below = order[middles >= middle]
    above = order[middles < middle][::-1]
    for direction, phrases in enumerate((above, below)):
        for phrase in phrases.tolist():
            x0, y0, x1, y1 = boxes[phrase].tolist()
            away = y0 - ends[1] if direction else ends[0] - y1
            if away > FARTHEST_MM * mm:
                break
            if (x0 + x1) / 2 < (left + right) / 2:
                side, narrower = 0, (max(left, x1), right)
            else:
                side, narrower = 1, (left, min(right, x0))
            if narrower[1] - narrower[0] < GUTTER_MM * mm:
                break
            left, right = narrower
            sides[side].append(phrase)
            ends[direction] = max(ends[1], y1) if direction else min(ends[0], y0)
    columns = Spread(np.sort(np.asarray(sides[0], np.intp)), np.sort(np.asarray(sides[1], np.intp)))
    return columns, (left, right, ends[0], ends[1])


def are_columns(boxes: Boxes, spread: Spread, mm: float) -> bool:
    """Decide whether two sides of a gutter are read one after the other, not line by line across."""
    left, right = (around(boxes, find_rows(boxes, side)) for side in (spread.left, spread.right))
    left, right = beside(left, right, mm), beside(right, left, mm)
    if not len(left) or not len(right) or len(left) + len(right) < 3:
        return False
    if share_on_one_line(left, right) < 0.6:
        return True
    if is_centred(left, mm) and is_centred(right, mm):
        return True
    return is_body(left, mm) and is_body(right, mm)


def beside(rows: Boxes, others: Boxes, mm: float) -> Boxes:
    """Return those of `rows` that have some of the other column beside them, or nearly."""
    if not len(rows) or not len(others):
        return rows
    return rows[(rows[:, 3] > others[:, 1].min() - NEARLY_MM * mm) & (rows[:, 1] < others[:, 3].max() + NEARLY_MM * mm)]


def share_on_one_line(left: Boxes, right: Boxes) -> float:
    """Return which share of the lines of the shorter column stands on a line with one of the other."""
    fewer, more = sorted((left, right), key=len)
    shared = np.minimum(fewer[:, None, 3], more[:, 3]) - np.maximum(fewer[:, None, 1], more[:, 1])
    lowest = np.minimum((fewer[:, 3] - fewer[:, 1])[:, None], more[:, 3] - more[:, 1])
    return float((shared > 0.6 * lowest).any(axis=1).mean())


def is_centred(rows: Boxes, mm: float) -> bool:
    """Decide whether lines of several lengths have one middle."""
    middles, starts = (rows[:, 0] + rows[:, 2]) / 2, rows[:, 0]
    return len(rows) > 1 and float(np.ptp(middles)) < CENTRED_MM * mm and float(np.ptp(starts)) > ALIGNED_MM * mm


def is_body(rows: Boxes, mm: float) -> bool:
    """Decide whether lines are a column of running text: many, wide, and most of them filled to its edge."""
    ends, widths = rows[:, 2], rows[:, 2] - rows[:, 0]
    full = ends > ends.max() - ALIGNED_MM * mm
    return len(rows) >= FEWEST_BODY_ROWS and float(full.mean()) > 0.5 and float(np.median(widths)) > BODY_MM * mm
