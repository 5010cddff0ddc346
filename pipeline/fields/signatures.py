"""Who signed: the name printed below the line that says in which office."""

from collections.abc import Iterator

from pipeline.fields.building import made
from pipeline.fields.folding import distance
from pipeline.fields.sheet import Run, Sheet, Token
from pipeline.fields.template import Template
from schemas.fields import Field, FieldKind

DEEPEST = 26.0
"""Heights of a line between the office and the name, the signature and the seal in between."""
MISREAD = 7
PREFIXES = ("kt", "tm", "tl", "tuq", "q")
TITLES = frozenset({"ts", "ths", "pgs", "gs", "bs", "ks", "cn"})


def read_signatures(sheet: Sheet, template: Template) -> Iterator[Field]:
    """Yield the names of those who signed, each under the role that the line above says."""
    found: dict[Run, Field] = {}
    for run in sheet.runs:
        role = _role(sheet, run, template)
        if role is None:
            continue
        name = _name_below(sheet, run)
        if name and name not in found:
            field = made(sheet, FieldKind.SIGNER, _without_title(name), role, run.text)
            if field:
                found[name] = field
    yield from found.values()


def _role(sheet: Sheet, run: Run, template: Template) -> str | None:
    """Return whose signature stands below a run; None where it is no such line."""
    if run.box.width > sheet.page.width / 2 or run.text.endswith((",", ";", ":", ".")):
        return None
    words = [token.folded for token in run.tokens if token.folded]
    while words and words[0] in PREFIXES:
        words = words[1:]
    text = "".join(words)
    for line, role in template.signers:
        begins = text.startswith(line) and run.text.isupper()
        if begins or (
            abs(len(line) - len(text)) <= len(line) // MISREAD and distance(line, text) <= len(line) // MISREAD
        ):
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
    parts = [token.text.strip(".,;") for token in _without_title(run)]
    lettered = all(part and part.replace("-", "").isalpha() and part[0].isupper() for part in parts)
    return lettered and 2 <= len(parts) <= 6 and not all(part.isupper() for part in parts)


def _without_title(run: Run) -> list[Token]:
    tokens = list(run.tokens)
    while tokens and tokens[0].folded in TITLES:
        tokens.pop(0)
    return tokens
