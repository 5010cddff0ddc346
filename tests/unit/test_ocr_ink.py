"""Spaces and overlooked words, told by where the ink stands."""

import numpy as np
import pytest

from pipeline.ocr.ink import Ink, Spacing, cuts_like, parted_like, spaced, spread
from schemas.text import LineReading, ReadWord

LETTER, SPACE = 10, 8


def printed(text: str) -> Ink:
    """Return the ink of `text`: a run for each letter, spaces as wide as `SPACE` between words."""
    at, runs = 0, []
    for letter in text:
        if letter == " ":
            at += SPACE
            continue
        runs.append((at, at + LETTER - 1))
        at += LETTER
    return Ink(tuple(runs), 30)


def read(*texts: str, printed_as: str) -> LineReading:
    """Return a reading of such print that lost some of its spaces."""
    at, words = 0, []
    rest = printed_as
    for text in texts:
        start = at
        for letter in text:
            at += SPACE * (rest[0] == " ") + LETTER
            rest = rest.lstrip(" ").removeprefix(letter)
        words.append(ReadWord(text, start, at - 1, 0.9))
        at += SPACE if rest.startswith(" ") else 0
        rest = rest.lstrip(" ")
    return LineReading(tuple(words))


def parted(*texts: str, printed_as: str) -> str:
    reading = read(*texts, printed_as=printed_as)
    return spaced(reading, Spacing(printed(printed_as), SPACE)).text


def test_ink_is_found_in_a_crop() -> None:
    crop = np.full((20, 12), 255, np.uint8)
    crop[5:9, 2:4] = crop[5:9, 9:12] = 0
    ink = Ink.of(crop)
    assert (ink.runs, ink.height) == (((2, 4), (9, 12)), 20)
    assert ink.gaps(0, 12) == [(4, 9)]
    assert ink.widest_gap(2, 4) == 0
    assert (ink.columns(0, 12), ink.columns(3, 10), ink.columns(4, 9)) == (5, 2, 0)


@pytest.mark.parametrize("text", ["điều 15, 16, 34", "- CT, PCT UBND", "Lưu: VT", "9. Thửa đất"])
def test_a_space_lost_behind_a_sign_is_there_again(text: str) -> None:
    joined = text.replace(", ", ",").replace(": ", ":").replace(". ", ".").split()
    assert parted(*joined, printed_as=text) == text


@pytest.mark.parametrize("text", ["8.699,28", "24/2014/TT-BTNMT;", "a), b)"])
def test_what_is_printed_without_a_space_stays_whole(text: str) -> None:
    assert parted(*text.split(), printed_as=text) == text


def test_a_gap_between_digits_behind_a_point_is_no_space() -> None:
    assert parted("324.713", printed_as="324. 713") == "324.713"


def test_the_usual_space_is_that_of_most_words_or_of_the_size_of_print() -> None:
    text = "một hai ba bốn"
    assert Spacing.of(printed(text), [read(*text.split(), printed_as=text)]).space == pytest.approx(SPACE + 1)
    assert Spacing.of(printed("một"), [read("một", printed_as="một")]).space == pytest.approx(9)


def test_wide_gaps_speak_for_spaces() -> None:
    apart, whole = read("ba", "bốn", printed_as="ba bốn").words, read("babốn", printed_as="ba bốn").words
    spacing = Spacing(printed("ba bốn"), SPACE)
    assert spacing.parting(apart) > 0 > spacing.parting(whole)
    touching = read("ba", "bốn", printed_as="babốn").words
    assert Spacing(printed("babốn"), SPACE).parting(touching) < 0


def test_a_word_that_stands_for_more_is_wider() -> None:
    assert spread([ReadWord("số", 0, 90, 0.9)]) > spread([ReadWord("số", 0, 20, 0.9)])
    assert spread([]) == 0


def test_a_word_is_parted_where_another_reader_and_the_ink_part_it() -> None:
    text = "sinh: 23/05/1977 Nam"
    joined = read("sinh:23/05/1977Nam", printed_as=text)
    spacing = Spacing(printed(text), SPACE)
    assert parted_like(joined, [read("sinh:", "23/95/1977", "Nam", printed_as=text)], spacing).text == text
    assert parted_like(joined, [joined], spacing) == joined
    assert parted_like(joined, [read("quite", "another", "word", printed_as="quite another word")], spacing) == joined


def test_a_word_with_no_gap_is_not_parted_like_another_reading() -> None:
    whole = read("Điều", printed_as="Điều")
    other = LineReading((ReadWord("Đi", 0, 19, 0.9), ReadWord("ều", 20, 39, 0.9)))
    assert parted_like(whole, [other], Spacing(printed("Điều"), SPACE)) == whole


def test_parts_are_cut_where_letters_are_alike() -> None:
    assert cuts_like("sốđịnhdamh", ["số", "định", "danh"]) == [2, 6]
    assert cuts_like("quiteother", ["abc", "def"]) == []
