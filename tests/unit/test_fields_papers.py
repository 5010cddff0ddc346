"""What the sample papers say is found on them, read as printed and misread; what is not printed is left to people."""

from collections.abc import Sequence
from functools import cache

import pytest
from drawn_text import Reader

from pipeline.fields.extraction import find_fields
from pipeline.fields.template import library
from samples.cases import Case, Paper
from samples.make import committed_batches
from schemas.fields import Field, FieldKind, PaperFields, Verdict
from schemas.geometry import Box
from schemas.layout import Cell, Region, RegionKind, Table
from schemas.text import Line, PageText, Word

AS_PRINTED = Reader()
EXPECTED = {
    "Tờ khai đăng ký khai sinh": ("khai-sinh-to-khai", {"applicant", "child", "mother", "father"}, 11),
    "Giấy chứng sinh": ("khai-sinh-chung-sinh", {"mother", "child", "midwife"}, 8),
    "Văn bản ủy quyền đăng ký khai sinh": ("uy-quyen", {"grantor", "grantee", ""}, 11),
    "Đơn đăng ký đất đai, tài sản gắn liền với đất": ("dat-dai-don", {"applicant", "land"}, 6),
    "Hợp đồng chuyển nhượng quyền sử dụng đất": ("chuyen-nhuong", {"seller", "buyer", ""}, 12),
    "Trích đo bản đồ địa chính": ("trich-do", {"buyer"}, 2),
    "Văn bản xác nhận không có tranh chấp": ("khong-tranh-chap", {"", "applicant"}, 8),
    "Giấy đề nghị đăng ký thành lập hộ kinh doanh": ("ho-kinh-doanh-de-nghi", {"applicant", "business", ""}, 9),
    "Hợp đồng thuê mặt bằng": ("thue-mat-bang", {"lessor", "lessee"}, 10),
    "Tờ khai thay đổi thông tin cư trú (CT01)": ("cu-tru-ct01", {"applicant", "householder"}, 7),
    "Giấy xác nhận chỗ ở hợp pháp": ("cu-tru-xac-nhan", {"", "applicant"}, 9),
}


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for batch in committed_batches(1).values() for case in batch.cases)


def paper_named(name: str) -> tuple[Case, Paper]:
    return next((case, paper) for case in cases() for paper in case.papers if paper.component.name == name)


def read(paper: Paper, reader: Reader = AS_PRINTED) -> PaperFields:
    (found,) = find_fields([reader.read(leaf) for leaf in paper.leaves], library(), paper.component.code)
    return found


def one(fields: Sequence[Field], kind: FieldKind, role: str = "") -> Field:
    return next(field for field in fields if (field.kind, field.role) == (kind, role))


def page(*rows: str, regions: tuple[Region, ...] = (), tables: tuple[Table, ...] = ()) -> PageText:
    """Return a page of lines; two spaces or more are a gap as wide as they are many times ten pixels."""
    lines = tuple(line_of(text, 200 + 60 * number) for number, text in enumerate(rows))
    return PageText(width=1600, height=2200, lines=lines, reader="", regions=regions, tables=tables)


def line_of(text: str, top: int) -> Line:
    words, x = [], 100
    for part in text.split(" "):
        if part:
            words.append(Word(part, Box(x, top, x + 14 * len(part), top + 30), 0.99, verified=True))
        x += 14 * len(part) + 12
    return Line(tuple(words))


def fields_of(*rows: str, **more: tuple[Region, ...]) -> tuple[Field, ...]:
    (paper,) = find_fields([page(*rows, **more)], library())  # type: ignore[arg-type]
    return paper.fields


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_paper_is_read_by_its_template(name: str) -> None:
    template, roles, least = EXPECTED[name]
    found = read(paper_named(name)[1])
    assert found.template == template
    assert roles <= {field.role for field in found.fields}
    assert len(found.fields) >= least
    assert {field.verdict for field in found.fields} == {Verdict.VALID}


def test_a_declaration_of_birth_says_who_is_who() -> None:
    case, paper = paper_named("Tờ khai đăng ký khai sinh")
    fields = read(paper).fields
    owner = case.dossier.owner
    assert one(fields, FieldKind.FULL_NAME, "applicant").value == owner.name
    assert one(fields, FieldKind.FULL_NAME, "mother").value == owner.name
    assert one(fields, FieldKind.IDENTITY_NO, "applicant").normalised == owner.identity_no
    assert one(fields, FieldKind.FULL_NAME, "child").value != one(fields, FieldKind.FULL_NAME, "father").value
    assert one(fields, FieldKind.SIGNER, "applicant").value == owner.name


