"""Land registration (đăng ký đất đai)."""

from samples.cases import Procedure, Scene, Template
from samples.forms import (
    Fill,
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
    together,
)
from samples.layout import (
    PAPER_HEIGHT,
    PAPER_WIDTH,
    Block,
    Leaf,
    Line,
    Mark,
    Outline,
    centred,
    piece,
    stack,
)
from samples.people import PROVINCE, Person, short_date, vn_date, with_capital
from samples.typeface import Face
from schemas.dossier import Component

CORNERS = ((0.0, 6.0), (46.0, 0.0), (58.0, 44.0), (30.0, 60.0), (5.0, 52.0))
LAND_HEAD = ("STT", "Thửa đất số", "Tờ bản đồ", "Diện tích (m²)", "Loại đất", "Người sử dụng đất", "Ghi chú")
LAND_COLUMNS = (14.0, 26.0, 24.0, 32.0, 46.0, 64.0, 44.0)


def _parcel(scene: Scene) -> tuple[int, int, str]:
    chance = scene.chance("parcel")
    return chance.randint(20, 400), chance.randint(3, 60), f"{chance.randint(120, 460)},{chance.randint(1, 9)}"


def _seller(scene: Scene) -> Person:
    return scene.person("seller", 1965, female=True)


def application(scene: Scene) -> tuple[Leaf, ...]:
    """Return the application (đơn đăng ký đất đai, tài sản gắn liền với đất), two pages."""
    owner = scene.owner
    blocks = [
        note("Mẫu số 15"),
        nation_head(),
        title("ĐƠN ĐĂNG KÝ ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT"),
        middle_line(f"Kính gửi: Chi nhánh Văn phòng Đăng ký đất đai {scene.place.short}, {PROVINCE}"),
        gap(2),
        heading("1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất"),
        field("a) Họ và tên:", owner.name),
        fields(("b) Số định danh:", owner.identity_no), ("Ngày sinh:", short_date(owner.born))),
        field("c) Địa chỉ:", owner.address),
        fields(("d) Điện thoại:", owner.phone), ("Hộp thư điện tử:", "không có")),
        *_land(scene),
        *_building(),
        heading("4. Đề nghị của người sử dụng đất"),
        *paragraph(
            "Đề nghị đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất do nhận "
            "chuyển nhượng và cấp Giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất "
            "theo quy định của Luật Đất đai năm 2024; nhận kết quả qua dịch vụ bưu chính công ích."
        ),
        *together(*_ending(scene)),
    ]
    return stack(blocks)


def _land(scene: Scene) -> list[Block]:
    number, sheet, area = _parcel(scene)
    return [
        heading("2. Thửa đất đăng ký"),
        fields(("2.1. Thửa đất số:", str(number)), ("2.2. Tờ bản đồ số:", str(sheet)), fill=Fill.UNDER),
        field("2.3. Địa chỉ thửa đất:", with_capital(f"{scene.place.name}, {PROVINCE}"), fill=Fill.UNDER),
        fields(("2.4. Diện tích:", f"{area} m²"), ("2.5. Loại đất:", "Đất ở tại đô thị"), fill=Fill.UNDER),
        field("2.6. Thời hạn đề nghị được sử dụng đất:", "Lâu dài", fill=Fill.UNDER),
        field("2.7. Nguồn gốc sử dụng:", "Nhận chuyển nhượng đất được công nhận quyền sử dụng đất", fill=Fill.UNDER),
    ]


def _building() -> list[Block]:
    return [
        heading("3. Tài sản gắn liền với đất"),
        fields(("3.1. Loại tài sản:", "Nhà ở riêng lẻ"), ("Số tầng:", "02"), fill=Fill.UNDER),
        fields(("3.2. Diện tích xây dựng:", "88,6 m²"), ("Diện tích sàn:", "165,2 m²"), fill=Fill.UNDER),
        fields(("3.3. Kết cấu:", "Bê tông cốt thép, tường gạch"), ("Hoàn thành năm:", "2019"), fill=Fill.UNDER),
    ]


def _ending(scene: Scene) -> list[Block]:
    owner = scene.owner
    return [
        heading("5. Giấy tờ nộp kèm theo"),
        *(block for text in _enclosures() for block in paragraph(text)),
        *paragraph(
            "Tôi có trách nhiệm thực hiện đầy đủ nghĩa vụ tài chính, cam đoan nội dung kê khai trên đơn là đúng "
            "sự thật và chịu trách nhiệm trước pháp luật."
        ),
        gap(3),
        note(f"{scene.place.short}, {vn_date(scene.day)}"),
        signatures(Signer(role="Người viết đơn", name=owner.name, hand=scene.number("owner", 900))),
    ]


