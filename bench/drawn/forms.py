"""Forms: dotted or ruled lines to write on, filled in by a machine or by hand, boxes to tick."""

import random
from dataclasses import dataclass, replace

from bench.drawn import ink, words
from bench.drawn.sheet import POINT, Run, Setting, Sheet
from bench.drawn.typefaces import TYPED, Style, any_family

TITLES = (
    "TỜ KHAI ĐĂNG KÝ THƯỜNG TRÚ", "ĐƠN ĐỀ NGHỊ CẤP GIẤY CHỨNG NHẬN", "GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH",
    "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH", "ĐƠN XIN XÁC NHẬN TÌNH TRẠNG NHÀ Ở", "PHIẾU ĐỀ NGHỊ HỖ TRỢ KINH PHÍ",
    "TỜ KHAI LỆ PHÍ TRƯỚC BẠ", "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI",
)  # fmt: skip
JOBS = ("Làm ruộng", "Giáo viên", "Công nhân", "Kinh doanh tự do", "Hưu trí", "Kỹ sư xây dựng", "Nội trợ", "Lái xe")
KIN = ("Vợ", "Chồng", "Con", "Bố đẻ", "Mẹ đẻ", "Anh trai")
CHOICES = (
    ("Hình thức nhận kết quả:", ("Trực tiếp", "Qua bưu chính", "Bản điện tử")),
    ("Tình trạng hôn nhân:", ("Độc thân", "Đã kết hôn", "Ly hôn")),
    ("Mục đích sử dụng:", ("Ở", "Kinh doanh", "Cho thuê", "Khác")),
)
PROMISE = (
    "Tôi xin cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật về lời khai của "
    "mình. Đề nghị quý cơ quan xem xét, giải quyết theo quy định."
)


@dataclass(frozen=True)
class Gap:
    """A label and what belongs into the gap after it.

    Attributes:
        name: of the field, after "also " where nobody must find it; "" where it is none.
        share: of the line's width.
    """

    label: str
    value: str
    name: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class Manner:
    """How a form looks.

    Attributes:
        label, typed: styles of what is printed and of what was filled in by machine.
        setting: its edges and leading.
        dotted: dots to write on, or a rule.
        hand: share of the gaps filled in by hand.
        empty: share of the gaps left empty.
    """

    label: Style
    typed: Style
    setting: Setting
    dotted: bool
    hand: float
    empty: float


def form(sheet: Sheet, rng: random.Random) -> None:
    """A form of one page, filled in."""
    how = _manner(rng)
    y = _head(sheet, rng, how)
    for row in _rows(rng):
        y = _row(sheet, rng, how, row, y)
        if y > 235:
            break
    if y < 225 and rng.random() < 0.7:
        y = _ticks(sheet, rng, how, y)
    if y < 232:
        y = sheet.flow([_label(how, PROMISE)], y + 1, replace(how.setting, indent=10), 262)
    if y < 240:
        _foot(sheet, rng, how, y + 3)


def _manner(rng: random.Random) -> Manner:
    size = rng.choice((11, 12, 12, 13, 13, 14))
    label = Style(any_family(rng), size)
    typed = Style(any_family(rng, TYPED), size + rng.choice((-1, 0, 0)), bold=rng.random() < 0.15,
                  colour=rng.choice(((22, 22, 26), (40, 40, 44), (30, 34, 90))))  # fmt: skip
    setting = Setting(rng.uniform(24, 30), rng.uniform(186, 194), 0, rng.uniform(1.5, 1.85), "left")
    return Manner(label, typed, setting, rng.random() < 0.8, rng.choice((0, 0, 0.1, 0.3)), rng.choice((0, 0.05, 0.2)))


def _label(how: Manner, text: str, size: float = 0, *, bold: bool = False, italic: bool = False) -> Run:
    return Run(text, replace(how.label, size=how.label.size + size, bold=bold, italic=italic))


