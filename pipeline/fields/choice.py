"""Which template a paper is read by: what its first page says decides, what it was handed in as comes second."""

import re
from collections.abc import Iterator, Sequence

from pipeline.fields.folding import fold, plain
from pipeline.fields.letters import HEAD, NUMBER
from pipeline.fields.sheet import Sheet, Span
from pipeline.fields.template import Library, Template

NATION = fold("Cộng hòa xã hội chủ nghĩa Việt Nam")
NATION_MISREAD = 6
FULL = 0.75
"""Share of the page that a line of running text takes, and a title in small letters does not."""
SERIAL = re.compile(r"\S+\s*\d+")
"""The number of a receipt, which names no agency as a letter's does."""
SUBTITLES = frozenset({"mau", "vv"})
"""Words that begin a form's number and a letter's subject, which stand anywhere in the head."""


def parts(sheets: Sequence[Sheet], library: Library) -> list[list[Sheet]]:
    """Return the pages paper by paper: one that bears the nation's name and a title of its own begins another."""
    cut: list[list[Sheet]] = []
    for sheet in sheets:
        begins = bool(sheet.find(NATION, NATION_MISREAD)) and (_by_title(sheet, library) or _is_letter(sheet))
        if begins or not cut:
            cut.append([sheet])
        else:
            cut[-1].append(sheet)
    return cut


def choose(sheet: Sheet, library: Library, paper_code: str) -> Template:
    """Return the template for a paper by its first page."""
    titled = _by_title(sheet, library)
    if titled and not titled.weak:
        return titled
    handed_in = [template for template in library.templates if paper_code and paper_code in template.papers]
    if handed_in:
        return handed_in[0]
    return titled or library.named("letter" if _is_letter(sheet) else "form")


def _by_title(sheet: Sheet, library: Library) -> Template | None:
    """Return the template whose title is there, the longest of several; one for all kinds of papers last."""
    found = [
        (not template.weak, len(title), template)
        for template in library.templates
        for title, most in _wordings(template)
        if any(_is_title(sheet, span) for span in sheet.find(title, most))
    ]
    return max(found, key=lambda item: item[:2])[2] if found else None


def _wordings(template: Template) -> Iterator[tuple[str, int]]:
    """Yield what names a template on a first page, and how many letters may be misread; of a number, none."""
    yield from ((title, min(4, len(title) // 7)) for title in template.titles)
    yield from ((number, 0) for number in template.form_numbers)


def _is_title(sheet: Sheet, span: Span) -> bool:
    """Whether words begin a line in the upper half and look like a title: in capitals, or in the middle of the page."""
    first = sheet.tokens[span.start]
    high = first.box.y0 < sheet.page.height * (HEAD + 0.1)
    if not high or not first.text[:1].isupper() or not sheet.leads(span.start):
        return False
    run = sheet.run_of(span.start)
    middle = abs(run.middle - sheet.page.width / 2) < sheet.page.width / 7
    alone = run.tokens[0] is first and run.box.width < FULL * sheet.right
    return (middle and alone) or sheet.text(span).isupper() or first.folded in SUBTITLES


def _is_letter(sheet: Sheet) -> bool:
    head = [run for run in sheet.runs if run.box.y0 < HEAD * sheet.page.height and run.box.x0 < sheet.page.width / 2]
    return any(NUMBER.match(plain(run.text)) and not SERIAL.fullmatch(run.text) for run in head)
