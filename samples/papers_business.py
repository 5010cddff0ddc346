"""Registration of a household business (đăng ký hộ kinh doanh)."""

from samples.cases import Procedure, Scene, Template
from samples.forms import (
    Signer,
    field,
    fields,
    gap,
    heading,
    middle_line,
    nation_head,
    note,
    paragraph,
    signatures,
    table,
    title,
    together,
)
from samples.layout import Block, Leaf, stack
from samples.people import PROVINCE, Person, millions_in_words, short_date, vn_date, with_surname
from samples.typeface import Face
from schemas.dossier import Component

TRADES = (
    ("4722", "Bán lẻ thực phẩm, nước mắm và đặc sản địa phương"),
    ("5610", "Nhà hàng và các dịch vụ ăn uống phục vụ lưu động"),
    ("4773", "Bán lẻ hàng thủ công mỹ nghệ, hàng lưu niệm"),
    ("5229", "Hoạt động dịch vụ hỗ trợ khác liên quan đến vận tải"),
)


def _shop(scene: Scene) -> str:
    kind = scene.chance("shop").choice(("Thịnh Phát", "Hải Sản Sạch", "Đặc Sản Quê"))
    return f"Hộ kinh doanh {scene.owner.name.split()[-1]} {kind}"


def _capital(scene: Scene) -> int:
    return 10 * scene.chance("capital").randint(12, 48)


def _landlord(scene: Scene) -> Person:
    return scene.person("landlord", 1969, female=True)


def application(scene: Scene) -> tuple[Leaf, ...]:
    """Return the application (giấy đề nghị đăng ký thành lập hộ kinh doanh), two pages."""
    owner = scene.owner
    blocks = [
        nation_head(),
        note(f"{scene.place.short}, {vn_date(scene.day)}"),
        title("GIẤY ĐỀ NGHỊ", "Đăng ký thành lập hộ kinh doanh"),
        middle_line(f"Kính gửi: Phòng Kinh tế {scene.place.name}"),
        gap(2),
        field("Tôi là (ghi họ tên bằng chữ in hoa):", owner.name.upper()),
        fields(("Ngày sinh:", short_date(owner.born)), ("Giới tính:", owner.sex), ("Dân tộc:", "Kinh")),
        fields(("Số định danh:", owner.identity_no), ("Điện thoại:", owner.phone)),
        field("Nơi thường trú:", owner.address),
        *paragraph("Đăng ký thành lập hộ kinh doanh do tôi là chủ hộ với các nội dung sau:", Face.SERIF_BOLD, 0),
        field("1. Tên hộ kinh doanh:", _shop(scene)),
        field("2. Địa chỉ trụ sở:", _landlord(scene).address),
        heading("3. Ngành, nghề kinh doanh:"),
        *table((14.0, 111.0, 40.0), ("STT", "Tên ngành", "Mã ngành"), _trade_rows()),
        field(
            "4. Vốn kinh doanh:",
            f"{_capital(scene)}.000.000 đồng (bằng chữ: {millions_in_words(_capital(scene))} đồng)",
        ),
        *_taxes(scene),
        *together(
            *_promises(),
            gap(3),
            signatures(Signer(role="CHỦ HỘ KINH DOANH", name=owner.name, hand=scene.number("owner", 900))),
        ),
    ]
    return stack(blocks)


def _trade_rows() -> list[tuple[str, str, str]]:
    return [(str(row), name, code) for row, (code, name) in enumerate(TRADES, start=1)]


def _taxes(scene: Scene) -> list[Block]:
    return [
        heading("5. Thông tin đăng ký thuế:"),
        field("5.1. Địa chỉ nhận thông báo thuế:", scene.owner.address),
        fields(("5.2. Ngày bắt đầu hoạt động:", short_date(scene.day)), ("5.3. Tổng số lao động:", "05")),
        field("5.4. Phương pháp tính thuế:", "Phương pháp kê khai"),
        field("6. Chủ thể thành lập:", "Cá nhân"),
    ]


def _promises() -> list[Block]:
    texts = (
        (
            "Tôi xin cam kết: bản thân không thuộc diện pháp luật cấm kinh doanh; không đồng thời là chủ hộ kinh "
            "doanh khác, chủ doanh nghiệp tư nhân hoặc thành viên hợp danh của công ty hợp danh."
        ),
        (
            "Trụ sở hộ kinh doanh thuộc quyền sử dụng hợp pháp của tôi và được sử dụng đúng mục đích theo quy "
            "định của pháp luật; chịu hoàn toàn trách nhiệm trước pháp luật về tính hợp pháp, chính xác và trung "
            "thực của nội dung đăng ký trên."
        ),
    )
    return [block for text in texts for block in paragraph(text)]


def lease(scene: Scene) -> tuple[Leaf, ...]:
    """Return the contract by which the shop is rented (hợp đồng thuê mặt bằng), two pages."""
    owner, landlord = scene.owner, _landlord(scene)
    blocks = [
        nation_head(),
        title("HỢP ĐỒNG THUÊ MẶT BẰNG", f"Số: {scene.number('notation', 90):02d}/2026/HĐTMB"),
        *paragraph(f"Hôm nay, {vn_date(scene.day)}, tại {landlord.address}, chúng tôi gồm có:"),
        heading("BÊN CHO THUÊ (Bên A)"),
        *_party(landlord),
        heading("BÊN THUÊ (Bên B)"),
        *_party(owner),
        *paragraph("Hai bên thống nhất ký kết hợp đồng thuê mặt bằng với các điều khoản sau đây:"),
        *_clauses(scene),
        gap(3),
        signatures(
            Signer(role="BÊN CHO THUÊ", name=landlord.name, hand=scene.number("landlord", 900)),
            Signer(role="BÊN THUÊ", name=owner.name, hand=scene.number("owner", 900)),
        ),
    ]
    return stack(blocks)