def _enclosures() -> tuple[str, ...]:
    return (
        "- Hợp đồng chuyển nhượng quyền sử dụng đất đã được công chứng;",
        "- Mảnh trích đo bản đồ địa chính thửa đất;",
        "- Văn bản xác nhận việc không có tranh chấp của Ủy ban nhân dân cấp xã.",
    )


def contract(scene: Scene) -> tuple[Leaf, ...]:
    """Return the contract of sale (hợp đồng chuyển nhượng quyền sử dụng đất), three pages."""
    owner, seller = scene.owner, _seller(scene)
    blocks = [
        nation_head(),
        title("HỢP ĐỒNG CHUYỂN NHƯỢNG", "QUYỀN SỬ DỤNG ĐẤT VÀ TÀI SẢN GẮN LIỀN VỚI ĐẤT"),
        *paragraph(
            f"Hôm nay, {vn_date(scene.day)}, tại Văn phòng công chứng {scene.place.short}, {PROVINCE}, chúng tôi gồm:"
        ),
        heading("BÊN CHUYỂN NHƯỢNG (Bên A)"),
        *_party(seller),
        heading("BÊN NHẬN CHUYỂN NHƯỢNG (Bên B)"),
        *_party(owner),
        *(block for head, texts in _clauses(scene).items() for block in _clause(head, texts)),
        gap(3),
        signatures(
            Signer(role="BÊN CHUYỂN NHƯỢNG", name=seller.name, hand=scene.number("seller", 900)),
            Signer(role="BÊN NHẬN CHUYỂN NHƯỢNG", name=owner.name, hand=scene.number("owner", 900)),
        ),
        *_notary(scene),
    ]
    return stack(blocks)


def _party(person: Person) -> list[Block]:
    return [
        fields((f"{person.polite}:", person.name), ("Sinh ngày:", short_date(person.born))),
        fields(("Số định danh:", person.identity_no), ("Điện thoại:", person.phone)),
        field("Nơi cư trú:", person.address),
    ]


def _clause(head: str, texts: tuple[str, ...]) -> list[Block]:
    return [heading(head), *(block for text in texts for block in paragraph(text))]


def _clauses(scene: Scene) -> dict[str, tuple[str, ...]]:
    number, sheet, area = _parcel(scene)
    price = scene.chance("price").randint(1, 9)
    return {
        "Điều 1. Đối tượng chuyển nhượng": (
            (
                f"Quyền sử dụng đất của Bên A đối với thửa đất số {number}, tờ bản đồ số {sheet}, diện tích "
                f"{area} m², mục đích sử dụng: đất ở tại đô thị; địa chỉ: {scene.place.name}, {PROVINCE}; cùng "
                "nhà ở hai tầng gắn liền với đất."
            ),
            (
                "Bằng hợp đồng này, Bên A chuyển nhượng cho Bên B toàn bộ thửa đất và tài sản nói trên; Bên B "
                "đồng ý nhận chuyển nhượng theo các điều khoản dưới đây."
            ),
        ),
        "Điều 2. Giá chuyển nhượng và phương thức thanh toán": (
            (
                f"Giá chuyển nhượng hai bên thỏa thuận là 1.{price}50.000.000 đồng, thanh toán bằng chuyển khoản "
                "thành hai đợt: đợt một 70% ngay sau khi hợp đồng được công chứng, đợt hai 30% khi Bên B nhận "
                "được Giấy chứng nhận."
            ),
            "Việc thanh toán do hai bên tự thực hiện và chịu trách nhiệm trước pháp luật.",
        ),
        "Điều 3. Việc giao đất và đăng ký quyền sử dụng đất": (
            (
                "Bên A có nghĩa vụ giao thửa đất cùng giấy tờ về quyền sử dụng đất cho Bên B trong thời hạn 10 "
                "ngày làm việc."
            ),
            (
                "Bên B có trách nhiệm thực hiện đăng ký quyền sử dụng đất tại cơ quan có thẩm quyền theo quy "
                "định của pháp luật."
            ),
        ),
    } | _common_clauses()


