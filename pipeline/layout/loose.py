"""Marks, points and strokes to lines: what is no letter belongs to the line of the letters next to it."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import Boxes, Ink
from pipeline.layout.phrases import Numbers

BIN_MM = 0.5
ROUNDS_MM: Final = ((0.25, 0.5), (0.25, 0.5), (0.4, 0.5), (0.4, 1.0), (0.7, 1.5), (1.1, 1.5), (1.6, 1.5))
"""How far above or below, and before or after, what a line has already: a hook follows the roof beneath it."""
BESIDE_MM = (0.3, 6.0)
"""The same for points and hyphens between and behind words; specks reach less far."""
LEVEL_MM = 2.5
"""Close to letters it counts how high the line is so far around: a colon's upper dot would hide the lower one."""
CLOSE_MM = (0.3, 2.0)
POINT_MM = 0.35
TAIL_MM = 0.45
"""So far below the line may letters stand, before the rest counts as a tail: lines may lean a little."""
DOT_MM, ROUND, SOLID = 0.8, 0.65, 0.65
HANG_MM = (0.15, 1.0)
"""Only dots hang below letters: by so much farther a dot, or any other piece, counts there than above a letter."""
TALLEST_MM, WIDEST_MM = 4.0, 10.0


@dataclass(frozen=True, eq=False)
class Outlines:
    """Upper and lower edge of each line, in steps of `BIN_MM` across the page; lines x steps."""

    tops: Boxes
    bottoms: Boxes
    step: int

    def add(self, boxes: Boxes, lines: Numbers) -> None:
        """Widen the lines by pieces of ink."""
        first, last = boxes[:, 0] // self.step, (boxes[:, 2] - 1) // self.step
        for away in range(int((last - first).max(initial=-1)) + 1):
            wide = first + away <= last
            place = lines[wide], (first + away)[wide]
            np.minimum.at(self.tops, place, boxes[wide, 1])
            np.maximum.at(self.bottoms, place, boxes[wide, 3])

    def levelled(self, reach: int) -> "Outlines":
        """Return outlines as high and low everywhere as these are up to `reach` steps away."""
        if not reach or not len(self.tops):
            return self
        window = np.ones((1, 2 * reach + 1), np.uint8)
        tops, bottoms = (
            cv2.erode(self.tops.astype(np.float32), window),
            cv2.dilate(self.bottoms.astype(np.float32), window),
        )
        return Outlines(np.asarray(tops, np.int32), np.asarray(bottoms, np.int32), self.step)

    def distances(self, boxes: Boxes, reach: int, hang: Numbers) -> NDArray[np.int32]:
        """Return how far each box is above or below each line; lines x boxes.

        Args:
            boxes: of pieces of ink.
            hang: by how much farther each counts where it is below a line.
            reach: up to so many steps away from a line's ink, before, after and in gaps, its edges go on.
        """
        filled = self.bottoms > self.tops
        nearest = nearest_filled(filled, reach)
        at = np.minimum((boxes[:, 0] + boxes[:, 2]) // 2 // self.step, filled.shape[1] - 1)
        steps = nearest[:, at]
        rows = np.arange(len(filled))[:, None]
        above = self.tops[rows, steps] - boxes[:, 3]
        below = boxes[:, 1] - self.bottoms[rows, steps]
        below = np.where(below > 0, below + hang, below)
        return np.where(steps < 0, FAR, np.maximum(np.maximum(above, below), 0))


FAR: Final = 1 << 20


def attach(ink: Ink, lines: Numbers, count: int) -> Numbers:
    """Return the line of each piece, -1 where it belongs to none.

    Args:
        ink: all pieces.
        lines: the line of each letter, -1 for all other pieces.
        count: how many lines there are.
    """
    step = max(1, round(BIN_MM * ink.mm))
    shape = count, ink.labels.shape[1] // step + 1
    outlines = Outlines(np.full(shape, FAR, np.int32), np.full(shape, -FAR, np.int32), step)
    whole = lines.copy()
    outlines.add(without_tails(ink.boxes[lines >= 0], lines[lines >= 0], count, ink.mm), lines[lines >= 0])
    small = (ink.heights <= TALLEST_MM * ink.mm) & (ink.widths <= WIDEST_MM * ink.mm)
    point = np.maximum(ink.widths, ink.heights) >= POINT_MM * ink.mm
    hang = np.where(are_dots(ink), round(HANG_MM[0] * ink.mm), round(HANG_MM[1] * ink.mm))
    beside = small & point
    rounds = [*((size, small, 0.0) for size in ROUNDS_MM), (CLOSE_MM, beside, LEVEL_MM), (BESIDE_MM, beside, 0.0)]
    for (away, reach), chosen, level in rounds:
        loose = np.flatnonzero((whole < 0) & chosen)
        apart = outlines.levelled(round(level / BIN_MM)).distances(ink.boxes[loose], round(reach / BIN_MM), hang[loose])
        nearest = apart.argmin(axis=0) if count else np.zeros(len(loose), np.intp)
        near = apart.min(axis=0, initial=FAR) <= away * ink.mm
        whole[loose[near]] = nearest[near]
        firm = near & point[loose]
        outlines.add(ink.boxes[loose[firm]], nearest[firm])
    return whole


def without_tails(boxes: Boxes, lines: Numbers, count: int, mm: float) -> Boxes:
    """Return the boxes of letters down to a little below where their line stands.

    Marks of the next line reach up beside the tails of g and y, and belong to none of these.
    """
    feet = [np.median(boxes[lines == line, 3]) if (lines == line).any() else 0 for line in range(count)]
    lowest = np.asarray(feet, np.int32)[lines] + round(TAIL_MM * mm)
    cut = boxes.copy()
    cut[:, 3] = np.maximum(np.minimum(boxes[:, 3], lowest), boxes[:, 1] + 1)
    return cut


def are_dots(ink: Ink) -> NDArray[np.bool_]:
    """Return which pieces are round and solid, as a dot below a letter is and no hook or stroke above one."""
    longer, shorter = np.maximum(ink.widths, ink.heights), np.minimum(ink.widths, ink.heights)
    solid = ink.areas >= SOLID * ink.widths * ink.heights
    return np.asarray(solid & (longer <= DOT_MM * ink.mm) & (shorter >= ROUND * longer))


def nearest_filled(filled: NDArray[np.bool_], reach: int) -> Numbers:
    """Return for each step the nearest filled one of its row, -1 where none is within `reach` of it."""
    steps = filled.shape[1]
    at = np.arange(steps)
    before = np.maximum.accumulate(np.where(filled, at, -2 * steps), axis=1)
    after = np.minimum.accumulate(np.where(filled, at, 3 * steps)[:, ::-1], axis=1)[:, ::-1]
    nearest = np.where(at - before <= after - at, before, after)
    return np.where(np.abs(nearest - at) <= reach, nearest, -1)
