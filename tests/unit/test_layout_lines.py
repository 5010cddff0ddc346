"""Pages of known lines, drawn here: which lines are found, in which order, and what is on their crops."""

import random
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pipeline.layout.ink import find_ink
from pipeline.layout.page import LETTER_MM, find_layout, find_lines
from pipeline.layout.phrases import find_letters, find_phrases
from samples.typeface import Face, font_path
from schemas.geometry import Box
from schemas.layout import TextLine
from schemas.page import RULE, Page, Pixels
from schemas.units import MM_PER_INCH, Resolution

DPI = 200
MM = DPI / MM_PER_INCH
SIZE = (1654, 2339)
BODY, SMALL = 36, 30
NO_LEADERS = np.zeros((0, 4), np.int32)
TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "2.",
    "Căn cứ Luật Tổ chức chính quyền địa phương; gặp gỡ, ngờ vực",
    "ĐỀ NGHỊ CẤP GIẤY CHỨNG NHẬN QUYỀN SỞ HỮU, ỔN ĐỊNH ẪM ẬP",
    "quy định số lượng, thủ tục bầu và từ chức (nguyện vọng)",
    "7",
)
Placed = tuple[int, int, str]


def page_of(lines: Sequence[Placed], size: int = BODY) -> Pixels:
    """Return a page with each text's base line starting at its place."""
    picture = Image.new("L", SIZE, 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), size)
    for x, y, text in lines:
        pen.text((x, y), text, font=font, fill=0, anchor="ls")
    return np.asarray(picture)


def whole_page(food: Pixels) -> Page:
    """Return a page that shows what its food shows, without rules."""
    return Page(
        image=food,
        resolution=Resolution(DPI, DPI),
        bilevel=True,
        food=food,
        food_scale=1.0,
        rules=np.zeros_like(food),
        turned=0,
        skew=0.0,
        bend=0.0,
        blank=False,
    )


def found(lines: Sequence[Placed], tables: Sequence[Sequence[Sequence[Box]]] = (), size: int = BODY) -> list[int]:
    """Return the numbers of the drawn lines in the order in which they are found; each line has to be one of them."""
    boxes = [ink_box(page_of([line], size)) for line in lines]
    return [boxes.index(line.box) for line in find_lines(page_of(lines, size), tables, NO_LEADERS, MM)]


def ink_box(picture: Pixels) -> Box:
    rows, columns = np.nonzero(picture < 170)
    return Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


def put_back(lines: Sequence[TextLine], shape: tuple[int, ...]) -> Pixels:
    """Return how often each pixel is dark on a crop."""
    often = np.zeros((shape[0] + 40, shape[1] + 40), np.uint8)
    for line in lines:
        x, y = line.origin[0] + 20, line.origin[1] + 20
        often[y : y + line.crop.shape[0], x : x + line.crop.shape[1]] += line.crop < 170
    return often[20:-20, 20:-20]


@pytest.mark.parametrize("pitch", [41, 46, 60])
def test_lines_come_from_top_to_bottom_with_all_their_marks(pitch: int) -> None:
    lines = [(200, 200 + pitch * number, text) for number, text in enumerate(TEXT * 5)]
    assert found(lines) == list(range(len(lines)))


def test_a_crop_holds_all_ink_of_its_line_and_nothing_of_its_neighbours() -> None:
    lines = [(200, 200 + 41 * number, text) for number, text in enumerate(TEXT)]
    for line, placed in zip(find_lines(page_of(lines), (), NO_LEADERS, MM), lines, strict=True):
        alone = page_of([placed])
        assert int((line.crop < 170).sum()) == int((alone < 170).sum())
        assert line.crop[:4].min() == line.crop[-4:].min() == line.crop[:, :4].min() == 255


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(40, 700), st.sampled_from(TEXT), st.integers(42, 90)),
        min_size=1,
        max_size=12,
        unique=True,
    )
)
def test_every_letter_is_on_exactly_one_crop(drawn: list[tuple[int, str, int]]) -> None:
    tops = np.cumsum([pitch for _, _, pitch in drawn]).tolist()
    food = page_of([(x, 100 + top, text) for (x, text, _), top in zip(drawn, tops, strict=True)])
    lines = find_lines(food, (), NO_LEADERS, MM)
    often = put_back(lines, food.shape)
    ink = find_ink(food, MM)
    letters = find_letters(ink)[ink.labels]
    assert (often[letters] == 1).all()
    assert often.max() == 1
    assert all(0 <= b.x0 < b.x1 <= SIZE[0] and 0 <= b.y0 < b.y1 <= SIZE[1] for b in (line.box for line in lines))