def _head(sheet: Sheet, rng: random.Random, how: Manner) -> float:
    y = rng.uniform(16, 24)
    step = how.label.size * POINT * 1.3
    if rng.random() < 0.3:
        note = f"Mẫu số {rng.randint(1, 19):02d}/ĐK"
        sheet.print(how.setting.right, y, [_label(how, note, -2, italic=True)], "right")
        y += step
    sheet.print(105, y, [_label(how, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold=True)], "center")
    box = sheet.print(105, y + step, [_label(how, "Độc lập - Tự do - Hạnh phúc", bold=True)], "center")
    sheet.rule((box[0], box[3] + 1.5), (box[2], box[3] + 1.5))
    y += 2 * step + rng.uniform(4, 9)
    sheet.print(105, y, [_label(how, rng.choice(TITLES), 1, bold=True)], "center")
    to = f"Kính gửi: Ủy ban nhân dân {rng.choice(('xã', 'phường'))} {rng.choice(words.COMMUNES)}"
    sheet.print(105, y + 1.6 * step, [_label(how, to)], "center")
    return y + 3.4 * step


def _rows(rng: random.Random) -> list[tuple[Gap, ...]]:
    """Return the lines of gaps: an applicant, what is asked for, a kinsman; numbered, or not."""
    rows = [*_person(rng), *_matter(rng), *_kinsman(rng)]
    if rng.random() < 0.4:
        rows = rows[: rng.randint(7, len(rows))]
    if rng.random() < 0.3:
        return rows
    return [(replace(row[0], label=f"{number}. {row[0].label}"), *row[1:]) for number, row in enumerate(rows, start=1)]


def _person(rng: random.Random) -> list[tuple[Gap, ...]]:
    who = words.person(rng)
    name = who.name.upper() if rng.random() < 0.5 else who.name
    gender = "Nữ" if who.female else "Nam"
    rows = [
        (Gap(rng.choice(("Họ và tên:", "Họ, chữ đệm, tên:", "Tôi tên là:")), name, "full_name"),),
        (Gap("Ngày, tháng, năm sinh:", words.short_date(who.born), "born_on", 0.6),
         Gap("Giới tính:", gender, "", 0.4)),
        (Gap("Số định danh cá nhân:", who.identity, "identity_no", 0.58), Gap("Dân tộc:", "Kinh", "", 0.42)),
        (Gap(rng.choice(("Nơi thường trú:", "Địa chỉ:", "Nơi cư trú:")), who.address, "address"),),
        (Gap("Số điện thoại:", who.phone, "", 0.5), Gap("Nghề nghiệp:", rng.choice(JOBS), "", 0.5)),
    ]  # fmt: skip
    tax = (Gap("Mã số thuế:", who.tax, "tax_code"),)
    return [*rows, tax] if rng.random() < 0.6 else rows


def _matter(rng: random.Random) -> list[tuple[Gap, ...]]:
    texts = words.paragraphs(rng, 60, 100)
    rows = [
        (Gap("Nội dung đề nghị:", words.subject(rng)),),
        (Gap("Số tiền đề nghị:", f"{words.amount(rng)} đồng", "amount"),),
        (Gap("Lý do:", next(texts)[:52].rsplit(" ", 1)[0]),),
        (Gap("Thửa đất số:", str(rng.randint(1, 900)), "", 0.5),
         Gap("Tờ bản đồ số:", str(rng.randint(1, 80)), "", 0.5)),
        (Gap("Diện tích:", f"{rng.randint(40, 900)},{rng.randint(0, 9)} m2", "", 0.5),
         Gap("Hạng:", f"{rng.randint(1, 4)}", "", 0.5)),
    ]  # fmt: skip
    return rng.sample(rows, rng.randint(2, 5))


def _kinsman(rng: random.Random) -> list[tuple[Gap, ...]]:
    who = words.person(rng)
    return [
        (Gap("Họ tên chủ hộ:", who.name, "also full_name"), Gap("Quan hệ:", rng.choice(KIN), "", 0.35)),
        (Gap("Cư trú tại:", who.address, "also address"),),
    ]


def _row(sheet: Sheet, rng: random.Random, how: Manner, row: tuple[Gap, ...], y: float) -> float:
    """Print one line of gaps, and a second one where a value needs it; both are noted as printed."""
    step = how.label.size * POINT * how.setting.leading
    whole, left = sum(gap.share for gap in row), how.setting.left
    said: list[str] = []
    rest = ""
    for gap in row:
        right = left + (how.setting.right - how.setting.left) * gap.share / whole
        said.append(gap.label)
        x = sheet.ink(left, y, _label(how, gap.label)) + 1.2
        shown, rest = _fill(sheet, rng, how, gap, (x, right - 1.5, y))
        said.append(shown)
        left = right
    sheet.note(" ".join(said))
    if rest:
        y += step
        _line(sheet, how, how.setting.left, how.setting.right, y)
        sheet.print(how.setting.left + 2, y - 0.4, [Run(rest, how.typed)])
    return y + step


