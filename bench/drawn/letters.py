"""Official letters: a head in two columns, a body of numbered points, the receivers beside a sealed signature."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.drawn import ink, tables, words
from bench.drawn.sheet import POINT, Run, Setting, Sheet
from bench.drawn.typefaces import Style, any_family

KINDS = {"QUYẾT ĐỊNH": "QĐ", "TỜ TRÌNH": "TTr", "THÔNG BÁO": "TB", "BÁO CÁO": "BC", "KẾ HOẠCH": "KH", "CHỈ THỊ": "CT"}
RANKS = (
    "KT. CHỦ TỊCH|PHÓ CHỦ TỊCH",
    "CHỦ TỊCH",
    "GIÁM ĐỐC",
    "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC",
    "TL. CHỦ TỊCH|CHÁNH VĂN PHÒNG",
)
RECEIVERS = (
    "Như trên",
    "Như Điều 3",
    "Thường trực Tỉnh ủy (b/c)",
    "TT. HĐND tỉnh",
    "Chủ tịch, các PCT UBND tỉnh",
    "Văn phòng Chính phủ",
    "Các sở, ban, ngành",
    "UBND các xã, phường",
    "Cổng TTĐT tỉnh",
    "Kho bạc Nhà nước khu vực",
)
URGENT = ("HỎA TỐC", "KHẨN", "THƯỢNG KHẨN")
Point = tuple[float, float]


@dataclass(frozen=True)
class Facts:
    """What a letter says of itself."""

    kind: str
    above: str
    office: str
    code: str
    place: str
    date: str
    subject: str
    signer: str
    rank: str


def facts(rng: random.Random, kind: str) -> Facts:
    """Return what an invented letter says of itself; `kind` is "" for a plain letter (công văn)."""
    province = rng.choice(words.PROVINCES)
    above, office, short = _author(rng, province)
    unit = rng.choice(words.UNITS)
    tail = f"{KINDS[kind]}-{short}" if kind else f"{short}-{unit}"
    return Facts(
        kind, above, office, f"{rng.randint(1, 4800)}/{tail}", province, words.long_date(words.day(rng)),
        words.subject(rng), words.person(rng).name, rng.choice(RANKS),
    )  # fmt: skip


def _author(rng: random.Random, province: str) -> tuple[str, str, str]:
    if rng.random() < 0.35:
        return "ỦY BAN NHÂN DÂN", f"TỈNH {province.upper()}", "UBND"
    if rng.random() < 0.25:
        return f"UBND TỈNH {province.upper()}", f"XÃ {rng.choice(words.COMMUNES).upper()}", "UBND"
    office, short = rng.choice(list(words.OFFICES.items()))
    return f"UBND TỈNH {province.upper()}", office, short


@dataclass(frozen=True)
class Manner:
    """How this office sets its letters."""

    body: Style
    setting: Setting
    gap: float

    def run(self, text: str, size: float = 0, *, bold: bool = False, italic: bool = False) -> Run:
        """Return text in the office's type; `size` in points more than the body's."""
        return Run(text, replace(self.body, size=self.body.size + size, bold=bold, italic=italic))


def manner(rng: random.Random) -> Manner:
    """Return how an office sets its letters."""
    size = rng.choice((12, 12.5, 13, 13, 13.5, 14, 14))
    left = rng.uniform(25, 33)
    setting = Setting(left, rng.uniform(188, 195), rng.choice((0, 10, 12.7)), rng.uniform(1.2, 1.5))
    return Manner(Style(any_family(rng), size), setting, rng.uniform(0.6, 2.4))


def letter(sheet: Sheet, rng: random.Random) -> None:
    """A plain letter (công văn)."""
    told, how = facts(rng, ""), manner(rng)
    y = _head(sheet, rng, told, how)
    y = _address(sheet, rng, how, y + 9)
    y = _body(sheet, rng, how, y, 280)
    if y < 220:
        _foot(sheet, rng, told, how, y + 6)
    _note_fields(sheet, told, signed=y < 220)


def titled(sheet: Sheet, rng: random.Random) -> None:
    """A letter with the name of its kind in the middle: a decision, a report, a notice."""
    told, how = facts(rng, rng.choice(list(KINDS))), manner(rng)
    y = _head(sheet, rng, replace(told, subject=""), how)
    y = _title(sheet, how, told, y + 11)
    if told.kind == "QUYẾT ĐỊNH":
        y = _grounds(sheet, rng, how, told, y)
        y = _articles(sheet, rng, how, y)
    else:
        y = _address(sheet, rng, how, y) if told.kind == "TỜ TRÌNH" else y
        y = _reported(sheet, rng, how, y)
    if y < 222:
        _foot(sheet, rng, told, how, y + 6)
    _note_fields(sheet, told, signed=y < 222)


def _reported(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> float:
    """Set the body of a report; now and then a table stands in it."""
    if rng.random() < 0.6:
        return _body(sheet, rng, how, y, rng.choice((205.0, 280.0)))
    y = _body(sheet, rng, how, y, 150)
    y = tables.ruled(sheet, rng, replace(how.body, size=how.body.size - 1.5), y, 9) + 8
    return _body(sheet, rng, how, y, 205)


def ending(sheet: Sheet, rng: random.Random) -> None:
    """The last page of a letter: its number, the rest of the body, receivers and signature."""
    told, how = facts(rng, ""), manner(rng)
    sheet.print(105, 15, [how.run(str(rng.randint(2, 9)))], "center")
    y = _body(sheet, rng, how, 25, rng.uniform(120, 205))
    _foot(sheet, rng, told, how, y + 7)
    sheet.fields.append(("signer", told.signer))


def _note_fields(sheet: Sheet, told: Facts, *, signed: bool) -> None:
    """Note what the letter says of itself; its number and date only where they are printed."""
    office = f"{told.above} {told.office}" if told.above == "ỦY BAN NHÂN DÂN" else told.office
    named = {"issued_on": told.date, "issuer": office, "document_kind": told.kind, "subject": told.subject}
    named |= {"notation": told.code, "signer": told.signer if signed else ""}
    by_hand = {name for name in ("notation", "issued_on") if not any(named[name] in line for line in sheet.lines)}
    sheet.fields.extend((name, value) for name, value in named.items() if value and name not in by_hand)


def _head(sheet: Sheet, rng: random.Random, told: Facts, how: Manner) -> float:
    """Print the left column whole, then the right one; return where the lower one ends."""
    motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    width = sheet.width(how.run(motto, bold=True))
    how = replace(how, body=replace(how.body, size=how.body.size * min(1, 94 / width)))
    half = sheet.width(how.run(motto, -1, bold=True)) / 2
    left, right, top = rng.uniform(56, 62), 197 - half - rng.uniform(0, 5), rng.uniform(17, 24)
    step = how.body.size * POINT * 1.25
    low = _left_head(sheet, rng, told, how, (left, top))
    sheet.print(right, top, [how.run(motto, -1, bold=True)], "center")
    box = sheet.print(right, top + step, [how.run("Độc lập - Tự do - Hạnh phúc", bold=True)], "center")
    sheet.rule((box[0], box[3] + 1.6), (box[2], box[3] + 1.6))
    _dated(sheet, rng, told, how, (right, top + 2 * step + rng.uniform(3, 6)))
    if rng.random() < 0.12:
        ink.stamp(sheet, (left, low + 12), rng.choice(URGENT), rng)
        low += 20
    return max(low, top + 3 * step)


def _dated(sheet: Sheet, rng: random.Random, told: Facts, how: Manner, at: Point) -> None:
    """Print place and date; now and then the day is left to a pen."""
    if rng.random() < 0.85:
        sheet.print(*at, [how.run(f"{told.place}, {told.date}", italic=True)], "center")
        return
    _, day, tail = told.date.split(" ", 2)
    before = how.run(f"{told.place}, ngày ", italic=True)
    box = sheet.print(*at, [before, how.run(f"          {tail}", italic=True)], "center")
    ink.writing(sheet, box[0] + sheet.width(before), at[1], day, rng)


def _left_head(sheet: Sheet, rng: random.Random, told: Facts, how: Manner, at: Point) -> float:
    x, y = at
    step = how.body.size * POINT * 1.25
    main = told.above == "ỦY BAN NHÂN DÂN"
    sheet.print(x, y, [how.run(told.above, -1, bold=main)], "center")
    narrow = Setting(x - 34, x + 34, 0, 1.2, "center")
    y = sheet.flow([how.run(told.office, -1 if len(told.office) > 22 else 0, bold=True)], y + step, narrow)
    rule = y - step + 1.6
    sheet.rule((x - 10, rule), (x + 10, rule))
    y = rule + rng.uniform(4.8, 7)
    _number(sheet, rng, told, how, (x, y))
    y += step
    if told.subject:
        y = sheet.flow([how.run(f"V/v {told.subject}", -1)], y + 1, narrow)
    return y


def _number(sheet: Sheet, rng: random.Random, told: Facts, how: Manner, at: Point) -> None:
    """Print the letter's number, or leave it to a pen: then only what is printed around it is noted."""
    number, tail = told.code.split("/", 1)
    if rng.random() < 0.75:
        sheet.print(*at, [how.run(f"Số: {number}/{tail}")], "center")
        return
    box = sheet.print(*at, [how.run("Số:             "), how.run(f"/{tail}")], "center")
    ink.writing(sheet, box[0] + sheet.width(how.run("Số: ")), at[1], number, rng)


