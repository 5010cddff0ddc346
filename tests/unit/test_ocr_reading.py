"""Reading a page: who is asked about which line, what becomes of words that are none, where words stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from pipeline.ocr.confidence import JudgedWord, Jury
from pipeline.ocr.reading import Reading
from pipeline.ocr.rubbish import clean_words
from schemas.geometry import Box
from schemas.layout import Layout, RegionKind, TextLine
from schemas.page import RULE, Page, Pixels
from schemas.text import LineReading, ReadWord
from schemas.units import Resolution

WIDE, TALL = 400, 40


@dataclass
class Told:
    """A reader that says what it was told to, and remembers how many lines it was asked about."""

    name: str
    texts: Sequence[str]
    asked: list[int] = field(default_factory=list)

    @property
    def version(self) -> str:
        return f"{self.name} 1"

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        places = [255 - int(crop[0, 0]) for crop in crops]  # each crop is marked with its number
        self.asked += places
        return [spread(self.texts[place]) for place in places]


def spread(text: str) -> LineReading:
    words, at = [], 0
    for word in text.split():
        words.append(ReadWord(word, at * 10, (at + len(word)) * 10, 0.6))
        at += len(word) + 1
    return LineReading(tuple(words))


def line(number: int) -> TextLine:
    crop = np.full((TALL, WIDE), 255, np.uint8)
    crop[10:30, 0:300] = 0
    crop[0, 0] = 255 - number
    return TextLine(Box(100, 100 * number, 100 + WIDE, 100 * number + TALL), crop, (100, 100 * number), number)


def page_of(lines: int, scale: float = 0.5) -> Page:
    food = np.full((100 * lines + 100, 600), 255, np.uint8)
    image = np.full((round(food.shape[0] / scale), round(600 / scale)), 255, np.uint8)
    return Page(
        image=image,
        resolution=Resolution(300, 300),
        bilevel=False,
        food=food,
        rules=np.zeros_like(food),
        food_scale=scale,
        turned=0,
        skew=0.0,
        blank=False,
    )


@pytest.fixture(scope="module")
def jury() -> Jury:
    return Jury.load()


def test_the_dear_reader_is_asked_where_the_first_three_disagree_alone(jury: Jury) -> None:
    agreed, first, second = "Ủy ban nhân dân tỉnh", "Số 1812/QĐ", "Số 1872/QĐ"
    quick, other, third, dear = (
        Told("tessnet", [agreed, first]),
        Told("trueocr", [agreed, second]),
        Told("tessfast", [agreed, second]),
        Told("asterocr", ["", second]),
    )
    text = Reading([quick, other, third, dear], jury).read(page_of(2), Layout((line(0), line(1))))
    assert quick.asked == other.asked == third.asked == [0, 1]
    assert dear.asked == [1]
    assert text.text == f"{agreed}\n{second}\n"
    assert text.lines[0].words[0].readers == ("tessnet", "trueocr", "tessfast")
    assert text.reader == "tessnet 1 + trueocr 1 + tessfast 1 + asterocr 1"


def test_a_line_in_which_nobody_saw_a_word_is_shown_to_people(jury: Jury) -> None:
    nothing = ["", "|"]
    text = Reading([Told("tesserocr", nothing), Told("trueocr", nothing)], jury, ("asterocr",)).read(
        page_of(2), Layout((line(0), line(1)))
    )
    assert text.lines == ()
    assert [region.kind for region in text.regions] == [RegionKind.UNREAD] * 2
    assert text.missing == ("asterocr",)


def test_words_stand_around_their_ink_in_pixels_of_the_delivered_page(jury: Jury) -> None:
    text = Reading([Told("tesserocr", ["Ủy ban"])], jury).read(page_of(1), Layout((line(0),)))
    first = text.lines[0].words[0].box
    assert (first.y0, first.y1) == (2 * 10, 2 * 30)
    assert (first.x0, first.x1) == (2 * 100, 2 * 120)


def test_a_word_through_which_a_rule_ran_is_for_people(jury: Jury) -> None:
    both = [Told("tessnet", ["Ủy ban nhân dân"]), Told("trueocr", ["Ủy ban nhân dân"])]
    page = page_of(1)
    found = Reading(both, jury).read(page, Layout((line(0),))).lines[0].words
    page.rules[:, 110] = RULE
    crossed = Reading(both, jury).read(page, Layout((line(0),))).lines[0].words
    assert found[0].verified
    assert [word.verified for word in crossed] == [False, *(word.verified for word in found[1:])]


def test_parts_of_a_line_become_one_line_of_text(jury: Jury) -> None:
    parts = (line(0), replace(line(1), group=0), line(2))
    text = Reading([Told("tesserocr", ["1", "An Giang", "Ủy ban"])], jury).read(page_of(3), Layout(parts))
    assert text.text == "1 An Giang\nỦy ban\n"


def word(text: str, probability: float = 0.9) -> JudgedWord:
    return JudgedWord(text, 0, 10 * len(text), ("tesserocr",), probability, verified=True, impossible=False)


@pytest.mark.parametrize("text", ["Họ", "-", "–", "1.", "a)", "./.", "đề", "số"])
def test_a_short_word_in_doubt_stays_in_its_line(text: str) -> None:
    assert [part.text for part in clean_words([word("Căn"), word(text, 0.02), word("cứ")])] == ["Căn", text, "cứ"]


@pytest.mark.parametrize(("text", "probability"), [("ÊnN⁄", 0.4), ("ks⁄", 0.01)])
def test_what_strokes_are_read_as_is_none(text: str, probability: float) -> None:
    assert clean_words([word("Căn"), word(text, probability)]) == (word("Căn"),)


@pytest.mark.parametrize("text", ["ì", "\\x", "í"])
def test_a_doubtful_sign_alone_is_no_line(text: str) -> None:
    assert clean_words([word(text, 0.09)]) == ()


@pytest.mark.parametrize("text", ["2", "I", "a"])
def test_a_sign_alone_that_is_read_well_is_one(text: str) -> None:
    assert clean_words([word(text, 0.8)]) == (word(text, 0.8),)


def test_leaders_part_words_and_vanish() -> None:
    words = clean_words([word("tên:......Nguyễn"), word("......")])
    assert [part.text for part in words] == ["tên:", "Nguyễn"]
    assert [(part.start, part.end) for part in words] == [(0, 40), (100, 160)]
    assert not any(part.verified for part in words)


@pytest.mark.parametrize("texts", [["|"], ["...", "'"], ["“", "|"], []])
def test_a_line_of_rules_and_specks_alone_has_no_words(texts: Sequence[str]) -> None:
    assert clean_words([word(text) for text in texts]) == ()
