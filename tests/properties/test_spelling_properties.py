"""Keys to search by, and what stands at the edges of words, hold for every text."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ocr.syllable import ONSETS, RHYMES, TONES, is_possible, is_syllable
from schemas.spelling import NEW, OLD, search_key
from schemas.text import nfc

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


SYLLABLES = st.builds(
    lambda onset, rhyme, tone: nfc(f"{onset}{rhyme[0]}{tone}{rhyme[1:]}"),
    st.sampled_from(("", *ONSETS)),
    st.sampled_from(sorted(RHYMES)),
    st.sampled_from(("", *sorted(TONES))),
).filter(is_syllable)


@given(SYLLABLES)
def test_a_syllable_is_possible_also_in_capitals_and_with_signs(syllable: str) -> None:
    assert is_possible(syllable)
    assert is_possible(syllable.capitalize())
    assert is_possible(f"({syllable.upper()}),")
