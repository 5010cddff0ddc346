"""The parts that Vietnamese administrative papers are built of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import chain, repeat, zip_longest

from samples.layout import (
    BODY_PT,
    LEFT,
    RIGHT,
    TYPED,
    Block,
    Leader,
    Line,
    Mark,
    Piece,
    Rule,
    Seal,
    Signature,
    centred,
    justified,
    piece,
    step,
    wrap,
)
from samples.typeface import Face

WIDTH = RIGHT - LEFT
MIDDLE = (LEFT + RIGHT) / 2
LEFT_HEAD, RIGHT_HEAD = 60.0, 143.0
LEADER_DROP = 1.3
CELL_PT = 11.5
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


class Fill(Enum):
    """Where the dots of a form are: behind what was typed in their place, or beneath it."""

    AFTER = auto()
    UNDER = auto()


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs in one column at the end of a paper."""

    role: str
    name: str
    hand: int
    note: str = "(Ký, ghi rõ họ tên)"
    seal: str = ""


def gap(height: float) -> Block:
    """Return empty paper."""
    return Block(height)


def _column(texts: Sequence[Piece], middle: float) -> list[Mark]:
    return [centred(text, middle, 4.5 + 5.2 * row) for row, text in enumerate(texts)]


def _underline(middle: float, y: float, width: float) -> Rule:
    return Rule(x=middle - width / 2, y=y, w=width)


def together(*blocks: Block) -> list[Block]:
    """Return `blocks` as a group that no page end parts."""
    return [*(replace(block, leads=True) for block in blocks[:-1]), blocks[-1]]


def nation_head() -> Block:
    """Return the head of a paper that a citizen writes."""
    motto = piece(MOTTO, Face.SERIF_BOLD, 13)
    marks = _column([piece(NATION, Face.SERIF_BOLD, 13), motto], MIDDLE)
    return Block(17.0, (*marks, _underline(MIDDLE, 11.6, motto.width)))


def agency_head(agency: Sequence[str], notation: str, place_and_date: str) -> Block:
    """Return the two-column head of an agency's paper: agency left, nation right, date below."""
    left = [piece(text, Face.SERIF_BOLD if text == agency[-1] else Face.SERIF, 12) for text in agency]
    motto = piece(MOTTO, Face.SERIF_BOLD, 12.5)
    right = [piece(NATION, Face.SERIF_BOLD, 11.5), motto]
    foot = 5.2 * max(len(agency), 2) + 8.0
    marks = [*_column(left, LEFT_HEAD), _underline(LEFT_HEAD, 5.2 * len(agency) + 1.2, 24)]
    marks += [centred(piece(notation), LEFT_HEAD, foot), *_column(right, RIGHT_HEAD)]
    marks += [_underline(RIGHT_HEAD, 11.4, motto.width)]
    marks += [centred(piece(place_and_date, Face.SERIF_ITALIC), RIGHT_HEAD, foot)]
    return Block(foot + 8, tuple(marks))


def title(text: str, subtitle: str = "") -> Block:
    """Return a paper's title in bold, with a line below it where given."""
    marks: list[Mark] = [centred(piece(text, Face.SERIF_BOLD, 15), MIDDLE, 6)]
    if subtitle:
        marks.append(centred(piece(subtitle, Face.SERIF_BOLD), MIDDLE, 12.4))
    return Block(17.0 if subtitle else 11.0, tuple(marks))


def heading(text: str) -> Block:
    """Return a bold line on its own."""
    return Block(step() + 1.6, (Line(x=LEFT, y=step(), pieces=(piece(text, Face.SERIF_BOLD),)),), leads=True)


def middle_line(text: str, face: Face = Face.SERIF) -> Block:
    """Return a centred line."""
    return Block(step() + 1.0, (centred(piece(text, face), MIDDLE, step()),))


def note(text: str) -> Block:
    """Return a form's number or a remark, small and italic, at the right edge."""
    letters = piece(text, Face.SERIF_ITALIC, 11)
    return Block(6.0, (Line(x=RIGHT - letters.width, y=4.0, pieces=(letters,)),), leads=True)


def paragraph(text: str, face: Face = Face.SERIF, indent: float = 10.0) -> list[Block]:
    """Return justified lines, one block each, so that a page may end between them."""
    style = piece("", face)
    rows = wrap(text, style, chain([WIDTH - indent], repeat(WIDTH)))
    last = len(rows) - 1
    return [_text_row(row, style, indent if index == 0 else 0.0, index == last) for index, row in enumerate(rows)]


def _text_row(words: Sequence[str], style: Piece, indent: float, last: bool) -> Block:  # noqa: FBT001 - see caller
    pieces = (piece(" ".join(words), style.face),) if last else justified(words, style, WIDTH - indent)
    return Block(step() + (1.6 if last else 0.0), (Line(x=LEFT + indent, y=step(), pieces=pieces),))


def _typed(text: str, dx: float) -> Piece:
    return Piece(dx, text, Face.SANS, BODY_PT - 1.5, TYPED)


