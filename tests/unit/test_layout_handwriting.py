"""What a pen wrote is found, and taken away stroke by stroke; print is left."""

import random

import numpy as np
import pytest
from drawn_marks import DPI, Drawing, draw_form, draw_letter, draw_print, false_area, hits
from numpy.typing import NDArray
from PIL import Image

from pipeline.layout.ignored import ink_to_ignore
from pipeline.layout.page import find_layout
from pipeline.layout.regions import find_regions
from samples.ink import print_leaf
from samples.layout import Leaf, Line, Piece, Seal, Signature
from samples.scanner import Mode
from samples.typeface import Face
from schemas.layout import RegionKind
from schemas.page import Page, Pixels

PENS = frozenset({RegionKind.HANDWRITING, RegionKind.SIGNATURE})
BLACK = (20, 20, 20)
NAME = Line(x=100, y=93, pieces=(Piece(0.0, "Trương Văn Hoàn", Face.SERIF_BOLD),))
ROLE = Line(x=106, y=72, pieces=(Piece(0.0, "KT. CHỦ TỊCH", Face.SERIF_BOLD),))


def page_with(*marks: Line | Seal | Signature, mode: Mode = "RGB") -> Page:
    """Return a letter's end with these marks, scanned and cleaned."""
    body = [
        Line(x=28, y=24 + 6.6 * row, pieces=(Piece(0.0, "Hộ gia đình đã đăng ký thường trú tại địa phương"),))
        for row in range(5)
    ]
    drawing = Drawing(print_leaf(Leaf((*body, *marks)), DPI), ())
    return drawing.scanned(3, mode)


def ink_of(mark: Line | Signature, page: Page) -> NDArray[np.bool_]:
    """Return where a mark alone was drawn, in the framing of the page's food."""
    alone = print_leaf(Leaf((mark,)), DPI).convert("L")
    height, width = page.food.shape
    return np.asarray(alone.resize((width, height), Image.Resampling.BOX)) < 128


def share(mask: Pixels, of: NDArray[np.bool_]) -> float:
    """Return which share of `of` is marked."""
    return float((mask[of] > 0).mean())


def test_handwriting_in_the_gaps_of_forms_is_found_and_no_print() -> None:
    right = wanted = 0
    for seed in range(3):
        chance = random.Random(f"form{seed}")
        drawing = draw_form(chance)
        page = drawing.scanned(seed, skew=chance.uniform(-0.5, 0.5))
        regions = find_regions(page)
        right += sum(hits(page, regions, truth) for truth in drawing.truths)
        wanted += len(drawing.truths)
        assert false_area(page, regions, drawing.truths, PENS) == 0
    assert right >= 0.97 * wanted


@pytest.mark.parametrize("seed", range(3))
def test_blue_signatures_across_seals_are_found(seed: int) -> None:
    drawing = draw_letter(random.Random(f"letter{seed}"))
    page = drawing.scanned(seed)
    signatures = [truth for truth in drawing.truths if truth.kind is RegionKind.SIGNATURE]
    assert [hits(page, find_regions(page), truth) for truth in signatures] == [True]


@pytest.mark.parametrize("mode", ["RGB", "1"])
def test_black_signature_is_taken_away_and_the_name_below_it_is_left(mode: Mode) -> None:
    hand = Signature(x=122, y=81, hand=7, w=40, h=13, colour=BLACK)
    page = page_with(NAME, ROLE, hand, mode=mode)
    mask = ink_to_ignore(page, find_regions(page)).ink
    assert share(mask, ink_of(hand, page)) > 0.85
    assert share(mask, ink_of(NAME, page)) < 0.05
    assert share(mask, ink_of(ROLE, page)) < 0.05


def test_a_line_that_a_black_pen_crosses_is_also_known_with_its_strokes() -> None:
    hand = Signature(x=122, y=88, hand=7, w=40, h=20, colour=BLACK)
    lines = find_layout(page_with(NAME, ROLE, hand)).lines
    crossed = [line for line in lines if line.crossed is not None]
    assert 0 < len(crossed) <= 3
    for line in crossed:
        assert line.crossed is not None
        assert (line.crossed <= line.crop).all()
        assert (line.crossed < line.crop).any()


def test_black_seal_is_taken_away_and_the_name_across_it_is_left() -> None:
    seal = Seal(x=102, y=82, around="ỦY BAN NHÂN DÂN XÃ TRIỆU PHONG TỈNH QUẢNG TRỊ")
    page = page_with(NAME, ROLE, seal, mode="1")
    mask = ink_to_ignore(page, find_regions(page)).ink
    assert share(mask, ink_of(NAME, page)) < 0.15
    assert (mask > 0).sum() > 0.4 * ((page.food < 128).sum() - ink_of(NAME, page).sum() - ink_of(ROLE, page).sum()) / 2


@pytest.mark.parametrize("mode", ["RGB", "1"])
def test_nothing_of_a_page_of_print_is_taken_away(mode: Mode) -> None:
    page = draw_print(random.Random("print1")).scanned(1, mode, skew=-0.3)
    assert not ink_to_ignore(page, find_regions(page)).ink.any()