def _line(sheet: Sheet, how: Manner, left: float, right: float, y: float) -> None:
    if how.dotted:
        sheet.dots(left, right, y + 0.3, 0.9 + how.label.size / 60)
    else:
        sheet.rule((left, y + 0.9), (right, y + 0.9), 0.15)


def _fill(sheet: Sheet, rng: random.Random, how: Manner, gap: Gap, span: tuple[float, float, float]) -> tuple[str, str]:
    """Fill a gap; return what was printed there, and what is left for the next line."""
    left, right, y = span
    _line(sheet, how, left, right, y)
    lot = rng.random()
    if lot < how.empty:
        return "", ""
    if lot < how.empty + how.hand:
        ink.writing(sheet, left + 1, y - 0.3, gap.value[: int((right - left) / 3)], rng)
        return "", ""
    shown, rest = _fitting(sheet, how, gap.value, right - left - 2)
    sheet.ink(left + rng.uniform(0.5, 2), y - rng.uniform(0, 0.6), Run(shown, how.typed))
    if gap.name:
        noted = sheet.also if gap.name.startswith("also ") else sheet.fields
        noted.append((gap.name.removeprefix("also "), gap.value))
    return shown, rest


def _fitting(sheet: Sheet, how: Manner, value: str, room: float) -> tuple[str, str]:
    """Return the words that fit into `room` millimetres, and the others."""
    taken = value.split(" ")
    while len(taken) > 1 and sheet.width(Run(" ".join(taken), how.typed)) > room:
        taken.pop()
    shown = " ".join(taken)
    return shown, value[len(shown) :].strip()


def _ticks(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> float:
    """Print a question with boxes, one of them ticked; boxes are no text."""
    question, answers = rng.choice(CHOICES)
    x = sheet.ink(how.setting.left, y, _label(how, question)) + 4
    side = how.label.size * POINT * 0.8
    ticked = rng.randrange(len(answers))
    for number, answer in enumerate(answers):
        corners = (x, y - side, x + side, y)
        sheet.draw.rectangle([sheet.px(mm) for mm in corners], outline=(22, 22, 26), width=max(1, sheet.px(0.25)))
        if number == ticked:
            sheet.rule((x + 0.4, y - side + 0.4), (x + side - 0.4, y - 0.4), 0.4)
            sheet.rule((x + 0.4, y - 0.4), (x + side - 0.4, y - side + 0.4), 0.4)
        x = sheet.ink(x + side + 1.5, y, _label(how, answer)) + 6
    sheet.note(" ".join([question, *answers]))
    return y + how.label.size * POINT * how.setting.leading


def _foot(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> None:
    """Print place, date and the signature's block; now and then an official's confirmation left of it."""
    step = how.label.size * POINT * 1.25
    if rng.random() < 0.35:
        sheet.print(60, y + step, [_label(how, "XÁC NHẬN CỦA UBND", bold=True)], "center")
        sheet.print(60, y + 2 * step, [_label(how, "(Ký, đóng dấu)", italic=True)], "center")
        ink.seal(sheet, (60 + rng.uniform(-6, 6), y + 24), "ỦY BAN NHÂN DÂN XÃ ★ TỈNH", rng)
    signed = words.long_date(words.day(rng))
    sheet.also.append(("issued_on", signed))
    place = f"{rng.choice(words.COMMUNES)}, {signed}"
    sheet.print(145, y, [_label(how, place, italic=True)], "center")
    sheet.print(145, y + step, [_label(how, "NGƯỜI KHAI", bold=True)], "center")
    sheet.print(145, y + 2 * step, [_label(how, "(Ký, ghi rõ họ tên)", italic=True)], "center")
    ink.signature(sheet, (145 + rng.uniform(-5, 5), y + 22), rng)
    name = next((value for name, value in sheet.fields if name == "full_name"), words.person(rng).name)
    if rng.random() < 0.7:
        sheet.print(145, y + 34, [_label(how, name.title())], "center")
