"""Rows: which letters stand beside each other on one line of print."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.units import MM_PER_INCH

WIDEST_GAP_MM = 6.0
DEEPEST_OVERLAP_MM = 1.0
STEP_MM = 0.9
"""Feet of neighbours differ by less: descenders stay in their row, letters of the next line do not join."""
GIVE_MM = 0.15
"""By how much a row follows each letter up or down."""
FEWEST_LETTERS = 8

Places = NDArray[np.float64]


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
    mm = dpi / MM_PER_INCH
    ordered = boxes[np.argsort(boxes[:, 0], kind="stable")].astype(np.float64)
    x = ordered[:, 0] + ordered[:, 2] / 2
    y = ordered[:, 1] + ordered[:, 3]
    level = y - sink(x, y)
    followed = _Followed(mm)
    for letter, place in enumerate(zip(ordered[:, 0].tolist(), ordered[:, 2].tolist(), level.tolist(), strict=True)):
        followed.add(letter, *place)
    rows = [row for row in followed.rows if len(row) >= FEWEST_LETTERS]
    letters = np.asarray([letter for row in rows for letter in row], np.intp)
    numbers = [number for number, row in enumerate(rows) for _ in row]
    return Rows(x[letters], y[letters], np.asarray(numbers, np.intp))


class _Followed:
    """Rows while they are followed, found by their height: a letter is held against its neighbours only."""

    def __init__(self, mm: float) -> None:
        self.rows: list[list[int]] = []
        self._mm = mm
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
        give = GIVE_MM * self._mm
        self._move(row, self._levels[row] + min(max(level - self._levels[row], -give), give))

    def _continued(self, left: float, level: float) -> int | None:
        shelf = self._shelf(level)
        near = [row for at in (shelf - 1, shelf, shelf + 1) for row in self._at.get(at, ())]
        fitting = [row for row in near if self._fits(row, left, level)]
        return min(fitting, key=lambda row: abs(level - self._levels[row]), default=None)

    def _fits(self, row: int, left: float, level: float) -> bool:
        gap = left - self._ends[row]
        beside = -DEEPEST_OVERLAP_MM * self._mm <= gap <= WIDEST_GAP_MM * self._mm
        return beside and abs(level - self._levels[row]) < STEP_MM * self._mm

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
        return int(level // (STEP_MM * self._mm))