WORDS = (
    "Kinh",
    "Kỳ",
    "06/09/1986",
    "Số định danh/CCCD:",
    "CHỦ TỊCH",
    "ông",
    "3",
    TEXT[0],
    "- Lưu: VT, NV.",
    "của",
    "a",
)


def scattered(chance: random.Random) -> Pixels:
    """Return a page with print of many sizes here and there, some of it close above and below larger print."""
    picture = Image.new("L", SIZE, 255)
    pen, y = ImageDraw.Draw(picture), 150
    while y < 2200:
        x = chance.randint(80, 500)
        while x < 1450:
            face, size = chance.choice([Face.SERIF, Face.SERIF_BOLD]), chance.choice([24, 28, 30, 36, 36, 44, 60])
            text, letters = chance.choice(WORDS), ImageFont.truetype(str(font_path(face)), size)
            if x + pen.textlength(text, font=letters) < 1560:
                pen.text((x, y), text, font=letters, fill=0, anchor="ls")
            x += int(pen.textlength(text, font=letters)) + chance.choice([20, 40, 80, 200, 500])
        y += chance.choice([44, 48, 52, 60, 80, 150])
    return np.asarray(picture)


@settings(max_examples=5, deadline=None)
@example(11)
@example(21)
@given(st.integers(0, 1000))
def test_no_letter_is_lost_between_print_of_many_sizes(seed: int) -> None:
    food = scattered(random.Random(seed))
    often, ink = put_back(find_lines(food, (), NO_LEADERS, MM), food.shape), find_ink(food, MM)
    shown = np.bincount(ink.labels[often > 0], minlength=len(ink.boxes))
    letters = find_letters(ink) & (ink.heights >= LETTER_MM * MM)
    assert not (letters & (2 * shown < ink.areas)).any()


def test_bold_digits_that_touch_are_no_blot() -> None:
    bold = cv2.erode(page_of([(400, 300, "06091986")], 40), np.ones((5, 5), np.uint8))
    lines = find_lines(np.asarray(bold), (), NO_LEADERS, MM)
    assert sum(int((line.crop < 170).sum()) for line in lines) == int((bold < 170).sum())


@pytest.mark.parametrize("lag", [0, 12, 25])
@pytest.mark.parametrize("gap", [27, 80])
def test_a_head_of_two_columns_is_read_left_then_right(lag: int, gap: int) -> None:
    left = [(250, 200, "ỦY BAN NHÂN DÂN"), (280, 246, "TỈNH QUẢNG TRỊ"), (290, 310, "Số: 12/QĐ-UBND")]
    start = ink_box(page_of(left)).x1 + gap
    right = [(start, 200 + lag, TEXT[0]), (start + 120, 246 + lag, "Độc lập - Tự do - Hạnh phúc")]
    right.append((start + 40, 310 + lag, "Quảng Trị, ngày 20 tháng 11 năm 2026"))
    below = [(500, 420, "QUYẾT ĐỊNH"), (200, 480, TEXT[2]), (200, 530, TEXT[4])]
    assert found([*left, *right, *below], size=SMALL) == list(range(9))


