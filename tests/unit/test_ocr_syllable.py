"""What can be a word of a Vietnamese paper, and what was surely misread."""

import pytest

from pipeline.ocr.syllable import is_possible, is_syllable
from schemas.spelling import search_key

SYLLABLES = """
nghiêng giếng gì giặt quốc quyển quỳnh khuya khuỷu thuở hoà hòa thuỷ thủy khoẻ khỏe ướt yếu ương xoong ngoằn
nghĩa kỷ quý huỳnh tuyệt đường rượu người muốn ỷ ưu ngoéo loét quét gìn giữ giêng ghế gừng
""".split()
NONE = """
đưôc cac phảt nghành kông cẹm gừ̉ng hòà quồc ngỉ ghà bânh yên1 hoàz thưỗ
""".split()
POSSIBLE = """
UBND TT-BTC QĐ-TTg 154/2024/NĐ-CP 01/01/2025 1.250.000 12a 30% XIV iv) m2 km² kWh ThS. CT01 a) đ) [12]
www.chinhphu.vn ubnd@hanoi.gov.vn Đắk Lắk, Kon Tum Pleiku TP.HCM
“Điều và/hoặc ............ – 15h30 0909.123.456 (nếu QH15;
""".split()
IMPOSSIBLE = ["Ủý", "banhành", "l8", "phảt", "thưc1", "Chỉnhphủ", "nghị-đjnh", "NGHỈP", "ĐỊNHH", "điềụ"]


@pytest.mark.parametrize("word", SYLLABLES)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", NONE)
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("word", POSSIBLE)
def test_words_that_official_papers_are_made_of(word: str) -> None:
    assert is_possible(word)


@pytest.mark.parametrize("word", IMPOSSIBLE)
def test_words_that_were_misread(word: str) -> None:
    assert not is_possible(word)


@pytest.mark.parametrize("final", ["p", "t", "c", "ch"])
def test_stopped_syllables_take_two_tones_only(final: str) -> None:
    tones = {tone: is_syllable(f"t{vowel}{final}") for tone, vowel in zip("-fsrxj", "aàáảãạ", strict=True)}
    assert tones == {"-": False, "f": False, "s": True, "r": False, "x": False, "j": True}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hoà Bình", "HÒA  BÌNH"), ("uỷ ban", "Ủy ban"), ("thuý", "thúy"), ("quý", "QÚY"), ("khoẻ – mạnh", "khỏe - mạnh")],
)
def test_both_places_of_the_tone_are_found_by_one_key(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


def test_a_key_keeps_different_words_apart() -> None:
    words = ["hoa", "hòa", "hóa", "hoàn", "hòan", "tuy", "tùy", "quy", "quỳ", "lý", "lí"]
    assert len({search_key(word) for word in words}) == len(words)