def _title(sheet: Sheet, how: Manner, told: Facts, y: float) -> float:
    sheet.print(105, y, [how.run(told.kind, 1, bold=True)], "center")
    narrow = Setting(45, 165, 0, 1.25, "center")
    subject = words_capital(told.subject) if told.kind != "QUYẾT ĐỊNH" else f"Về việc {told.subject}"
    y = sheet.flow([how.run(subject, bold=True)], y + how.body.size * POINT * 1.4, narrow)
    sheet.rule((90, y - 3.2), (120, y - 3.2))
    return y + 5


def words_capital(text: str) -> str:
    """Return the text with a capital in front."""
    return text[:1].upper() + text[1:]


def _grounds(sheet: Sheet, rng: random.Random, how: Manner, told: Facts, y: float) -> float:
    who = f"CHỦ TỊCH {told.above} {told.office}" if told.above == "ỦY BAN NHÂN DÂN" else f"GIÁM ĐỐC {told.office}"
    y = sheet.flow([how.run(who, bold=True)], y, replace(how.setting, indent=0, align="center")) + 2
    texts = words.paragraphs(rng, 50, 170)
    for _ in range(rng.randint(2, 4)):
        text = next(texts).rstrip(".;:,")
        y = sheet.flow([how.run(f"Căn cứ {text[0].lower()}{text[1:]};", italic=True)], y, how.setting) + how.gap
    sheet.print(105, y + 2, [how.run("QUYẾT ĐỊNH:", bold=True)], "center")
    return y + 10