@pytest.mark.parametrize("x", [420, 900])
def test_a_date_above_two_signatures_is_read_first(x: int) -> None:
    lines = [(200, 300, TEXT[2]), (200, 350, TEXT[4]), (x, 420, "Đông Hà, ngày 20 tháng 11 năm 2026")]
    left = [(260, 470, "CHỨNG KIẾN"), (230, 512, "(ký, ghi rõ họ tên)"), (220, 700, "Võ Vũ Khôi Khoa")]
    right = [(1100, 470, "NGƯỜI KHAI"), (1070, 512, "(ký, ghi rõ họ tên)"), (1060, 700, "Hồ Thị Ngọc")]
    assert found([*lines, *left, *right], size=SMALL) == list(range(9))


def test_recipients_are_read_before_the_signature_beside_them() -> None:
    left = [
        (200, 1500 + 38 * number, f"- Sở, ban, ngành số {number}{' của tỉnh' * (number % 2)};") for number in range(7)
    ]
    right = [(900, 1495, "TM. ỦY BAN NHÂN DÂN"), (1000, 1540, "CHỦ TỊCH"), (960, 1850, "Võ Vũ Khôi Khoa")]
    above = [(200, 1380, TEXT[2]), (200, 1426, TEXT[4])]
    assert found([*above, *left, *right], size=SMALL) == list(range(12))


@pytest.mark.parametrize("title", ["CHỦ TỊCH", "KT. GIÁM ĐỐC"])
def test_who_signs_is_read_after_the_recipients_though_the_name_stands_below_them(title: str) -> None:
    left = [(200, 1500 + 38 * row, text) for row, text in enumerate(("Nơi nhận:", "- Như trên;", "- Lưu: VT, TH."))]
    right = [(1000, 1502, title), (960, 1740, "Võ Vũ Khôi Khoa")]
    assert found([(300, 1380, TEXT[3]), (300, 1426, TEXT[3]), *left, *right], size=SMALL) == list(range(7))


def test_words_typed_far_apart_above_two_signatures_stay_in_their_line() -> None:
    typed = [
        (x, 420, word)
        for x, word in zip((200, 400, 560, 720, 880), ("Lý do:", "Cấp", "bản", "trích", "lục"), strict=True)
    ]
    left = [(260, 520, "NGƯỜI NỘP"), (230, 562, "(ký, ghi rõ họ tên)"), (240, 700, "Võ Vũ Khôi")]
    right = [(1000, 520, "NGƯỜI NHẬN"), (980, 562, "(ký, ghi rõ họ tên)"), (1000, 700, "Hồ Thị Ngọc")]
    lines = [(200, 300, TEXT[2]), *typed, *left, *right]
    groups = [line.group for line in find_lines(page_of(lines, SMALL), (), NO_LEADERS, MM)]
    assert groups == [0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7]


def test_what_a_letter_is_about_is_read_below_its_number_before_the_place_and_date() -> None:
    left = [(280, 200, "THUẾ TỈNH QUẢNG TRỊ"), (340, 246, "THUẾ CƠ SỞ 8"), (330, 310, "Số: 2800/TCS-NV")]
    about = [(270, 388, "V/v xác minh nguồn gốc"), (370, 424, "sử dụng đất")]
    right = [(784, 200, TEXT[0]), (911, 246, "Độc lập - Tự do - Hạnh phúc"), (852, 310, "Quảng Trị, ngày 20 tháng 11")]
    below = [(700, 520, "Kính gửi: Ông Huỳnh Bá"), (200, 580, TEXT[2]), (200, 630, TEXT[4])]
    assert found([*left, *about, *right, *below], size=SMALL) == list(range(11))


def test_a_form_line_with_gaps_stays_one_line() -> None:
    labels = [("Họ và tên:", "Ngày sinh:"), ("Số định danh:", "Giới tính:"), ("Quê quán:", "Dân tộc:")]
    lines = [
        (x, 300 + 60 * row, text) for row, pair in enumerate(labels) for x, text in zip((200, 900), pair, strict=True)
    ]
    leaders = np.asarray(
        [(x, 285 + 60 * row, x + 400, 302 + 60 * row) for row in range(3) for x in (450, 1100)], np.int32
    )
    assert [line.group for line in find_lines(page_of(lines), (), leaders, MM)] == [0, 0, 1, 1, 2, 2]


