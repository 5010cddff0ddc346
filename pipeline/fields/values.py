"""Take the value that follows a label: as many words as are of its kind, over the end of a line where it goes on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from pipeline.fields.folding import plain
from pipeline.fields.labels import Hit
from pipeline.fields.sheet import Run, Sheet, Token, holds, is_bullet
from pipeline.fields.validators import LONG_DATE, SHORT_DATE, YEAR
from schemas.fields import FieldKind

OWN_FORM: Final = frozenset({FieldKind.IDENTITY_NO, FieldKind.TAX_CODE, FieldKind.DOSSIER_CODE, FieldKind.AMOUNT})
WRAPPING: Final = frozenset({FieldKind.ADDRESS, FieldKind.AMOUNT_IN_WORDS, FieldKind.SUBJECT})
ENDS: Final = {FieldKind.AMOUNT_IN_WORDS: ")", FieldKind.ADDRESS: ";"}
"""Marks that end a value."""
EDGES = " \t.,;:…_·-–—|`'*=~^\\"
"""What stands around a value and is none of it: leaders, and as what readers take specks and strokes."""
DIGITS = re.compile(r"[(\[]?[\d.,\-/\s]+[)\]]?[.,;:]?")
LONGEST_DATE = 9
LOWEST = 2.6
"""Heights from the top of a line to that of the one that goes on with it."""
CURRENCY: Final = frozenset({"dong", "vnd", "d"})
HONORIFICS: Final = frozenset({"ong", "ba", "ong/ba", "anh", "chi", "chau", "co"})
FURTHEST = 12
"""Words between a label and its date: "9 giờ 46 phút, ngày 12 tháng 10 năm 2026"."""
ROOM = 12.0
"""Heights of empty paper behind a label: the value should have been written there, not on the next line."""
SHORTEST_NAME = 4
"""Syllables that are rather a name of their own than the rest of one."""
PLACES = re.compile(r"\b(tinh|thanh pho|tp\.?)\b")


def value_tokens(sheet: Sheet, hit: Hit, stop: int) -> list[Token]:
    """Return the tokens of the value after a label; `stop` is where the next label begins."""
    flow = list(_flow(sheet, hit, stop))
    # Where a place was filled in with what is no such value, that is what it says: a verdict tells.
    return _shaped(hit, flow) or (_first_run(hit.label.kind, flow) if hit.colon else [])


def shaped(hit: Hit, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens of a value of which it is known that it stands here alone."""
    return _shaped(replace(hit, prose=False), list(tokens)) or [token for token in tokens if token.folded]


def _first_run(kind: FieldKind | None, flow: Sequence[Token]) -> list[Token]:
    told = [token for token in flow if token.folded]
    first = [token for token in told if token.run == told[0].run][:FURTHEST]
    # A number without a figure was not read: words that say what is to come stand there, or nothing.
    return first if kind not in OWN_FORM or any(map(str.isdigit, "".join(token.text for token in first))) else []


def _shaped(hit: Hit, flow: list[Token]) -> list[Token]:
    kind = hit.label.kind
    if kind in (FieldKind.BORN_ON, FieldKind.ISSUED_ON):
        return _date(flow)
    if kind is FieldKind.AMOUNT and hit.prose:
        return _amount_in_prose(flow)
    if kind in OWN_FORM:
        return _code(flow, digits=kind is not FieldKind.DOSSIER_CODE)
    if kind is FieldKind.FULL_NAME:
        return _name(flow, prose=hit.prose)
    if kind in ENDS and not (hit.prose and kind is FieldKind.ADDRESS):
        return _up_to(flow, ENDS[kind])
    return _address_in_prose(flow) if hit.prose else flow


def _flow(sheet: Sheet, hit: Hit, stop: int) -> Iterator[Token]:
    """Yield what is read on from a label, as far as it may belong to it."""
    before, taken = sheet.tokens[hit.span.end - 1], False
    for token in sheet.tokens[hit.span.end : stop]:
        if token.run != before.run and not _goes_on(sheet, hit, before, token, taken=taken):
            return
        yield token
        before, taken = token, taken or bool(token.folded)


