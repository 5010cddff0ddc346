"""Seals, pictures and places to fill in are found where they were drawn, and nowhere else."""

import random

import numpy as np
import pytest
from drawn_marks import DPI, Drawing, draw_form, draw_letter, draw_photo, draw_print, draw_stamp, false_area, hits
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.layout.regions import find_regions
from samples.ink import print_leaf
from samples.layout import Leaf, Line, Piece, Rule
from samples.scanner import Mode
from samples.typeface import Face
from schemas.layout import RegionKind
from schemas.page import LEADER, NO_RULE, Page
from schemas.units import Resolution

SEEDS = range(3)
NO_PRINT = frozenset(RegionKind) - {RegionKind.FILL_IN}


def found(drawing: Drawing, kind: RegionKind, page: Page) -> list[bool]:
    """Return for each drawn thing of a kind whether it was found."""
    regions = find_regions(page)
    return [hits(page, regions, truth) for truth in drawing.truths if truth.kind is kind]


@pytest.mark.parametrize("mode", ["RGB", "1"])
@pytest.mark.parametrize("seed", SEEDS)
def test_seals_over_signatures_are_found_in_colour_and_in_black(seed: int, mode: Mode) -> None:
    drawing = draw_letter(random.Random(f"letter{seed}"))
    page = drawing.scanned(seed, mode)
    assert found(drawing, RegionKind.SEAL, page) == [True]
    # In black, letters that touch the pen widen its box.
    assert false_area(page, find_regions(page), drawing.truths, NO_PRINT) < (0.0025 if mode == "1" else 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_photo_is_a_picture_and_nothing_else(seed: int) -> None:
    drawing = draw_photo(random.Random(f"photo{seed}"))
    page = drawing.scanned(seed)
    assert found(drawing, RegionKind.PICTURE, page) == [True]
    assert {region.kind for region in find_regions(page)} == {RegionKind.PICTURE}


@pytest.mark.parametrize("seed", [0, 2])
def test_framed_stamp_of_blue_ink_is_no_handwriting(seed: int) -> None:
    drawing = draw_stamp(random.Random(f"stamp{seed}"))
    page = drawing.scanned(seed)
    assert found(drawing, RegionKind.SEAL, page) == [True]
    kinds = {region.kind for region in find_regions(page)}
    assert not kinds & {RegionKind.HANDWRITING, RegionKind.SIGNATURE}


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
@pytest.mark.parametrize("seed", SEEDS)
def test_page_of_print_alone_has_no_regions(seed: int, mode: Mode) -> None:
    page = draw_print(random.Random(f"print{seed}")).scanned(seed, mode, skew=0.4)
    assert find_regions(page) == ()


@pytest.mark.parametrize("mode", ["RGB", "1"])
def test_dotted_lines_of_a_form_are_places_to_fill_in(mode: Mode) -> None:
    page = draw_form(random.Random("form0")).scanned(0, mode)
    leaders = [region.box for region in find_regions(page) if region.kind is RegionKind.FILL_IN]
    assert 8 <= len(leaders) <= 12
    assert all(box.width > 20 * page.resolution.x / 25.4 for box in leaders)


def test_rule_after_a_label_is_a_place_to_fill_in_and_an_underline_is_none() -> None:
    def text(x: float, y: float, words: str) -> Line:
        return Line(x=x, y=y, pieces=(Piece(0.0, words, Face.SERIF_BOLD),))

    labels = [text(28, 60 + 12 * row, "Họ, chữ đệm và tên:") for row in range(5)]
    gaps = [Rule(x=28 + labels[0].pieces[0].width + 1.5, y=60.4 + 12 * row, w=100) for row in range(5)]
    motto = text(90, 30, "Độc lập - Tự do - Hạnh phúc")
    underline = Rule(x=92, y=32, w=motto.pieces[0].width - 4)
    page = Drawing(print_leaf(Leaf((*labels, *gaps, motto, underline)), DPI), ()).scanned(1)
    boxes = [region.box for region in find_regions(page) if region.kind is RegionKind.FILL_IN]
    assert [round(box.y0 / page.resolution.x * 25.4) for box in boxes] == pytest.approx([60, 72, 84, 96, 108], abs=1)
    assert {region.kind for region in find_regions(page)} == {RegionKind.FILL_IN}


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(40, 400), st.integers(40, 400), st.sampled_from(["RGB", "L"]))
def test_regions_of_any_picture_lie_on_the_page(seed: int, width: int, height: int, mode: str) -> None:
    chance = np.random.default_rng(seed)
    small = chance.integers(0, 256, (height // 20 + 1, width // 20 + 1, 3), np.uint8)
    image = np.kron(small, np.ones((20, 20, 1), np.uint8))[:height, :width]
    grey = np.ascontiguousarray(image[:, :, 0])
    page = Page(
        image=np.ascontiguousarray(image) if mode == "RGB" else grey,
        resolution=Resolution(100, 100),
        bilevel=False,
        food=grey,
        food_scale=1.0,
        rules=np.where(chance.random((height, width)) < 0.5, np.uint8(LEADER), np.uint8(NO_RULE)),
        turned=0,
        skew=0.0,
        blank=False,
    )
    for region in find_regions(page):
        assert 0 <= region.box.x0 <= region.box.x1 <= width
        assert 0 <= region.box.y0 <= region.box.y1 <= height