def _articles(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> float:
    texts = words.paragraphs(rng, 80, 360)
    for number in range(1, rng.randint(3, 7)):
        if y > 275:
            break
        y = sheet.flow([how.run(f"Điều {number}.", bold=True), how.run(next(texts))], y, how.setting) + how.gap
    return y


def _address(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> float:
    offices = [name.capitalize() for name in words.OFFICES]
    if rng.random() < 0.5:
        sheet.print(
            105, y, [how.run("Kính gửi: "), how.run(f"{rng.choice(offices)}.", bold=rng.random() < 0.5)], "center"
        )
        return y + 9
    box = sheet.print(60, y, [how.run("Kính gửi:")])
    for office in rng.sample(offices, rng.randint(2, 4)):
        y += how.body.size * POINT * 1.3
        sheet.print(box[2], y, [how.run(f"- {office};")])
    return y + 9


def _body(sheet: Sheet, rng: random.Random, how: Manner, y: float, bottom: float) -> float:
    """Set points of several levels down to `bottom`; a body that ends early ends with a closing."""
    for runs in _points(rng, how):
        y = sheet.flow(runs, y, how.setting, bottom) + how.gap
        if y > bottom or (rng.random() < 0.12 and y > 150):
            break
    if rng.random() < 0.7:
        closing = "Trân trọng./." if rng.random() < 0.5 else "Đề nghị các cơ quan, đơn vị nghiêm túc thực hiện./."
        y = sheet.flow([how.run(closing)], y, how.setting) if y < 285 else y
    return y


def _points(rng: random.Random, how: Manner) -> Iterator[list[Run]]:
    texts = words.paragraphs(rng, 70, 480)
    yield [how.run(next(texts))]
    mark = rng.choice(("{n}.", "{n})", "Điều {n}.", "{r}."))
    for number, roman in enumerate(("I", "II", "III", "IV", "V", "VI", "VII"), start=1):
        yield [how.run(mark.format(n=number, r=roman), bold=True), how.run(next(texts), bold=rng.random() < 0.15)]
        for sub in range(rng.randint(0, 3)):
            lead = rng.choice(("- ", "+ ", f"{number}.{sub + 1}. ", f"{'abcđ'[sub]}) "))
            text = next(texts)
            cut = len(text.split(" ", 5)[-1])
            accent = {"italic": rng.random() < 0.3, "bold": rng.random() < 0.1}
            yield [how.run(lead + text[:-cut], **accent), how.run(text[-cut:])]


def _foot(sheet: Sheet, rng: random.Random, told: Facts, how: Manner, y: float) -> None:
    """Print the receivers, then the block of the signature beside them."""
    _receivers(sheet, rng, how, y)
    x = rng.uniform(140, 152)
    at = y
    for line in told.rank.split("|"):
        sheet.print(x, at, [how.run(line, bold=True)], "center")
        at += how.body.size * POINT * 1.25
    name_at = at + rng.uniform(24, 30)
    sheet.print(x, name_at, [how.run(told.signer, bold=True)], "center")
    middle = (at + name_at) / 2 - 2
    ink.signature(sheet, (x + rng.uniform(-6, 8), middle), rng)
    if rng.random() < 0.85:
        ink.seal(
            sheet, (x - rng.uniform(8, 20), middle + rng.uniform(-3, 3)), f"{told.above} {told.office} ★"[:44], rng
        )


def _receivers(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> None:
    left = how.setting.left
    sheet.print(left, y, [how.run("Nơi nhận:", -2, bold=True, italic=True)])
    chosen = rng.sample(RECEIVERS, rng.randint(2, 6))
    for name in chosen:
        y += (how.body.size - 2) * POINT * 1.25
        sheet.print(left, y, [how.run(f"- {name};", -2)])
    last = f"- Lưu: VT, {rng.choice(words.UNITS)} ({rng.randint(2, 30):02d}b)."
    sheet.print(left, y + (how.body.size - 2) * POINT * 1.25, [how.run(last, -2)])
