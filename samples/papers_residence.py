"""Confirmation of residence (xác nhận thông tin về cư trú)."""

from samples.cases import Procedure, Scene, Template
from samples.forms import (
    Signer,
    agency_head,
    field,
    fields,
    gap,
    heading,
    letter_end,
    middle_line,
    nation_head,
    note,
    paragraph,
    signatures,
    table,
    title,
)
from samples.layout import Leaf, stack
from samples.people import PROVINCE, Person, short_date, vn_date, with_surname
from schemas.dossier import Component

MEMBER_COLUMNS = (11.0, 48.0, 26.0, 17.0, 36.0, 27.0)
MEMBER_HEAD = ("TT", "Họ, chữ đệm và tên", "Ngày sinh", "Giới tính", "Số định danh cá nhân", "Quan hệ")


def _family(scene: Scene) -> tuple[tuple[Person, str], ...]:
    owner = scene.owner
    year = owner.born.year
    spouse = scene.person("spouse", year - 2, female=not owner.female)
    father = spouse if owner.female else owner
    return (
        (owner, "Chủ hộ"),
        (spouse, "Chồng" if owner.female else "Vợ"),
        (with_surname(scene.person("first child", year + 26, female=True), father), "Con"),
        (with_surname(scene.person("second child", year + 30, female=False), father), "Con"),
    )


def _member_rows(scene: Scene) -> list[tuple[str, ...]]:
    return [
        (str(row), person.name, short_date(person.born), person.sex, person.identity_no, relation)
        for row, (person, relation) in enumerate(_family(scene), start=1)
    ]


def request(scene: Scene) -> tuple[Leaf, ...]:
    """Return form CT01 (tờ khai thay đổi thông tin cư trú)."""
    owner = scene.owner
    blocks = [
        note("Mẫu CT01"),
        nation_head(),
        title("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ"),
        middle_line(f"Kính gửi: Công an {scene.place.name}, {PROVINCE}"),
        gap(2),
        field("1. Họ, chữ đệm và tên:", owner.name),
        fields(("2. Ngày, tháng, năm sinh:", short_date(owner.born)), ("3. Giới tính:", owner.sex)),
        field("4. Số định danh cá nhân:", owner.identity_no),
        fields(("5. Số điện thoại:", owner.phone), ("6. Email:", "không có")),
        fields(("7. Chủ hộ:", owner.name), ("8. Quan hệ với chủ hộ:", "Chủ hộ")),
        field("9. Số định danh cá nhân của chủ hộ:", owner.identity_no),
        field(
            "10. Nội dung đề nghị:",
            f"Xác nhận thông tin về cư trú tại {owner.address} để bổ túc hồ sơ vay vốn và nhập học cho con",
        ),
        heading("11. Những thành viên trong hộ gia đình cùng thay đổi:"),
        *table(MEMBER_COLUMNS, MEMBER_HEAD, _member_rows(scene)),
        *paragraph(
            "Tôi cam đoan những thông tin kê khai trên đây là đúng và chịu trách nhiệm trước pháp luật về "
            "nội dung kê khai."
        ),
        gap(2),
        note(f"{scene.place.short}, {vn_date(scene.day)}"),
        signatures(
            Signer(role="Ý KIẾN CỦA CHỦ HỘ", name=owner.name, hand=scene.number("owner", 900)),
            Signer(role="NGƯỜI KÊ KHAI", name=owner.name, hand=scene.number("owner", 900)),
        ),
    ]
    return stack(blocks, bottom=290)


def statement(scene: Scene) -> tuple[Leaf, ...]:
    """Return the letter by which the ward's head confirms it (giấy xác nhận), sealed."""
    owner = scene.owner
    number = scene.number("notation", 900)
    blocks = [
        agency_head(
            ("ỦY BAN NHÂN DÂN", scene.place.upper),
            f"Số: {number}/XN-UBND",
            f"{scene.place.short}, {vn_date(scene.day)}",
        ),
        title("GIẤY XÁC NHẬN", "Về tình trạng sử dụng chỗ ở hợp pháp"),
        middle_line(f"Kính gửi: Công an {scene.place.name}, {PROVINCE}"),
        gap(3),
        *paragraph(
            f"Xét đơn của {owner.polite.lower()} {owner.name}, sinh ngày {short_date(owner.born)}, số định "
            f"danh cá nhân {owner.identity_no}, về việc xác nhận chỗ ở hợp pháp để làm thủ tục xác nhận thông "
            "tin về cư trú;"
        ),
        *paragraph(
            f"Qua kiểm tra thực tế ngày {short_date(scene.day)}, Ủy ban nhân dân {scene.place.name} xác nhận: "
            f"hộ {owner.polite.lower()} {owner.name} gồm {len(_family(scene))} nhân khẩu, hiện đang sinh sống "
            f"thường xuyên, ổn định tại {owner.address}."
        ),
        *paragraph(
            "Nhà ở cấp III, một tầng, diện tích sàn 96,5 m²; được xây dựng từ năm 2012 trên thửa đất đã có "
            "Giấy chứng nhận quyền sử dụng đất; không thuộc địa điểm không được đăng ký thường trú mới theo "
            "quy định tại Điều 23 Luật Cư trú; không có tranh chấp, khiếu nại tính đến thời điểm xác nhận."
        ),
        *paragraph(
            "Giấy xác nhận này có giá trị trong thời hạn 06 tháng kể từ ngày ký và chỉ dùng để giải quyết "
            "thủ tục hành chính nêu trên./."
        ),
        gap(6),
        letter_end(
            ("- Như trên;", f"- {owner.polite} {owner.name};", f"- Công an {scene.place.name};", "- Lưu: VT, TP (02)."),
            Signer(
                role="TM. ỦY BAN NHÂN DÂN",
                name=scene.person("chair", 1975, female=False).name,
                hand=scene.number("chair", 900),
                note="CHỦ TỊCH",
                seal=f"ỦY BAN NHÂN DÂN {scene.place.upper} ★ TỈNH QUẢNG TRỊ",
            ),
        ),
    ]
    return stack(blocks)


RESIDENCE = Procedure(
    code="1.010041",
    name="Xác nhận thông tin về cư trú",
    field_code="G01-CT01",
    field_name="Đăng ký, quản lý cư trú",
    agency="Công an {place}",
    days=3,
    templates=(
        Template(
            component=Component(code="000.00.00.G09-KQ003101", name="Tờ khai thay đổi thông tin cư trú (CT01)"),
            draw=request,
        ),
        Template(
            component=Component(code="000.00.00.G09-KQ003102", name="Giấy xác nhận chỗ ở hợp pháp"), draw=statement
        ),
    ),
)
