"""Ruled tables of many kinds with known cells, as a scanner gives them."""

import random
from dataclasses import dataclass
from itertools import product

from PIL import Image, ImageDraw

from samples.scanner import Posture, Scanner, scan
from samples.typeface import Face, font
from schemas.units import mm_to_px

DPI = 200
PAPER = (210, 297)
BLACK = (24, 24, 28)
WORDS = "họ và tên ngày sinh nơi cư trú số định danh quan hệ với chủ hộ diện tích thửa đất loại tờ bản đồ".split()

Span = tuple[int, int, int, int]
"""Row, column, rows, columns."""
Field = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a table is ruled.

    Attributes:
        thick: of the rules, millimetres.
        double: two thin rules around the table instead of one.
        open_sides: no rules at the left and right edge.
        gaps: share of the sides of cells whose rule is broken.
        bend: by how many millimetres level rules sag in their middle.
    """

    thick: float = 0.25
    double: bool = False
    open_sides: bool = False
    gaps: float = 0.0
    bend: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DrawnTable:
    """A table: its lines in millimetres, its cells, and how it is ruled."""

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    spans: tuple[Span, ...]
    style: Style

    def owner(self, field: Field) -> Span | None:
        """Return the cell that holds a field of the grid; None outside."""
        row, column = field
        for span in self.spans:
            if span[0] <= row < span[0] + span[2] and span[1] <= column < span[1] + span[3]:
                return span
        return None


def invent_table(chance: random.Random, style: Style, top: float = 60.0) -> DrawnTable:
    """Return a table of 2 to 12 rows and 2 to 7 columns, some of its cells merged."""
    rows, columns = chance.randint(2, 12), chance.randint(2, 7)
    left, width = chance.uniform(20, 30), chance.uniform(120, 160)
    weights = [chance.uniform(0.7, 2.0) for _ in range(columns)]
    across = [left + width * sum(weights[:index]) / sum(weights) for index in range(columns + 1)]
    heights = [chance.uniform(7, 15) for _ in range(rows)]
    down = [top + sum(heights[:index]) for index in range(rows + 1)]
    return DrawnTable(columns=tuple(across), rows=tuple(down), spans=_spans(chance, rows, columns), style=style)


def _spans(chance: random.Random, rows: int, columns: int) -> tuple[Span, ...]:
    taken: set[Field] = set()
    spans: list[Span] = []
    for row, column in product(range(rows), range(columns)):
        if (row, column) in taken:
            continue
        span = _grow(chance, (row, column), (rows, columns), taken)
        taken.update(product(range(row, row + span[2]), range(column, column + span[3])))
        spans.append(span)
    return _whole(spans, rows, columns)


def _grow(chance: random.Random, field: Field, size: Field, taken: set[Field]) -> Span:
    row, column = field
    high = 2 if chance.random() < 0.08 and row + 1 < size[0] else 1
    wide = 2 if chance.random() < 0.12 and column + 1 < size[1] else 1
    free = not any((row + down, column + right) in taken for down, right in product(range(high), range(wide)))
    return (row, column, high, wide) if free else (row, column, 1, 1)


def _whole(spans: list[Span], rows: int, columns: int) -> tuple[Span, ...]:
    """Return the cells, none merged where a rule of the grid would vanish altogether."""
    kept = [(row, column, 1, 1) for row, column in product(range(rows), range(columns))]
    lines = [sum(row < edge < row + high for row, _, high, _ in spans) for edge in range(1, rows)]
    uprights = [sum(column < edge < column + wide for _, column, _, wide in spans) for edge in range(1, columns)]
    return tuple(spans if max([0, *lines]) < columns / 2 and max([0, *uprights]) < rows / 2 else kept)


def draw_table(sheet: Image.Image, table: DrawnTable, chance: random.Random) -> None:
    """Draw rules and words of `table`."""
    for row in range(len(table.rows)):
        for column in range(len(table.columns) - 1):
            if table.owner((row - 1, column)) != table.owner((row, column)):
                _level(sheet, table, (row, column), chance)
    for column in range(len(table.columns)):
        for row in range(len(table.rows) - 1):
            if table.owner((row, column - 1)) != table.owner((row, column)):
                _upright(sheet, table, (row, column), chance)
    for span in table.spans:
        _write(sheet, table, span, chance)


def _level(sheet: Image.Image, table: DrawnTable, field: Field, chance: random.Random) -> None:
    row, column = field
    start, end, y = table.columns[column], table.columns[column + 1], table.rows[row]
    outer = table.style.double and row in {0, len(table.rows) - 1}
    for shift in (0.0, 0.7) if outer else (0.0,):
        _rule(sheet, table, ((start, y + shift), (end, y + shift)), chance)


def _upright(sheet: Image.Image, table: DrawnTable, field: Field, chance: random.Random) -> None:
    row, column = field
    at_edge = column in {0, len(table.columns) - 1}
    if at_edge and table.style.open_sides:
        return
    x = table.columns[column]
    for shift in (0.0, 0.7) if at_edge and table.style.double else (0.0,):
        _rule(sheet, table, ((x + shift, table.rows[row]), (x + shift, table.rows[row + 1])), chance)


def _rule(sheet: Image.Image, table: DrawnTable, ends: tuple[tuple[float, float], ...], chance: random.Random) -> None:
    draw = ImageDraw.Draw(sheet)
    width = max(1, round(mm_to_px(table.style.thick, DPI)))
    gap = chance.random() if chance.random() < table.style.gaps else -1.0
    for step in range(50):
        share = step / 50
        if abs(share - gap) < 0.04:
            continue
        draw.line([_place(table, ends, part) for part in (share, share + 0.02)], fill=BLACK, width=width)


def _place(table: DrawnTable, ends: tuple[tuple[float, float], ...], share: float) -> tuple[float, float]:
    (x0, y0), (x1, y1) = ends
    x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
    left, right = table.columns[0], table.columns[-1]
    along = (x - left) / (right - left)
    return mm_to_px(x, DPI), mm_to_px(y + table.style.bend * 4 * along * (1 - along), DPI)


def _write(sheet: Image.Image, table: DrawnTable, span: Span, chance: random.Random) -> None:
    x, y = mm_to_px(table.columns[span[1]] + 1.2, DPI), mm_to_px(table.rows[span[0]] + 5.2, DPI)
    room = mm_to_px(table.columns[span[1] + span[3]] - table.columns[span[1]] - 2.4, DPI)
    face, text = font(Face.SERIF, 11, DPI), ""
    while chance.random() < 0.8:
        longer = f"{text} {chance.choice(WORDS)}".strip()
        if face.getlength(longer) > room:
            break
        text = longer
    ImageDraw.Draw(sheet).text((x, y), text, fill=BLACK, font=face, anchor="ls")


def blank_sheet() -> Image.Image:
    """Return white paper."""
    return Image.new("RGB", (round(mm_to_px(PAPER[0], DPI)), round(mm_to_px(PAPER[1], DPI))), (255, 255, 255))


def scanned(sheet: Image.Image, seed: int, *, bilevel: bool = False, skew: float = 0.0) -> Image.Image:
    """Return the sheet as scanned."""
    scanner = Scanner(dpi=DPI, mode="1" if bilevel else "RGB", shadow_mm=0.5, noise=3.0)
    return scan(sheet, scanner, Posture(skew=skew), seed)
