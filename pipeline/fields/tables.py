"""People in ruled tables: a column headed by a label, a person a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.fields.building import made
from pipeline.fields.folding import distance
from pipeline.fields.sheet import Sheet, Token, holds
from pipeline.fields.template import Label, Template
from schemas.fields import Field, FieldKind
from schemas.geometry import Box
from schemas.layout import Cell, Table

COLUMNS = frozenset(
    {FieldKind.FULL_NAME, FieldKind.BORN_ON, FieldKind.IDENTITY_NO, FieldKind.TAX_CODE, FieldKind.ADDRESS}
)


@dataclass(frozen=True)
class PeopleTable:
    """A table with a column of names: what each column holds, and its head as read."""

    table: Table
    columns: Mapping[int, tuple[FieldKind, str]]


def people_tables(sheet: Sheet, template: Template) -> list[PeopleTable]:
    """Return the tables of a page that list people, a person a row."""
    found = [PeopleTable(table, _columns(sheet, table, template.labels)) for table in sheet.page.tables]
    return [each for each in found if _lists_people(sheet, each, template.labels)]


def _lists_people(sheet: Sheet, found: PeopleTable, labels: Sequence[Label]) -> bool:
    names = [column for column, (kind, _) in found.columns.items() if kind is FieldKind.FULL_NAME]
    return any(not _is_of_labels(sheet, found.table, column, labels) for column in names)


def _is_of_labels(sheet: Sheet, table: Table, column: int, labels: Sequence[Label]) -> bool:
    """Whether a column holds labels, each with its value beside it, and not what its head says."""
    below = [within(sheet, cell.box) for cell in table.cells if cell.column == column and cell.row]
    told = [_near(tokens, labels) for tokens in below if tokens]
    return 2 * sum(map(bool, told)) > len(told)


def tokens_in_cells(sheet: Sheet, end: int) -> tuple[Sequence[Token], Box] | None:
    """Return what stands behind a label in its cell, or else in the next one, and in which; None outside of tables.

    Args:
        end: behind the label's last token.
    """
    last = sheet.tokens[end - 1].box
    for table in sheet.page.tables:
        for cell in table.cells:
            if holds(cell.box, last):
                own = [token for token in within(sheet, cell.box) if token.index >= end]
                return (own, cell.box) if any(token.folded for token in own) else _beside(sheet, table, cell)
    return _framed(sheet, sheet.run_of(end - 1).box)


def _framed(sheet: Sheet, label: Box) -> tuple[Sequence[Token], Box] | None:
    """Return what stands in a frame of its own to the right of a label that ends its run; None without such a frame."""
    level = (label.y0 + label.y1) // 2
    frames = [cell.box for table in sheet.page.tables for cell in table.cells]
    right = [frame for frame in frames if frame.y0 < level < frame.y1 and frame.x0 >= label.x1]
    if not right:
        return None
    frame = min(right, key=lambda box: box.x0)
    between = Box(label.x1, label.y0, frame.x0, label.y1)
    return None if within(sheet, between) else (within(sheet, frame), frame)


def _beside(sheet: Sheet, table: Table, cell: Cell) -> tuple[Sequence[Token], Box] | None:
    behind = (other for other in table.cells if other.row == cell.row and other.column == cell.column + cell.columns)
    after = next(behind, None)
    return (within(sheet, after.box), after.box) if after else None


def read_tables(sheet: Sheet, template: Template) -> Iterator[Field]:
    """Yield the fields of the people in tables, row by row."""
    for found in people_tables(sheet, template):
        for cell in found.table.cells:
            if cell.row and cell.column in found.columns:
                kind, label = found.columns[cell.column]
                field = made(sheet, kind, within(sheet, cell.box), template.table_role, label)
                if field:
                    yield field


def _columns(sheet: Sheet, table: Table, labels: Sequence[Label]) -> dict[int, tuple[FieldKind, str]]:
    heads = (cell for cell in table.cells if cell.row == 0)
    told = ((cell, within(sheet, cell.box)) for cell in heads)
    return {cell.column: (kind, _text(tokens)) for cell, tokens in told if (kind := _kind(cell, tokens, labels))}


def _kind(cell: Cell, tokens: Sequence[Token], labels: Sequence[Label]) -> FieldKind | None:
    kinds = [label.kind for label in _near(tokens, labels) if label.kind in COLUMNS]
    return kinds[0] if kinds and cell.columns == 1 else None


def _near(tokens: Sequence[Token], labels: Sequence[Label]) -> list[Label]:
    """Return the labels that these words are, but for misread letters."""
    folded = "".join(token.folded for token in tokens)
    near = (label for label in labels if abs(len(label.folded) - len(folded)) <= label.most)
    return [label for label in near if folded and distance(label.folded, folded) <= label.most]


def within(sheet: Sheet, box: Box) -> list[Token]:
    """Return the tokens whose middle is in a box."""
    return [token for token in sheet.tokens if holds(box, token.box)]


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)