def _party(person: Person) -> list[Block]:
    return [
        fields((f"{person.polite}:", person.name), ("Sinh năm:", str(person.born.year))),
        fields(("Số định danh:", person.identity_no), ("Điện thoại:", person.phone)),
        field("Địa chỉ:", person.address),
    ]


def _clauses(scene: Scene) -> list[Block]:
    rent = scene.chance("rent").randint(4, 9)
    clauses = {
        "Điều 1. Đối tượng của hợp đồng": (
            "Bên A đồng ý cho Bên B thuê toàn bộ tầng trệt căn nhà nói trên, diện tích sử dụng 62,8 m², có "
            "lối đi riêng, hệ thống điện ba pha, nước sạch và phòng cháy chữa cháy đang hoạt động bình "
            "thường."
        ),
        "Điều 2. Thời hạn thuê": (
            "Thời hạn thuê là 36 tháng, kể từ ngày hai bên ký biên bản bàn giao. Khi hết hạn, nếu Bên B có "
            "nhu cầu thuê tiếp thì được ưu tiên và phải báo trước cho Bên A ít nhất 30 ngày."
        ),
        "Điều 3. Giá thuê và phương thức thanh toán": (
            f"Giá thuê là {rent}.500.000 đồng một tháng, đã bao gồm thuế giá trị gia tăng (nếu có). Tiền thuê "
            "được trả bằng chuyển khoản vào trước ngày 05 đầu mỗi quý; chậm trả quá 15 ngày thì Bên B phải "
            "chịu lãi theo quy định của Bộ luật Dân sự."
        ),
        "Điều 4. Quyền và nghĩa vụ của Bên A": (
            "Bàn giao mặt bằng đúng thời hạn; bảo đảm quyền sử dụng trọn vẹn, riêng rẽ của Bên B; sửa chữa "
            "những hư hỏng thuộc kết cấu chính của căn nhà không do lỗi của Bên B."
        ),
        "Điều 5. Quyền và nghĩa vụ của Bên B": (
            "Sử dụng mặt bằng đúng mục đích kinh doanh đã đăng ký; giữ gìn vệ sinh, trật tự; không được cho "
            "thuê lại khi chưa có sự đồng ý bằng văn bản của Bên A; trả lại nguyên trạng khi chấm dứt hợp "
            "đồng."
        ),
        "Điều 6. Điều khoản chung": (
            "Hợp đồng được lập thành 03 bản có giá trị pháp lý như nhau, mỗi bên giữ một bản, một bản nộp "
            "kèm hồ sơ đăng ký hộ kinh doanh. Mọi tranh chấp được giải quyết trước hết bằng thương lượng, "
            "hòa giải."
        ),
    }
    return [block for head, text in clauses.items() for block in (heading(head), *paragraph(text))]


def minutes(scene: Scene) -> tuple[Leaf, ...]:
    """Return the family's minutes (biên bản họp thành viên hộ gia đình), one page."""
    owner = scene.owner
    year = owner.born.year
    family = (
        owner,
        with_surname(scene.person("father", year - 28, female=False), owner),
        scene.person("mother", year - 26, female=True),
        with_surname(scene.person("sister", year + 4, female=True), owner),
    )
    rows = [(str(row), p.name, short_date(p.born), p.identity_no, "Đồng ý") for row, p in enumerate(family, start=1)]
    columns = (13.0, 58.0, 30.0, 40.0, 24.0)
    blocks = [
        nation_head(),
        title("BIÊN BẢN HỌP", "Thành viên hộ gia đình về việc thành lập hộ kinh doanh"),
        *paragraph(
            f"Hôm nay, {vn_date(scene.day)}, tại {owner.address}, các thành viên hộ gia đình đã họp để thống nhất:"
        ),
        *paragraph(f"1. Thành lập {_shop(scene)}, vốn kinh doanh {_capital(scene)}.000.000 đồng."),
        *paragraph(
            f"2. Cử {owner.polite.lower()} {owner.name} làm chủ hộ kinh doanh, đại diện cho các thành viên "
            f"trước cơ quan nhà nước tại {PROVINCE} và trước pháp luật."
        ),
        *paragraph("3. Kết quả biểu quyết của các thành viên:"),
        *table(columns, ("STT", "Họ và tên", "Ngày sinh", "Số định danh", "Ý kiến"), rows),
        *paragraph("Biên bản được đọc lại cho mọi người cùng nghe, nhất trí thông qua và ký tên dưới đây."),
        gap(3),
        signatures(
            Signer(role="THÀNH VIÊN", name=family[1].name, hand=scene.number("father", 900)),
            Signer(role="CHỦ HỘ KINH DOANH", name=owner.name, hand=scene.number("owner", 900)),
        ),
    ]
    return stack(blocks)


BUSINESS = Procedure(
    code="1.001612",
    name="Đăng ký thành lập hộ kinh doanh",
    field_code="G12-HKD1",
    field_name="Thành lập và hoạt động của hộ kinh doanh",
    agency="Phòng Kinh tế {place}",
    days=3,
    templates=(
        Template(
            component=Component(code="000.00.00.G09-KQ004410", name="Giấy đề nghị đăng ký thành lập hộ kinh doanh"),
            draw=application,
        ),
        Template(
            component=Component(code="000.00.00.G09-KQ004411", name="Biên bản họp thành viên hộ gia đình"), draw=minutes
        ),
        Template(component=Component(code="000.00.00.G09-KQ004412", name="Hợp đồng thuê mặt bằng"), draw=lease),
    ),
)
