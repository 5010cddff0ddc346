"""Reading is measured rightly, and drawn pages are what their truth says."""

from pathlib import Path

import numpy as np
import pytest

from bench.accuracy import compare, compare_paragraphs
from bench.drawn import PAGES, DrawnPage, draw
from bench.reading_scores import comparable, right_words, score, verified_lines
from bench.reading_told import Field, PageRead, PageTruth

TRUTH = ("Điều 1. Phạm vi điều chỉnh", "Nghị định này quy định cơ chế")


@pytest.mark.parametrize(
    ("read", "strict", "flexible", "marks"),
    [
        ("\n".join(TRUTH), 0, 0, 0),
        ("\n".join(reversed(TRUTH)), 44, 0, 0),
        ("Điều 1. Phạm vi điêu chỉnh\nNghị định này quy đinh cơ chế", 2, 2, 2),
        ("Điều 1. Phạm vi điều chỉnh\nx Nghị định này quy định cơ chẽ", 3, 3, 1),
        ("", 56, 55, 0),
    ],
)
def test_errors_are_counted_in_reading_order_and_out_of_it(read: str, strict: int, flexible: int, marks: int) -> None:
    errors = compare(TRUTH, read)

    assert errors.characters == 56
    assert (errors.strict, errors.flexible, errors.marks) == (strict, flexible, marks)


def test_lines_of_a_paragraph_may_break_anywhere() -> None:
    paragraph = ["Nghị định này quy định cơ chế, chính sách thu hút chuyên gia khoa học, công nghệ"]

    broken = compare_paragraphs(
        paragraph, "Nghị định này quy định\ncơ chế, chính sach thu hút chuyên gia\nkhoa học, công nghệ"
    )

    assert (broken.flexible, broken.marks, broken.strict) == (1, 1, 1)


def test_leader_dots_and_quotes_are_no_errors() -> None:
    assert compare(['Họ tên: ......... "An"'], "Họ tên: … … … “An”").strict == 0


def test_a_verified_line_is_exact_where_it_is_printed_so() -> None:
    sure, unsure = ("Phạm", 0.99, True), ("vi", 0.5, False)
    read = [[sure, ("vi", 0.9, True)], [sure, unsure], [("Phạn", 0.9, True)], []]

    assert verified_lines(TRUTH, read) == (2, 1)


def test_words_are_right_where_whole_stretches_stand_elsewhere() -> None:
    truth = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy"]

    assert right_words(truth, ["bốn", "năm", "sáu", "bảy", "một", "hai", "mười"]) == [True] * 6 + [False]
    assert right_words(truth, ["bảy", "bảy"]).count(True) == 1


def page_of(lines: tuple[str, ...] = TRUTH, **more: object) -> PageTruth:
    return PageTruth(picture=Path("x.jpg"), lines=lines, **more)  # type: ignore[arg-type]


def test_certainty_that_is_always_right_has_no_calibration_error() -> None:
    words = [tuple((word, 1.0, True) for word in line.split()) for line in TRUTH]
    wrong = [*words[:1], tuple((f"{word}x", 1.0, True) for word, *_ in words[1])]

    good = score(page_of(), PageRead(text="\n".join(TRUTH), lines=tuple(words), blank=False))
    bad = score(page_of(), PageRead(text="", lines=tuple(wrong), blank=False))

    assert good.calibration_error == 0
    assert bad.calibration_error == pytest.approx(100 * 7 / 13)
    assert (good + bad).calibration_error == pytest.approx(100 * 7 / 26)


def test_fields_are_compared_by_what_they_mean() -> None:
    truth = page_of(
        fields=(("born_on", "05/03/1990"), ("amount", "1.500.000 đồng"), ("subject", "đẩy mạnh việc số hóa")),
        also=(("issued_on", "ngày 02 tháng 05 năm 2024"),),
        knows_fields=True,
    )
    found = (Field("born_on", "5/3/1990"), Field("amount", "1500000"), Field("issued_on", "2024-05-02"))
    wrong = (Field("subject", "đẩy mạnh việc số"),)

    told = score(truth, PageRead(text="x", fields=(*found, *wrong), blank=False))

    assert (told.wanted, told.found, told.false) == (3, 2, 1)
    assert comparable("issued_on", "ngày 02 tháng 05 năm 2024") == "2024-05-02"


def test_blank_pages_count_apart() -> None:
    told = score(page_of(()), PageRead(text="Ồ", blank=False)) + score(page_of(), PageRead(text="", blank=True))

    assert (told.blanks, told.blanks_found, told.invented) == (1, 0, 1)
    assert (told.printed, told.called_blank, told.lost) == (1, 1, 1)
    assert (told.verified, told.lines) == (0, 0)


@pytest.fixture(scope="module")
def forms() -> tuple[DrawnPage, DrawnPage]:
    return draw("form", "hard", 3), draw("form", "hard", 3)


def test_a_seed_draws_the_same_page_again(forms: tuple[DrawnPage, DrawnPage]) -> None:
    one, two = forms

    assert one.data == two.data
    assert one.lines == two.lines
    assert draw("form", "hard", 4).lines != one.lines


def test_what_a_form_states_is_printed_on_it(forms: tuple[DrawnPage, DrawnPage]) -> None:
    printed = " ".join(forms[0].lines)

    assert forms[0].fields
    for _, value in forms[0].fields:
        assert value in printed


def test_the_skew_that_is_told_is_that_of_the_wear() -> None:
    page = draw("law", "typical", 2)

    assert abs(float(page.skews.mean()) - page.wear.skew) < 0.1
    assert float(np.ptp(page.skews)) <= abs(page.wear.drift) + 0.1


@pytest.mark.parametrize("kind", list(PAGES))
def test_every_kind_has_lines(kind: str) -> None:
    page = draw(kind, "hard", 11)

    assert len(page.lines) >= 3
    assert page.image.min() < 128


def test_a_turned_page_lies_or_stands_on_its_head() -> None:
    page = draw("letter", "turned", 1)

    lies = page.image.shape[0] < page.image.shape[1]
    assert page.turned in (90, 180, 270)
    assert lies is (page.turned != 180)
