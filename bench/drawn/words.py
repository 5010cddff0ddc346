"""Invented people, offices and numbers, and sentences of official texts, fresh for every seed.

Sentences come from the texts beside the checkout where they are, from every tenth document of them only: a language
model that leaves these out has never seen what it is measured on. Without them, pages are drawn from a few sentences.
"""

import lzma
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/vbpl.txt.xz"
EVERY, FIRST = 10, 9
"""Of the documents of the corpus, numbered from 0, those with number % EVERY == FIRST are drawn from."""

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đoàn",
    "Trịnh",
    "Lương",
    "Mai",
    "Tạ",
    "Quách",
    "Thái",
]
MIDDLE = [
    "Văn",
    "Thị",
    "Đức",
    "Ngọc",
    "Minh",
    "Thanh",
    "Quốc",
    "Hữu",
    "Xuân",
    "Thu",
    "Kim",
    "Bảo",
    "Gia",
    "Khánh",
    "Diệu",
    "Anh",
    "Hoài",
    "Đình",
    "Công",
    "Mỹ",
    "Tuyết",
    "Thùy",
]
GIVEN = [
    "An",
    "Bình",
    "Chiến",
    "Dũng",
    "Đạt",
    "Giang",
    "Hà",
    "Hạnh",
    "Hiếu",
    "Hòa",
    "Huệ",
    "Khôi",
    "Kiên",
    "Lan",
    "Liễu",
    "Long",
    "Lộc",
    "Mạnh",
    "Nga",
    "Nghĩa",
    "Nguyệt",
    "Nhẫn",
    "Oanh",
    "Phúc",
    "Phượng",
    "Quân",
    "Quỳnh",
    "Sơn",
    "Tâm",
    "Thảo",
    "Thắng",
    "Thủy",
    "Tiến",
    "Toàn",
    "Trang",
    "Trực",
    "Tuấn",
    "Uyên",
    "Vân",
    "Việt",
    "Vượng",
    "Yến",
    "Ánh",
    "Ửng",
    "Ngoãn",
]
PROVINCES = ["Vĩnh Sơn", "Hòa An", "Bắc Thịnh", "Phú Hải", "Tân Lộc", "Quảng Đức", "Lạc Giang", "Đông Triều"]
COMMUNES = [
    "Đại Thắng",
    "Phước Mỹ",
    "Nghĩa Hưng",
    "Xuân Trường",
    "Bình Khê",
    "Cửu Long",
    "Mường Ẳng",
    "Ea Tling",
    "Kỳ Nhỡ",
    "Thạnh Lợi",
]
STREETS = [
    "Lê Lợi",
    "Trần Phú",
    "Hai Bà Trưng",
    "Nguyễn Huệ",
    "Cách Mạng Tháng Tám",
    "Lý Thường Kiệt",
    "Võ Thị Sáu",
    "Bùi Thị Xuân",
]
OFFICES = {
    "SỞ NỘI VỤ": "SNV", "SỞ TƯ PHÁP": "STP", "SỞ TÀI CHÍNH": "STC", "SỞ XÂY DỰNG": "SXD", "SỞ Y TẾ": "SYT",
    "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG": "SNNMT", "SỞ GIÁO DỤC VÀ ĐÀO TẠO": "SGDĐT", "THANH TRA TỈNH": "TTr",
    "SỞ KHOA HỌC VÀ CÔNG NGHỆ": "SKHCN", "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH": "SVHTTDL",
}  # fmt: skip
UNITS = ["VP", "KTN", "TCHC", "NVP", "QLĐT", "KHTC", "TTr", "CCHC"]
ACTS = (
    "tăng cường", "đẩy mạnh", "rà soát", "triển khai", "báo cáo kết quả", "hướng dẫn", "đôn đốc", "phối hợp",
    "chấn chỉnh", "tổ chức", "kiểm tra", "cung cấp thông tin về", "lấy ý kiến về",
)  # fmt: skip
MATTERS = (
    "việc giải quyết hồ sơ đất đai tồn đọng", "công tác số hóa hồ sơ, giấy tờ", "thủ tục đăng ký hộ kinh doanh",
    "dự toán ngân sách các xã, phường", "việc cấp bản sao trích lục hộ tịch", "công tác phòng, chống thiên tai",
    "thực hiện dịch vụ công trực tuyến toàn trình", "quản lý nhà ở xã hội",
    "kế hoạch tuyển dụng viên chức",
    "việc sử dụng kinh phí hỗ trợ sản xuất", "chế độ, chính sách đối với người có công", "sửa đổi quy chế làm việc",
)  # fmt: skip
SPARE = (
    "Các cơ quan, đơn vị có trách nhiệm tổ chức thực hiện nghiêm túc nội dung nêu trên, kịp thời phản ánh vướng mắc.",
    "Hồ sơ tiếp nhận tại Bộ phận Một cửa và trả kết quả trong thời hạn 05 ngày làm việc kể từ ngày nhận đủ giấy tờ.",
    "Trường hợp từ chối, phải thông báo bằng văn bản và nêu rõ lý do cho người nộp hồ sơ biết.",
    "Kinh phí thực hiện được bố trí từ ngân sách nhà nước theo phân cấp hiện hành và các nguồn hợp pháp khác.",
    "Người đứng đầu cơ quan chịu trách nhiệm trước pháp luật về tính chính xác của số liệu báo cáo.",
    "Việc chỉnh lý, bảo quản tài liệu lưu trữ thực hiện theo quy định của pháp luật về lưu trữ.",
    "Diện tích đất thu hồi là 1.250,5 m2, thuộc tờ bản đồ số 17, tỷ lệ 1/2000, đo vẽ năm 2019.",
    "Văn phòng theo dõi, tổng hợp kết quả, trình Chủ tịch xem xét, quyết định trước ngày 15 hằng tháng.",
)


