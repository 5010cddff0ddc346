"""Phrases to rows: phrases that stand beside each other on one line."""

import numpy as np

from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers

GAP = 2.0
"""Readers lose the space beside a gap so many times as wide as letters are high."""

LEAST = 0.4
"""Phrases of a row share so much of their height at least: what is typed on a form's line may stand above its label."""


def find_rows(boxes: Boxes, members: Numbers) -> list[Numbers]:
    """Return the rows among `members`, from top to bottom, each from left to right.

    Args:
        boxes: usual height of the letters of all phrases.
        members: the numbers of those that are looked at.
    """
    rows: list[list[int]] = []
    ends = np.zeros((0, 5), np.int32)
    for phrase in members[np.argsort(boxes[members, 0], kind="stable")].tolist():
        box = boxes[phrase]
        shared = np.minimum(ends[:, 3], box[3]) - np.maximum(ends[:, 1], box[1])
        passed = ends[:, 2] > (box[0] + box[2]) // 2
        shared[passed | (shared < LEAST * np.minimum(ends[:, 4], box[3] - box[1]))] = 0
        if shared.any():
            row = int(shared.argmax())
            ends[row] = _end(boxes[[rows[row][-1], phrase]])
            rows[row].append(phrase)
        else:
            rows.append([phrase])
            ends = np.vstack([ends, _end(box[None])])
    found = [np.asarray(row) for row in rows]
    return sorted(found, key=lambda row: middle(boxes, row))


def _end(last: Boxes) -> tuple[int, ...]:
    """Return the box a row ends with, as high as its last two phrases together, and the height of the lower one.

    A place to write on stands lower than what is written on it: the label before it counts, too.
    """
    lowest = int((last[:, 3] - last[:, 1]).min())
    return int(last[-1, 0]), int(last[:, 1].min()), int(last[-1, 2]), int(last[:, 3].max()), lowest


def parted(boxes: Boxes, row: Numbers) -> list[Numbers]:
    """Return a row cut at its wide gaps."""
    reached = np.maximum.accumulate(boxes[row, 2])
    high = float(np.median(boxes[row, 3] - boxes[row, 1]))
    return np.split(row, np.flatnonzero(boxes[row[1:], 0] - reached[:-1] > GAP * high) + 1)


def middle(boxes: Boxes, row: Numbers) -> float:
    """Return the height on the page at which a row stands."""
    return float((boxes[row, 1] + boxes[row, 3]).mean() / 2)


def around(boxes: Boxes, rows: list[Numbers]) -> Boxes:
    """Return the box around each row."""
    sides = [(*boxes[row, :2].min(axis=0), *boxes[row, 2:].max(axis=0)) for row in rows]
    return np.asarray(sides, np.int32).reshape(-1, 4)