def test_a_letter_says_what_it_is() -> None:
    fields = read(paper_named("Giấy xác nhận chỗ ở hợp pháp")[1]).fields
    assert one(fields, FieldKind.NOTATION).value.endswith("/XN-UBND")
    assert one(fields, FieldKind.ISSUED_ON).normalised == "2026-11-20"
    assert one(fields, FieldKind.ISSUER).value.startswith("ỦY BAN NHÂN DÂN ")
    assert one(fields, FieldKind.DOCUMENT_KIND).value == "GIẤY XÁC NHẬN"
    assert one(fields, FieldKind.SUBJECT).value == "Về tình trạng sử dụng chỗ ở hợp pháp"
    assert one(fields, FieldKind.SIGNER).label == "CHỦ TỊCH"


def test_a_letter_without_a_title_is_a_plain_one() -> None:
    fields = read(paper_named("Văn bản xác nhận không có tranh chấp")[1]).fields
    kind = one(fields, FieldKind.DOCUMENT_KIND)
    assert (kind.value, kind.normalised) == ("", "Công văn")
    assert one(fields, FieldKind.SUBJECT).value == "xác nhận tình trạng tranh chấp đất đai"


def test_misread_labels_are_found_as_well() -> None:
    """With one in twelve of the words that are easily misread wrong, nearly all fields are found where they stand."""
    wanted = found = 0
    for number, (name, (_, _, least)) in enumerate(EXPECTED.items()):
        fields = read(paper_named(name)[1], Reader(rate=0.08, sure=0.6, seed=str(number))).fields
        wanted, found = wanted + least, found + sum(bool(field.value or field.normalised) for field in fields)
    assert found >= 0.97 * wanted


def test_values_go_on_over_the_end_of_a_line_and_no_further() -> None:
    fields = fields_of(
        "ĐƠN ĐỀ NGHỊ CẤP GIẤY",
        "Nơi cư trú: Số 235 đường Lý Thường Kiệt, tổ dân phố Nam Hải, khu phố Bình Minh, phường",
        "Đồng Hới, tỉnh Quảng Trị",
        "Tôi xin cam đoan những điều khai trên là đúng, nếu sai tôi xin chịu trách nhiệm trước luật",
    )
    assert one(fields, FieldKind.ADDRESS, "applicant").value.endswith("phường Đồng Hới, tỉnh Quảng Trị")


def test_two_fields_on_one_line_and_labels_run_into_values() -> None:
    fields = fields_of("TỜ KHAI CẤP BẢN SAO", "2.Ngày sinh:12/10/1990          Số định danh cá nhân:045190001234")
    assert one(fields, FieldKind.BORN_ON, "applicant").normalised == "1990-10-12"
    assert one(fields, FieldKind.IDENTITY_NO, "applicant").value == "045190001234"


def test_words_that_were_read_as_one_are_parted_where_a_label_or_a_number_ends() -> None:
    fields = fields_of(
        "TỜ KHAI CẤP BẢN SAO",
        "1. Họ và tên: Phạm Mỹ Vân",
        "2.Số định danh cá nhân: 045190001234Dân tộc: Kinh",
        "3.Địa chỉ: Thôn 9, xã Hải Lăng",
        "4. Họ tên chủ hộ:,Lê Lan",
    )
    assert one(fields, FieldKind.FULL_NAME, "applicant").value == "Phạm Mỹ Vân", "no label goes on behind its colon"
    assert one(fields, FieldKind.IDENTITY_NO, "applicant").value == "045190001234"
    assert one(fields, FieldKind.ADDRESS, "applicant").label == "Địa chỉ"
    assert one(fields, FieldKind.FULL_NAME, "householder").value == "Lê Lan"


