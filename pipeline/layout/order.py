"""The order in which a person reads: columns one after the other, tables cell by cell, else line by line."""

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from pipeline.layout.columns import find_spread
from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from pipeline.layout.rows import find_rows, middle, parted
from schemas.geometry import Box

TableRow = Sequence[Box]
"""The cells of a table's row, from left to right."""
Line = Sequence[Numbers]
"""The phrases of a line of text, part by part."""


def read_page(boxes: Boxes, places: Numbers, tables: Sequence[Sequence[TableRow]], mm: float) -> list[Line]:
    """Return the lines of a page in the order in which they are read; the cells of a row are parts of one line.

    Args:
        boxes: usual height of the letters of all phrases, and places to write on, which no gutter may cross.
        places: the numbers of the latter.
        tables: the rows of each table.
        mm: pixels per millimetre.
    """
    cells = find_cells(boxes, [cell for table in tables for row in table for cell in row])
    inside = read_tables(boxes, places, cells, tables, mm)
    outer = [Box.around(cell for row in table for cell in row).as_list() for table in tables]
    whole = np.asarray(outer, np.int32).reshape(-1, 4)
    free = np.concatenate([np.flatnonzero(cells < 0), len(boxes) + np.arange(len(tables))])
    rows = read_order(np.vstack([boxes, whole]), free, places, mm)
    return [line for row in rows for line in opened(boxes, row, inside)]


def find_cells(boxes: Boxes, cells: Sequence[Box]) -> Numbers:
    """Return for each phrase the cell in which most of it lies, -1 where it lies in none."""
    found, most = np.full(len(boxes), -1, np.intp), np.zeros(len(boxes), np.int64)
    for number, cell in enumerate(cells):
        wide = np.minimum(boxes[:, 2], cell.x1) - np.maximum(boxes[:, 0], cell.x0)
        high = np.minimum(boxes[:, 3], cell.y1) - np.maximum(boxes[:, 1], cell.y0)
        middle_in = (cell.y0 <= (boxes[:, 1] + boxes[:, 3]) / 2) & ((boxes[:, 1] + boxes[:, 3]) / 2 < cell.y1)
        shared = np.where(middle_in & (high > 0), np.maximum(wide, 0), 0)
        found[shared > most] = number
        most = np.maximum(most, shared)
    half = 2 * most >= boxes[:, 2] - boxes[:, 0]
    return np.where(half | (most > 0) & _within(boxes, cells), found, -1)


def _within(boxes: Boxes, cells: Sequence[Box]) -> NDArray[np.bool_]:
    """Whether the middle of each phrase lies between the outermost walls."""
    if not cells:
        return np.zeros(len(boxes), np.bool_)
    outer = Box.around(cells)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return np.asarray((outer.x0 <= x) & (x < outer.x1) & (outer.y0 <= y) & (y < outer.y1))


def read_tables(
    boxes: Boxes, places: Numbers, cells: Numbers, tables: Sequence[Sequence[TableRow]], mm: float
) -> list[list[Line]]:
    """Return the rows of each table: in each its cells, line by line.

    Args:
        boxes: usual height of the letters of all phrases.
        places: the numbers of places to write on.
        cells: the cell of each; cells are numbered on from row to row and table to table.
        tables: the rows of each table.
        mm: pixels per millimetre.
    """
    numbers = count()
    members = [[[_members(cells, next(numbers)) for _ in row] for row in table] for table in tables]
    return [
        [[p for c in row for r in read_order(boxes, c, places, mm) for p in parted(boxes, r)] for row in t]
        for t in members
    ]


def _members(cells: Numbers, cell: int) -> Numbers:
    return np.flatnonzero(cells == cell)


def opened(boxes: Boxes, row: Numbers, inside: Sequence[Sequence[Line]]) -> Iterator[Line]:
    """Yield the lines of a row: those of the tables in it, numbered after `boxes`, and what stands beside them."""
    cuts = np.flatnonzero(row >= len(boxes))
    for part in np.split(row, np.unique([*cuts, *(cuts + 1)])):
        if len(part) and part[0] >= len(boxes):
            yield from inside[part[0] - len(boxes)]
        elif len(part):
            yield parted(boxes, part)


def read_order(boxes: Boxes, members: Numbers, places: Numbers, mm: float) -> list[Numbers]:
    """Return the rows among `members` in the order in which they are read: columns one after the other.

    Args:
        boxes: usual height of the letters of all phrases, and places that no gutter may cross.
        members: the numbers of those that are looked at.
        places: the numbers of places to write on.
        mm: pixels per millimetre.
    """
    spread = find_spread(boxes, members, places, mm)
    if spread is None:
        return find_rows(boxes, members)
    rest = np.setdiff1d(members, spread.members)
    top = middle(boxes, spread.members[[boxes[spread.members, 1].argmin()]])
    above = rest[(boxes[rest, 1] + boxes[rest, 3]) / 2 < top]
    parts = (above, spread.left, spread.right, np.setdiff1d(rest, above))
    return [row for part in parts for row in read_order(boxes, part, places, mm)]
