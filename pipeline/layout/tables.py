"""Ruled tables: which rules belong together, and the cells between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pipeline.layout.rulings import Rulings, Stroke, find_rulings, meet, small_ink
from schemas.geometry import Box
from schemas.layout import Cell, Table
from schemas.page import Page, Pixels

TOUCH_MM, TOUCH = 2.5, 0.15
"""Rules that miss each other by so much still meet: corners are worn; short ones, by so much of their length."""
SAME_MM = 1.6
"""Rules nearer than this are one, drawn double or broken."""
NARROWEST_MM, LOWEST_MM = 12.0, 5.0
OVERHANG_MM = 8.0
"""Level rules that reach this far beyond the outermost column rule close a table without outer borders."""
INKED_PX, INKED_SHARE = 2, 0.85
WALL_SHARE = 0.5
"""Share of a cell's side that has to be ruled to part it from its neighbour."""

Span = tuple[int, int, int, int]
"""First row, first column, row after the last, column after the last."""


@dataclass(frozen=True)
class Line:
    """A line of the grid: all strokes that stand at one place across.

    Attributes:
        at: across, at the middle of the table.
        half: half the thickness, double rules included.
        strokes: those that make it; none where an open side is closed in thought.
    """

    at: float
    half: float
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table's lines, straight and leaning all the same way.

    Attributes:
        rows, columns: the level and the upright lines, in order.
        middle: x and y of the point at which lines are placed.
        lean: slope of the level lines, and of the upright ones.
    """

    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    middle: tuple[float, float]
    lean: tuple[float, float]


def find_tables(page: Page) -> tuple[Table, ...]:
    """Return the ruled tables of `page` from top to bottom, in pixels of its image; a box is a table of one cell."""
    rulings = find_rulings(page)
    grids = (make_grid(level, upright, rulings.mm) for level, upright in _groups(rulings))
    found = [grid for grid in grids if grid is not None]
    ink = small_ink(page) if found else np.empty((0, 0), np.uint8)
    tables = [_table(grid, rulings, page, ink) for grid in found]
    return tuple(sorted(tables, key=lambda table: (table.box.y0, table.box.x0)))


def make_grid(level: Sequence[Stroke], upright: Sequence[Stroke], mm: float) -> Grid | None:
    """Return the grid of rules that touch each other, None where they make no table."""
    strokes = [*level, *upright]
    middle = (_middle(level, upright), _middle(upright, level)) if level and upright else (0.0, 0.0)
    lean = (_lean(level), _lean(upright))
    rows = _lines(level, middle[0], lean[0], mm)
    columns = _lines(upright, middle[1], lean[1], mm)
    if not strokes or len(rows) < 2 or not any(_parts(stroke, rows, middle, lean, mm) for stroke in upright):
        return None
    columns = _closed(columns, level, mm)
    wide, high = columns[-1].at - columns[0].at, rows[-1].at - rows[0].at
    if len(columns) < 2 or wide < NARROWEST_MM * mm or high < LOWEST_MM * mm:
        return None
    return Grid(rows, columns, middle, lean)


def spans_of(grid: Grid, ink: Pixels) -> list[Span]:
    """Return the cells of a grid: fields that no wall parts are one, and every cell is a rectangle.

    Args:
        grid: the lines.
        ink: 255 where the page is dark, in the picture of the rulings: short rules were not told from strokes.
    """
    rows, columns = len(grid.rows) - 1, len(grid.columns) - 1
    owner = np.arange(rows * columns).reshape(rows, columns)
    for row, column in product(range(rows), range(columns)):
        if column + 1 < columns and not _upright_wall(grid, row, column + 1, ink):
            _join(owner, owner[row, column], owner[row, column + 1])
        if row + 1 < rows and not _level_wall(grid, row + 1, column, ink):
            _join(owner, owner[row, column], owner[row + 1, column])
    return _rectangles(owner)


def _groups(rulings: Rulings) -> list[tuple[list[Stroke], list[Stroke]]]:
    """Return rules that touch each other, directly or through others."""
    level, upright = rulings.level, rulings.upright
    parent = np.arange(len(level) + len(upright))
    for (one, flat), (two, tall) in product(enumerate(level), enumerate(upright)):
        if meet(flat, tall, _reach(tall, rulings.mm)):
            _join(parent, parent[one], parent[len(level) + two])
    return [
        (
            [stroke for stroke, group in zip(level, parent[: len(level)], strict=True) if group == number],
            [stroke for stroke, group in zip(upright, parent[len(level) :], strict=True) if group == number],
        )
        for number in np.unique(parent)
    ]


def _reach(upright: Stroke, mm: float) -> float:
    """Return how far from a rule an upright one may end and still meet it."""
    return min(TOUCH_MM * mm, TOUCH * upright.length)


def _join(owner: NDArray[np.intp], one: int, other: int) -> None:
    owner[owner == other] = one


def _middle(along: Iterable[Stroke], across: Iterable[Stroke]) -> float:
    places = [end for stroke in along for end in (stroke.start, stroke.end)] + [stroke.at for stroke in across]
    return (min(places) + max(places)) / 2


def _lean(strokes: Sequence[Stroke]) -> float:
    weights = [stroke.length**2 for stroke in strokes]
    return float(np.average([stroke.slope for stroke in strokes], weights=weights)) if strokes else 0.0


def _lines(strokes: Sequence[Stroke], middle: float, lean: float, mm: float) -> tuple[Line, ...]:
    """Return the strokes put together by where they stand at the middle of the table."""
    placed = sorted(((_placed(stroke, middle, lean), stroke) for stroke in strokes), key=lambda pair: pair[0])
    groups: list[list[tuple[float, Stroke]]] = []
    for place, stroke in placed:
        if groups and place - groups[-1][-1][0] <= SAME_MM * mm:
            groups[-1].append((place, stroke))
        else:
            groups.append([(place, stroke)])
    return tuple(_line(group) for group in groups)


def _placed(stroke: Stroke, middle: float, lean: float) -> float:
    return stroke.at + lean * (middle - (stroke.start + stroke.end) / 2)


def _line(group: Sequence[tuple[float, Stroke]]) -> Line:
    low = min(place - stroke.half for place, stroke in group)
    high = max(place + stroke.half for place, stroke in group)
    return Line((low + high) / 2, (high - low) / 2, tuple(stroke for _, stroke in group))


def _parts(
    stroke: Stroke, rows: Sequence[Line], middle: tuple[float, float], lean: tuple[float, float], mm: float
) -> bool:
    """Whether an upright rule runs from one level line to another."""
    shift = lean[0] * (stroke.at - middle[0])
    near = _reach(stroke, mm)
    return sum(stroke.start - near <= row.at + shift <= stroke.end + near for row in rows) >= 2


def _closed(columns: tuple[Line, ...], level: Sequence[Stroke], mm: float) -> tuple[Line, ...]:
    """Return the upright lines with outer ones added where level rules reach far beyond them."""
    left = float(np.median([stroke.start for stroke in level]))
    right = float(np.median([stroke.end for stroke in level]))
    first = (Line(left, 0.5),) if left < columns[0].at - OVERHANG_MM * mm else ()
    last = (Line(right, 0.5),) if right > columns[-1].at + OVERHANG_MM * mm else ()
    return (*first, *columns, *last)


def _upright_wall(grid: Grid, row: int, column: int, ink: Pixels) -> bool:
    line, shift = grid.columns[column], grid.lean[0] * (grid.columns[column].at - grid.middle[0])
    start, end = grid.rows[row].at + shift, grid.rows[row + 1].at + shift
    across = line.at + grid.lean[1] * ((start + end) / 2 - grid.middle[1])
    return _ruled(line, start, end) or _inked(ink.T, (across, grid.lean[1]), start, end)


def _level_wall(grid: Grid, row: int, column: int, ink: Pixels) -> bool:
    line, shift = grid.rows[row], grid.lean[1] * (grid.rows[row].at - grid.middle[1])
    start, end = grid.columns[column].at + shift, grid.columns[column + 1].at + shift
    across = line.at + grid.lean[0] * ((start + end) / 2 - grid.middle[0])
    return _ruled(line, start, end) or _inked(ink, (across, grid.lean[0]), start, end)


def _ruled(line: Line, start: float, end: float) -> bool:
    """Whether strokes of `line` cover enough of it between `start` and `end`."""
    covered = sum(max(0.0, min(end, stroke.end) - max(start, stroke.start)) for stroke in line.strokes)
    return covered >= WALL_SHARE * (end - start)


def _inked(ink: Pixels, line: tuple[float, float], start: float, end: float) -> bool:
    """Whether ink runs from `start` to `end` along x; `line` is y in the middle and slope."""
    along = np.arange(round(start) + 2, round(end) - 1)
    if len(along) < 2:
        return True
    middle = np.rint(line[0] + line[1] * (along - (start + end) / 2)).astype(np.intp)
    rows = np.clip(middle[None, :] + np.arange(-INKED_PX, INKED_PX + 1)[:, None], 0, ink.shape[0] - 1)
    seen = ink[rows, np.clip(along, 0, ink.shape[1] - 1)]
    # One of the pixel rows, not all together: letters fill each row only here and there.
    return bool((seen > 0).mean(axis=1).max() >= INKED_SHARE)


def _rectangles(owner: NDArray[np.intp]) -> list[Span]:
    """Return the boxes of the groups, groups whose boxes overlap made one; row by row."""
    while True:
        spans = {int(number): _span(owner == number) for number in np.unique(owner)}
        crooked = [number for number, span in spans.items() if (_inside(owner, span) != number).any()]
        if not crooked:
            return sorted(spans.values())
        row, column, row_end, column_end = spans[crooked[0]]
        for other in np.unique(owner[row:row_end, column:column_end]):
            _join(owner, crooked[0], int(other))


def _span(mask: NDArray[np.bool_]) -> Span:
    rows, columns = np.nonzero(mask)
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def _inside(owner: NDArray[np.intp], span: Span) -> NDArray[np.intp]:
    return owner[span[0] : span[2], span[1] : span[3]]


def _table(grid: Grid, rulings: Rulings, page: Page, ink: Pixels) -> Table:
    cells = tuple(
        Cell(
            row,
            column,
            _box(grid, (row, column, row_end, column_end), rulings, page),
            row_end - row,
            column_end - column,
        )
        for row, column, row_end, column_end in spans_of(grid, ink)
    )
    return Table(_outer(grid, rulings, page), cells)


def _box(grid: Grid, span: Span, rulings: Rulings, page: Page) -> Box:
    """Return the largest upright box within the four rules of a cell."""
    top, left, bottom, right = grid.rows[span[0]], grid.columns[span[1]], grid.rows[span[2]], grid.columns[span[3]]
    flat = [grid.lean[0] * (line.at - grid.middle[0]) for line in (left, right)]
    tall = [grid.lean[1] * (line.at - grid.middle[1]) for line in (top, bottom)]
    x0, y0 = left.at + left.half + max(tall), top.at + top.half + max(flat)
    x1, y1 = right.at - right.half + min(tall), bottom.at - bottom.half + min(flat)
    return _on_page((x0, y0, max(x0, x1), max(y0, y1)), rulings, page)


def _outer(grid: Grid, rulings: Rulings, page: Page) -> Box:
    top, left, bottom, right = grid.rows[0], grid.columns[0], grid.rows[-1], grid.columns[-1]
    flat = [grid.lean[0] * (line.at - grid.middle[0]) for line in (left, right)]
    tall = [grid.lean[1] * (line.at - grid.middle[1]) for line in (top, bottom)]
    x0, y0 = left.at - left.half + min(tall), top.at - top.half + min(flat)
    x1, y1 = right.at + right.half + max(tall), bottom.at + bottom.half + max(flat)
    return _on_page((x0, y0, x1, y1), rulings, page)


def _on_page(corners: tuple[float, float, float, float], rulings: Rulings, page: Page) -> Box:
    height, width = page.image.shape[:2]
    x0, y0, x1, y1 = (value * rulings.scale for value in corners)
    clip = [
        round(min(max(value, 0.0), limit)) for value, limit in ((x0, width), (y0, height), (x1, width), (y1, height))
    ]
    return Box(*clip)