def _leader(fill: Fill, start: float, typed_end: float, end: float, y: float) -> list[Mark]:
    """Return the dots of a place to fill in that runs from `start` to `end`."""
    if fill is Fill.UNDER:
        return [Leader(x=LEFT + start, y=y + LEADER_DROP, w=end - start)]
    return [Leader(x=LEFT + typed_end + 0.8, y=y - 0.2, w=max(0.0, end - typed_end - 0.8))]


def field(label: str, value: str, fill: Fill = Fill.AFTER) -> Block:
    """Return a label and a typed value in a dotted place, on as many lines as the value needs."""
    start = piece(label).width + 2.0
    first, *rest = wrap(value, _typed("", 0.0), chain([WIDTH - start], repeat(WIDTH)))
    rows = [(start, " ".join(first)), *((0.0, " ".join(words)) for words in rest)]
    marks: list[Mark] = []
    for row, (dx, text) in enumerate(rows, start=1):
        typed = _typed(text, dx)
        pieces = (piece(label), typed) if row == 1 else (typed,)
        marks.append(Line(x=LEFT, y=step() * row, pieces=pieces))
        marks += _leader(fill, dx, dx + typed.width, WIDTH, step() * row)
    return Block(step() * len(rows) + 1.7, tuple(marks))


def fields(*pairs: tuple[str, str], fill: Fill = Fill.AFTER) -> Block:
    """Return several labels with typed values on one line, in columns of equal width.

    Raises:
        ValueError: a value is too long for its column.
    """
    share = WIDTH / len(pairs)
    pieces: list[Piece] = []
    leaders: list[Mark] = []
    for column, (label, value) in enumerate(pairs):
        dx = share * column
        start = dx + piece(label).width + 2.0
        typed = _typed(value, start)
        if start + typed.width > dx + share:
            raise ValueError(f"{label!r} leaves no room for its value")
        pieces += [Piece(dx, label), typed]
        leaders += _leader(fill, start, start + typed.width, dx + share - 1.5, step())
    return Block(step() + 1.7, (Line(x=LEFT, y=step(), pieces=tuple(pieces)), *leaders))


def table(
    widths: Sequence[float], head: Sequence[str], rows: Sequence[Sequence[str]], left: float = LEFT
) -> list[Block]:
    """Return a ruled table, one block for each row; `widths` in millimetres."""
    top = Block(1.0, (Rule(x=left, y=1.0, w=sum(widths)),))
    body = [_table_row(widths, cells, Face.SERIF, left) for cells in rows]
    return [top, _table_row(widths, head, Face.SERIF_BOLD, left), *body, gap(3.0)]


def _table_row(widths: Sequence[float], cells: Sequence[str], face: Face, left: float) -> Block:
    style = piece("", face, CELL_PT)
    texts = [wrap(cell, style, repeat(width - 3.0)) for width, cell in zip(widths, cells, strict=True)]
    starts = [sum(widths[:column]) for column in range(len(widths) + 1)]
    pitch = step(CELL_PT)
    height = pitch * max(len(text) for text in texts) + 2.4
    marks: list[Mark] = []
    for row, words in enumerate(zip_longest(*texts, fillvalue=[])):
        placed = [(starts[column] + 1.5, " ".join(part)) for column, part in enumerate(words) if part]
        pieces = tuple(Piece(dx, text, face, CELL_PT) for dx, text in placed)
        marks.append(Line(x=left, y=pitch * (row + 1) + 0.2, pieces=pieces))
    marks += [Rule(x=left + start, y=0.0, h=height) for start in starts]
    return Block(height, (*marks, Rule(x=left, y=height, w=sum(widths))))


def _signed(signer: Signer, middle: float) -> list[Mark]:
    lines: list[Mark] = [centred(piece(signer.role, Face.SERIF_BOLD), middle, 5)]
    if signer.note:
        lines.append(centred(piece(signer.note, Face.SERIF_ITALIC, 12), middle, 10.5))
    pen: list[Mark] = [Signature(x=middle + 4, y=23, hand=signer.hand)]
    if signer.seal:
        pen.insert(0, Seal(x=middle - 16, y=23, around=signer.seal, tilt=signer.hand % 17 - 8.0))
    return [*lines, centred(piece(signer.name, Face.SERIF_BOLD), middle, 38), *pen]


def signatures(*signers: Signer) -> Block:
    """Return one or two columns of signatures; a single one stands on the right."""
    middles = (LEFT_HEAD, RIGHT_HEAD) if len(signers) > 1 else (RIGHT_HEAD,)
    columns = [_signed(signer, middle) for signer, middle in zip(signers, middles, strict=True)]
    return Block(46.0, tuple(chain.from_iterable(columns)))


def letter_end(recipients: Sequence[str], signer: Signer) -> Block:
    """Return the recipients on the left and the sealed signature on the right."""
    marks: list[Mark] = [Line(x=LEFT, y=5, pieces=(piece("Nơi nhận:", Face.SERIF_BOLD, 11.5),))]
    for row, text in enumerate(recipients):
        marks.append(Line(x=LEFT, y=10 + 4.6 * row, pieces=(piece(text, size_pt=11),)))
    return Block(46.0, (*marks, *_signed(signer, RIGHT_HEAD)))
