"""Find labels on a sheet, in spite of misread letters: what is printed before a value, and whose value that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.fields.folding import distance
from pipeline.fields.sheet import Sheet, Span, Token
from pipeline.fields.template import Label
from schemas.fields import FieldKind

LONGEST_TAIL = 8
CLEAR = 10
"""Without a colon, one letter in so many may be misread."""
SHORT = 6
"""Labels of fewer letters must begin a run and have a colon."""
TELLING: Final = frozenset({FieldKind.IDENTITY_NO, FieldKind.BORN_ON, FieldKind.TAX_CODE, FieldKind.DOSSIER_CODE})
"""Kinds whose values have a form of their own: their labels count within sentences, too."""

PROSAIC: Final = frozenset({None, FieldKind.ADDRESS, FieldKind.AMOUNT})
"""Kinds whose labels begin lines of running text, too."""


@dataclass(frozen=True)
class Hit:
    """A label on a sheet.

    Attributes:
        span: its tokens, up to its colon where it has one.
        colon: it ends with one.
        prose: it may stand in a sentence.
    """

    label: Label
    span: Span
    colon: bool
    prose: bool = False


def find_labels(sheet: Sheet, labels: Sequence[Label]) -> list[Hit]:
    """Return the labels in the order in which they stand; where two overlap, the longer one."""
    places = _longest(sheet, labels)
    hits: list[Hit] = []
    for number, (label, span) in enumerate(places):
        if hits and span.start < hits[-1].span.end:
            continue
        stop = places[number + 1][1].start if number + 1 < len(places) else len(sheet.tokens)
        hit = _hit(sheet, label, span, stop)
        if hit:
            hits.append(hit)
    return hits


def _longest(sheet: Sheet, labels: Sequence[Label]) -> list[tuple[Label, Span]]:
    """Return labels and where they stand, in order; of those that overlap, the longest, and the least misread."""
    found = [
        (label, span) for label in labels for span in sheet.find(label.folded, label.most) if _fits(sheet, label, span)
    ]
    free = [True] * len(sheet.tokens)
    chosen = []
    for label, span in sorted(found, key=lambda item: 3 * item[1].wrong - len(item[0].folded)):
        if all(free[span.start : span.end]):
            chosen.append((label, span))
            free[span.start : span.end] = [False] * (span.end - span.start)
    return sorted(chosen, key=lambda item: item[1].start)


def _fits(sheet: Sheet, label: Label, span: Span) -> bool:
    """Whether the words are the label's alone, but for misread letters; some count only where they begin a run.

    The last word, "mẹ" or "cha", often says alone whose the value is.
    """
    tokens = sheet.tokens[span.start : span.end]
    if any(token.text.endswith(":") for token in tokens[:-1]):
        return False
    last = next((token.folded for token in reversed(tokens) if token.folded), "")
    if label.turns and last and 2 * distance(last, label.folded[-len(last) :]) >= len(last):
        return False
    letters = sum(len(token.folded) for token in tokens)
    heading = label.turns and label.kind is None
    anywhere = (len(label.folded) >= SHORT and not heading) or _initials(tokens, label)
    return abs(letters - len(label.folded)) <= label.most and (anywhere or sheet.leads(span.start))


def _hit(sheet: Sheet, label: Label, span: Span, stop: int) -> Hit | None:
    leads = sheet.leads(span.start)
    colon = _colon(sheet, span, stop, leads=leads)
    if colon:
        return Hit(label, Span(span.start, colon, span.wrong), colon=True)
    unclear = span.wrong * CLEAR > len(label.folded) and not label.turns
    if _initials(sheet.tokens[span.start : span.end], label):
        return Hit(label, span, colon=False)
    if len(label.folded) < SHORT or unclear or (label.kind and _is_title(sheet, span)):
        return None
    exact = not span.wrong and "".join(token.folded for token in sheet.tokens[span.start : span.end]) == label.folded
    if label.turns or label.kind in TELLING or (leads and exact):
        return Hit(label, span, colon=False, prose=not leads or label.turns or label.kind in PROSAIC)
    return None


def _colon(sheet: Sheet, span: Span, stop: int, *, leads: bool) -> int:
    """Return the end of the label's tokens with its colon and what stands in between; 0 where it has none."""
    if _ends(sheet.tokens[span.end - 1].text, leads=leads):
        return span.end
    bracket = False
    for token in sheet.tokens[span.end : span.end + LONGEST_TAIL]:
        bracket = bracket or token.text.startswith("(")
        if token.run != sheet.tokens[span.end - 1].run or (token.index >= stop and not bracket):
            return 0
        if token.text.endswith(":") or (leads and token.text.endswith("|")):
            return token.index + 1
        if token.text.endswith((",", ".", ";")) or any(letter.isdigit() for letter in token.text):
            return 0
        bracket = bracket and not token.text.endswith(")")
    return 0


def _initials(tokens: Sequence[Token], label: Label) -> bool:
    """Whether a number's short name stands there in capitals, "CCCD" or "MST": so it stands nowhere else."""
    return label.kind in TELLING and len(tokens) == 1 and tokens[0].text.strip(".,:|").isupper()


def _is_title(sheet: Sheet, span: Span) -> bool:
    """Whether words stand within a line in capitals, which says what it is itself."""
    run = sheet.run_of(span.start)
    return run.text.isupper() and len(run.tokens) > span.end - span.start


def _ends(text: str, *, leads: bool) -> bool:
    # A colon is small: where a label begins its run, a misread one counts.
    return text.endswith(":") or (leads and text.endswith((";", "|", ".:", ":.")))
