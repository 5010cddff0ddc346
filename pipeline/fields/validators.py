"""What can be said of a value by its form alone. Nothing is rewritten: a verdict is a mark for people."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from pipeline.fields.amounts import amount_in_words, amount_of
from pipeline.fields.folding import plain
from schemas.dossier import DOSSIER_CODE
from schemas.fields import FieldKind, Verdict
from schemas.spelling import search_key

Judged = tuple[str, Verdict, str]
"""The normalised value, the verdict, and the reason for it."""

PROVINCES: Final = frozenset(
    f"{code:03}"
    for codes in (
        (1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44),
        (
            45,
            46,
            48,
            49,
            51,
            52,
            54,
            56,
            58,
            60,
            62,
            64,
            66,
            67,
            68,
            70,
            72,
            74,
            75,
            77,
            79,
            80,
            82,
            83,
            84,
            86,
            87,
            89,
        ),
        (91, 92, 93, 94, 95, 96),
    )
    for code in codes
)
"""Codes of the 63 provinces that stand in numbers issued until 2025; those born abroad have 100 and above."""
WALLS = re.compile(r"[|ịỊıIl!\[\]]")
"""As what readers take a wall between two digits."""
TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
SHORT_DATE = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
LONG_DATE = re.compile(r"(?:[a-z]{3,5}\s*)?(\d{1,2})\s*,?\s*[a-z]{4,6}\s*(\d{1,2})\s*,?\s*[a-z]{2,4}\s*(\d{4})")
"""Day, month and year between words that should be "ngày", "tháng" and "năm", whatever became of them."""
YEAR = re.compile(r"(?:nam)?\s*((?:19|20)\d{2})")
NOTATION = re.compile(r"\d{1,6}[a-z]?(/\d{4})?/[A-ZĐƯÔƠÂĂÊ][\w&.\-]*(/[\w&.\-]+)*", re.IGNORECASE)


NO_FAMILY: Final = "Không bắt đầu bằng một họ thường gặp: có thể đọc thiếu hoặc sai"
FAMILIES: Final = frozenset(
    """
    an bao biện bàn bành bì bùi bạch bế ca cai cam cao chu chung chàng châu chúc chương chế chử cung cà cái cát công
    cù cư cấn cầm cổ cự danh diêm diệp doãn du dư dương giang giàng giáp giản hiền hoa hoàn hoàng huỳnh hà hàn hàng
    hán hùng hướng hạ hầu hồ hồng hứa kha khuất khà khâu khúc khưu khương khổng kim kiên kiều la linh liêu liễu long
    ly làng lâm lã lê lò lô lù lý lăng lưu lương lường lạc lại lầu lềnh lều lỗ lộ lộc lục lỳ ma mai man mang minh mâu
    mã mè mông mùa mùi mạc mạch mạnh mẫn mộc nghiêm nghê nghị nguyễn ngân ngô ngũ ngạc ngọ ngọc ngụy nhan nhâm nhữ
    ninh niê nông phan phong phàn phí phó phù phùng phương phượng phạm quan quang quyền quàng quách quản quảng sa sái
    sì sín sùng sơn sầm thang thi thiều thành thào thái thân thôi thạch thẩm thịnh tiêu tiết tiếu tiền trang triệu trà
    tráng trình trương trầm trần trịnh ty tòng tô tôn tông tăng tướng tường tưởng tạ tất tẩn tề tống từ ung uông vi
    viêm viên việt vàng vòng võ văn vũ vưu vương vạn vầy vừ xa xuân xồng y yên âu ông đan đinh điêu điền điểu đoàn đàm
    đào đèo đường đầu đậu đặng đồng đổng đỗ đới đức ưng ấu ổn
    """.split()
)
"""Family names as they are common among the peoples of Vietnam: a name that begins otherwise was cut or misread."""


def identity_no(text: str) -> Judged:
    """Judge a số định danh (12 digits) or CMND (9 digits)."""
    digits = _without_walls(re.sub(r"[\s.\-]", "", text), (9, 12))
    if not digits.isdecimal() or len(digits) not in (9, 12):
        return digits, Verdict.INVALID, "Số định danh phải có đúng 12 chữ số (CMND: 9)"
    if len(digits) == 12 and digits[:3] not in PROVINCES and not ("1" <= digits < "4"):
        return digits, Verdict.DOUBTFUL, "Ba số đầu không phải mã tỉnh hay mã nước nào"
    return digits, Verdict.VALID, ""


def _without_walls(text: str, lengths: tuple[int, ...]) -> str:
    """Return a number without the walls of boxes for its digits, where as many are left as it must have."""
    digits = WALLS.sub("", text)
    return digits if digits.isdecimal() and len(digits) in lengths else text


def birth_year(identity: str) -> int | None:
    """Return the year of birth that the twelve digits of a citizen's number state."""
    if len(identity) != 12 or not identity.isdecimal():
        return None
    return 1900 + 100 * (int(identity[3]) // 2) + int(identity[4:6])


def tax_code(text: str) -> Judged:
    """Judge a mã số thuế: ten digits with a check digit, three more for a branch; or a citizen's twelve."""
    bare = _without_walls(re.sub(r"[\s.]", "", text), (10, 12))
    if re.fullmatch(r"\d{12}", bare):
        return identity_no(bare)
    if not re.fullmatch(r"\d{10}(-?\d{3})?", bare):
        return bare, Verdict.INVALID, "Mã số thuế phải có 10 chữ số, hoặc thêm 3 chữ số của chi nhánh"
    check = 10 - sum(int(digit) * weight for digit, weight in zip(bare[:9], TAX_WEIGHTS, strict=True)) % 11
    if check != int(bare[9]):
        return bare, Verdict.INVALID, "Chữ số kiểm tra của mã số thuế không khớp"
    return bare, Verdict.VALID, ""


def day(text: str) -> Judged:
    """Judge a date, or a year alone."""
    bare = plain(text).strip(" .,;:")
    if found := YEAR.fullmatch(bare):
        return found[1], Verdict.VALID, ""
    found = SHORT_DATE.fullmatch(bare) or LONG_DATE.fullmatch(bare)
    if not found:
        return "", Verdict.INVALID, "Không đọc ra ngày, tháng, năm"
    number, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, number).isoformat(), Verdict.VALID, ""
    except ValueError:
        return "", Verdict.INVALID, "Không có ngày này trong lịch"