def test_a_name_goes_on_over_the_end_of_a_line_where_it_had_no_room() -> None:
    long = "Tôi xin cam đoan những điều khai trên là đúng, nếu sai tôi xin chịu trách nhiệm trước luật"
    fields = fields_of("TỜ KHAI CẤP BẢN SAO", long, f"Giới tính: Nữ{' ' * 64}Họ và tên: Lường Thị", "Bích Ngọc")
    assert one(fields, FieldKind.FULL_NAME, "applicant").value == "Lường Thị Bích Ngọc"
    fields = fields_of("TỜ KHAI CẤP BẢN SAO", long, "Họ và tên: Lường Thị", "Bích Ngọc")
    assert one(fields, FieldKind.FULL_NAME, "applicant").value == "Lường Thị"


def test_what_is_probably_misread_is_doubtful_and_what_nobody_could_read_is_left_to_people() -> None:
    rows = "TỜ KHAI CẤP BẢN SAO", "Họ và tên: {}", "Ngày sinh: 12/10/1990"

    def said(name: str, confidence: float) -> Field:
        told = page(rows[0], rows[1].format(name), rows[2])
        words = tuple(Line(tuple(Word(w.text, w.box, confidence) for w in line.words)) for line in told.lines)
        (paper,) = find_fields([PageText(width=1600, height=2200, lines=words, reader="")], library())
        return one(paper.fields, FieldKind.FULL_NAME, "applicant")

    assert said("Lường Thị Bích Ngọc", 0.95).verdict is Verdict.VALID
    assert said("Lường Thị Bích Ngọc", 0.9).verdict is Verdict.DOUBTFUL
    assert said("P.Hau,Quân", 0.2).verdict is Verdict.HANDWRITTEN


def test_a_letter_whose_number_a_pen_wrote_is_a_letter() -> None:
    fields = fields_of(
        "ỦY BAN NHÂN DÂN",
        "TỈNH QUẢNG TRỊ",
        "Số: S5I /UBND-NC                          Quảng Trị, ngày 09 tháng 11 năm 2026",
        "V/v lấy ý kiến góp ý dự thảo",
    )
    assert one(fields, FieldKind.NOTATION).verdict is Verdict.HANDWRITTEN
    assert one(fields, FieldKind.ISSUER).value == "ỦY BAN NHÂN DÂN TỈNH QUẢNG TRỊ"
    assert one(fields, FieldKind.ISSUED_ON).normalised == "2026-11-09"


def test_the_order_in_which_lines_were_read_does_not_matter() -> None:
    rows = ("TỜ KHAI CẤP BẢN SAO", "Họ và tên: Lường Thị Bích Ngọc", "Mã số thuế: 0100109106")
    upset = page(*rows)
    (paper,) = find_fields([PageText(width=1600, height=2200, lines=upset.lines[::-1], reader="")], library())
    assert paper.fields == fields_of(*rows)


def test_dots_and_handwriting_are_left_to_people() -> None:
    hand = Region(RegionKind.HANDWRITING, Box(200, 255, 900, 300))
    fields = fields_of("TỜ KHAI CẤP BẢN SAO", "Họ và tên: Lurng thi", "Ngày sinh: ................", regions=(hand,))
    name, born = one(fields, FieldKind.FULL_NAME, "applicant"), one(fields, FieldKind.BORN_ON, "applicant")
    assert born.verdict is Verdict.HANDWRITTEN
    assert (name.value, born.value) == ("Lurng thi", "")
    unsure = page("TỜ KHAI CẤP BẢN SAO", "Họ và tên: Lurng thi", regions=(hand,))
    words = tuple(Line(tuple(Word(w.text, w.box, 0.3) for w in line.words)) for line in unsure.lines)
    (paper,) = find_fields([PageText(width=1600, height=2200, lines=words, reader="", regions=(hand,))], library())
    left = one(paper.fields, FieldKind.FULL_NAME, "applicant")
    assert (left.value, left.verdict) == ("", Verdict.HANDWRITTEN)
    assert left.reason


def test_a_number_that_a_pen_wrote_is_not_guessed() -> None:
    fields = fields_of(
        "UBND TỈNH QUẢNG TRỊ",
        "Số:      /UBND-NC                          Quảng Trị, ngày    tháng 11 năm 2026",
        "V/v lấy ý kiến góp ý dự thảo",
    )
    assert one(fields, FieldKind.NOTATION).verdict is Verdict.HANDWRITTEN
    assert one(fields, FieldKind.ISSUED_ON).verdict is Verdict.HANDWRITTEN


