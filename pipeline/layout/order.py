"""The order in which a person reads: columns one after the other, else line by line."""

import numpy as np

from pipeline.layout.columns import find_spread
from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from pipeline.layout.rows import find_rows, middle


def read_order(boxes: Boxes, members: Numbers, mm: float) -> list[Numbers]:
    """Return the rows among `members` in the order in which they are read.

    Args:
        boxes: usual height of the letters of all phrases, and places that no gutter may cross.
        members: the numbers of those that are looked at.
        mm: pixels per millimetre.
    """
    spread = find_spread(boxes, members, mm)
    if spread is None:
        return find_rows(boxes, members)
    rest = np.setdiff1d(members, spread.members)
    top = middle(boxes, spread.members[[boxes[spread.members, 1].argmin()]])
    above = rest[(boxes[rest, 1] + boxes[rest, 3]) / 2 < top]
    below = np.setdiff1d(rest, above)
    parts = (above, spread.left, spread.right, below)
    return [row for part in parts if len(part) for row in read_order(boxes, part, mm)]