def name(text: str) -> Judged:
    """Judge a person's name."""
    parts = text.split()
    lettered = all(part.replace("'", "").replace("-", "").isalpha() for part in parts)
    if not lettered or not 2 <= len(parts) <= 7:
        return text, Verdict.DOUBTFUL, "Không giống họ tên người"
    if any(not part[0].isupper() for part in parts):
        return text, Verdict.DOUBTFUL, "Có chữ không viết hoa trong họ tên"
    return text, Verdict.VALID, ""


def person(text: str) -> Judged:
    """Judge a person's name with its family name."""
    value, verdict, reason = name(text)
    if verdict is Verdict.VALID and search_key(text).split()[0] not in FAMILIES:
        return value, Verdict.DOUBTFUL, NO_FAMILY
    return value, verdict, reason


def notation(text: str) -> Judged:
    """Judge a số ký hiệu."""
    bare = re.sub(r"\s", "", text)
    if not NOTATION.fullmatch(bare):
        return bare, Verdict.DOUBTFUL, "Không đúng dạng số/ký hiệu"
    return bare, Verdict.VALID, ""


def amount(text: str) -> Judged:
    """Judge an amount in digits."""
    number = amount_of(re.sub(r"[\s.]*(đồng|đ|VNĐ|VND)\.?$", "", text.strip(), flags=re.IGNORECASE))
    if number is None:
        return "", Verdict.INVALID, "Không đọc ra số tiền"
    return str(number), Verdict.VALID, ""


def amount_words(text: str) -> Judged:
    """Judge an amount in words."""
    number = amount_in_words(text)
    if number is None:
        return "", Verdict.DOUBTFUL, "Có chữ không phải chữ số viết bằng chữ"
    return str(number), Verdict.VALID, ""


def dossier_code(text: str) -> Judged:
    """Judge a mã hồ sơ."""
    bare = re.sub(r"\s", "", text)
    if not DOSSIER_CODE.fullmatch(bare):
        return bare, Verdict.DOUBTFUL, "Không đúng dạng mã hồ sơ"
    return bare, Verdict.VALID, ""


def anything(text: str) -> Judged:
    """Judge free text: all that is known is that it is there."""
    return text, Verdict.VALID, ""


JUDGES: Final[dict[FieldKind, Callable[[str], Judged]]] = {
    FieldKind.NOTATION: notation,
    FieldKind.ISSUED_ON: day,
    FieldKind.ISSUER: anything,
    FieldKind.DOCUMENT_KIND: anything,
    FieldKind.SUBJECT: anything,
    FieldKind.SIGNER: person,
    FieldKind.FULL_NAME: person,
    FieldKind.BORN_ON: day,
    FieldKind.IDENTITY_NO: identity_no,
    FieldKind.TAX_CODE: tax_code,
    FieldKind.ADDRESS: anything,
    FieldKind.AMOUNT: amount,
    FieldKind.AMOUNT_IN_WORDS: amount_words,
    FieldKind.DOSSIER_CODE: dossier_code,
}
