"""Ruled tables of five to eight columns, with merged heads, figures and a sum."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.drawn import words
from bench.drawn.sheet import POINT, Run, Setting, Sheet, broken
from bench.drawn.typefaces import Style, any_family

PAD = 1.3


@dataclass(frozen=True)
class Column:
    """A column: its head, its share of the width, how its cells stand, and the head above it that it shares."""

    head: str
    width: float
    align: str = "left"
    above: str = ""


@dataclass(frozen=True)
class Grid:
    """A table about to be printed.

    Attributes:
        edges: millimetres of the rules between columns, the outer ones included.
        style: of its cells.
        thick: of its rules.
    """

    columns: tuple[Column, ...]
    edges: tuple[float, ...]
    style: Style
    thick: float


def table(sheet: Sheet, rng: random.Random) -> None:
    """A page with a title and a table that fills it, or two short ones."""
    style = Style(any_family(rng), rng.choice((11, 11, 11.5, 12, 12, 13)))
    title = replace(style, size=style.size + 2, bold=True)
    y = rng.uniform(20, 32)
    sheet.print(105, y, [Run(rng.choice(("DANH SÁCH", "BẢNG TỔNG HỢP", "PHỤ LỤC", "BIỂU THỐNG KÊ")), title)], "center")
    about = words.subject(rng)
    y = sheet.flow(
        [Run(f"{about[0].upper()}{about[1:]}", replace(style, bold=True))], y + 7, Setting(40, 170, 0, 1.3, "center")
    )
    note = f"(Kèm theo Quyết định số {rng.randint(10, 3000)}/QĐ-UBND {words.long_date(words.day(rng))})"
    sheet.print(105, y, [Run(note, replace(style, italic=True))], "center")
    y = ruled(sheet, rng, style, y + 6)
    if y < 200:
        paragraph = Run(next(words.paragraphs(rng, 100, 400)), replace(style, size=style.size + 1))
        y = sheet.flow([paragraph], y + 9, Setting(25, 190))
        ruled(sheet, rng, style, y + 2)


def ruled(sheet: Sheet, rng: random.Random, style: Style, y: float, most: int = 30) -> float:
    """Print a table of up to `most` rows from `y` on; return where it ends."""
    columns = _columns(rng)
    left, right = rng.uniform(17, 25), rng.uniform(188, 196)
    whole = sum(column.width for column in columns)
    edges = [left]
    for column in columns:
        edges.append(edges[-1] + (right - left) * column.width / whole)
    grid = Grid(columns, tuple(edges), style, rng.choice((0.2, 0.25, 0.35)))
    y = _heads(sheet, grid, y)
    sums = [0] * len(columns)
    for number in range(1, rng.randint(4, most)):
        cells = _cells(rng, columns, number)
        sums = [total + _figure(cell) for total, cell in zip(sums, cells, strict=True)]
        low = _row(sheet, grid, cells, y)
        if low > 268:
            return low
        y = low
    return _total(sheet, grid, sums, y) if rng.random() < 0.7 else y


def _columns(rng: random.Random) -> tuple[Column, ...]:
    """Return five to eight columns; two or three of figures may share a head."""
    people = [Column("Họ và tên", 30), Column("Năm sinh", 13, "center"), Column("Số định danh", 25, "center"),
              Column("Địa chỉ", 36), Column("Giới tính", 11, "center")]  # fmt: skip
    figures = [Column("Dự toán", 20, "right", "Kinh phí (đồng)"), Column("Thực hiện", 20, "right", "Kinh phí (đồng)"),
               Column("Tỷ lệ (%)", 12, "center", "Kinh phí (đồng)")]  # fmt: skip
    single = [Column("Số tiền (đồng)", 21, "right"), Column("Số lượng", 12, "center"), Column("Ghi chú", 16)]
    number = Column(rng.choice(("STT", "TT", "Số TT")), 9, "center")
    if rng.random() < 0.5:
        shared = figures[: rng.randint(2, 3)]
        middle = sorted(rng.sample(people, rng.randint(1, 3)), key=people.index)
        return (number, *middle, *shared, *single[2 : rng.randint(2, 3)])
    middle = sorted(rng.sample(people, rng.randint(3, 4)), key=people.index)
    return (number, *middle, *sorted(rng.sample(single, rng.randint(1, 3)), key=single.index))


def _cells(rng: random.Random, columns: Sequence[Column], number: int) -> list[str]:
    who = words.person(rng)
    lot = {
        "Họ và tên": who.name, "Năm sinh": str(who.born.year), "Số định danh": who.identity, "Địa chỉ": who.address,
        "Giới tính": "Nữ" if who.female else "Nam", "Tỷ lệ (%)": f"{rng.randint(20, 120)},{rng.randint(0, 9)}",
        "Số lượng": str(rng.randint(1, 400)), "Ghi chú": rng.choice(("", "", "Hộ nghèo", "Đã nhận", "Bổ sung", "Mới")),
    }  # fmt: skip
    return [
        lot.get(column.head, str(number) if index == 0 else words.amount(rng)) for index, column in enumerate(columns)
    ]


def _figure(cell: str) -> int:
    bare = cell.replace(".", "")
    return int(bare) if cell.count(".") and bare.isdigit() else 0


def _heads(sheet: Sheet, grid: Grid, y: float) -> float:
    """Print the head: columns that share one stand below it, the others span both rows."""
    bold = replace(grid.style, bold=True)
    step = grid.style.size * POINT * 1.25
    shared = [index for index, column in enumerate(grid.columns) if column.above]
    deep = [_rows(sheet, Run(column.head, bold), _inner(grid, index)) for index, column in enumerate(grid.columns)]
    upper = y + (step + 2 * PAD if shared else 0)
    low = max(upper + 2 * PAD + step * max(len(rows) for rows in deep), upper + step)
    for index, rows in enumerate(deep):
        if index in shared[:1]:
            _center(
                sheet,
                [[Run(grid.columns[index].above, bold)]],
                (grid.edges[shared[0]], grid.edges[shared[-1] + 1]),
                (y, upper),
            )
        if index not in shared:
            _center(sheet, rows, (grid.edges[index], grid.edges[index + 1]), (y, low))
    for index in shared:
        _center(sheet, deep[index], (grid.edges[index], grid.edges[index + 1]), (upper, low))
    _frame(sheet, grid, y, low, inner=[edge for n, edge in enumerate(grid.edges) if n not in shared[1:]])
    if shared:
        first, last = grid.edges[shared[0]], grid.edges[shared[-1] + 1]
        sheet.rule((first, upper), (last, upper), grid.thick)
        for index in shared[1:]:
            sheet.rule((grid.edges[index], upper), (grid.edges[index], low), grid.thick)
    return low


def _inner(grid: Grid, index: int) -> Setting:
    align = grid.columns[index].align
    return Setting(grid.edges[index] + PAD, grid.edges[index + 1] - PAD, 0, 1.2, align)


def _rows(sheet: Sheet, run: Run, setting: Setting) -> list[list[Run]]:
    return list(broken(sheet, [run], setting)) if run.text else []


def _center(sheet: Sheet, rows: list[list[Run]], across: tuple[float, float], down: tuple[float, float]) -> None:
    """Print the lines of a cell in its middle."""
    if not rows:
        return
    step = rows[0][0].style.size * POINT * 1.2
    y = (down[0] + down[1] - step * len(rows)) / 2 + step * 0.8
    for row in rows:
        line = Run(" ".join(run.text for run in row), row[0].style)
        sheet.print(sum(across) / 2, y, [line], "center")
        y += step


def _row(sheet: Sheet, grid: Grid, cells: Sequence[str], y: float) -> float:
    settings = [_inner(grid, index) for index in range(len(cells))]
    broken_cells = [_rows(sheet, Run(cell, grid.style), setting) for cell, setting in zip(cells, settings, strict=True)]
    step = grid.style.size * POINT * 1.2
    low = y + 2 * PAD + step * max(map(len, broken_cells))
    for rows, setting in zip(broken_cells, settings, strict=True):
        _cell(sheet, rows, setting, (y + low - step * len(rows)) / 2 + step * 0.8)
    _frame(sheet, grid, y, low, grid.edges)
    return low


def _cell(sheet: Sheet, rows: list[list[Run]], setting: Setting, y: float) -> None:
    x = {"left": setting.left, "center": (setting.left + setting.right) / 2, "right": setting.right}[setting.align]
    for row in rows:
        sheet.print(x, y, [Run(" ".join(run.text for run in row), row[0].style)], setting.align)
        y += row[0].style.size * POINT * 1.2


def _total(sheet: Sheet, grid: Grid, sums: Sequence[int], y: float) -> float:
    """Print the sum: the first two columns are one cell."""
    bold = replace(grid, style=replace(grid.style, bold=True, size=grid.style.size - 0.5))
    low = y + 2 * PAD + bold.style.size * POINT * 1.2
    base = low - PAD - 1.1
    sheet.print((grid.edges[0] + grid.edges[2]) / 2, base, [Run("Tổng cộng", bold.style)], "center")
    for index, total in enumerate(sums[2:], start=2):
        text = f"{total:,}".replace(",", ".") if total else ""
        sheet.print(grid.edges[index + 1] - PAD, base, [Run(text, bold.style)], "right")
    _frame(sheet, grid, y, low, [edge for n, edge in enumerate(grid.edges) if n != 1])
    return low


def _frame(sheet: Sheet, grid: Grid, top: float, low: float, inner: Sequence[float]) -> None:
    for y in (top, low):
        sheet.rule((grid.edges[0], y), (grid.edges[-1], y), grid.thick)
    for x in inner:
        sheet.rule((x, top), (x, low), grid.thick)
