"""Invented people and the places they live in. Nobody here exists."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Lương", "Trương", "Dương", "Phan")
MALE_MIDDLE = ("Văn", "Đức", "Quốc", "Hữu", "Vũ Khôi", "Đỗ Phước", "Công", "Bảo", "Xuân")
FEMALE_MIDDLE = ("Thị", "Thị Ngọc", "Thị Hồng", "Thị Mỹ", "Thùy", "Thị Bích", "Như", "Thị Diệu")
MALE_GIVEN = ("Hậu", "Nguyên", "Dũng", "Tuấn", "Thắng", "Sỹ", "Lĩnh", "Khoa", "Hoàn", "Trọng", "Vững", "Quý")
FEMALE_GIVEN = ("Diễm", "Hạnh", "Uyên", "Phượng", "Thảo", "Yến", "Quyên", "Thủy", "Nguyệt", "Hằng", "Vỹ", "Ý")
STREETS = ("Lý Thường Kiệt", "Trần Hưng Đạo", "Hữu Nghị", "Nguyễn Trãi", "Lê Quý Đôn", "Phạm Ngũ Lão", "Bạch Đằng")
PROVINCE = "tỉnh Quảng Trị"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A commune: its name as in "phường Đồng Hới", its agency code and how its police calls itself."""

    name: str
    agency_code: str
    birth_prefix: str

    @property
    def short(self) -> str:
        """The name without the word for its kind."""
        return self.name.split(" ", 1)[1]

    @property
    def upper(self) -> str:
        """The name in capitals."""
        return self.name.upper()


PLACES = (
    Place(name="phường Đồng Hới", agency_code="H50.116", birth_prefix="044"),
    Place(name="phường Nam Đông Hà", agency_code="H50.142", birth_prefix="045"),
    Place(name="xã Triệu Phong", agency_code="H50.158", birth_prefix="045"),
    Place(name="xã Lệ Thủy", agency_code="H50.121", birth_prefix="044"),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """An invented citizen."""

    name: str
    female: bool
    born: date
    identity_no: str
    address: str
    phone: str

    @property
    def sex(self) -> str:
        """The word on forms."""
        return "Nữ" if self.female else "Nam"

    @property
    def polite(self) -> str:
        """Ông or Bà."""
        return "Bà" if self.female else "Ông"


def vn_date(day: date) -> str:
    """Return a date as papers spell it."""
    return f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"


def short_date(day: date) -> str:
    """Return a date as forms have it."""
    return f"{day:%d/%m/%Y}"


def identity_no(prefix: str, born: date, rng: random.Random, *, female: bool) -> str:
    """Return twelve digits: province, sex and century, year of birth, six of chance."""
    century_and_sex = 2 * (born.year // 100 - 19) + int(female)
    return f"{prefix}{century_and_sex}{born.year % 100:02d}{rng.randrange(1_000_000):06d}"


def invent_name(rng: random.Random, *, female: bool) -> str:
    """Return a name rich in diacritics."""
    middle = FEMALE_MIDDLE if female else MALE_MIDDLE
    given = FEMALE_GIVEN if female else MALE_GIVEN
    return " ".join(rng.choice(part) for part in (SURNAMES, middle, given))


def with_surname(person: Person, kin: Person) -> Person:
    """Return `person` with the surname of `kin`."""
    surname, rest = kin.name.split()[0], person.name.split()[1:]
    return replace(person, name=" ".join([surname, *rest]))


def invent_address(place: Place, rng: random.Random) -> str:
    """Return an address in `place`."""
    return f"Số {rng.randint(3, 240)} đường {rng.choice(STREETS)}, {place.name}, {PROVINCE}"


def invent_person(place: Place, rng: random.Random, born_in: int, *, female: bool, name: str = "") -> Person:
    """Return somebody born in the year `born_in` who lives in `place`."""
    born = date(born_in, 1, 1) + timedelta(days=rng.randrange(365))
    return Person(
        name=name or invent_name(rng, female=female),
        female=female,
        born=born,
        identity_no=identity_no(place.birth_prefix, born, rng, female=female),
        address=invent_address(place, rng),
        phone=f"09{rng.randrange(100):02d} {rng.randrange(1000):03d} {rng.randrange(1000):03d}",
    )


def with_capital(text: str) -> str:
    """Return `text` with its first letter, and no other, made a capital."""
    return text[:1].upper() + text[1:]


UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def millions_in_words(millions: int) -> str:
    """Return an amount of 20..999 whole tens of millions in words, without "đồng"."""
    hundreds, tens = divmod(millions // 10, 10)
    head = f"{UNITS[hundreds]} trăm " if hundreds else ""
    tail = "" if not tens else ("mười " if tens == 1 else f"{UNITS[tens]} mươi ")
    return f"{head}{tail}triệu".capitalize()


def below_hundred_in_words(number: int) -> str:
    """Return 1..99 in words."""
    tens, unit = divmod(number, 10)
    if not tens:
        return UNITS[unit]
    head = "mười" if tens == 1 else f"{UNITS[tens]} mươi"
    if not unit:
        return head
    return f"{head} {_after_tens(tens, unit)}"


def _after_tens(tens: int, unit: int) -> str:
    if unit == 5:
        return "lăm"
    return "mốt" if unit == 1 and tens > 1 else UNITS[unit]


def date_in_words(day: date) -> str:
    """Return a date of 2010..2099 in words."""
    numbers = (below_hundred_in_words(number) for number in (day.day, day.month, day.year % 100))
    return "ngày {}, tháng {}, năm hai nghìn không trăm {}".format(*numbers)
