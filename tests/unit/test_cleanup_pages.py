"""Pages drawn here, put wrong in a known way, and cleaned."""

from itertools import product

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.cleanup import clean, geometry
from pipeline.cleanup.background import normalise
from pipeline.cleanup.border import find_border
from pipeline.cleanup.food import erase_dots, make_food
from pipeline.cleanup.glyphs import Glyphs, find_glyphs
from pipeline.cleanup.ink import find_loss
from pipeline.cleanup.orientation import find_stance, find_turn
from pipeline.cleanup.rulings import erase_rules
from pipeline.cleanup.skew import find_lean, find_skew
from samples.typeface import Face, font_path
from schemas.page import LEADER, NO_RULE, RULE, Pixels, Scan
from schemas.units import Resolution, Turn

DPI = 100
SIZE = (827, 1169)
TEXT = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6;",
    "quy định số lượng, quy trình, thủ tục bầu và từ chức của",
    "người được bổ nhiệm, điều động, cách chức thành viên;",
    "Ủy ban nhân dân tỉnh về việc điều động và bổ nhiệm ông",
]


def drawn(lines: int = 30, paper: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """Return an A4 page of print at 100 dpi, RGB."""
    picture = Image.new("RGB", SIZE, paper)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 20)
    for number in range(lines):
        pen.text((90, 80 + 33 * number), TEXT[number % len(TEXT)], font=font, fill=(20, 20, 24))
    return np.asarray(picture)


