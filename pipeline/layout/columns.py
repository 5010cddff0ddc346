"""Columns: gutters of white paper that run down beside several lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from pipeline.layout.rows import around, find_rows

GUTTER_MM = 2.6
"""Columns are at least so far apart."""
ALIGNED_MM = 2.0
CENTRED_MM = 5.0
MOST = 0.6
NARROW_MM = 20.0
"""Lines of a column have one middle; it is no proof where they are short."""
NEARLY_MM = 1.5
FARTHEST_MM = 32.0
"""Lines of a column are no farther apart; the space for a signature is the widest."""
APART_MM = 10.0
"""A line above one of two columns has no part in it if their middles are farther apart."""
PAUSE_MM = 5.0
"""Lines below both columns belong to neither if so much white is above them."""
FEWEST_LISTED = 3
FEWEST_BODY_ROWS = 5
BODY_MM = 35.0
"""Columns of running text have at least so many lines, and are at least so wide."""
WIDER = 1.6
"""A gutter beside centred lines is so many times as wide as their spaces: words typed far apart stand in one line."""


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


@dataclass(frozen=True)
class Gutter:
    """White paper between two columns, in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def holds(self, other: "Gutter") -> bool:
        """Whether the other one lies within this one, or is wider beside the same lines."""
        wide = other.left <= self.left and self.right <= other.right
        return wide and self.top <= other.top and other.bottom <= self.bottom

    def beside(self, x0: float, y0: float, x1: float, y1: float) -> "Gutter":
        """Return the gutter carried on beside a box, as wide as the box leaves it."""
        top, bottom = min(self.top, y0), max(self.bottom, y1)
        if x0 + x1 < self.left + self.right:
            return Gutter(max(self.left, x1), self.right, top, bottom)
        return Gutter(self.left, min(self.right, x0), top, bottom)


def find_spread(boxes: Boxes, members: Numbers, places: Numbers, mm: float) -> Spread | None:
    """Return the first pair of columns among `members`, None where they are lines of one column.

    Args:
        boxes: usual height of the letters of all phrases, and places to write on, which no gutter may cross.
        members: the numbers of those that are looked at.
        places: the numbers of the latter: beside them stand lines of a form.
        mm: pixels per millimetre.
    """
    order = members[np.argsort(boxes[members, 1], kind="stable")]
    tried: list[Gutter] = []
    for gap in gaps(boxes, order, mm):
        if any(gutter.holds(gap) for gutter in tried):
            continue
        spread, gutter = grow(boxes, order, gap, mm)
        tried.append(gutter)
        spread = without_typed_lines(boxes, spread)
        if are_columns(boxes, spread, places, mm):
            return trimmed(boxes, spread, mm)
    return None


def gaps(boxes: Boxes, members: Numbers, mm: float) -> Iterator[Gutter]:
    """Yield the white space right of each phrase, up to what stands there."""
    x0, y0, x1, y1 = boxes[members].T
    middles = (y0 + y1) / 2
    for phrase, middle in enumerate(middles.tolist()):
        near = np.abs(middles - middle) < 0.8 * (y1 - y0 + y1[phrase] - y0[phrase])
        starts = x0[near & (x0 >= x1[phrase])]
        if len(starts) and starts.min() - x1[phrase] >= GUTTER_MM * mm:
            yield Gutter(float(x1[phrase]), float(starts.min()), middle, middle)


def grow(boxes: Boxes, order: Numbers, gap: Gutter, mm: float) -> tuple[Spread, Gutter]:
    """Return what stands left and right of a gutter carried up and down as far as it stays wide enough, and its place.

    Args:
        boxes: of all phrases.
        order: those that are looked at, from top to bottom.
        gap: the white space to start from.
        mm: pixels per millimetre.
    """
    middles = (boxes[order, 1] + boxes[order, 3]) / 2
    left: list[int] = []
    right: list[int] = []
    gutter = gap
    for phrases in (order[middles < gap.top][::-1], order[middles >= gap.top]):
        members, gutter = carry(boxes, phrases, gutter, mm)
        for phrase in members:
            (left if boxes[phrase, 2] <= gutter.right else right).append(phrase)
    return Spread(np.sort(np.asarray(left, np.intp)), np.sort(np.asarray(right, np.intp))), gutter


