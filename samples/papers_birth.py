"""Birth registration (đăng ký khai sinh)."""

from datetime import date, timedelta

from samples.cases import Procedure, Scene, Template
from samples.forms import (
    Signer,
    agency_head,
    field,
    fields,
    gap,
    heading,
    middle_line,
    nation_head,
    note,
    paragraph,
    signatures,
    title,
)
from samples.layout import Block, Leaf, stack
from samples.people import PROVINCE, Person, date_in_words, short_date, vn_date, with_capital
from samples.typeface import Face
from schemas.dossier import Component


def _father(scene: Scene) -> Person:
    return scene.person("father", scene.owner.born.year - 3, female=False)


def _child_name(scene: Scene) -> str:
    given = scene.chance("child").choice(("Ngọc Bảo Vỹ", "Hoàng Khánh Thy", "Nhật Quỳnh Dương", "Mỹ Ái Duyên"))
    return f"{_father(scene).name.split()[0]} {given}"


def _born(scene: Scene) -> date:
    return scene.day - timedelta(days=scene.chance("birth").randint(9, 40))


def declaration(scene: Scene) -> tuple[Leaf, ...]:
    """Return the application form (tờ khai đăng ký khai sinh)."""
    mother, father, born = scene.owner, _father(scene), _born(scene)
    blocks = [
        nation_head(),
        title("TỜ KHAI ĐĂNG KÝ KHAI SINH"),
        middle_line(f"Kính gửi: Ủy ban nhân dân {scene.place.name}, {PROVINCE}"),
        gap(2),
        field("Họ, chữ đệm, tên người yêu cầu:", mother.name),
        field("Nơi cư trú:", mother.address),
        field("Số định danh cá nhân:", mother.identity_no),
        field("Quan hệ với người được khai sinh:", "Mẹ đẻ"),
        *paragraph("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:", Face.SERIF_BOLD, 0),
        field("Họ, chữ đệm, tên:", _child_name(scene)),
        field("Ngày, tháng, năm sinh:", short_date(born)),
        field("Ghi bằng chữ:", with_capital(date_in_words(born))),
        fields(("Giới tính:", "Nữ"), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
        field("Nơi sinh:", f"Bệnh viện đa khoa khu vực {scene.place.short}, {PROVINCE}"),
        field("Quê quán:", with_capital(f"{scene.place.name}, {PROVINCE}")),
        field("Họ, chữ đệm, tên người mẹ:", mother.name),
        fields(("Năm sinh:", str(mother.born.year)), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
        field("Nơi cư trú:", mother.address),
        field("Họ, chữ đệm, tên người cha:", father.name),
        fields(("Năm sinh:", str(father.born.year)), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
        *paragraph(
            "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa thuận "
            "nhất trí của các bên liên quan theo quy định pháp luật và chịu hoàn toàn trách nhiệm trước pháp "
            "luật về nội dung cam đoan của mình."
        ),
        gap(3),
        note(f"Làm tại: {scene.place.short}, {vn_date(scene.day)}"),
        signatures(Signer(role="Người yêu cầu", name=mother.name, hand=scene.number("mother", 900))),
    ]
    return stack(blocks, bottom=290)


def hospital_certificate(scene: Scene) -> tuple[Leaf, ...]:
    """Return the certificate of live birth (giấy chứng sinh), sealed by the hospital."""
    mother, born = scene.owner, _born(scene)
    midwife = scene.person("midwife", 1979, female=True)
    blocks = [
        agency_head(
            ("SỞ Y TẾ QUẢNG TRỊ", "BỆNH VIỆN ĐA KHOA", f"KHU VỰC {scene.place.short.upper()}"),
            f"Số: {scene.number('notation', 900):04d}/GCS",
            f"{scene.place.short}, {vn_date(born + timedelta(days=2))}",
        ),
        title("GIẤY CHỨNG SINH"),
        field("Họ và tên mẹ hoặc người nuôi dưỡng:", mother.name),
        fields(("Năm sinh:", str(mother.born.year)), ("Dân tộc:", "Kinh")),
        field("Nơi đăng ký thường trú:", mother.address),
        field("Số định danh cá nhân:", mother.identity_no),
        field(
            "Đã sinh con vào lúc:",
            f"{scene.number('hour', 12)} giờ {scene.number('minute', 59):02d} phút, {vn_date(born)}",
        ),
        field("Tại:", f"Khoa Phụ sản, Bệnh viện đa khoa khu vực {scene.place.short}"),
        fields(("Số lần sinh:", "02"), ("Số con hiện sống:", "02")),
        fields(("Số con trong lần sinh này:", "01"), ("Giới tính của con:", "Nữ")),
        fields(("Cân nặng:", f"{2900 + scene.number('weight', 700)} gam"), ("Tình trạng con:", "Khỏe mạnh")),
        field("Dự định đặt tên con là:", _child_name(scene)),
        field("Người đỡ đẻ:", midwife.name),
        gap(3),
        *paragraph(
            "Tên dự định đặt có thể thay đổi khi đăng ký khai sinh. Trước khi ký và nhận Giấy chứng sinh, "
            f"sản phụ {mother.name} đã kiểm tra lại các thông tin ghi ở trên và xác nhận là đúng."
        ),
        gap(4),
        signatures(
            Signer(role="Người đỡ đẻ", name=midwife.name, hand=scene.number("midwife", 900)),
            Signer(
                role="KT. GIÁM ĐỐC",
                name=scene.person("director", 1971, female=False).name,
                hand=scene.number("director", 900),
                note="PHÓ GIÁM ĐỐC",
                seal=f"BỆNH VIỆN ĐA KHOA KHU VỰC {scene.place.short.upper()}",
            ),
        ),
    ]
    return stack(blocks)


def power_of_attorney(scene: Scene) -> tuple[Leaf, ...]:
    """Return a letter by which the mother lets the grandmother act (văn bản ủy quyền), two pages."""
    mother, other = scene.owner, scene.person("grandmother", 1962, female=True)
    blocks = [
        nation_head(),
        title("VĂN BẢN ỦY QUYỀN", "(Về việc đăng ký khai sinh và nhận kết quả)"),
        *_who("I. BÊN ỦY QUYỀN (sau đây gọi là Bên A)", mother),
        *_who("II. BÊN NHẬN ỦY QUYỀN (sau đây gọi là Bên B)", other),
        *_entrusted(scene, other),
        gap(4),
        signatures(
            Signer(role="BÊN NHẬN ỦY QUYỀN", name=other.name, hand=scene.number("grandmother", 900)),
            Signer(role="BÊN ỦY QUYỀN", name=mother.name, hand=scene.number("mother", 900)),
        ),
        heading("CHỨNG THỰC CỦA ỦY BAN NHÂN DÂN CẤP XÃ"),
        *paragraph(
            f"Tại bộ phận tiếp nhận và trả kết quả của Ủy ban nhân dân {scene.place.name}, bà {mother.name} "
            "đã ký vào văn bản này trước mặt tôi. Tại thời điểm chứng thực, người yêu cầu chứng thực minh "
            "mẫn, nhận thức và làm chủ được hành vi của mình."
        ),
        signatures(
            Signer(
                role="KT. CHỦ TỊCH",
                name=scene.person("chair", 1976, female=False).name,
                hand=scene.number("chair", 900),
                note="PHÓ CHỦ TỊCH",
                seal=f"ỦY BAN NHÂN DÂN {scene.place.upper} ★ TỈNH QUẢNG TRỊ",
            )
        ),
    ]
    return stack(blocks)


def _who(head: str, person: Person) -> list[Block]:
    return [
        heading(head),
        field("Họ và tên:", person.name),
        fields(("Ngày sinh:", short_date(person.born)), ("Giới tính:", person.sex)),
        fields(("Số định danh:", person.identity_no), ("Điện thoại:", person.phone)),
        field("Nơi cư trú:", person.address),
    ]


def _entrusted(scene: Scene, other: Person) -> list[Block]:
    texts = (
        (
            "Do điều kiện sức khỏe sau khi sinh nên tôi không thể trực tiếp đến nộp hồ sơ. Nay tôi ủy quyền cho "
            f"bà {other.name} là mẹ đẻ của tôi thay mặt tôi thực hiện các công việc sau đây:"
        ),
        (
            f"1. Nộp hồ sơ đăng ký khai sinh cho cháu {_child_name(scene)} tại Ủy ban nhân dân "
            f"{scene.place.name}, {PROVINCE}; giải trình, bổ sung giấy tờ theo yêu cầu của công chức tư pháp - hộ "
            "tịch."
        ),
        (
            "2. Nhận Giấy khai sinh, thẻ bảo hiểm y tế và các kết quả giải quyết thủ tục hành chính liên thông; "
            "nộp các khoản phí, lệ phí (nếu có) theo quy định."
        ),
        "3. Bên B không được ủy quyền lại cho người thứ ba. Việc ủy quyền này không có thù lao.",
        (
            "4. Thời hạn ủy quyền: 60 ngày, kể từ ngày văn bản này được chứng thực. Hai bên cam kết chịu trách "
            "nhiệm trước pháp luật về mọi thông tin đã ghi trong văn bản này."
        ),
    )
    return [heading("III. NỘI DUNG ỦY QUYỀN"), *(block for text in texts for block in paragraph(text))]


BIRTH = Procedure(
    code="1.001193",
    name="Đăng ký khai sinh",
    field_code="G15-HT01",
    field_name="Hộ tịch",
    agency="Ủy ban nhân dân {place}",
    days=3,
    templates=(
        Template(
            component=Component(code="000.00.00.G09-KQ002269", name="Tờ khai đăng ký khai sinh"), draw=declaration
        ),
        Template(component=Component(code="000.00.00.G09-KQ002270", name="Giấy chứng sinh"), draw=hospital_certificate),
        Template(
            component=Component(code="000.00.00.G09-KQ002271", name="Văn bản ủy quyền đăng ký khai sinh"),
            draw=power_of_attorney,
        ),
    ),
)