def leaning(pixels: Pixels, degrees: float, corner: int = 255) -> Pixels:
    """Return the page as if put crookedly on the glass: it needs `degrees` counter-clockwise to be straight."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return np.asarray(
        cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(corner,) * 3), np.uint8
    )


def scan(pixels: Pixels, dpi: float = DPI, *, bilevel: bool = False) -> Scan:
    return Scan(pixels=pixels, resolution=Resolution(dpi, dpi), bilevel=bilevel)


def never_asked(_: Pixels) -> Turn:
    pytest.fail("the recognizer was asked where letters leave no doubt")


def ink_of(pixels: Pixels) -> int:
    return int((pixels.min(axis=2) < 128).sum()) if pixels.ndim == 3 else int((pixels < 128).sum())


@pytest.mark.parametrize(("turned", "skew"), list(product([0, 90, 180, 270], [-9.0, 0.7])))
def test_pages_come_upright_and_straight(turned: Turn, skew: float) -> None:
    crooked = geometry.turn(leaning(drawn(), skew), (360 - turned) % 360)  # type: ignore[arg-type]
    page = clean(scan(crooked), blank=False, upright=never_asked)
    assert page.turned == turned
    assert page.skew == pytest.approx(skew, abs=0.1)
    assert page.image.shape == (1169, 827, 3)
    residue = find_lean(find_glyphs(page.image.max(axis=2), DPI))
    assert abs(residue.degrees) <= 0.1


def test_dark_corners_of_the_glass_do_not_keep_a_page_crooked() -> None:
    crooked = leaning(drawn(), -9.0)
    crooked[-14:, :10] = crooked[:14, -10:] = 0
    page = clean(scan(crooked), blank=False, upright=never_asked)
    assert page.skew == pytest.approx(-9.0, abs=0.1)


def test_a_straight_page_is_not_resampled() -> None:
    pixels = drawn()
    assert np.array_equal(clean(scan(pixels), blank=False, upright=never_asked).image, pixels)


def test_a_doubtful_page_is_decided_by_the_recognizer() -> None:
    asked: list[tuple[int, ...]] = []

    def upright(grey: Pixels) -> Turn:
        asked.append(grey.shape)
        return 180

    page = clean(scan(drawn(lines=2)), blank=False, upright=upright)
    assert (page.turned, len(asked), len(asked[0])) == (180, 1, 2)


def test_a_blank_page_is_left_as_it_is() -> None:
    grain = np.random.default_rng(5).integers(215, 235, (*SIZE[::-1], 3), np.uint8)
    page = clean(scan(grain), blank=True, upright=never_asked)
    assert page.blank
    assert page.image is grain
    assert page.food.min() == 255
    assert page.rules.shape == page.food.shape
    assert page.rules.max() == NO_RULE
    assert (page.turned, page.skew) == (0, 0.0)


def test_one_bit_stays_one_bit_and_turns_without_loss() -> None:
    pixels = np.where(drawn().max(axis=2) < 128, 0, 255).astype(np.uint8)
    page = clean(scan(np.ascontiguousarray(np.rot90(pixels)), bilevel=True), blank=False, upright=never_asked)
    assert page.bilevel
    assert page.turned == 90
    assert np.array_equal(page.image, pixels)


def test_one_bit_is_straightened_to_one_bit() -> None:
    pixels = np.where(leaning(drawn(), 2.0).max(axis=2) < 128, 0, 255).astype(np.uint8)
    page = clean(scan(pixels, bilevel=True), blank=False, upright=never_asked)
    assert set(np.unique(page.image)) == {0, 255}
    assert page.skew == pytest.approx(2.0, abs=0.1)
    assert ink_of(page.image) == pytest.approx(ink_of(pixels), rel=0.05)


def test_a_page_with_little_on_it_is_not_straightened() -> None:
    pixels = np.full((*SIZE[::-1], 3), 255, np.uint8)
    cv2.line(pixels, (100, 300), (700, 420), (0, 0, 0), 2)
    cv2.putText(pixels, "12", (400, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    page = clean(scan(pixels), blank=False, upright=never_asked)
    assert (page.turned, page.skew) == (0, 0.0)


def test_ink_in_the_corners_is_not_turned_out_of_the_page() -> None:
    pixels = drawn()
    pixels = pixels.copy()
    for x in range(0, 800, 40):
        cv2.putText(pixels, "H", (x, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 2)
    crooked = leaning(np.pad(pixels, ((30, 30), (30, 30), (0, 0)), constant_values=255), 1.5)
    page = clean(scan(np.ascontiguousarray(crooked[18:-30, 18:-30])), blank=False, upright=never_asked)
    assert ink_of(page.image) == pytest.approx(ink_of(crooked), rel=0.04)


def test_uneven_resolutions_become_square() -> None:
    fax = np.ascontiguousarray(np.where(drawn()[::2].max(axis=2) < 128, 0, 255).astype(np.uint8))
    page = clean(Scan(pixels=fax, resolution=Resolution(100, 50), bilevel=True), blank=False, upright=lambda _: 0)
    assert page.image.shape == (1170, 827)
    assert (page.resolution.x, page.resolution.y) == (100, 100)


def test_grey_paper_becomes_white_and_colours_stay() -> None:
    pixels = drawn(paper=(226, 224, 219)).copy()
    cv2.circle(pixels, (600, 900), 70, (200, 30, 40), 4)
    shade = np.linspace(1, 0.9, SIZE[0])[None, :, None]
    whitened = normalise((pixels * shade).astype(np.uint8), DPI)
    assert np.median(whitened) == 255
    assert (whitened[1100:1140] >= 250).mean() > 0.98
    red = whitened[900, 668:672].reshape(-1, 3).min(axis=0)
    assert red[0] > 190
    assert red[1:].max() < 60


def test_tinted_paper_keeps_its_tint() -> None:
    pixels = drawn(paper=(250, 225, 160))
    assert normalise(pixels, DPI) is pixels


def test_scanner_edges_become_paper() -> None:
    pixels = drawn().copy()
    pixels[:, :14] = 12
    pixels[-9:] = 25
    page = clean(scan(pixels), blank=False, upright=never_asked)
    assert page.image.shape == pixels.shape
    assert page.image[:, :14].min() > 240
    assert page.image[-9:].min() > 240
    assert ink_of(page.image) == pytest.approx(ink_of(drawn()), rel=0.01)


def test_a_dark_picture_at_the_edge_is_no_border() -> None:
    grey = drawn().max(axis=2).copy()
    grey[100:400, :200] = 40
    assert find_border(grey, 255, DPI) is None
    grey[:, -10:] = 0
    border = find_border(grey, 255, DPI)
    assert border is not None
    assert border[:, -10:].all()
    assert not border[100:400, :200].any()


def test_the_guard_names_the_place_of_lost_ink() -> None:
    before = drawn().max(axis=2)
    after = before.copy()
    after[80:110, 90:300] = 255
    places = find_loss(before, after, None, DPI)
    assert places
    assert all(box.y0 >= 80 and box.y1 <= 110 and box.x0 >= 80 and box.x1 <= 310 for box in places)
    assert find_loss(before, before, None, DPI) == ()
    allowed = np.zeros_like(before)
    allowed[70:120, 80:310] = 255
    assert find_loss(before, after, allowed, DPI) == ()


def test_food_has_neither_seals_nor_rules_nor_leaders() -> None:
    plain = np.kron(drawn(), np.ones((2, 2, 1), np.uint8))
    marked = plain.copy()
    cv2.circle(marked, (1200, 1800), 150, (225, 30, 40), 8)
    cv2.line(marked, (180, 2150), (1500, 2152), (0, 0, 0), 3)
    cv2.line(marked, (160, 100), (160, 2150), (0, 0, 0), 3)
    for x in range(200, 1400, 9):
        cv2.circle(marked, (x, 2250), 2, (0, 0, 0), -1)
    food = make_food(marked, 200, bilevel=False)
    assert food.scale == 1
    without_marks = make_food(plain, 200, bilevel=False)
    assert ink_of(food.pixels) == pytest.approx(ink_of(without_marks.pixels), rel=0.005)
    assert without_marks.rules.max() == NO_RULE
    assert (food.rules[2151, 200:1480] == RULE).all()
    assert (food.rules[120:2100, 160] == RULE).all()
    assert (food.rules[2250, 220:1380:9] >= RULE).all()
    assert set(food.rules[2240:2260].ravel()) == {NO_RULE, LEADER}


def test_letters_on_a_rule_keep_their_strokes() -> None:
    grey = np.full((200, 900), 255, np.uint8)
    font = ImageFont.truetype(str(font_path(Face.SERIF)), 36)
    picture = Image.fromarray(grey)
    ImageDraw.Draw(picture).text((20, 60), "Nguyễn Thị Diễm qyp", font=font, fill=0)
    letters = np.asarray(picture)
    ruled = letters.copy()
    ruled[94:97, 5:890] = 0
    erased, _ = erase_rules(ruled, 200)
    lost = (letters < 128) & (erased >= 200)
    assert lost.sum() < 0.06 * (letters < 128).sum()
    assert (erased[94:97, 600:890] == 255).all()


def test_diacritics_and_full_stops_are_no_leaders() -> None:
    grey = drawn().max(axis=2)
    twice = np.kron(grey, np.ones((2, 2), np.uint8))
    assert np.array_equal(erase_dots(twice, 200)[0], twice)


def test_a_page_written_in_blue_is_still_read() -> None:
    blue = drawn().copy()
    blue[blue.max(axis=2) < 128] = (30, 60, 200)
    food = make_food(blue, DPI, bilevel=False).pixels
    assert int((food < 160).sum()) > 0.5 * ink_of(drawn())


def test_orientation_admits_doubt() -> None:
    few = find_glyphs(drawn(lines=1).max(axis=2), DPI)
    assert find_turn(find_stance(few)) is None
    assert find_skew(find_lean(few), 3) == 0.0
    nothing = Glyphs(np.zeros((50, 40), np.uint8), np.zeros((0, 4), np.int32), np.zeros((0, 4), np.int32))
    assert find_turn(find_stance(nothing)) is None