def carry(boxes: Boxes, phrases: Numbers, gutter: Gutter, mm: float) -> tuple[list[int], Gutter]:
    """Return those of `phrases`, the nearest first, that stand beside the gutter, and how it goes on between them."""
    members: list[int] = []
    for phrase in phrases.tolist():
        box = boxes[phrase]
        longer = gutter.beside(*box.tolist())
        if longer.right - longer.left < GUTTER_MM * mm:
            whole = np.minimum(boxes[members, 3], box[3]) - np.maximum(boxes[members, 1], box[1]) <= 0
            return np.asarray(members, np.intp)[whole].tolist(), gutter
        if longer.bottom - longer.top > gutter.bottom - gutter.top + FARTHEST_MM * mm:
            break
        members.append(phrase)
        gutter = longer
    return members, gutter


def without_typed_lines(boxes: Boxes, spread: Spread) -> Spread:
    """Return the columns without the lines above them through which the gutter runs by chance, at a space."""
    rows = find_rows(boxes, spread.members)
    above = list(
        takewhile(lambda row: not np.isin(row, spread.right).any() or is_typed(boxes, row, spread.right), rows)
    )
    while above and not np.isin(above[-1], spread.right).any():
        above.pop()
    whole = np.concatenate([np.zeros(0, np.intp), *above])
    return Spread(np.setdiff1d(spread.left, whole), np.setdiff1d(spread.right, whole))


def is_typed(boxes: Boxes, row: Numbers, right: Numbers) -> bool:
    """Whether words of a row stand far apart, those on both sides of a gutter not much farther."""
    gaps, across = boxes[row[1:], 0] - boxes[row[:-1], 2], np.diff(np.isin(row, right).astype(np.int8)) != 0
    parts = across.any() and not across.all()
    return bool(parts and float(gaps[across].max()) <= WIDER * float(np.median(gaps[~across])))


def trimmed(boxes: Boxes, spread: Spread, mm: float) -> Spread:
    """Return the columns without what only happens to stand above or below them, on one side of the gutter."""
    left, right = spread.left, spread.right
    left = left[boxes[left, 3] > boxes[right, 1].min() - NEARLY_MM * mm]
    if not len(left):
        return spread
    start, end = boxes[left, 1].min(), boxes[right, 3].max()
    middles = boxes[right, 0] + boxes[right, 2]
    centred = has_one_middle(around(boxes, find_rows(boxes, left)), mm)
    alike = np.abs(middles - np.median(middles)) < 2 * APART_MM * mm
    right = right[(alike & (not centred)) | (boxes[right, 3] > start)]
    down = left[np.argsort(boxes[left, 1], kind="stable")]
    reached = np.maximum.accumulate(boxes[down, 3])
    paused = (boxes[down[1:], 1] > end) & (boxes[down[1:], 1] - reached[:-1] > PAUSE_MM * mm)
    after = np.flatnonzero(paused & ~(centred & stand_centred(boxes, down, mm)[1:]))
    return Spread(np.sort(down[: after[0] + 1] if len(after) else down), right)


def stand_centred(boxes: Boxes, column: Numbers, mm: float) -> NDArray[np.bool_]:
    """Return which phrases of a column have its middle."""
    middles = (boxes[column, 0] + boxes[column, 2]) / 2
    return np.asarray(np.abs(middles - np.median(middles)) < ALIGNED_MM * mm)


def are_columns(boxes: Boxes, spread: Spread, places: Numbers, mm: float) -> bool:
    """Decide whether two sides of a gutter are read one after the other, not line by line across."""
    left, whole = (around(boxes, find_rows(boxes, side)) for side in (spread.left, spread.right))
    left, right = beside(left, whole, mm), beside(whole, left, mm)
    if not len(left) or not len(right) or len(left) + len(right) < 3:
        return False
    fewer, more = sorted((left, right), key=len)
    if share_on_one_line(fewer, more) < MOST:
        return True
    if are_centred(left, right, mm) or is_signed(left, whole, mm):
        return not fills_in(boxes, spread, places) and is_wider_than_spaces(boxes, spread)
    return is_body(left, mm) and is_body(right, mm)


