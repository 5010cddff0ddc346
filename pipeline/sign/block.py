"""The visible block of a seal: what it says, where it stands, and its drawing.

Times-metric, 10 pt, black, upright, no picture of a seal or signature (`domain` rules: ND 30/2020 Annex I Part II,
TT 05/2025/TT-BNV Art. 8), in the top right corner of page 1 *as displayed*. It is meant for the clear top margin: a
long name widens it up to half of the page first and then makes it higher. Nothing is painted behind the letters, so
that no ink of the page is hidden.

Displayed coordinates have their origin at the bottom left of the page as a reader sees it; user space is the PDF's own.
Both are in points.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStampStyle

from schemas.errors import SettingsError
from schemas.units import VIETNAM

Turn = Literal[0, 90, 180, 270]
Rect = tuple[int, int, int, int]
Measure = Callable[[str], float]

FONT_PATH = Path(__file__).parent / "fonts" / "sohoa-serif.ttf"
FONT_SIZE = 10.0
LEADING = 11.0
DESCENT = 2.5
PADDING = 1.0
MARGIN = 8
WIDTH_ON_A4 = 170.0
A4_WIDTH = 595.28
CLEAR_HEIGHT = 48.7
"""Height that stays within the 20 mm top margin of an administrative document: four lines."""

CONVERTED = "Bản điện tử chuyển đổi từ văn bản giấy"
DEVELOPMENT = "BẢN THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a block says.

    Attributes:
        form: hình thức sao, e.g. "Sao y".
        agency: cơ quan sao.
        converter: who turned the paper into this file; "" where the agency did.
        development: signed with a key of no legal value.
    """

    form: str
    agency: str
    converter: str
    development: bool

    def paragraphs(self, at: datetime) -> tuple[str, ...]:
        """Return the text for a seal of the time `at`, one paragraph each."""
        time = at.astimezone(VIETNAM).isoformat(timespec="seconds")
        converted = f"{CONVERTED}; {self.converter}" if self.converter else f"{CONVERTED} bởi cơ quan sao"
        head = (DEVELOPMENT,) if self.development else ()
        return (*head, f"{self.form}; {self.agency}; {time}", converted)


