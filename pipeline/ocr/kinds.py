"""What kind of word a piece of print is, as far as it decides who may vote on it."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.ocr.syllable import EDGES, bare_letters, is_syllable

SAME_SIGNS = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "‐": "-", "“": '"', "”": '"', "„": '"'})
SAME_SIGNS |= str.maketrans({"‘": "'", "’": "'", "`": "'", "´": "'", "…": "..."})
"""Signs that a reader with a small alphabet writes for each other."""
CODE = re.compile(r"(?=.*[-/].*)[A-ZĐƯa-zđ\d]+(?:[-/][A-ZĐƯa-zđ\d]+)+")
ROMAN = re.compile(r"[IVXLC]+")
FAMILY_NAMES = frozenset(
    """
    an âu bạch bế bùi cao châu chu chử cù diệp doãn dương đàm đào đặng đinh đoàn đỗ giang giáp hà hàn hán hoàng hồ hứa
    huỳnh khổng khương khuất kiều kim la lã lâm lê lò lục lương lưu lý mã mạc mai nghiêm ngô ngụy nguyễn ninh nông ông
    phạm phan phó phùng phương quách quản quan sầm tạ tăng thạch thái thân thẩm thiều tiêu tô tôn tống trần triệu trịnh
    trương từ tưởng ứng văn vi viên võ vũ vương
    """.split()
)
DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
CITIZEN = re.compile(r"[0-3]\d\d[0-3]\d{8}")
"""The twelve digits of a citizen's number: a province or country, then century and sex, the year, six digits more."""
DAYS, MONTHS = 31, 12
SIGNS_DIFFER = "signs"
"""The kind of difference of words that have the same letters and digits."""
NAME_LONGEST = 5
"""Words of a person's name at most."""


def same_signs(text: str) -> str:
    """Return `text` with one kind of dash and of quote, to compare readings by."""
    return text.translate(SAME_SIGNS)


@lru_cache(maxsize=20_000)
def is_fixed(text: str) -> bool:
    """Whether the word holds a digit, or is a code or a Roman number: no language model knows better than a reader."""
    inner = text.strip(EDGES)
    if any(letter.isdigit() for letter in inner) or "@" in inner or ROMAN.fullmatch(inner):
        return True
    return CODE.fullmatch(inner) is not None and any(map(str.isupper, inner))


def is_proper(text: str) -> bool:
    """Whether digits are a date that is in the calendar, or are built as a citizen's number."""
    inner = text.strip(EDGES)
    if found := DATE.fullmatch(inner):
        day, _, month, _ = found.groups()
        return 0 < int(day) <= DAYS and 0 < int(month) <= MONTHS
    return CITIZEN.fullmatch(inner) is not None


def names_in(words: Sequence[str]) -> list[bool]:
    """Return of which words a person's name is made: a family name and capitalised syllables behind it.

    In a line of capitals all words look like that; there only a line as short as a name counts.
    """
    marks = [False] * len(words)
    shouted = "".join(words).isupper()
    if shouted and len(words) > NAME_LONGEST:
        return marks
    for place, word in enumerate(words):
        if _is_capitalised(word) and word.lower() in FAMILY_NAMES:
            end = _end_of_name(words, place)
            if end - place > 1:
                marks[place:end] = [True] * (end - place)
    return marks


def _end_of_name(words: Sequence[str], start: int) -> int:
    """Return before which word a name that begins at `start` ends."""
    end = start + 1
    while end < min(len(words), start + NAME_LONGEST) and _is_capitalised(words[end].strip(EDGES)):
        end += 1
        if words[end - 1][-1] in EDGES:
            break
    return end


def _is_capitalised(word: str) -> bool:
    """Whether it begins with a capital and is made of letters."""
    return word[:1].isupper() and word.isalpha()


def kind_of_difference(texts: Sequence[str]) -> str:
    """Return in what the readings of a spot differ.

    Args:
        texts: at least two that are not the same; "" where a reader saw nothing.
    """
    if "" in texts:
        return "missing"
    if any(is_fixed(word) for text in texts for word in text.split()):
        return SIGNS_DIFFER if _same(text.strip(EDGES) for text in texts) else "fixed"
    if _same(text.replace(" ", "") for text in texts):
        return "spacing"
    if _same("".join(filter(str.isalpha, text)) for text in texts):
        return SIGNS_DIFFER
    if _same(map(bare_letters, texts)):
        return "marks"
    return "syllable" if all(is_syllable(text.strip(EDGES).lower()) for text in texts) else "letters"


def _same(forms: Iterable[str]) -> bool:
    """Whether all forms are equal."""
    return len(set(forms)) == 1