def fills_in(boxes: Boxes, spread: Spread, places: Numbers) -> bool:
    """Whether a line of a form runs through the gutter: print on both sides, and a place to write on."""
    rows = find_rows(boxes, spread.members)
    blank, right = [np.isin(row, places) for row in rows], [np.isin(row, spread.right) for row in rows]
    return any(
        empty.any() and (~empty & side).any() and (~empty & ~side).any()
        for empty, side in zip(blank, right, strict=True)
    )


def is_wider_than_spaces(boxes: Boxes, spread: Spread) -> bool:
    """Whether the gutter is wider than a space on most lines that it runs through."""
    spaces, gutters = [], []
    for row in find_rows(boxes, spread.members):
        gaps = boxes[row[1:], 0] - boxes[row[:-1], 2]
        crossing = np.diff(np.isin(row, spread.right).astype(np.int8)) != 0
        gutters += gaps[crossing].tolist()
        spaces += gaps[~crossing].tolist()
    return not spaces or not gutters or float((np.asarray(gutters) > WIDER * np.median(spaces)).mean()) >= MOST


def beside(rows: Boxes, others: Boxes, mm: float) -> Boxes:
    """Return those of `rows` that have some of the other column beside them, or nearly."""
    if not len(rows) or not len(others):
        return rows
    top, bottom = others[:, 1].min() - NEARLY_MM * mm, others[:, 3].max() + NEARLY_MM * mm
    return np.asarray(rows[(rows[:, 3] > top) & (rows[:, 1] < bottom)])


def share_on_one_line(rows: Boxes, others: Boxes) -> float:
    """Return which share of `rows` stands on a line with one of the other column."""
    shared = np.minimum(rows[:, None, 3], others[:, 3]) - np.maximum(rows[:, None, 1], others[:, 1])
    lowest = np.minimum((rows[:, 3] - rows[:, 1])[:, None], others[:, 3] - others[:, 1])
    return float((shared > 0.6 * lowest).any(axis=1).mean())


def are_centred(left: Boxes, right: Boxes, mm: float) -> bool:
    """Decide whether the right side is centred, and the left one too or lines of its own, not merely of one length."""
    centred = has_one_middle(right, mm) and max(float(np.ptp(rows[:, 0])) for rows in (left, right)) > ALIGNED_MM * mm
    own = len(right) > 2 or share_on_one_line(left, right) < MOST
    return centred and (own or has_one_middle(left, mm))


def is_signed(left: Boxes, right: Boxes, mm: float) -> bool:
    """Decide whether a list stands beside a title and, apart below it, the name of who signs.

    What lies between them is a pen's and a seal's, and proves nothing.
    """
    ends = right[[0, -1]]
    listed = len(left) >= FEWEST_LISTED and share_on_one_line(left, ends) < MOST
    return listed and share_on_one_line(ends, left) < 1 and has_one_middle(ends, mm)


def has_one_middle(rows: Boxes, mm: float) -> bool:
    """Decide whether nearly all lines have the same middle; what is narrow counts less: a pen leaves such pieces."""
    widths = np.minimum(rows[:, 2] - rows[:, 0], NARROW_MM * mm)
    if len(rows) < 2 or widths.max() < NARROW_MM * mm:
        return False
    middles = (rows[:, 0] + rows[:, 2]) / 2
    near = (np.abs(middles - middles[:, None]) < CENTRED_MM * mm).astype(np.intp)
    several = near @ (widths >= NARROW_MM * mm / 2) > 1
    return bool((several & (near @ widths >= MOST * widths.sum())).any())


def is_body(rows: Boxes, mm: float) -> bool:
    """Decide whether lines are a column of running text: many, wide, and most of them filled to its edge."""
    ends, widths = rows[:, 2], rows[:, 2] - rows[:, 0]
    full = ends > ends.max() - ALIGNED_MM * mm
    return len(rows) >= FEWEST_BODY_ROWS and float(full.mean()) > 0.5 and float(np.median(widths)) > BODY_MM * mm
