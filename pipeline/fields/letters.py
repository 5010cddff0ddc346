"""What an agency's letter says of itself: its head in two columns, its title or subject."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.fields.building import by_hand, made, printed
from pipeline.fields.folding import distance, fold, plain
from pipeline.fields.sheet import Run, Sheet, Token, is_bullet
from pipeline.fields.validators import LONG_DATE
from schemas.fields import Field, FieldKind, Verdict
from schemas.geometry import Box

HEAD = 0.42
"""Share of the page that the head, title and subject may take."""
NUMBER = re.compile(r"^\W*s[o6](?:[^\w/]*(?=[\d/.…_]|$)|\s*[:;.].{0,12}/\s?[a-z])")
"""The number after it may be a pen's: whatever was made of it, a slash and letters follow."""
TAIL = re.compile(r"^/\s*[\wĐ]")
ORGANISATIONS: Final = frozenset(
    [
        "uy",
        "ubnd",
        "so",
        "bo",
        "phong",
        "cong",
        "benh",
        "van",
        "trung",
        "chi",
        "cuc",
        "tong",
        "hoi",
        "ban",
        "truong",
        "vien",
        "toa",
        "thanh",
        "kho",
        "thue",
        "bao",
        "dang",
        "tinh",
        "xa",
        "phuong",
        "huyen",
        "doan",
        "hat",
        "tram",
        "don",
        "lien",
        "hdnd",
        "doi",
        "hop",
        "hoc",
        "quoc",
        "quy",
        "tap",
    ]
)
"""First words of the names of agencies, which have two words at least."""
GOES_ON: Final = ("nhandan",)
ENDS_SUBJECT: Final = ("kinhgui", "cancu", "chutich", "giamdoc", "thutuong", "botruong", "dieu1", "uybannhandan", "xet")
SHORTEST_DATE, LONGEST_DATE = 6, 9
"""Words from "ngày" to the year."""
BEYOND = 4
"""Heights by which the first lines of a body reach beyond the subject above them, to the left and to the right."""
ABOUT = re.compile(r"^\W*(v/v|ve viec|viv|v/ v)\b[\s:.]*")


def read_letter(sheet: Sheet, kinds: Sequence[str]) -> Iterator[Field]:
    """Yield what the first page of a letter says of the letter."""
    head = [run for run in sheet.runs if run.box.y0 < HEAD * sheet.page.height]
    number = next((run for run in head if _is_number(run)), None)
    if number:
        yield from _notation(sheet, number)
        yield from _issuer(sheet, head, number)
    yield from _date(sheet, head)
    title = _title(sheet, head, kinds)
    about = [run for run in head if ABOUT.match(plain(run.text))]
    if title:
        yield from _some(made(sheet, FieldKind.DOCUMENT_KIND, title.tokens))
    elif number and about:
        yield _plain_letter(sheet, number)
    yield from _subject(sheet, title, about)


def _some(field: Field | None) -> Iterator[Field]:
    if field:
        yield field


def _is_number(run: Run) -> bool:
    return bool(NUMBER.match(plain(run.text)))


def _notation(sheet: Sheet, run: Run) -> Iterator[Field]:
    """Yield the notation, which a pen may have left a gap in: the number alone is often written by hand."""
    tokens = [token for part in _row_of(sheet, run) for token in part.tokens]
    if tokens[0].folded in ("so", "s6"):
        tokens = tokens[1:]
    tokens = list(printed(sheet, tokens))
    text = "".join(token.text for token in tokens).lstrip(".:…_ ")
    if not text or not text[0].isdigit() or _apart(tokens):
        place = Box.around(part.box for part in _row_of(sheet, run))
        yield by_hand(sheet, FieldKind.NOTATION, place, label=run.tokens[0].text)
        return
    yield from _some(made(sheet, FieldKind.NOTATION, tokens))


def _apart(tokens: Sequence[Token]) -> bool:
    """Whether the number stands apart from what follows it, and no two readers agree on it: written by hand."""
    apart = any(token.text.startswith("/") for token in tokens[1:])
    return apart and not tokens[0].word.verified


def _row_of(sheet: Sheet, run: Run) -> list[Run]:
    """Return the runs of a row of the left column: a gap for a pen parts them."""
    same = [
        other
        for other in sheet.runs
        if other.box.y0 < run.box.y1 and run.box.y0 < other.box.y1 and run.box.x0 <= other.box.x0
    ]
    kept: list[Run] = []
    for other in sorted(same, key=lambda item: item.box.x0):
        if kept and (other.box.x0 > sheet.page.width / 2 or not TAIL.match(other.text)):
            break
        kept.append(other)
    return kept


def _issuer(sheet: Sheet, head: Sequence[Run], number: Run) -> Iterator[Field]:
    """Yield the agency: of the lines above the number, the last that begins a name, with those that go on with it."""
    right = max(part.box.x1 for part in _row_of(sheet, number))
    lines = [
        run
        for run in head
        if run.box.y1 <= number.box.y0 + sheet.height / 2 and run.box.x0 < right and run.middle < sheet.page.width / 2
    ]
    lines = [run for run in sorted(lines, key=lambda run: run.box.y0) if sum(map(str.isupper, run.text)) > 2]
    taken: list[Token] = []
    for run in lines:
        fresh = len(run.tokens) > 1 and run.tokens[0].folded in ORGANISATIONS and not _completes(taken, fold(run.text))
        taken = [*([] if fresh else taken), *run.tokens]
    yield from _some(made(sheet, FieldKind.ISSUER, taken))