@cache
def documents() -> tuple[tuple[str, ...], ...]:
    """Return the lines of each document that pages are drawn from."""
    if not CORPUS.is_file():
        return (SPARE,)
    texts = lzma.decompress(CORPUS.read_bytes()).decode().split("\f")[FIRST::EVERY]
    return tuple(lines for lines in map(_sound_lines, texts) if len(lines) > 40)


def _sound_lines(text: str) -> tuple[str, ...]:
    """Return lines that may be set as they are: no table, nothing that a font may lack."""
    lines = (" ".join(line.split()) for line in text.split("\n") if "\t" not in line)
    return tuple(line for line in lines if 25 < len(line) < 900 and not STRANGE.search(line) and _is_vietnamese(line))


def _is_vietnamese(line: str) -> bool:
    return len(VIETNAMESE.findall(line)) > LEAST_VIETNAMESE * len(line)


STRANGE = re.compile(r"[^\w .,;:()/%+\-–“”\"'?!]|[\u0300-\u1dff\u2e80-\uffff_]|\.\.")
LEAD = re.compile(r"^((Điều|Chương|Mục) \w+\.?|\d+[.)]|[a-zđ]\)|[IVX]+\.|[A-Z]/|\W)+\s*")
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
LEAST_VIETNAMESE = 0.08
"""Share of letters that only Vietnamese has; less is another language."""


def running(rng: random.Random) -> Iterator[str]:
    """Yield paragraphs of one document after the other, from somewhere within."""
    while True:
        lines = rng.choice(documents())
        start = rng.randrange(max(1, len(lines) - 20))
        yield from lines[start : start + 40]


def paragraphs(rng: random.Random, shortest: int = 60, longest: int = 520) -> Iterator[str]:
    """Yield paragraphs of the stated lengths, without numbers of articles and points in front."""
    for line in running(rng):
        bare = LEAD.sub("", line)
        if shortest <= len(bare) <= longest:
            yield bare[0].upper() + bare[1:]


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    name: str
    female: bool
    born: date
    identity: str
    tax: str
    address: str
    phone: str


def person(rng: random.Random) -> Person:
    """Return somebody new."""
    female = rng.random() < 0.5
    middle = "Thị" if female and rng.random() < 0.6 else rng.choice(MIDDLE)
    name = f"{rng.choice(FAMILY)} {middle} {rng.choice(GIVEN)}"
    born = date(1948, 1, 1) + timedelta(days=rng.randrange(365 * 58))
    century = 2 if born.year >= 2000 else 0
    place = rng.choice(("001", "031", "036", "044", "045", "046", "048", "079", "092"))
    identity = f"{place}{century + female}{born.year % 100:02d}{rng.randrange(10**6):06d}"
    return Person(name, female, born, identity, tax_number(rng), address(rng), f"09{rng.randrange(10**8):08d}")


def tax_number(rng: random.Random) -> str:
    """Return a tax number (MST) of ten digits whose last one is right."""
    while True:
        digits = [rng.randrange(10) for _ in range(9)]
        check = 10 - sum(d * w for d, w in zip(digits, (31, 29, 23, 19, 17, 13, 7, 5, 3), strict=True)) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))


def address(rng: random.Random) -> str:
    """Return an address of a made-up place."""
    commune, province = rng.choice(COMMUNES), rng.choice(PROVINCES)
    if rng.random() < 0.5:
        return f"Số {rng.randint(1, 399)} đường {rng.choice(STREETS)}, phường {commune}, tỉnh {province}"
    return f"Thôn {rng.randint(1, 12)}, xã {commune}, tỉnh {province}"


def day(rng: random.Random) -> date:
    """Return a day of the last years."""
    return date(2021, 1, 1) + timedelta(days=rng.randrange(365 * 5))


def short_date(value: date) -> str:
    """Return day/month/year."""
    return f"{value.day:02d}/{value.month:02d}/{value.year}"


def long_date(value: date) -> str:
    """Return a date as letters state it: day and the months January and February with two digits."""
    return f"ngày {value.day:02d} tháng {value.month:02d} năm {value.year}"


def amount(rng: random.Random) -> str:
    """Return an amount of money with points between thousands."""
    return f"{rng.randint(120, 985_000) * 1000:,}".replace(",", ".")


def subject(rng: random.Random) -> str:
    """Return what a letter is about."""
    tail = rng.choice(("", "", f" năm {rng.randint(2022, 2027)}", f" trên địa bàn tỉnh {rng.choice(PROVINCES)}"))
    return f"{rng.choice(ACTS)} {rng.choice(MATTERS)}{tail}"
