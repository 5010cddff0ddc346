"""Where values end: at frames, indents, gaps, capitals; and what a letter is among forms."""

from dataclasses import replace

import pytest

from pipeline.fields.extraction import find_fields
from pipeline.fields.guard import conflicts
from pipeline.fields.template import library
from samples.make import any_case
from schemas.dossier import Owner
from schemas.fields import Field, FieldKind, PaperFields, Verdict
from schemas.geometry import Box
from schemas.layout import Cell, Table
from schemas.text import Line, PageText, Word

LEFT, PITCH = 100, 60
FULL = "Tôi cam đoan những nội dung khai trên đây là đúng sự thật, chịu trách nhiệm trước pháp luật"
APPLICATION = "ĐƠN ĐỀ NGHỊ CẤP GIẤY"
HEAD = (
    (LEFT, 200, "THUẾ CƠ SỞ 9"),
    (LEFT + 40, 260, "Số: 565/KH-TCS"),
    (900, 260, "Quảng Trị, ngày 04 tháng 7 năm 2026"),
)


def line(x: int, top: int, text: str, confidence: float = 0.99) -> Line:
    words = []
    for part in text.split():
        words.append(Word(part, Box(x, top, x + 14 * len(part), top + 30), confidence, verified=confidence > 0.9))
        x += 14 * len(part) + 12
    return Line(tuple(words))


