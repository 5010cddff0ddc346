"""From read pages to the fields of each paper among them."""

from collections.abc import Iterator, Sequence

from pipeline.fields.choice import choose, parts
from pipeline.fields.crossing import crossed
from pipeline.fields.folding import fold
from pipeline.fields.forms import read_form
from pipeline.fields.letters import read_letter
from pipeline.fields.sheet import Sheet, sheet_of
from pipeline.fields.signatures import read_signatures
from pipeline.fields.tables import read_tables
from pipeline.fields.template import Library, Template
from schemas.fields import Field, FieldKind, PaperFields
from schemas.text import PageText

FIELDS_VERSION = "4"
"""Raise it when what is found changes."""
BARE = frozenset({"diachi", "taidiachi"})
"""Labels of an address that do not say which."""
AMOUNTS = frozenset({FieldKind.AMOUNT, FieldKind.AMOUNT_IN_WORDS})


def find_fields(pages: Sequence[PageText], library: Library, paper_code: str = "") -> tuple[PaperFields, ...]:
    """Return the fields of each paper, in order. A page with a title of its own begins another paper.

    Args:
        pages: of a document, blank ones too; their numbers count from 1.
        paper_code: mã giấy tờ under which it was handed in, where that is known.
    """
    sheets = [sheet_of(page, number) for number, page in enumerate(pages, start=1)]
    return tuple(
        _paper(part, library, paper_code if number == 0 else "") for number, part in enumerate(parts(sheets, library))
    )


def _paper(sheets: Sequence[Sheet], library: Library, paper_code: str) -> PaperFields:
    template = choose(sheets[0], library, paper_code)
    return PaperFields(
        template=template.code,
        first_page_no=sheets[0].page_no,
        last_page_no=sheets[-1].page_no,
        fields=tuple(_read(sheets, template, library)),
    )


def _read(sheets: Sequence[Sheet], template: Template, library: Library) -> Iterator[Field]:
    if template.letter:
        yield from read_letter(sheets[0], library.kinds)
    if template.owner or not template.letter:
        yield from _once(crossed(list(read_form(sheets, template))))
    for sheet in sheets:
        yield from read_tables(sheet, template)
        yield from read_signatures(sheet, template)


def _once(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield what is said of somebody for the first time, and all amounts; empty places only of what is said nowhere."""
    told = {_said(field) for field in fields if field.value}
    said: set[tuple[FieldKind, str, str]] = set()
    for field in fields:
        key = _said(field)
        if field.kind in AMOUNTS or (key not in said and (field.value or key not in told)):
            yield field
            if field.value:
                said |= {key, (field.kind, field.role, "")}


def _said(field: Field) -> tuple[FieldKind, str, str]:
    """Return what a field says of whom; whoever lives elsewhere than he is registered has two addresses."""
    label = fold(field.label)
    return field.kind, field.role, label if field.kind is FieldKind.ADDRESS and label not in BARE else ""
