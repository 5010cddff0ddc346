"""What the ink says of the sign at a word's end: whether one is there, of how many pieces, and how low it hangs.

Readers mistake full stop and comma, colon and semicolon for each other, and overlook them, all of them alike; their
ink is told apart by its place. Where it is too small or too worn to tell, it tells nothing.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2

from pipeline.ocr.crops import INK
from schemas.page import Pixels

SIGNS = ".,:;"
TALL = 0.5
"""Of the taller pieces of a line: what is as high is a letter, and stands on the base line or reaches below it."""
AROUND = 4
"""Letters before and after a word by which its base line goes."""
SMALL, NARROW = 0.75, 0.6
"""In heights of a letter: what is higher or wider is no sign."""
SPECK = 0.15
LIFTED = 0.5
"""So far above the base line begins what stands there; a quote begins higher, and the upper dot of a colon."""
RAISED = 0.85
"""So far above the base line marks of small letters end."""
FLOATS, SITS, HANGS = -0.05, 0.05, 0.08
"""So far below the base line a dot ends at least and at most, and a comma at least."""
ROUND, LONG = 0.09, 0.12
"""By so much a comma is higher than a dot, at least; a dot below a dot at most."""
DOT, COMMA = 0.3, 0.33
"""Heights of a dot at most, and of a comma at least, where there is no other dot to compare with."""
MOST_NARROW = 4 << 16
"""Pixels of a crop whose pieces 16 bits are enough to count: each takes four, with the paper around it."""
Piece = tuple[int, int, int, int]
"""Left, upper, right and lower edge; the latter two exclusive."""


@dataclass(frozen=True)
class Pieces:
    """The connected pieces of ink of a line's crop, from left to right."""

    boxes: tuple[Piece, ...] = ()

    @classmethod
    def of(cls, crop: Pixels) -> Self:
        """Return the pieces of a crop."""
        kind = cv2.CV_16U if crop.size < MOST_NARROW else cv2.CV_32S
        dark = cv2.threshold(crop, INK - 1, 1, cv2.THRESH_BINARY_INV)[1]
        count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=kind)
        if count == 1:
            return cls()
        found = ((left, upper, left + wide, upper + high) for left, upper, wide, high, _ in stats[1:].tolist())
        return cls(tuple(sorted(found)))

    @cached_property
    def height(self) -> int:
        """How high a letter is, pixels."""
        heights = sorted(lower - upper for _, upper, _, lower in self._letters)
        return heights[len(heights) // 2] if heights else 1

    @cached_property
    def _letters(self) -> list[Piece]:
        heights = sorted(lower - upper for _, upper, _, lower in self.boxes)
        least = TALL * heights[len(heights) * 3 // 4] if heights else 0
        return [box for box in self.boxes if box[3] - box[1] >= least]

    def base(self, at: int) -> int:
        """Return where the letters around a column stand: half of them reach no lower."""
        near = bisect_left(self._letters, (at,))
        first = max(0, min(near - AROUND, len(self._letters) - 2 * AROUND))
        feet = sorted(box[3] for box in self._letters[first : first + 2 * AROUND])
        return feet[len(feet) // 2]

    def sign_at(self, start: int, end: int) -> str | None:
        """Return the sign that the pieces of a word end with; "" where that is a letter, None where nobody can tell.

        Args:
            start: column where the word begins.
            end: where it and what belongs to it end, exclusive.
        """
        first = bisect_left(self.boxes, (start,))
        own = [box for box in self.boxes[first : bisect_left(self.boxes, (end,))] if box[0] + box[2] < 2 * end]
        own = [box for box in own if box[3] - box[1] > SPECK * self.height]
        level = self.base(end) - LIFTED * self.height if own else 0
        last = max((box for box in own if box[3] > level), key=lambda box: box[0] + box[2], default=None)
        if last is None:
            return None
        return self._told(sorted((box for box in own if box[0] + box[2] > 2 * last[0]), key=lambda box: box[1]))

    def marks(self, start: int, end: int) -> int:
        """Return how many pieces stand clearly above or below letters between two columns."""
        first, last = bisect_left(self.boxes, (start - 1,)), bisect_left(self.boxes, (end,))
        small = [box for box in self.boxes[first:last] if SPECK < (box[3] - box[1]) / self.height < SMALL]
        return sum(box[1] >= (base := self.base(box[0])) or box[3] <= base - RAISED * self.height for box in small)

    def _told(self, column: Sequence[Piece]) -> str | None:
        """Return the sign whose pieces these are, from above."""
        height = self.height
        if any(box[3] - box[1] > SMALL * height or box[2] - box[0] > NARROW * height for box in column):
            return ""
        foot, base = column[-1], self.base(column[-1][0])
        if len(column) > len("::") or foot[1] < base - LIFTED * height or foot[1] > base:
            return None
        low, tall = (foot[3] - base) / height, (foot[3] - foot[1]) / height
        if len(column) == 1:
            return _either(low, tall - DOT, tall - COMMA, ".,")
        head = column[0]
        if head[1] > base - LIFTED * height:
            return None
        taller = tall - (head[3] - head[1]) / height
        return _either(low, taller - ROUND, taller - LONG, ":;")


def _either(low: float, above_dot: float, above_comma: float, signs: str) -> str | None:
    """Return which of two signs it is by how low its foot reaches, and by how much it is higher than a dot, a comma."""
    if low >= HANGS and above_comma > 0:
        return signs[1]
    return signs[0] if FLOATS <= low <= SITS and above_dot <= 0 else None
