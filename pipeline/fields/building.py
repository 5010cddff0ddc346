"""Make a field of the tokens of its value, or of the empty place where it should be."""

import re
from collections.abc import Sequence
from math import prod
from typing import Final

from pipeline.fields.sheet import Sheet, Token
from pipeline.fields.validators import JUDGES
from pipeline.fields.values import EDGES
from schemas.fields import Field, FieldKind, Verdict
from schemas.geometry import Box
from schemas.layout import RegionKind

BY_HAND: Final = "Viết tay, để trống hoặc không đọc chắc được: để người đọc nhập"
UNSURE: Final = "Máy đọc chưa chắc: cần người xem lại"
DOUBTFUL_BELOW = 0.5
"""Probability of a word below which its field is doubtful."""
LIKELY = 0.7
"""The same of a whole value: three of four values below it are wrong."""
UNREAD = 0.4
"""Probability of a word, on average, below which what is misspelt, too, was not read at all."""
IMPROBABLE = 0.4
"""Probability of a whole value below which one in doubt is left to people: nine of ten were wrong."""
LOOSE: Final = frozenset({FieldKind.ADDRESS, FieldKind.AMOUNT_IN_WORDS, FieldKind.SUBJECT})
"""Kinds of many words, with no form to check them by, and no evidence of whose a paper is."""
DOTTED: Final = LOOSE | {FieldKind.FULL_NAME, FieldKind.SIGNER}
LEADERS = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[à-ýăđĩũơưạ-ỹ])|(?<=\d(?=\.+[^\W\d_])))\.+(?=[^\W_])|\.\.+")
"""Dots of a line that was written on, between words: "Thôn.12..xã Mỹ.Xuyên", but not "TP.Huế"."""
ALL_DOTS = re.compile(r"\.+")
SPELT: Final = frozenset({FieldKind.FULL_NAME, FieldKind.SIGNER, FieldKind.ADDRESS, FieldKind.SUBJECT})


def made(sheet: Sheet, kind: FieldKind, tokens: Sequence[Token], role: str = "", label: str = "") -> Field | None:
    """Return the field whose value are these tokens; None where they hold no letter, or nobody could read them."""
    kept = _trimmed(tokens)
    value = " ".join(token.text for token in kept).strip(EDGES + ("()[]" if kind is not FieldKind.ADDRESS else ""))
    value = _undotted(kind, value)
    if not value or (kind is FieldKind.FULL_NAME and value.islower()):
        return None
    normalised, verdict, reason = JUDGES[kind](value)
    confidence = prod(token.word.confidence for token in kept)
    misspelt = kind in SPELT and any(token.word.impossible for token in kept)
    if (misspelt or verdict is not Verdict.VALID) and confidence ** (1 / len(kept)) < UNREAD:
        return None
    if verdict is Verdict.VALID and (misspelt or _unsure(kept, confidence)):
        verdict, reason = Verdict.DOUBTFUL, UNSURE
    loose = verdict is Verdict.DOUBTFUL and kind in LOOSE and _lowest(sheet, kept) < DOUBTFUL_BELOW
    if confidence < IMPROBABLE and (loose or verdict is Verdict.INVALID):
        return None
    return Field(
        kind=kind,
        role=role,
        value=value,
        normalised=normalised,
        label=label,
        page_no=sheet.page_no,
        box=Box.around(token.box for token in kept),
        confidence=confidence,
        verified=all(token.word.verified for token in kept),
        verdict=verdict,
        reason=reason,
    )


def _undotted(kind: FieldKind, value: str) -> str:
    leaders = LEADERS if kind in (FieldKind.ADDRESS, FieldKind.SUBJECT) else ALL_DOTS
    return " ".join(leaders.sub(" ", value).split()) if kind in DOTTED else value


def _lowest(sheet: Sheet, tokens: Sequence[Token]) -> float:
    """Return the probability of the worst word; one that was read better elsewhere on the page counts as there."""
    words = {token.folded for token in tokens if token.folded}
    surest: dict[str, float] = {}
    for token in sheet.tokens:
        if token.folded in words:
            text = token.text.strip(EDGES)
            surest[text] = max(surest.get(text, 0.0), token.word.confidence)
    return min((surest[token.text.strip(EDGES)] for token in tokens if token.folded), default=1.0)


def by_hand(sheet: Sheet, kind: FieldKind, place: Box, role: str = "", label: str = "") -> Field:
    """Return a field that is left to people: its place is empty, dotted or written on by hand."""
    return Field(
        kind=kind,
        role=role,
        value="",
        normalised="",
        label=label,
        page_no=sheet.page_no,
        box=place,
        confidence=0.0,
        verified=False,
        verdict=Verdict.HANDWRITTEN,
        reason=BY_HAND,
    )


def printed(sheet: Sheet, tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens of a value; none where most of them are what readers made of handwriting.

    What two readers agree on was printed; a value is never cut to those words that no pen touches.
    """
    hands = [region.box for region in sheet.page.regions if region.kind is RegionKind.HANDWRITING]
    written = sum(any(_covers(hand, token.box) for hand in hands) for token in tokens)
    by_pen = 2 * written > len(tokens) and not any(token.word.verified for token in tokens)
    return () if by_pen else tokens


def _covers(hand: Box, box: Box) -> bool:
    wide = min(hand.x1, box.x1) - max(hand.x0, box.x0)
    high = min(hand.y1, box.y1) - max(hand.y0, box.y0)
    return wide > 0 and high > 0 and 2 * wide * high > box.width * box.height


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    kept = list(tokens)
    while kept and not kept[0].folded:
        kept.pop(0)
    while kept and not kept[-1].folded:
        kept.pop()
    return kept


def _unsure(tokens: Sequence[Token], confidence: float) -> bool:
    doubted = [token.word.confidence for token in tokens if not token.word.verified]
    return bool(doubted) and (confidence < LIKELY or min(doubted) < DOUBTFUL_BELOW)