def _goes_on(sheet: Sheet, hit: Hit, before: Token, token: Token, *, taken: bool) -> bool:
    """Whether what is read on from a label, in another run, still belongs to it."""
    run, kind = sheet.runs[token.run], hit.label.kind
    if _same_row(before, token):
        grouped = kind in OWN_FORM and bool(DIGITS.fullmatch(token.text))
        return grouped or (":" not in run.text and (not taken or kind in WRAPPING))
    if not 0 <= token.box.y0 - before.box.y0 <= LOWEST * sheet.height or run.text.rstrip().endswith(":"):
        return False
    if taken and (_framed_apart(sheet, before, token) or _indented(sheet, hit, run)):
        return False
    if not taken:
        return sheet.right - before.box.x1 < ROOM * sheet.height and ":" not in run.text
    wraps = hit.prose or kind in WRAPPING or kind is FieldKind.BORN_ON or (kind is FieldKind.FULL_NAME and _named(run))
    return wraps and not _starts_anew(token, run) and not _would_have_fitted(sheet, before, token)


def _framed_apart(sheet: Sheet, one: Token, other: Token) -> bool:
    """Whether the frame of a value ends between two words."""
    cells = [cell.box for table in sheet.page.tables for cell in table.cells]
    return any(holds(cell, one.box) is not holds(cell, other.box) for cell in cells)


def _indented(sheet: Sheet, hit: Hit, run: Run) -> bool:
    """Whether a line begins neither below its label or left of it, nor below the value: another paragraph begins."""
    label = sheet.run_of(hit.span.start)
    places = [label.box.x0, *(token.box.x0 for token in sheet.tokens[hit.span.end :][:1])]
    return run.box.x0 > label.box.x0 + sheet.height and min(abs(run.box.x0 - x) for x in places) > sheet.height


def _named(run: Run) -> bool:
    """Whether a run may be the rest of a name."""
    parts = [token.text.rstrip(EDGES) for token in run.tokens]
    return len(parts) < SHORTEST_NAME and all(part.isalpha() and part[0].isupper() for part in parts)


def _same_row(one: Token, other: Token) -> bool:
    shared = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    return shared * 2 > min(one.box.height, other.box.height)


def _starts_anew(token: Token, run: Run) -> bool:
    return is_bullet(token.text) and len(run.tokens) > 1 and not token.text.isdigit()


def _would_have_fitted(sheet: Sheet, before: Token, token: Token) -> bool:
    """Whether a word would have had room on the line before: then it does not go on with it."""
    return sheet.right - before.box.x1 > token.box.width + 1.6 * sheet.height


def _date(flow: Sequence[Token]) -> list[Token]:
    for start in range(min(FURTHEST, len(flow))):
        for end in range(min(len(flow), start + LONGEST_DATE), start, -1):
            text = plain(" ".join(token.text for token in flow[start:end])).strip(EDGES)
            if any(form.fullmatch(text) for form in (SHORT_DATE, LONG_DATE, YEAR)):
                return list(flow[start:end])
    return []


def _code(flow: Sequence[Token], *, digits: bool) -> list[Token]:
    taken: list[Token] = []
    for token in flow:
        share = sum(letter.isdigit() for letter in token.text) / len(token.text)
        if share < (0.5 if digits else 0.3):
            if taken or token.folded:
                break
            continue
        taken.append(token)
        if token.text.endswith((",", ";", ")")):
            break
    return taken


def _amount_in_prose(flow: Sequence[Token]) -> list[Token]:
    """Return digits that are followed by the word for money."""
    for token, after in pairwise(flow[:FURTHEST]):
        if after.folded in CURRENCY and DIGITS.fullmatch(token.text):
            return [token]
    return []


def _name(flow: Sequence[Token], *, prose: bool) -> list[Token]:
    taken: list[Token] = []
    for token in flow:
        bare = token.text.strip(EDGES)
        if not taken and (not bare or plain(bare) in HONORIFICS):
            continue
        if "(" in bare or not any(map(str.isalpha, bare)):
            break
        if prose and not bare[0].isupper():
            break
        taken.append(token)
        if token.text.endswith((",", ";")) or (prose and token.text.endswith((".", ":"))):
            break
    return taken


def _up_to(flow: Sequence[Token], mark: str) -> list[Token]:
    end = next((number for number, token in enumerate(flow, 1) if mark in token.text), len(flow))
    return list(flow[:end])


def _address_in_prose(flow: Sequence[Token]) -> list[Token]:
    """Return an address within a sentence: up to the first comma behind its province."""
    text = ""
    for number, token in enumerate(flow, start=1):
        text += f" {plain(token.text)}"
        if PLACES.search(text) and token.text.endswith((",", ";", ".")) and number > 1:
            return list(flow[:number])
    return list(flow)