def test_people_in_a_table_are_read_by_its_cells() -> None:
    heads, first, second = ("TT", "Họ và tên", "Ngày sinh"), ("1", "Lê An", "01/02/1990"), ("2", "Võ Thị", "03/04/1992")
    lefts, cells, lines = (100, 200, 700), [], []
    for row, texts in enumerate((heads, first, second)):
        for column, (left, text) in enumerate(zip(lefts, texts, strict=True)):
            cells.append(Cell(row, column, Box(left, 400 + 60 * row, left + 490, 460 + 60 * row)))
            words = [
                Word(part, Box(left + 10 + 100 * place, 410 + 60 * row, left + 100 + 100 * place, 440 + 60 * row), 0.99)
                for place, part in enumerate(text.split())
            ]
            lines.append(Line(tuple(words)))
    table = Table(Box(100, 400, 1190, 580), tuple(cells))
    (paper,) = find_fields(
        [PageText(width=1600, height=2200, lines=tuple(lines), reader="", tables=(table,))], library()
    )
    said = [(field.kind, field.value) for field in paper.fields if field.role == "member"]
    assert said == [
        (FieldKind.FULL_NAME, "Lê An"),
        (FieldKind.BORN_ON, "01/02/1990"),
        (FieldKind.FULL_NAME, "Võ Thị"),
        (FieldKind.BORN_ON, "03/04/1992"),
    ]


def test_fields_that_contradict_each_other_are_doubtful() -> None:
    fields = fields_of(
        "TỜ KHAI CẤP BẢN SAO",
        "Họ và tên: Lường Thị Bích Ngọc",
        "Ngày sinh: 12/10/1991          Số định danh: 045190001234",
        "Số tiền: 250.000 đồng (bằng chữ: Hai trăm nghìn đồng)",
    )
    doubted = {field.kind: field.reason for field in fields if field.verdict is Verdict.DOUBTFUL}
    assert set(doubted) == {FieldKind.IDENTITY_NO, FieldKind.AMOUNT, FieldKind.AMOUNT_IN_WORDS}
    assert all(doubted.values())


def test_fields_come_back_from_json() -> None:
    found = read(paper_named("Hợp đồng thuê mặt bằng")[1])
    back = PaperFields.from_json(found.to_json())
    assert [field.value for field in back.fields] == [field.value for field in found.fields]
    assert back.to_json() == found.to_json()


@pytest.mark.parametrize("read_as", ["0 7 9 0 9 6ị4 5 5 7 9 8", "0790964|55798"])
def test_walls_of_boxes_are_no_digits(read_as: str) -> None:
    (found,) = find_fields([page(f"Số định danh cá nhân: {read_as}")], library())
    assert one(found.fields, FieldKind.IDENTITY_NO).normalised == "079096455798"


def test_labels_in_a_table_have_their_values_beside_them() -> None:
    labels, values = ("Họ và tên", "Số CCCD", "Nơi thường trú"), ("VÕ VIẾT VỸ", "044202187495", "Tổ 5, xã Lệ Sơn")
    rows = [f"{label:<40}{value}" for label, value in zip(labels, values, strict=True)]
    box = Box(0, 0, 2000, 1000)
    sheet = page(*rows)
    tops = [line.words[0].box for line in sheet.lines]
    cells = [
        Cell(row, column, Box(x0, top.y0 - 4, x1, top.y1 + 4))
        for row, top in enumerate(tops)
        for column, (x0, x1) in enumerate(((0, tops[0].x0 + 330), (tops[0].x0 + 330, 2000)))
    ]
    (found,) = find_fields([page(*rows, tables=(Table(box, tuple(cells)),))], library())
    told = {field.kind: field.value for field in found.fields}
    assert told == {FieldKind.FULL_NAME: values[0], FieldKind.IDENTITY_NO: values[1], FieldKind.ADDRESS: values[2]}


def test_an_agency_below_a_higher_one_is_found_though_its_number_has_a_gap() -> None:
    rows = (
        "UBND TỈNH HÒA AN".ljust(60) + "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        " " * 12 + "XÃ EA TLING",
        "  Số:" + " " * 14 + "/UBND-TTr",
        "V/v kiểm tra dịch vụ công",
    )
    assert next(field.value for field in fields_of(*rows) if field.kind is FieldKind.ISSUER) == "XÃ EA TLING"