def middle(top: int, text: str) -> Line:
    wide = line(0, top, text).words[-1].box.x1
    return line(800 - wide // 2, top, text)


def read(*lines: Line, tables: tuple[Table, ...] = ()) -> PaperFields:
    (paper,) = find_fields([PageText(width=1600, height=2200, lines=lines, reader="", tables=tables)], library())
    return paper


def form(*rows: tuple[int, int, str], frame: Box | None = None) -> dict[FieldKind, Field]:
    tables = (Table(frame, (Cell(0, 0, frame),)),) if frame else ()
    paper = read(middle(100, APPLICATION), *(line(*row) for row in rows), tables=tables)
    return {field.kind: field for field in paper.fields}


def test_a_value_ends_where_another_paragraph_is_indented() -> None:
    first = LEFT, 200, "Địa chỉ: " + "Thôn Đông " * 10
    assert form(first, (LEFT + 70, 260, FULL))[FieldKind.ADDRESS].value.endswith("Thôn Đông")
    assert form(first, (LEFT, 260, FULL))[FieldKind.ADDRESS].value.endswith("pháp luật"), "it may go on below its label"


def test_a_value_in_a_frame_ends_with_it_and_belongs_to_the_label_beside_it() -> None:
    rows = (
        (LEFT, 200, "Số tiền: 62.270.000 đồng"),
        (600, 280, "Sáu mươi hai triệu hai trăm"),
        (LEFT, 310, "Bằng chữ:"),
        (600, 335, "bảy mươi nghìn đồng"),
        (600, 395, "Tôi cam đoan những nội dung khai trên đây"),
    )
    said = form(*rows, frame=Box(590, 270, 1500, 375))[FieldKind.AMOUNT_IN_WORDS]
    assert (said.value, said.normalised) == ("Sáu mươi hai triệu hai trăm bảy mươi nghìn đồng", "62270000")


def test_a_row_may_lean() -> None:
    """The value stands level with the end of its label, not with its beginning."""
    leaning = [line(LEFT, 300, "Họ và").words, line(260, 312, "tên:").words, line(500, 326, "Lường Thị Ngọc").words]
    paper = read(middle(100, APPLICATION), line(LEFT, 240, "Giới tính: Nữ"), *map(Line, leaning))
    assert [field.value for field in paper.fields] == ["Lường Thị Ngọc"]


def test_dots_of_a_line_that_was_typed_on_are_none_of_the_value() -> None:
    address = form((LEFT, 200, "Địa chỉ: Thôn.12..xã Mỹ.Xuyên, TP.Huế"))[FieldKind.ADDRESS]
    assert address.value == "Thôn 12 xã Mỹ Xuyên, TP.Huế"


def test_an_address_with_a_word_that_is_probably_wrong_is_left_to_people() -> None:
    words = line(LEFT, 200, "Địa chỉ: Thôn 12, xã Mỹ Xuyên").words
    badly = (*words[:-1], replace(words[-1], confidence=0.2, verified=False))
    (field,) = read(middle(100, APPLICATION), Line(badly)).fields
    assert (field.value, field.verdict) == ("", Verdict.HANDWRITTEN)
    seen_before = line(LEFT, 150, "Xuyên")
    (field,) = read(middle(100, APPLICATION), seen_before, Line(badly)).fields
    assert field.verdict is Verdict.DOUBTFUL, "read well elsewhere on the page"


@pytest.mark.parametrize("below", ["THỦ TRƯỞNG CƠ QUAN", "b) Đơn đề nghị hỗ trợ theo Mẫu", FULL])
def test_a_subject_ends_before_capitals_lists_and_running_text(below: str) -> None:
    lines = middle(340, "KẾ HOẠCH"), middle(400, "Giải quyết kiến nghị"), middle(455, "của cử tri"), middle(510, below)
    paper = read(*(line(*place) for place in HEAD), *lines)
    said = {field.kind: field.value for field in paper.fields}
    assert said[FieldKind.SUBJECT] == "Giải quyết kiến nghị của cử tri"


def test_a_letter_that_speaks_of_applications_is_a_letter() -> None:
    body = middle(560, f"a) Đơn đề nghị hỗ trợ theo mẫu; {FULL}")
    paper = read(*(line(*place) for place in HEAD), middle(340, "KẾ HOẠCH"), middle(400, "Giải quyết kiến nghị"), body)
    assert paper.template == "letter"


@pytest.mark.parametrize("label", ["Họ, chữ đệm, tên người đề nghị", "Họ, chữ đệm, tên người khai"])
def test_whoever_applies_is_no_parent(label: str) -> None:
    assert form((LEFT, 200, f"{label}: Võ Ngọc Hùng"))[FieldKind.FULL_NAME].role == "applicant"


def test_a_title_is_no_label() -> None:
    title = middle(100, "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ")
    paper = read(title, line(LEFT, 200, "Tiếp nhận hồ sơ của: Thái Thị Nguyệt"))
    assert [field.value for field in paper.fields] == ["Thái Thị Nguyệt"]


def test_a_number_in_a_table_is_found_by_its_initials_alone() -> None:
    assert form((LEFT, 200, "SJ CCCD 046302701143"))[FieldKind.IDENTITY_NO].normalised == "046302701143"


def test_an_official_whose_family_name_is_lost_is_left_to_people() -> None:
    lines = line(900, 900, "GIÁM ĐỐC"), line(900, 1200, "Hoắng Viết Đạt", 0.85)
    (signer,) = [field for field in read(*lines).fields if field.kind is FieldKind.SIGNER]
    assert (signer.value, signer.verdict) == ("", Verdict.HANDWRITTEN)


@pytest.mark.parametrize("title", ["TỜ KHAI ĐĂNG KÝ KHAI SINH", "GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH"])
def test_whoever_is_named_first_and_alone_is_guarded(title: str) -> None:
    paper = read(middle(100, title), line(LEFT, 200, "Họ và tên: Tạ Thị Mai"))
    dossier = any_case(7, 1).dossier
    assert conflicts([paper], dossier, library())
    assert not conflicts([paper], replace(dossier, owner=Owner(name="Tạ Thị Mai", identity_no="")), library())


def test_a_receipt_has_a_number_and_is_no_letter() -> None:
    number, paid = line(LEFT, 200, "Số: 0001234"), line(LEFT, 300, "Số tiền: 50.000 đồng")
    paper = read(number, middle(100, "BIÊN LAI THU TIỀN PHÍ, LỆ PHÍ"), paid)
    assert [(field.kind, field.normalised) for field in paper.fields] == [(FieldKind.AMOUNT, "50000")]


def test_where_somebody_lives_and_where_he_is_registered_are_two_addresses() -> None:
    rows = "Nơi thường trú: Thôn 3, xã Hải Lăng", "Chỗ ở hiện nay: Tổ 2, phường Đông Hà", "Nơi thường trú: Thôn 9"
    paper = read(middle(100, APPLICATION), *(line(LEFT, 200 + PITCH * row, text) for row, text in enumerate(rows)))
    assert [field.value for field in paper.fields] == ["Thôn 3, xã Hải Lăng", "Tổ 2, phường Đông Hà"]


def test_words_that_announce_a_number_are_none() -> None:
    said = form((LEFT, 200, "Giấy tờ tùy thân: Thẻ căn cước công dân số 045198001234, cấp ngày 01/01/2022"))
    assert said[FieldKind.IDENTITY_NO].normalised == "045198001234"


@pytest.mark.parametrize("name", ["Trung tá Lê Quang Vinh", "ThS. Lê Quang Vinh", "`Lê Quang Vinh -"])
def test_ranks_degrees_and_strokes_are_no_part_of_a_name(name: str) -> None:
    lines = line(900, 900, "TRƯỞNG CÔNG AN XÃ"), line(900, 1200, name)
    (signer,) = [field for field in read(*lines).fields if field.kind is FieldKind.SIGNER]
    assert signer.value == "Lê Quang Vinh"
