"""The invisible text layer: each word under its ink.

Words beside each other get one font size and one base line, as printed ones have, so that viewers select them as a
line. Each has the face that is as high as its ink and is stretched to its width. What a word costs is kept low: numbers
are whole pixels, and nothing is written that is in force already.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.assemble.font import ADVANCE, FACES, LOW, SPACE_ADVANCE, Face, encoded
from pipeline.assemble.setting import Setting, runs
from schemas.document import PageLayers
from schemas.geometry import Box
from schemas.text import Word
from schemas.units import pt_to_px, px_to_pt

SMALLEST_PT = 1.0
NARROWEST_SPACE = 0.2
"""In ems; poppler takes words that are nearer for one."""
ALIKE = 0.1
"""Sizes that differ by less are one: those of a paragraph's lines are measured, and none is exact."""
OFF = 0.016
"""In ems; so far words may stand beside their ink: 0.8 pixels in print of 12 pt at 300 dpi."""
STEP = 20
"""Moves are written in so many thousandths of the size."""


@dataclass(frozen=True)
class TextLayer:
    """What writes the words of a page.

    Attributes:
        operators: a content stream, compressed by Flate.
        faces: fonts that it asks for, each by the name of its face.
        characters: what is written.
    """

    operators: bytes
    faces: frozenset[Face]
    characters: frozenset[str]


def text_layer(page: PageLayers) -> TextLayer | None:
    """Return what writes the words of `page` invisibly; None where there are none."""
    if not page.text.lines:
        return None
    pen = _Pen(page)
    for line in page.text.lines:
        for run in runs(line.words):
            pen.write(run)
    scale = " 0 0 ".join(_decimal(px_to_pt(1, dpi), 6) for dpi in (page.resolution.x, page.resolution.y))
    operators = b"\n".join([f"q {scale} 0 0 cm BT 3 Tr".encode("ascii"), *pen.operators, b"ET Q"])
    characters = frozenset(char for line in page.text.lines for word in line.words for char in word.text)
    return TextLayer(zlib.compress(operators, zlib.Z_BEST_COMPRESSION), frozenset(pen.faces), characters)


class _Pen:
    """Writes words in pixels of the page, and knows what is in force.

    Attributes:
        operators: what was written.
        faces: that were asked for.
    """

    def __init__(self, page: PageLayers) -> None:
        self.operators: list[bytes] = []
        self.faces: set[Face] = set()
        self._height = page.height
        self._smallest = pt_to_px(SMALLEST_PT, page.resolution.y)
        self._start = (0, 0)
        self._size = 0
        self._face: Face | None = None
        self._rise = 0
        self._stretch = 100.0
        self._at = 0.0

    def write(self, words: Sequence[Word]) -> None:
        """Write words that stand beside each other."""
        setting = Setting.of(words)
        self._resize(setting.em)
        base = round(setting.base)
        x, y = words[0].box.x0, self._height - base
        self._put(f"{x - self._start[0]} {y - self._start[1]} Td")
        self._start, self._at = (x, y), x
        for word, following in pairwise([*words, None]):
            if word is not None:
                self._word(word, _width(word, following, self._size), base)

    def _resize(self, em: float) -> None:
        size = max(1, round(max(em, self._smallest)))
        if abs(size - self._size) > ALIKE * self._size:
            self._size, self._face = size, None

    def _word(self, word: Word, width: float, base: int) -> None:
        face, rise = fitting(word.box, base, self._size)
        if rise != self._rise:
            self._rise = rise
            self._put(f"{rise} Ts")
        if face is not self._face:
            self._face = face
            self.faces.add(face)
            self._put(f"/{face.name} {self._size} Tf")
        natural = len(encoded(word.text)) // 2 * self._size * ADVANCE / 1000
        stretch = self._fit(natural, width)
        move = self._move(word.box.x0)
        codes = b"(" + _escaped(encoded(word.text + " ")) + b")"
        self.operators.append(stretch + (b"[%d%b]TJ" % (-move, codes) if move else codes + b"Tj"))
        self._at += natural * self._stretch / 100 + SPACE_ADVANCE * self._unit

    @property
    def _unit(self) -> float:
        """A thousandth of the stretched size, pixels."""
        return self._size * self._stretch / 100_000

    def _fit(self, natural: float, width: float) -> bytes:
        """Return what brings a word to its width, with no more digits than that takes."""
        off = OFF * self._size
        if abs(natural * self._stretch / 100 - width) <= off:
            return b""
        for digits in range(3):
            self._stretch = max(0.01, round(100 * width / natural, digits))
            if abs(natural * self._stretch / 100 - width) <= off:
                break
        return f"{_decimal(self._stretch, 2)} Tz".encode("ascii")

    def _move(self, x: int) -> int:
        """Return by how many thousandths the word moves to stand at `x`."""
        if abs(x - self._at) <= OFF * self._size:
            return 0
        move = round((x - self._at) / self._unit / STEP) * STEP
        self._at += move * self._unit
        return move

    def _put(self, operators: str) -> None:
        self.operators.append(operators.encode("ascii"))


def fitting(box: Box, base: int, size: int) -> tuple[Face, int]:
    """Return the face that is most like a box, and by how much it is raised, pixels."""
    raised = max(0, base - box.y1)
    choices = [(face, 0) for face in FACES] + [(LOW, raised)]
    return max(choices, key=lambda choice: _likeness(box, base - choice[1], choice[0], size))


def _likeness(box: Box, base: int, face: Face, size: int) -> float:
    """Return how much of its height a box and a face share, 0..1."""
    top, bottom = base - face.ascent * size / 1000, base - face.descent * size / 1000
    shared = min(bottom, box.y1) - max(top, box.y0)
    return max(0.0, shared) / (max(bottom, box.y1) - min(top, box.y0))


def _width(word: Word, following: Word | None, size: int) -> float:
    """Return how wide a word may be: as its ink, unless another one is too near."""
    width = max(1.0, word.box.width)
    room = following.box.x0 - word.box.x0 - NARROWEST_SPACE * size if following else width
    return room if 0 < room < width else width


def _escaped(codes: bytes) -> bytes:
    for sign in (b"\\", b"(", b")"):
        codes = codes.replace(sign, b"\\" + sign)
    return codes.replace(b"\r", b"\\r")


def _decimal(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