def test_what_is_typed_on_leaders_stays_on_the_line_of_its_label() -> None:
    texts = [(200, "Họ và tên:"), (420, "NGUYỄN BẢO TIẾN"), (900, "Giới tính:"), (1100, "Nam")]
    lines = [(x, 300 + 60 * row - 3 * (x % 200 == 20), text) for row in range(3) for x, text in texts]
    leaders = np.asarray([(x, 285 + 60 * row, x + 400, 302 + 60 * row) for row in range(3) for x in (370, 1080)])
    parts = [(line.group, line.box.x0 // 10) for line in find_lines(page_of(lines), (), leaders.astype(np.int32), MM)]
    assert parts == [(row, x) for row in range(3) for x in (20, 90, 110)]


def test_what_is_typed_higher_than_its_label_stays_behind_it() -> None:
    texts = [
        (180, 543, "Địa chỉ:"),
        (350, 536, "Thôn 6, xã Tân Lộc"),
        (180, 620, "Số tiền:"),
        (350, 613, "970.000 đồng"),
    ]
    leaders = np.asarray([(300, y, 1500, y + 24) for y in (532, 609)], np.int32)
    parts = [(line.group, line.box.x0 // 10) for line in find_lines(page_of(texts, SMALL), (), leaders, MM)]
    assert parts == [(0, 18), (1, 18)]


def test_a_table_is_read_row_by_row_and_cells_of_several_lines_cell_by_cell() -> None:
    lines = [(220, 340, "STT"), (420, 340, "Họ, chữ đệm"), (420, 384, "và tên"), (900, 340, "Quan hệ"), (220, 440, "1")]
    columns = ((200, 400), (400, 880), (880, 1200))
    table = [[Box(x0, y0, x1, y1) for x0, x1 in columns] for y0, y1 in ((290, 400), (400, 460))]
    assert found(lines, [table]) == [0, 1, 2, 3, 4]
    groups = [line.group for line in find_lines(page_of(lines), [table], NO_LEADERS, MM)]
    assert groups == [0, 0, 0, 0, 1]


def test_each_cell_of_a_row_is_a_part_of_one_line() -> None:
    cells = [Box(200, 400, 400, 460), Box(400, 400, 880, 460), Box(880, 400, 1200, 460)]
    lines = [(220, 440, "1"), (420, 440, "Võ Hữu Vững"), (900, 440, "Chủ hộ"), (200, 520, TEXT[2])]
    found_lines = find_lines(page_of(lines), [[cells]], NO_LEADERS, MM)
    assert [line.box for line in found_lines] == [ink_box(page_of([line])) for line in lines]
    assert [line.group for line in found_lines] == [0, 0, 0, 1]


def test_a_wide_gap_parts_a_line_that_stays_one_group() -> None:
    lines = [(200, 300, "Họ và tên:"), (500, 300, "Ngày sinh:"), (200, 360, TEXT[2])]
    found_lines = find_lines(page_of(lines), (), NO_LEADERS, MM)
    assert [line.box for line in found_lines] == [ink_box(page_of([line])) for line in lines]
    assert [line.group for line in found_lines] == [0, 0, 1]


def test_dirt_and_white_paper_are_no_lines() -> None:
    food = np.full(SIZE[::-1], 255, np.uint8)
    rng = np.random.default_rng(5)
    food[rng.integers(0, SIZE[1], 400), rng.integers(0, SIZE[0], 400)] = 0
    food[:, 5:9] = 0
    food[600:640, 800:802] = 0
    cv2.line(food, (1000, 1500), (1003, 1522), (0,), 2)
    cv2.circle(food, (150, 1200), 22, (0,), -1)
    assert find_lines(food, (), NO_LEADERS, MM) == ()


@pytest.mark.parametrize("text", ["1", "I", "7", "-1", "“4. Công an", "Luật”; và “Điều 5”.”;", "(1) “2”"])
@pytest.mark.parametrize("size", [SMALL, BODY])
def test_digits_that_stand_alone_and_quotes_stay(text: str, size: int) -> None:
    assert found([(300, 600, text), (300, 680, TEXT[2])], size=size) == [0, 1]


def test_letters_of_two_lines_that_touch_are_parted() -> None:
    lines = [(200, 300, TEXT[2]), (200, 346, TEXT[4])]
    food = page_of(lines).copy()
    food[296:330, 420:424] = 0
    assert len(find_lines(food, (), NO_LEADERS, MM)) == 2


def test_a_page_has_its_lines_tables_and_regions() -> None:
    page = whole_page(page_of([(200, 300, TEXT[2]), (200, 360, TEXT[4])]))
    layout = find_layout(page)
    assert [len(layout.lines), layout.tables, layout.regions] == [2, (), ()]


def test_a_comb_of_boxes_is_read_as_one_word_behind_its_label() -> None:
    lines = [(200, 300, "Dân tộc: Kinh"), (200, 400, "Số CCCD:"), (200, 500, "Mã số thuế:"), (200, 600, "Địa chỉ:")]
    digits = [(380 + 44 * place, 400, digit) for place, digit in enumerate("045111156342")]
    rules = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    rules[366:369, 366:894] = rules[416:419, 366:894] = RULE
    for x in range(366, 900, 44):
        rules[366:419, x : x + 2] = RULE
    layout = find_layout(replace(whole_page(page_of([*lines, *digits], SMALL)), rules=rules))
    assert not layout.tables
    parts = [(line.group, line.box.x0 // 10) for line in layout.lines]
    assert parts == [(0, 20), (1, 20), (1, 38), (2, 20), (3, 20)]


@pytest.mark.parametrize("into", [4, 9, 14])
def test_a_number_too_long_for_its_cell_stays_whole(into: int) -> None:
    label, number = (200, 400, "Nữ"), (300, 400, "984.975.000")
    wall = ink_box(page_of([number])).x0 + into
    row = [Box(150, 350, wall - 2, 430), Box(wall + 2, 350, 700, 430)]
    assert found([label, number], [[row]]) == [0, 1]


def test_boxes_to_tick_are_no_print_and_letters_are_no_boxes() -> None:
    lines = [(260, 400, "Ở"), (460, 400, "ODBHUE08 Kinh doanh")]
    page = page_of(lines).copy()
    boxed = Image.fromarray(page)
    pen = ImageDraw.Draw(boxed)
    for x in (220, 410):
        pen.rectangle((x, 374, x + 27, 401), outline=0, width=2)
    pen.line((414, 380, 430, 398), fill=0, width=2)
    crops = [line.crop for line in find_lines(np.asarray(boxed), (), NO_LEADERS, MM)]
    assert sum(int((crop < 170).sum()) for crop in crops) == int((page < 170).sum())


@pytest.mark.parametrize(("between", "phrases"), [("-", 1), ("–", 1), ("", 2)])
def test_a_dash_between_words_parts_no_phrase(between: str, phrases: int) -> None:
    end = ink_box(page_of([(200, 400, "kinh tế")])).x1
    page = page_of([(200, 400, "kinh tế"), (end + 8, 400, between), (end + 29, 400, "kỹ thuật")])
    assert len(find_phrases(find_ink(page, MM))[1].boxes) == phrases


def test_a_line_of_a_form_with_a_place_to_write_on_is_read_across() -> None:
    lines = [(200, 300, "Ngày, tháng, năm sinh: 01/03/1975"), (1020, 300, "Giới tính: Nữ")]
    lines += [(203, 360, "Số định danh cá nhân: 04517546"), (1000, 360, "Dân tộc: Kinh")]
    boxes = [ink_box(page_of([line])) for line in lines]
    leaders = np.asarray([(boxes[place].x1 + 8, y - 15, 1500, y + 2) for place, y in ((1, 300), (3, 360))], np.int32)
    read = find_lines(page_of(lines), (), leaders, MM)
    assert [boxes.index(line.box) for line in read] == [0, 1, 2, 3]
