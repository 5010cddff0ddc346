"""Who signed: the name printed below the line that says in which office."""

from collections.abc import Iterator
from statistics import mean

from pipeline.fields.building import by_hand, made
from pipeline.fields.folding import distance
from pipeline.fields.sheet import Run, Sheet, Token
from pipeline.fields.template import Template
from pipeline.fields.validators import NO_FAMILY
from pipeline.fields.values import EDGES
from schemas.fields import Field, FieldKind

DEEPEST = 26.0
"""Heights of a line between the office and the name, the signature and the seal in between."""
MISREAD = 7
LONGEST_OFFICE, LONGEST_NAME = 8, 6
PEN_STROKES = 0.3
"""Confidence below which words are rather strokes of a pen."""
PREFIXES = ("kt", "tm", "tl", "tuq", "q")
TITLES = frozenset({"ts", "ths", "pgs", "gs", "bs", "ks", "cn", "ls", "bacsi", "luatsu"})
RANKS = frozenset(grade + rank for grade in ("dai", "thuong", "trung", "thieu") for rank in ("ta", "uy", "tuong"))


def read_signatures(sheet: Sheet, template: Template) -> Iterator[Field]:
    """Yield the names of those who signed, each under the role that the line above says."""
    found: dict[Run, Field] = {}
    for run in sheet.runs:
        head = _head(run, template)
        name = _name_below(sheet, head[0]) if head else None
        if head and name and name not in found:
            field = made(sheet, FieldKind.SIGNER, _without_title(name), head[1], head[0].text)
            if field and _spoiled(field):
                field = by_hand(sheet, FieldKind.SIGNER, field.box, label=head[0].text)
            if field:
                found[name] = field
    yield from found.values()


def _spoiled(field: Field) -> bool:
    """Whether a seal or a pen spoiled an official's name: it has lost its family name, and two readers disagree."""
    return not field.role and not field.verified and field.reason == NO_FAMILY


def _head(run: Run, template: Template) -> tuple[Run, str] | None:
    """Return the office above a signature and whose it is; what is left of it on the row may stand in the same run."""
    if run.text.endswith((",", ";", ":", ".")) and not run.text.isupper():
        return None
    for start in range(max(0, len(run.tokens) - LONGEST_OFFICE), len(run.tokens)):
        office = Run(run.tokens[start:])
        role = _role(office, template) if start == 0 or office.text.isupper() else None
        if role is not None:
            return office, role
    return None


def _role(office: Run, template: Template) -> str | None:
    words = [token.folded for token in office.tokens if token.folded]
    text = "".join(words[1:] if words and words[0] in PREFIXES else words)
    for line, role in template.signers:
        most = len(line) // MISREAD
        begins = text.startswith(line) and office.text.isupper()
        if begins or (abs(len(line) - len(text)) <= most and distance(line, text) <= most):
            return role
    return None


def _name_below(sheet: Sheet, head: Run) -> Run | None:
    """Return the first run below a line, in its column, that looks like a name."""
    below = [
        run
        for run in sheet.runs
        if 2 * sheet.height < run.box.y0 - head.box.y0 < DEEPEST * sheet.height
        and run.box.x0 < head.box.x1
        and head.box.x0 < run.box.x1
        and abs(run.middle - head.middle) < sheet.page.width / 8
    ]
    names = [run for run in below if _is_name(run)]
    return min(names, key=lambda run: run.box.y0, default=None)


def _is_name(run: Run) -> bool:
    """Whether a run looks like a name, and not like what a reader makes of pen strokes."""
    tokens = _without_title(run)
    parts = [token.text.strip(EDGES) for token in tokens]
    named = all(
        part and part.isalpha() and part[0].isupper() and part[1:].islower() is (len(part) > 1) for part in parts
    )
    return named and 2 <= len(parts) <= LONGEST_NAME and mean(token.word.confidence for token in tokens) > PEN_STROKES


def _without_title(run: Run) -> list[Token]:
    """Return the words of a name alone; strokes of a pen beside it hold no letters."""
    tokens = [token for token in run.tokens if token.folded]
    while tokens and tokens[0].folded in TITLES:
        tokens.pop(0)
    ranked = "".join(token.folded for token in tokens[:2]) in RANKS | TITLES
    return tokens[2:] if ranked else tokens
