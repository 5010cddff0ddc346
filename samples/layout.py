"""A page as a list of marks, in millimetres from the top left corner of upright paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from samples.typeface import Face, width_mm

PAPER_WIDTH, PAPER_HEIGHT = 210.0, 297.0
LEFT, RIGHT = 28.0, 193.0
TOP, BOTTOM = 20.0, 280.0
BLACK = (24, 24, 28)
TYPED = (28, 30, 52)
BODY_PT = 13.0
LEADING = 1.42
MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something on paper; `x`, `y` in millimetres, origin top left."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> "Mark":
        """Return the same mark elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True)
class Piece:
    """Letters in one font; `dx` is the distance from the start of the line in millimetres."""

    dx: float
    text: str
    face: Face = Face.SERIF
    size_pt: float = BODY_PT
    colour: tuple[int, int, int] = BLACK

    @property
    def width(self) -> float:
        """Printed width in millimetres."""
        return width_mm(self.text, self.face, self.size_pt)


@dataclass(frozen=True, kw_only=True)
class Line(Mark):
    """A printed line; `y` is its base line."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """What a reader should find."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def end(self) -> float:
        """Where the last letter ends, in millimetres from the left edge."""
        return self.x + max(piece.dx + piece.width for piece in self.pieces)


@dataclass(frozen=True, kw_only=True)
class Rule(Mark):
    """A ruled line from (x, y) to (x + w, y + h)."""

    w: float = 0.0
    h: float = 0.0
    thick: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Leader(Mark):
    """A row of dots to write on."""

    w: float


@dataclass(frozen=True, kw_only=True)
class Seal(Mark):
    """A red round seal around (x, y)."""

    around: str
    radius: float = 18.0
    tilt: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Signature(Mark):
    """A pen's stroke; (x, y) is its middle, `hand` the number of the writer."""

    hand: int
    w: float = 42.0
    h: float = 20.0
    colour: tuple[int, int, int] = (28, 52, 150)


@dataclass(frozen=True, kw_only=True)
class Code(Mark):
    """A QR code with its top left corner at (x, y)."""

    payload: str
    size: float


@dataclass(frozen=True, kw_only=True)
class Outline(Mark):
    """A closed polygon; corners relative to (x, y)."""

    corners: tuple[tuple[float, float], ...]
    thick: float = 0.4


@dataclass(frozen=True)
class Leaf:
    """One printed side of paper, upright."""

    marks: tuple[Mark, ...]
    width: float = PAPER_WIDTH
    height: float = PAPER_HEIGHT

    @property
    def lines(self) -> tuple[str, ...]:
        """The printed lines in reading order."""
        return tuple(mark.text for mark in self.marks if isinstance(mark, Line))


@dataclass(frozen=True)
class Block:
    """Marks that stay together; their `y` counts from the top of the block.

    `leads` is True where the next block must stand on the same page, as after a heading.
    """

    height: float
    marks: tuple[Mark, ...] = ()
    leads: bool = False

    def placed(self, y: float) -> tuple[Mark, ...]:
        """Return the marks with the block's top at `y`."""
        return tuple(mark.moved(0, y) for mark in self.marks)


def step(size_pt: float = BODY_PT) -> float:
    """Return the distance between base lines in millimetres."""
    return size_pt * MM_PER_PT * LEADING


def piece(text: str, face: Face = Face.SERIF, size_pt: float = BODY_PT) -> Piece:
    """Return letters at the start of a line."""
    return Piece(0.0, text, face, size_pt)


def centred(letters: Piece, middle: float, y: float) -> Line:
    """Return a line with its middle at `middle`."""
    return Line(x=middle - letters.width / 2, y=y, pieces=(letters,))


def wrap(text: str, style: Piece, widths: Iterable[float]) -> list[list[str]]:
    """Break `text` greedily; the n-th line gets the n-th of `widths`, which must not run out."""
    room = iter(widths)
    limit = next(room)
    lines: list[list[str]] = [[]]
    for word in text.split():
        if lines[-1] and width_mm(" ".join([*lines[-1], word]), style.face, style.size_pt) > limit:
            lines.append([])
            limit = next(room)
        lines[-1].append(word)
    return lines


def justified(words: Sequence[str], style: Piece, width: float) -> tuple[Piece, ...]:
    """Spread `words` over `width` millimetres."""
    widths = [width_mm(word, style.face, style.size_pt) for word in words]
    gap = (width - sum(widths)) / max(1, len(words) - 1)
    starts = [sum(widths[:index]) + gap * index for index in range(len(words))]
    return tuple(replace(style, dx=start, text=word) for start, word in zip(starts, words, strict=True))


def stack(blocks: Iterable[Block], top: float = TOP, bottom: float = BOTTOM) -> tuple[Leaf, ...]:
    """Set blocks one below the other on as many pages as they need; pages from the second on are numbered."""
    pages: list[list[Mark]] = [[]]
    y = top
    for group in _groups(blocks):
        if y + sum(block.height for block in group) > bottom and y > top:
            pages.append([centred(piece(str(len(pages) + 1)), PAPER_WIDTH / 2, top - 6)])
            y = top
        for block in group:
            pages[-1].extend(block.placed(y))
            y += block.height
    return tuple(Leaf(tuple(marks)) for marks in pages)


def _groups(blocks: Iterable[Block]) -> list[list[Block]]:
    """Put each block that leads into one group with what it leads to."""
    groups: list[list[Block]] = []
    joined = False
    for block in blocks:
        if joined:
            groups[-1].append(block)
        else:
            groups.append([block])
        joined = block.leads
    return groups
