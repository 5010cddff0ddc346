"""Rows: which letters stand beside each other on one line of print, and which dots on one dotted line.

Not all that stands on one line has one height: what was typed or written into a form stands higher or lower than what
is printed before it. Such a row is parted, or its step would be taken for a lean.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schemas.units import MM_PER_INCH

FEWEST_LETTERS, FEWEST_DOTS, MOST_DOTS = 8, 12, 3000
DOTTED_MM, DOTS_OFF = 15.0, 0.5
"""A dotted line is so long, and its dots stand no farther off it, in pixels."""
PART_LETTERS, PART_STEP, PART_GAIN = 4, 0.5, 1.5
"""Letters on either side of a step, its least height in pixels, and how much better it fits than any lean or curve."""

Places = NDArray[np.float64]


@dataclass(frozen=True)
class Reach:
    """How far the next piece of a row may stand from the one before, in millimetres.

    Attributes:
        gap, overlap: to the right of its end, and before it.
        step: up or down: descenders stay in their row, letters of the next line do not join.
        give: by how much a row follows each piece up or down.
    """

    gap: float
    overlap: float
    step: float
    give: float = 0.15


LETTERS, DOTS = Reach(6.0, 1.0, 0.9), Reach(2.0, 0.05, 0.45)


@dataclass(frozen=True)
class Rows:
    """The feet of letters that stand in rows; three arrays of the same length.

    Attributes:
        x, y: the middle of each letter's lower edge, pixels.
        row: the number of its row, from 0.
    """

    x: Places
    y: Places
    row: NDArray[np.intp]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.row[-1]) + 1 if len(self.row) else 0


def find_rows(boxes: NDArray[np.int32], sink: Callable[[Places, Places], Places], dpi: float) -> Rows:
    """Return the letters in rows, each followed from left to right, so that it may bend.

    Args:
        boxes: left, top, width, height of letters; n x 4.
        sink: by how many pixels a line has fallen at a place, as far as known.
        dpi: resolution of the picture that they stand on.
    """
    ordered = _ordered(boxes)
    x, y = ordered[:, 0] + ordered[:, 2] / 2, ordered[:, 1] + ordered[:, 3]
    followed = _follow(ordered, y - sink(x, y), LETTERS, dpi)
    return _rows(x, y, [row for row in followed if len(row) >= FEWEST_LETTERS])


def find_dotted(boxes: NDArray[np.int32], sink: Callable[[Places, Places], Places], dpi: float) -> Rows:
    """Return the dots that make dotted lines; none where a page is full of dirt. Arguments as above."""
    ordered = _ordered(boxes if len(boxes) <= MOST_DOTS else boxes[:0])
    x, y = (ordered[:, :2] + ordered[:, 2:] / 2).T
    level = y - sink(x, y)
    followed = _follow(ordered, level, DOTS, dpi)
    return _rows(x, y, [row for row in followed if len(row) >= FEWEST_DOTS and _is_dotted(x[row], level[row], dpi)])


def joined(rows: Rows, more: Rows) -> Rows:
    """Return the rows of both."""
    numbers = np.concatenate([rows.row, more.row + rows.count])
    return Rows(np.concatenate([rows.x, more.x]), np.concatenate([rows.y, more.y]), numbers)


def parted(rows: Rows, sink: Callable[[Places, Places], Places]) -> Rows:
    """Return the rows, those parted whose feet step up or down at one place."""
    off = rows.y - sink(rows.x, rows.y)
    starts = np.flatnonzero(np.diff(rows.row, prepend=-1))
    begins = np.zeros(len(rows.row), np.intp)
    for start, end in pairwise([*starts.tolist(), len(begins)]):
        begins[start] = 1
        step = _find_step(rows.x[start:end], off[start:end])
        if step is not None:
            begins[start + step] = 1
    return Rows(rows.x, rows.y, np.cumsum(begins) - 1)


def _find_step(x: Places, off: Places) -> int | None:
    """Return how many letters stand before the one step of a row; None where a curve says as much."""
    count = len(x)
    if count < 2 * PART_LETTERS:
        return None
    middle = float(np.median(off))
    loose = 3 * max(0.5, 1.48 * float(np.median(np.abs(off - middle))))
    feet = np.clip(off - middle, -loose, loose)
    before = np.arange(PART_LETTERS, count - PART_LETTERS + 1)
    sums = np.cumsum(feet)
    steps = (sums[-1] - sums[before - 1]) / (count - before) - sums[before - 1] / before
    told = steps**2 * before * (count - before) / count
    best = int(np.argmax(told))
    if abs(steps[best]) < PART_STEP:
        return None
    stepped = float(((feet - feet.mean()) ** 2).sum() - told[best])
    curve = np.vander((x - x.mean()) / max(float(np.ptp(x)), 1.0), 3)
    curved = float(((feet - curve @ np.linalg.lstsq(curve, feet, rcond=None)[0]) ** 2).sum())
    return int(before[best]) if curved > PART_GAIN * stepped else None


def _ordered(boxes: NDArray[np.int32]) -> Places:
    return boxes[np.argsort(boxes[:, 0], kind="stable")].astype(np.float64)


def _follow(ordered: Places, level: Places, reach: Reach, dpi: float) -> list[list[int]]:
    followed = _Followed(reach, dpi / MM_PER_INCH)
    places = zip(ordered[:, 0].tolist(), ordered[:, 2].tolist(), level.tolist(), strict=True)
    for piece, place in enumerate(places):
        followed.add(piece, *place)
    return followed.rows


def _rows(x: Places, y: Places, found: list[list[int]]) -> Rows:
    pieces = np.asarray([piece for row in found for piece in row], np.intp)
    return Rows(x[pieces], y[pieces], np.repeat(np.arange(len(found)), [len(row) for row in found]))


def _is_dotted(x: Places, level: Places, dpi: float) -> bool:
    if x[-1] - x[0] < DOTTED_MM * dpi / MM_PER_INCH:
        return False
    lean, height = np.polyfit(x, level, 1)
    return float(np.std(level - lean * x - height)) < DOTS_OFF


class _Followed:
    """Rows while they are followed, found by their height: a letter is held against its neighbours only."""

    def __init__(self, reach: Reach, mm: float) -> None:
        self.rows: list[list[int]] = []
        self._gap, self._overlap = reach.gap * mm, reach.overlap * mm
        self._step, self._give = reach.step * mm, reach.give * mm
        self._ends: list[float] = []
        self._levels: list[float] = []
        self._at: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, letter: int, left: float, width: float, level: float) -> None:
        """Put the next letter into the row that it continues, or begin one."""
        row = self._continued(left, level)
        if row is None:
            self._begin(letter, left + width, level)
            return
        self.rows[row].append(letter)
        self._ends[row] = left + width
        self._move(row, self._levels[row] + min(max(level - self._levels[row], -self._give), self._give))

    def _continued(self, left: float, level: float) -> int | None:
        shelf = self._shelf(level)
        near = [row for at in (shelf - 1, shelf, shelf + 1) for row in self._at.get(at, ())]
        fitting = [row for row in near if self._fits(row, left, level)]
        return min(fitting, key=lambda row: abs(level - self._levels[row]), default=None)

    def _fits(self, row: int, left: float, level: float) -> bool:
        gap = left - self._ends[row]
        return -self._overlap <= gap <= self._gap and abs(level - self._levels[row]) < self._step

    def _begin(self, letter: int, end: float, level: float) -> None:
        self._at[self._shelf(level)].append(len(self.rows))
        self.rows.append([letter])
        self._ends.append(end)
        self._levels.append(level)

    def _move(self, row: int, level: float) -> None:
        before, after = self._shelf(self._levels[row]), self._shelf(level)
        self._levels[row] = level
        if before != after:
            self._at[before].remove(row)
            self._at[after].append(row)

    def _shelf(self, level: float) -> int:
        return int(level // self._step)
