import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sign.block import (
    A4_WIDTH,
    CLEAR_HEIGHT,
    DEVELOPMENT,
    MARGIN,
    PageShape,
    Turn,
    Typeface,
    Wording,
    lay_out,
    wrap,
)
from schemas.errors import SettingsError

NOON = datetime(2026, 11, 22, 2, 15, 30, tzinfo=UTC)
AGENCY = "Trung tâm Phục vụ hành chính công xã Vĩnh Linh"
TYPEFACE = Typeface()
TURNS: tuple[Turn, ...] = (0, 90, 180, 270)


def ten_each(text: str) -> float:
    return 5.0 * len(text)


def wording(*, agency: str = AGENCY, converter: str = "", development: bool = False) -> Wording:
    return Wording(form="Sao y", agency=agency, converter=converter, development=development)


def test_says_form_agency_time_and_conversion_in_vietnamese_time() -> None:
    assert wording(converter="Bưu điện tỉnh Quảng Trị").paragraphs(NOON) == (
        f"Sao y; {AGENCY}; 2026-11-22T09:15:30+07:00",
        "Bản điện tử chuyển đổi từ văn bản giấy; Bưu điện tỉnh Quảng Trị",
    )


def test_a_development_key_is_named_first() -> None:
    assert wording(development=True).paragraphs(NOON)[0] == DEVELOPMENT


@given(st.lists(st.text("aăâđêôơư", min_size=1, max_size=30), min_size=1, max_size=30), st.floats(20, 400))
def test_wrapping_keeps_every_word_and_overflows_only_by_single_words(words: list[str], width: float) -> None:
    lines = wrap(" ".join(words), width, ten_each)
    assert " ".join(lines).split() == words
    assert all(ten_each(line) <= width or " " not in line for line in lines)


@given(
    st.sampled_from(TURNS),
    st.floats(400, 2400),
    st.floats(400, 2400),
    st.floats(-100, 100),
    st.floats(-100, 100),
)
def test_stands_in_the_displayed_top_right_corner(turn: Turn, wide: float, high: float, x: float, y: float) -> None:
    page = PageShape(x, y, x + wide, y + high, turn)
    block = lay_out(wording(development=True).paragraphs(NOON), page, TYPEFACE.measure)
    across, up = page.displayed
    corner = page.to_user(across - MARGIN, up - MARGIN)
    x0, y0, x1, y1 = block.rect
    nearest = min(math.dist(corner, point) for point in ((x0, y0), (x0, y1), (x1, y0), (x1, y1)))
    assert nearest < 3
    assert page.x0 < x0 < x1 < page.x1
    assert page.y0 < y0 < y1 < page.y1


@given(st.sampled_from(TURNS), st.floats(0, 500), st.floats(0, 700))
def test_displayed_points_map_one_to_one(turn: Turn, x: float, y: float) -> None:
    page = PageShape(10, 20, 610, 820, turn)
    across, up = page.displayed
    left_bottom, right_top = page.to_user(0, 0), page.to_user(across, up)
    assert {left_bottom, right_top} in ({(10, 20), (610, 820)}, {(610, 20), (10, 820)})
    assert math.dist(page.to_user(x, y), left_bottom) == pytest.approx(math.hypot(x, y))


def test_a_short_name_takes_170_points_on_a4_and_stays_in_the_top_margin() -> None:
    block = lay_out(
        wording(agency="UBND xã Vĩnh Linh").paragraphs(NOON), PageShape(0, 0, 595, 842, 0), TYPEFACE.measure
    )
    assert block.width == pytest.approx(170, abs=20)
    assert block.height <= CLEAR_HEIGHT


def test_a_long_name_widens_the_block_and_then_makes_it_higher() -> None:
    page = PageShape(0, 0, A4_WIDTH, 842, 0)
    short = lay_out(wording().paragraphs(NOON), page, TYPEFACE.measure)
    long = lay_out(wording(agency=", ".join([AGENCY] * 8)).paragraphs(NOON), page, TYPEFACE.measure)
    assert long.width > short.width
    assert long.width <= A4_WIDTH / 2
    assert long.height > short.height


def test_a_tiny_page_gets_a_smaller_block_within_its_margins() -> None:
    block = lay_out(wording().paragraphs(NOON), PageShape(0, 0, 120, 60, 0), TYPEFACE.measure)
    x0, y0, x1, y1 = block.rect
    assert x0 >= MARGIN - 1
    assert y0 >= MARGIN - 1
    assert x1 - x0 < block.width
    assert y1 - y0 < block.height


def test_knows_all_vietnamese_letters_and_refuses_what_it_cannot_draw() -> None:
    vowels = "aăâeêioôơuưy"
    marked = [vowel + mark for vowel in vowels for mark in ("", "̀", "́", "̉", "̃", "̣")]
    TYPEFACE.require("".join(marked) + "đĐ;:-+()0123456789")
    with pytest.raises(SettingsError, match="中"):
        TYPEFACE.require("Sao y 中")
