"""What a form says of people: labels and the values behind them, each under the role of whoever is spoken of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.fields.building import by_hand, made, printed
from pipeline.fields.folding import fold
from pipeline.fields.labels import Hit, find_labels
from pipeline.fields.sheet import Sheet, Token, holds
from pipeline.fields.tables import PeopleTable, people_tables, tokens_in_cells
from pipeline.fields.template import Template
from pipeline.fields.values import EDGES, shaped, value_tokens
from schemas.fields import Field, FieldKind
from schemas.geometry import Box

PAIRED = FieldKind.AMOUNT, FieldKind.AMOUNT_IN_WORDS


@dataclass
class Spoken:
    """Whom a form speaks of, from page to page."""

    role: str


def read_form(sheets: Sequence[Sheet], template: Template) -> Iterator[Field]:
    """Yield the fields that follow labels, in the order in which they stand."""
    spoken = Spoken(template.first)
    for sheet in sheets:
        yield from _read_sheet(sheet, template, spoken)


def _read_sheet(sheet: Sheet, template: Template, spoken: Spoken) -> Iterator[Field]:
    tables = people_tables(sheet, template)
    hits = [hit for hit in find_labels(sheet, template.labels) if not _within(sheet, hit, tables)]
    stops = [*(hit.span.start for hit in hits), len(sheet.tokens)][1:]
    last: FieldKind | None = None
    for hit, stop in zip(hits, stops, strict=True):
        if hit.label.turns and hit.label.role is not None:
            spoken.role = hit.label.role
        kind = hit.label.kind
        if kind is None:
            last = None
            continue
        role = hit.label.role if hit.label.role is not None else spoken.role
        field = _field(sheet, hit, stop, _whose(kind, role))
        if field and (kind is not FieldKind.AMOUNT_IN_WORDS or last is FieldKind.AMOUNT or _of_money(field)):
            last = kind
            yield field


def _of_money(field: Field) -> bool:
    """Whether words of a number say that it is money: areas are written out, too."""
    return bool(field.normalised) and fold(field.value).endswith("dong")


def _within(sheet: Sheet, hit: Hit, tables: Sequence[PeopleTable]) -> bool:
    box = sheet.tokens[hit.span.start].box
    return any(holds(found.table.box, box) for found in tables)


def _whose(kind: FieldKind, role: str) -> str:
    return "" if kind in PAIRED or kind is FieldKind.DOSSIER_CODE else role


def _field(sheet: Sheet, hit: Hit, stop: int, role: str) -> Field | None:
    kind = hit.label.kind
    if kind is None:
        return None
    label = sheet.text(hit.span).strip(EDGES + "(")
    celled = tokens_in_cells(sheet, hit.span.end)
    tokens = shaped(hit, celled[0]) if celled else value_tokens(sheet, hit, stop)
    field = made(sheet, kind, printed(sheet, tokens), role, label)
    if field or not (hit.colon or celled) or hit.span.wrong:
        return field
    return by_hand(sheet, kind, celled[1] if celled else _place(sheet, hit, stop, tokens), role, label)


def _place(sheet: Sheet, hit: Hit, stop: int, tokens: Sequence[Token]) -> Box:
    """Return where the value should be: from the label to the next one on its row, or to the end of the row."""
    if tokens:
        return Box.around(token.box for token in tokens)
    last = sheet.tokens[hit.span.end - 1].box
    row = [
        token.box.x0
        for token in sheet.tokens[hit.span.end : stop + 1]
        if last.y0 < token.box.y1 and token.box.y0 < last.y1
    ]
    right = max(last.x1, min([x for x in row if x >= last.x1], default=sheet.right))
    return Box(last.x1, last.y0, right, last.y1)