def _completes(taken: Sequence[Token], first: str) -> bool:
    """Whether a line is the rest of "Ủy ban nhân dân", "Công an" and their like, which name no place themselves."""
    before = "".join(token.folded for token in taken)
    bare = before in ("uybannhandan", "hoidongnhandan", "congan", "uybannhandancap", "toaannhandan", "danguy")
    return bare or first.startswith(GOES_ON)


def _date(sheet: Sheet, head: Sequence[Run]) -> Iterator[Field]:
    """Yield the date of the letter: of the first run that states one; its day or month may be left to a pen."""
    for run in head:
        words = _from_day(run)
        if not words:
            continue
        stated = next((end for end in range(len(words), 0, -1) if LONG_DATE.fullmatch(_plain(words[:end]))), 0)
        if not stated and (run.box.x0 < sheet.page.width / 3 or len(words) > LONGEST_DATE):
            continue
        blank = not stated and len(words) < SHORTEST_DATE
        place = Box.around(token.box for token in words)
        found = None if blank else made(sheet, FieldKind.ISSUED_ON, words[:stated] or words)
        yield found or by_hand(sheet, FieldKind.ISSUED_ON, place)
        return


def _from_day(run: Run) -> list[Token]:
    """Return what a run says from the word for a day on; nothing where it names no month."""
    start = next((token.index for token in run.tokens if distance(token.folded, "ngay") <= 1), None)
    words = [token for token in run.tokens if start is not None and token.index >= start]
    return words if any(distance(token.folded, "thang") <= 1 for token in words) else []


def _plain(tokens: Sequence[Token]) -> str:
    return plain(" ".join(token.text for token in tokens)).strip(" .,;")


def _title(sheet: Sheet, head: Sequence[Run], kinds: Sequence[str]) -> Run | None:
    wanted = tuple(fold(kind) for kind in kinds)
    for run in head:
        text = fold(run.text)
        centred = abs(run.middle - sheet.page.width / 2) < sheet.page.width / 8
        if centred and text.startswith(wanted) and sum(map(str.isupper, run.text)) > len(text) / 2:
            return run
    return None


def _plain_letter(sheet: Sheet, number: Run) -> Field:
    """Return the kind of a letter that bears no name of a kind: by that it is a công văn."""
    return Field(
        kind=FieldKind.DOCUMENT_KIND,
        value="",
        normalised="Công văn",
        page_no=sheet.page_no,
        box=number.box,
        confidence=1.0,
        verified=False,
        verdict=Verdict.VALID,
        reason="Công văn không in tên loại",
    )


def _subject(sheet: Sheet, title: Run | None, about: Sequence[Run]) -> Iterator[Field]:
    lines = _column_from(sheet, about[0]) if about and not title else []
    if title:
        lines = _column_from(sheet, title)[1:]
    tokens = [token for run in lines for token in run.tokens]
    cut = ABOUT.match(plain(" ".join(token.text for token in tokens)))
    if cut:
        tokens = _behind(tokens, cut.end())
    yield from _some(made(sheet, FieldKind.SUBJECT, tokens))


def _behind(tokens: Sequence[Token], letters: int) -> list[Token]:
    """Return the tokens behind so many letters of their text."""
    passed, rest = 0, list(tokens)
    while rest and passed + len(rest[0].text) <= letters:
        passed += len(rest.pop(0).text) + 1
    return rest


def _column_from(sheet: Sheet, first: Run) -> list[Run]:
    """Return a run and those close below it in its column."""
    column = [first]
    for run in sorted(sheet.runs, key=lambda item: (item.box.y0, item.box.x0)):
        last = column[-1]
        below = last.box.y0 + sheet.height / 2 < run.box.y0 < last.box.y1 + 1.1 * sheet.height
        beneath = abs(run.middle - first.middle) < sheet.page.width / 14
        if below and beneath:
            if _ends(run, column):
                break
            column.append(run)
    return column


def _ends(run: Run, column: Sequence[Run]) -> bool:
    """Whether a line is none of the column above it: it begins a list or a letter's body, or is in capitals alone."""
    begins = fold(run.text).startswith(ENDS_SUBJECT) or (len(run.tokens) > 1 and is_bullet(run.tokens[0].text))
    shouts = run.text.isupper() and len(column) > 1 and not column[1].text.isupper()
    return begins or shouts or (len(column) > 1 and _wider(run, column[1:]))


def _wider(run: Run, column: Sequence[Run]) -> bool:
    """Whether a line reaches far beyond both ends of those above it: it is as wide as running text."""
    left, right = min(line.box.x0 for line in column), max(line.box.x1 for line in column)
    beyond = run.box.height * BEYOND
    return run.box.x0 < left - beyond and run.box.x1 > right + beyond
