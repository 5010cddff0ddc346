"""Pages whose lines lean differently from place to place come out level everywhere."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.cleanup import clean
from pipeline.cleanup.bend import Values, find_bend, straight
from pipeline.cleanup.glyphs import find_glyphs
from pipeline.cleanup.rows import find_dotted, find_rows, joined, parted
from samples.typeface import Face, font_path
from schemas.page import Pixels, Scan
from schemas.units import Resolution

DPI = 200
SIZE = (1654, 2339)
TEXT = "Ủy ban nhân dân tỉnh quy định trình tự, thủ tục bầu và từ chức của người được bổ nhiệm"
ALLOWED = 0.2
"""Degrees off level that are allowed anywhere on a page."""


def printed(lines: int = 30) -> Pixels:
    picture = Image.new("L", SIZE, 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 34)
    for number in range(lines):
        pen.text((160, 160 + 66 * number), TEXT, font=font, fill=20)
    return np.asarray(picture)


def fed_askew(across: Values, down: Values) -> Values:
    """The sheet turned on its way: its lean grows by 1.6 degrees from the first line to the last."""
    return across * SIZE[0] / 2 * np.tan(np.radians(0.5 + 0.8 * down))


def curled(across: Values, down: Values) -> Values:
    """The page of a book: lines sag at one side, the lower the more."""
    return 24 * across**2 * (1 + down) / 2


def bent(pixels: Pixels, sink: Callable[[Values, Values], Values]) -> Pixels:
    """Return the page with each place sunk by so many pixels."""
    places = np.indices(pixels.shape[:2]).astype(np.float64)
    x, y = places[1], places[0]
    low = y - sink(2 * x / SIZE[0] - 1, 2 * y / SIZE[1] - 1)
    moved = cv2.remap(pixels, x.astype(np.float32), low.astype(np.float32), cv2.INTER_CUBIC, borderValue=(255,))
    return np.asarray(moved, np.uint8)


def scan(pixels: Pixels, *, bilevel: bool = False) -> Scan:
    return Scan(pixels=pixels, resolution=Resolution(DPI, DPI), bilevel=bilevel)


def off_level(pixels: Pixels) -> float:
    """Return by how many degrees the worst half of any line is off level."""
    rows = find_rows(find_glyphs(pixels, DPI).boxes, lambda x, _: 0 * x, DPI)
    lines = [(rows.x[rows.row == row], rows.y[rows.row == row]) for row in range(rows.count)]
    halves = [(x[half], y[half]) for x, y in lines for half in np.array_split(np.arange(len(x)), 2) if len(half) >= 15]
    return max(abs(lean(x, y)) for x, y in halves)


def lean(x: Values, y: Values) -> float:
    """Return the median angle between letters that stand far apart: descenders do not count."""
    across, down = np.subtract.outer(x, x), np.subtract.outer(y, y)
    far = across > 0.4 * np.ptp(x)
    return float(np.degrees(np.arctan(np.median(down[far] / across[far]))))


@pytest.mark.parametrize("sink", [fed_askew, curled])
def test_lines_come_level_all_over_the_page(sink: Callable[[Values, Values], Values]) -> None:
    crooked = bent(printed(), sink)
    assert off_level(crooked) > 3 * ALLOWED
    page = clean(scan(crooked), blank=False, upright=lambda _: 0)
    assert off_level(page.image) <= ALLOWED
    assert page.bend > 2 * ALLOWED
    assert page.image.shape == crooked.shape


def test_one_bit_is_unbent_to_one_bit_with_all_its_ink() -> None:
    crooked = np.where(bent(printed(), fed_askew) < 128, 0, 255).astype(np.uint8)
    page = clean(scan(crooked, bilevel=True), blank=False, upright=lambda _: 0)
    assert set(np.unique(page.image)) == {0, 255}
    assert (page.image == 0).sum() == pytest.approx((crooked == 0).sum(), rel=0.05)
    assert off_level(page.image) <= ALLOWED


def test_an_even_lean_is_no_bend() -> None:
    crooked = bent(printed(), lambda across, _: across * SIZE[0] / 2 * np.tan(np.radians(2.0)))
    page = clean(scan(crooked), blank=False, upright=lambda _: 0)
    assert page.skew == pytest.approx(2.0, abs=0.1)
    assert page.bend <= 0.25


def test_few_letters_bend_nothing() -> None:
    boxes = np.array([(40 * k, 100 + k, 20, 24) for k in range(20)], np.int32)
    bend = find_bend(find_rows(boxes, lambda x, _: 0 * x, DPI), straight(0.3, SIZE))
    leans = bend.degrees(np.array([0.0, 1600.0]), np.array([0.0, 2200.0]))
    assert leans == pytest.approx([0.3, 0.3], abs=1e-6)


def test_letters_are_followed_along_a_falling_row() -> None:
    falling = [(44 * k, 200 + k, 24, 28) for k in range(30)]
    below = [(44 * k, 246 + k, 24, 28) for k in range(30)]
    rows = find_rows(np.array(falling + below, np.int32), lambda x, _: 0 * x, DPI)
    assert rows.count == 2
    assert all(np.ptp(rows.y[rows.row == row] - rows.x[rows.row == row] / 44) < 1e-6 for row in (0, 1))


def test_what_was_typed_higher_than_the_print_before_it_is_no_lean() -> None:
    stepped = [(44 * k, 200 - 4 * (k >= 9) + 60 * row, 24, 28) for row in range(6) for k in range(20)]
    rows = find_rows(np.array(stepped, np.int32), level, DPI)
    assert (rows.count, parted(rows, level).count) == (6, 12)
    curved = [(44 * k, 200 + round(0.05 * (k - 10) ** 2) + 60 * row, 24, 28) for row in range(6) for k in range(20)]
    rows = find_rows(np.array(curved, np.int32), level, DPI)
    assert parted(rows, level).count == 6


def test_dotted_lines_are_rows_and_dirt_is_none() -> None:
    line = [(300 + 8 * k, 400 + k // 20, 3, 3) for k in range(80)]
    dirt = np.random.default_rng(3).integers(0, 1600, (300, 2))
    boxes = np.array([*line, *((x, y, 3, 3) for x, y in dirt.tolist())], np.int32)
    dotted = find_dotted(boxes, level, DPI)
    assert dotted.count == 1
    assert len(dotted.x) == pytest.approx(len(line), abs=6)
    assert joined(dotted, dotted).count == 2
    assert not find_dotted(np.zeros((0, 4), np.int32), level, DPI).count


def level(x: Values, _: Values) -> Values:
    return 0 * x