@dataclass(frozen=True)
class PageShape:
    """The visible area of a page: user space corners, and the turn by which it is displayed, clockwise."""

    x0: float
    y0: float
    x1: float
    y1: float
    turn: Turn

    @property
    def displayed(self) -> tuple[float, float]:
        """Width and height as displayed, points."""
        across, up = self.x1 - self.x0, self.y1 - self.y0
        return (up, across) if self.turn in (90, 270) else (across, up)

    def to_user(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of user space that is displayed at (x, y)."""
        if self.turn == 90:
            return self.x1 - y, self.y0 + x
        if self.turn == 180:
            return self.x1 - x, self.y1 - y
        if self.turn == 270:
            return self.x0 + y, self.y1 - x
        return self.x0 + x, self.y0 + y


@dataclass(frozen=True)
class Block:
    """A laid out block.

    Attributes:
        lines: from top to bottom.
        width, height: points, before it is fitted into `rect`.
        rect: corners in user space; smaller than the block only on tiny pages.
        turn: turn of the page, which the drawing makes good.
    """

    lines: tuple[str, ...]
    width: float
    height: float
    rect: Rect
    turn: Turn


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break `text` at spaces into lines of at most `width` points; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def lay_out(paragraphs: tuple[str, ...], page: PageShape, measure: Measure) -> Block:
    """Place a block in the displayed top right corner of `page`.

    Args:
        paragraphs: at least one, not empty.
        page: its first page.
        measure: width of a text in points.
    """
    across, up = page.displayed
    width, lines = _choose_width(paragraphs, across, measure)
    widest = max(measure(line) for line in lines)
    block = max(width, math.ceil(widest + 2 * PADDING)), len(lines) * LEADING + DESCENT + 2 * PADDING
    scale = min(1.0, (across - 2 * MARGIN) / block[0], (up - 2 * MARGIN) / block[1])
    corner = page.to_user(across - MARGIN, up - MARGIN)
    opposite = page.to_user(across - MARGIN - block[0] * scale, up - MARGIN - block[1] * scale)
    return Block(tuple(lines), *block, _rect(corner, opposite), page.turn)


def _choose_width(paragraphs: tuple[str, ...], across: float, measure: Measure) -> tuple[float, list[str]]:
    """Return the narrowest width that keeps the block within the clear margin, half of the page at most."""
    usual = WIDTH_ON_A4 * max(1.0, across / A4_WIDTH / math.sqrt(2))
    width = usual
    while True:
        lines = [line for paragraph in paragraphs for line in wrap(paragraph, width - 2 * PADDING, measure)]
        if len(lines) * LEADING + DESCENT + 2 * PADDING <= CLEAR_HEIGHT or width + 10 > across / 2:
            return width, lines
        width += 10


def _rect(first: tuple[float, float], second: tuple[float, float]) -> Rect:
    """Return whole points, no wider than asked."""
    (left, right), (low, high) = sorted((first[0], second[0])), sorted((first[1], second[1]))
    x0, y0 = math.floor(left), math.floor(low)
    return x0, y0, x0 + max(1, math.ceil(right - left)), y0 + max(1, math.ceil(high - low))


class Typeface:
    """Advance widths of the block's letters."""

    def __init__(self, path: Path = FONT_PATH) -> None:
        """Read the font once.

        Raises:
            OSError: it is missing.
        """
        with TTFont(path) as font:
            metrics, units = font["hmtx"].metrics, font["head"].unitsPerEm
            self._widths: dict[int, float] = {
                code: metrics[name][0] / units for code, name in font.getBestCmap().items()
            }

    def measure(self, text: str) -> float:
        """Return the width of `text` in points at the block's size."""
        return FONT_SIZE * sum(self._widths[ord(letter)] for letter in text)

    def require(self, text: str) -> None:
        """Make sure that every letter can be drawn; PDF/A forbids a missing one.

        Raises:
            SettingsError: naming the letters that cannot.
        """
        missing = sorted({letter for letter in text if ord(letter) not in self._widths})
        if missing:
            raise SettingsError(f"Phông chữ của ô chữ ký không có ký tự: {' '.join(missing)}")


@dataclass(frozen=True)
class BlockStyle(BaseStampStyle):
    """Hands a laid out block to pyHanko as the appearance of a signature."""

    block: Block = field(kw_only=True)

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, str]) -> "BlockStamp":  # type: ignore[override]  # noqa: ARG002 - pyHanko's interface; an appearance is all that it asks of a stamp
        """Return the drawing; `box` and `text_params` are settled already."""
        return BlockStamp(writer, self.block)


class BlockStamp(AppearanceContent):
    """Draws a block: black letters on nothing, upright whichever way the page is turned."""

    def __init__(self, writer: BasePdfFileWriter, block: Block) -> None:
        """Draw `block` into the file that `writer` extends."""
        super().__init__(writer, BoxConstraints(width=block.width, height=block.height))
        self._block = block

    def render(self) -> bytes:
        """Return the operators; each line is centred."""
        block = self._block
        program = BytesIO(FONT_PATH.read_bytes())
        font = GlyphAccumulator(self._ensure_writer, program, FONT_SIZE, bcp47_lang_code="vi")
        parts = [b"q 0 g"]
        for index, line in enumerate(block.lines):
            shaped = font.shape(line)
            x = (block.width - shaped.x_advance * FONT_SIZE) / 2
            y = block.height - PADDING - LEADING * (index + 1) + DESCENT / 2
            parts.append(b"BT /F1 %g Tf %.2f %.2f Td " % (FONT_SIZE, x, y) + shaped.graphics_ops + b" ET")
        font.prepare_write()  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        self.set_resource(ResourceType.FONT, pdf_name("/F1"), font.as_resource())
        return b"\n".join([*parts, b"Q"])

    def as_form_xobject(self) -> generic.StreamObject:
        """Return the drawing, turned against the page's own turn."""
        form = super().as_form_xobject()
        matrices = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
        if self._block.turn:
            numbers = (*matrices[self._block.turn], 0, 0)
            form[pdf_name("/Matrix")] = generic.ArrayObject(map(generic.NumberObject, numbers))
        return form
