"""Keys to search by, and what stands at the edges of words, hold for every text."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ocr.syllable import is_possible, is_syllable
from schemas.spelling import NEW, OLD, search_key

LETTERS = st.text(
    "abcdeghiklmnopqrstuvxyđăâêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ", max_size=8
)


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@given(LETTERS, st.sampled_from(range(len(OLD))))
def test_moving_the_tone_changes_no_key(onset: str, place: int) -> None:
    assert search_key(onset + OLD[place]) == search_key(onset + NEW[place])


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_possible(text) in (True, False)


@given(LETTERS.filter(is_syllable))
def test_a_syllable_is_possible_also_in_capitals_and_with_signs(syllable: str) -> None:
    assert is_possible(syllable)
    assert is_possible(syllable.capitalize())
    assert is_possible(f"({syllable.upper()}),")
