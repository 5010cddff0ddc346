"""The order in which a person reads: columns one after the other, tables cell by cell, else line by line."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.layout.columns import find_spread
from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from pipeline.layout.rows import find_rows, middle
from schemas.geometry import Box


def read_page(boxes: Boxes, tables: Sequence[Sequence[Box]], mm: float) -> list[Numbers]:
    """Return the rows of a page in the order in which they are read.

    Args:
        boxes: usual height of the letters of all phrases, and places that no gutter may cross.
        tables: cells of each table in the order in which they are read.
        mm: pixels per millimetre.
    """
    cells = find_cells(boxes, [cell for table in tables for cell in table])
    inside = read_tables(boxes, cells, [len(table) for table in tables], mm)
    whole = np.asarray([Box.around(table).as_list() for table in tables], np.int32).reshape(-1, 4)
    free = np.concatenate([np.flatnonzero(cells < 0), len(boxes) + np.arange(len(tables))])
    rows = read_order(np.vstack([boxes, whole]), free, mm)
    return [part for row in rows for part in opened(row, len(boxes), inside)]


def find_cells(boxes: Boxes, cells: Sequence[Box]) -> Numbers:
    """Return for each phrase the cell in which its middle lies, -1 where it lies in none."""
    found = np.full(len(boxes), -1, np.intp)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    for number, cell in enumerate(cells):
        found[(cell.x0 <= x) & (x < cell.x1) & (cell.y0 <= y) & (y < cell.y1)] = number
    return found


def read_tables(boxes: Boxes, cells: Numbers, sizes: Sequence[int], mm: float) -> list[list[Numbers]]:
    """Return the rows of each table, those of a cell together.

    Args:
        boxes: usual height of the letters of all phrases.
        cells: the cell of each; cells are numbered on from table to table.
        sizes: how many cells each table has.
        mm: pixels per millimetre.
    """
    rows = [read_order(boxes, np.flatnonzero(cells == cell), mm) for cell in range(sum(sizes))]
    ends = np.cumsum(sizes, dtype=np.intp).tolist()
    return [[row for cell in rows[end - size : end] for row in cell] for size, end in zip(sizes, ends, strict=True)]


def opened(row: Numbers, count: int, inside: Sequence[Sequence[Numbers]]) -> Iterator[Numbers]:
    """Yield the parts of a row, and for each number from `count` on the rows of that table."""
    cuts = np.flatnonzero(row >= count)
    for part in np.split(row, np.unique([*cuts, *(cuts + 1)])):
        if len(part) and part[0] >= count:
            yield from inside[part[0] - count]
        elif len(part):
            yield part


def read_order(boxes: Boxes, members: Numbers, mm: float) -> list[Numbers]:
    """Return the rows among `members` in the order in which they are read: columns one after the other.

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
    parts = (above, spread.left, spread.right, np.setdiff1d(rest, above))
    return [row for part in parts for row in read_order(boxes, part, mm)]