def _common_clauses() -> dict[str, tuple[str, ...]]:
    return {
        "Điều 4. Trách nhiệm nộp thuế, lệ phí": (
            ("Thuế thu nhập cá nhân do Bên A nộp; lệ phí trước bạ, phí thẩm định và thù lao công chứng do Bên B nộp."),
        ),
        "Điều 5. Phương thức giải quyết tranh chấp": (
            (
                "Trong quá trình thực hiện hợp đồng, nếu phát sinh tranh chấp, các bên cùng nhau thương lượng "
                "giải quyết trên nguyên tắc tôn trọng quyền lợi của nhau; trường hợp không giải quyết được thì "
                "một trong hai bên có quyền khởi kiện để yêu cầu tòa án có thẩm quyền giải quyết."
            ),
        ),
        "Điều 6. Cam đoan của các bên": (
            (
                "Bên A cam đoan: thông tin về nhân thân, về thửa đất đã ghi trong hợp đồng là đúng sự thật; thửa "
                "đất không có tranh chấp, không bị kê biên để bảo đảm thi hành án."
            ),
            (
                "Bên B cam đoan đã xem xét kỹ, biết rõ về thửa đất và các giấy tờ về quyền sử dụng đất; việc "
                "giao kết hợp đồng hoàn toàn tự nguyện, không bị lừa dối hoặc ép buộc."
            ),
        ),
        "Điều 7. Điều khoản cuối cùng": (
            (
                "Hai bên đã hiểu rõ quyền, nghĩa vụ và lợi ích hợp pháp của mình, ý nghĩa và hậu quả pháp lý của "
                "việc công chứng hợp đồng này, sau khi tự đọc lại nguyên văn và ký tên dưới đây."
            ),
        ),
    }


def _notary(scene: Scene) -> list[Block]:
    notary = scene.person("notary", 1972, female=False)
    return [
        heading("LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN"),
        *paragraph(
            f"Tôi, {notary.name}, công chứng viên, chứng nhận: hợp đồng này được giao kết giữa bà "
            f"{_seller(scene).name} và {scene.owner.polite.lower()} {scene.owner.name}; tại thời điểm ký, các "
            "bên có năng lực hành vi dân sự đầy đủ."
        ),
        signatures(
            Signer(
                role="CÔNG CHỨNG VIÊN",
                name=notary.name,
                hand=scene.number("notary", 900),
                note="(Ký, đóng dấu)",
                seal=f"VĂN PHÒNG CÔNG CHỨNG {scene.place.short.upper()} ★ TỈNH QUẢNG TRỊ",
            )
        ),
    ]


def survey(scene: Scene) -> tuple[Leaf, ...]:
    """Return the cadastral list with a sketch (trích đo bản đồ địa chính), one page on its side."""
    number, _, area = _parcel(scene)
    middle = PAPER_HEIGHT / 2
    marks: list[Mark] = [
        centred(piece("TRÍCH ĐO BẢN ĐỒ ĐỊA CHÍNH THỬA ĐẤT", Face.SERIF_BOLD, 15), middle, 22),
        centred(piece(with_capital(f"{scene.place.name}, {PROVINCE}"), size_pt=13), middle, 29),
    ]
    rows = _survey_rows(scene)
    y = 36.0
    for block in table(LAND_COLUMNS, LAND_HEAD, rows, left=22.0):
        marks += block.placed(y)
        y += block.height
    marks += _sketch(number, area, 45.0, y + 12)
    officer = scene.person("surveyor", 1984, female=False)
    signed = signatures(Signer(role="NGƯỜI ĐO ĐẠC", name=officer.name, hand=scene.number("surveyor", 900)))
    marks += [mark.moved(75, 0) for mark in signed.placed(y + 22)]
    marks += _legend(scene, 22.0, 189.0)
    return (Leaf(tuple(marks), width=PAPER_HEIGHT, height=PAPER_WIDTH),)


def _legend(scene: Scene, x: float, y: float) -> list[Mark]:
    _, sheet, _ = _parcel(scene)
    texts = (
        f"Người nhận chuyển nhượng: {scene.owner.polite} {scene.owner.name}, số định danh {scene.owner.identity_no}.",
        f"Tỷ lệ 1:500. Tờ bản đồ số {sheet}, đo vẽ {vn_date(scene.day)}.",
    )
    return [Line(x=x, y=y + 6 * row, pieces=(piece(text, size_pt=12),)) for row, text in enumerate(texts)]


def _survey_rows(scene: Scene) -> list[tuple[str, ...]]:
    number, sheet, area = _parcel(scene)
    owner, seller = scene.owner.name, _seller(scene).name
    return [
        ("1", str(number), str(sheet), area, "Đất ở tại đô thị", owner, "Bên nhận"),
        ("2", str(number + 1), str(sheet), "214,7", "Đất trồng cây lâu năm", seller, "Giáp phía Bắc"),
        ("3", str(number + 6), str(sheet), "98,2", "Đất giao thông", "UBND " + scene.place.name, "Giáp phía Đông"),
    ]


