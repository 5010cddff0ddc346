"""A sheet of paper that is printed on; what is printed is noted as the truth, in the order in which it is printed.

Places are millimetres from the top left corner. Whoever draws a page prints in the order in which a person reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw

from bench.drawn.typefaces import Style, face

WIDTH, HEIGHT = 210.0, 297.0
POINT = 25.4 / 72
INK = (22, 22, 26)
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""


@dataclass(frozen=True)
class Run:
    """Text in one style."""

    text: str
    style: Style


@dataclass(frozen=True)
class Setting:
    """How a paragraph is set.

    Attributes:
        left, right: its edges in millimetres.
        indent: of its first line.
        leading: distance of two lines, of the size of their letters.
        align: "justify", "left", "center" or "right".
    """

    left: float = 30.0
    right: float = 190.0
    indent: float = 10.0
    leading: float = 1.35
    align: str = "justify"


@dataclass
class Sheet:
    """A page in the making.

    Attributes:
        image: RGB on white.
        dpi: dots per inch of `image`.
        lines: what was printed, in reading order.
        fields: names and values that a form or letter states, by the names of `NAME.json`.
        also: the same of what nobody must find, and may: a kinsman's name, the date a form was signed.
        hand: boxes of handwriting and signatures, which are in no line.
        seals: boxes of seals.
    """

    dpi: int
    lines: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    also: list[tuple[str, str]] = field(default_factory=list)
    hand: list[Box] = field(default_factory=list)
    seals: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.px(WIDTH), self.px(HEIGHT)), (255, 255, 255))
        self.draw = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> int:
        """Return millimetres in pixels."""
        return round(mm * self.dpi / 25.4)

    def width(self, run: Run) -> float:
        """Return the width of a run in millimetres."""
        return float(face(run.style, self.dpi).getlength(run.text)) * 25.4 / self.dpi

    def ink(self, x: float, y: float, run: Run) -> float:
        """Print a run with its base line's start at (x, y) and return where it ends; it is noted nowhere."""
        where = (x * self.dpi / 25.4, y * self.dpi / 25.4)
        self.draw.text(where, run.text, fill=run.style.colour, font=face(run.style, self.dpi), anchor="ls")
        return x + self.width(run)

    def print(self, x: float, y: float, runs: Sequence[Run], align: str = "left") -> Box:
        """Print a line and note it; `x` is its left end, middle or right end. Return its box."""
        whole = sum(map(self.width, runs))
        start = x - {"left": 0.0, "center": whole / 2, "right": whole}[align]
        place = start
        for run in runs:
            place = self.ink(place, y, run)
        self.note("".join(run.text for run in runs))
        return start, y - runs[0].style.size * POINT, place, y

    def note(self, text: str) -> None:
        """Note a printed line."""
        bare = " ".join(text.split())
        if bare:
            self.lines.append(bare)

    def rule(self, start: tuple[float, float], end: tuple[float, float], thick: float = 0.25) -> None:
        """Draw a ruling line."""
        ends = [tuple(self.px(mm) for mm in point) for point in (start, end)]
        self.draw.line(ends, fill=INK, width=max(1, self.px(thick)))

    def dots(self, left: float, right: float, y: float, step: float = 1.0) -> None:
        """Draw a dotted line to write on."""
        radius = max(0.7, self.dpi / 25.4 * 0.13)
        for index in range(int((right - left) / step)):
            x, middle = (left + step * index) * self.dpi / 25.4, y * self.dpi / 25.4
            self.draw.ellipse((x - radius, middle - radius, x + radius, middle + radius), fill=INK)

    def flow(self, runs: Sequence[Run], y: float, setting: Setting, bottom: float = 280.0) -> float:
        """Set a paragraph whose first base line is at `y`; lines below `bottom` are left out.

        Returns the base line that comes next.
        """
        step = runs[0].style.size * POINT * setting.leading
        rows = list(broken(self, runs, setting))
        for number, row in enumerate(rows):
            if y > bottom:
                return y
            self._row(row, y, setting, first=number == 0, last=number == len(rows) - 1)
            y += step
        return y

    def _row(self, row: Sequence[Run], y: float, setting: Setting, *, first: bool, last: bool) -> None:
        left = setting.left + (setting.indent if first else 0)
        widths = [self.width(run) for run in row]
        gap = self.width(replace(row[0], text=" "))
        free = setting.right - left - sum(widths) - gap * (len(row) - 1)
        x = left + {"center": free / 2, "right": free}.get(setting.align, 0)
        if setting.align == "justify" and not last and len(row) > 1:
            gap += free / (len(row) - 1)
        for run, width in zip(row, widths, strict=True):
            self.ink(x, y, run)
            x += width + gap
        self.note(" ".join(run.text for run in row))


def broken(sheet: Sheet, runs: Sequence[Run], setting: Setting) -> Iterator[list[Run]]:
    """Yield the words of a paragraph line by line."""
    room = setting.right - setting.left - setting.indent
    row: list[Run] = []
    used = 0.0
    for run in runs:
        gap = sheet.width(replace(run, text=" "))
        for text in run.text.split():
            word = replace(run, text=text)
            width = sheet.width(word)
            if row and used + gap + width > room:
                yield row
                row, used, room = [], 0.0, setting.right - setting.left
            used += width + (gap if row else 0)
            row.append(word)
    if row:
        yield row
