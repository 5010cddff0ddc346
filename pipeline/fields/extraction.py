"""From read pages to the fields of each paper among them."""

from collections.abc import Iterator, Sequence

from pipeline.fields.choice import choose, parts
from pipeline.fields.crossing import crossed
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
    """Yield what is said of somebody for the first time, and all amounts."""
    said: set[tuple[FieldKind, str]] = set()
    for field in fields:
        key = field.kind, field.role
        if field.kind in AMOUNTS or key not in said:
            yield field
            if field.value:
                said.add(key)