def _sketch(number: int, area: str, x: float, y: float) -> list[Mark]:
    sides = (
        ("12,45", 21.0, 0.0),
        ("18,20", 54.0, 20.0),
        ("9,80", 45.0, 57.0),
        ("7,15", 9.0, 61.0),
        ("15,60", -9.0, 30.0),
    )
    labels: list[Mark] = [Line(x=x + dx, y=y + dy, pieces=(piece(text, size_pt=11),)) for text, dx, dy in sides]
    return [
        Outline(x=x, y=y, corners=CORNERS),
        centred(piece(f"{number} ({area})", Face.SERIF_BOLD), x + 28, y + 32),
        *labels,
    ]


def no_dispute(scene: Scene) -> tuple[Leaf, ...]:
    """Return the commune's letter (xác nhận không tranh chấp) with a red seal over the signature."""
    number, sheet, area = _parcel(scene)
    owner = scene.owner
    blocks = [
        agency_head(
            ("ỦY BAN NHÂN DÂN", scene.place.upper),
            f"Số: {scene.number('notation', 900)}/UBND-ĐC",
            f"{scene.place.short}, {vn_date(scene.day)}",
        ),
        middle_line("V/v xác nhận tình trạng tranh chấp đất đai", Face.SERIF_ITALIC),
        gap(3),
        middle_line(f"Kính gửi: Chi nhánh Văn phòng Đăng ký đất đai {scene.place.short}"),
        gap(3),
        *paragraph(
            f"Thực hiện đề nghị của {owner.polite.lower()} {owner.name}, số định danh cá nhân "
            f"{owner.identity_no}, thường trú tại {owner.address}, về việc xác nhận tình trạng sử dụng đất để "
            f"đăng ký biến động đất đai, Ủy ban nhân dân {scene.place.name} có ý kiến như sau:"
        ),
        *paragraph(
            f"1. Thửa đất số {number}, tờ bản đồ số {sheet}, diện tích {area} m² được sử dụng ổn định, liên "
            "tục từ trước ngày 15 tháng 10 năm 1993; ranh giới rõ ràng, đã được các hộ liền kề ký xác nhận "
            "tại biên bản mô tả ranh giới."
        ),
        *paragraph(
            "2. Tính đến thời điểm xác nhận, Ủy ban nhân dân không nhận được đơn thư tranh chấp, khiếu nại, "
            "tố cáo liên quan đến thửa đất; thửa đất phù hợp với quy hoạch sử dụng đất đã được phê duyệt."
        ),
        *paragraph(
            "3. Đã niêm yết công khai tại trụ sở và nhà văn hóa khu phố trong thời hạn 15 ngày, không có ý "
            "kiến phản đối."
        ),
        *paragraph("Đề nghị Chi nhánh Văn phòng Đăng ký đất đai xem xét, giải quyết theo thẩm quyền./."),
        gap(6),
        letter_end(
            ("- Như trên;", f"- {owner.polite} {owner.name};", "- CT, các PCT UBND;", "- Lưu: VT, ĐC."),
            Signer(
                role="KT. CHỦ TỊCH",
                name=scene.person("vice chair", 1980, female=False).name,
                hand=scene.number("vice chair", 900),
                note="PHÓ CHỦ TỊCH",
                seal=f"ỦY BAN NHÂN DÂN {scene.place.upper} ★ TỈNH QUẢNG TRỊ",
            ),
        ),
    ]
    return stack(blocks)


LAND = Procedure(
    code="1.012783",
    name="Đăng ký biến động quyền sử dụng đất, tài sản gắn liền với đất do chuyển nhượng",
    field_code="G19-DD01",
    field_name="Đất đai",
    agency="Chi nhánh Văn phòng Đăng ký đất đai {place}",
    days=10,
    templates=(
        Template(
            component=Component(code="000.00.00.G09-KQ005201", name="Đơn đăng ký đất đai, tài sản gắn liền với đất"),
            draw=application,
        ),
        Template(
            component=Component(code="000.00.00.G09-KQ005202", name="Hợp đồng chuyển nhượng quyền sử dụng đất"),
            draw=contract,
        ),
        Template(component=Component(code="000.00.00.G09-KQ005203", name="Trích đo bản đồ địa chính"), draw=survey),
        Template(
            component=Component(code="000.00.00.G09-KQ005204", name="Văn bản xác nhận không có tranh chấp"),
            draw=no_dispute,
        ),
    ),
)
