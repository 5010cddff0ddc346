"""From Tesseract's table to lines of words."""

import unicodedata

import pytest

from pipeline.ocr.words import lines_of, rows_of, weight

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


def table(*words: tuple[int, int, int, int, int, float, str]) -> str:
    """Return a table of words: line, left, top, width, height, confidence, text."""
    rows = [
        f"5\t1\t1\t1\t{line}\t{number}\t{left}\t{top}\t{width}\t{height}\t{conf}\t{text}"
        for number, (line, left, top, width, height, conf, text) in enumerate(words, 1)
    ]
    return "\n".join([HEAD, "1\t1\t0\t0\t0\t0\t0\t0\t100\t100\t-1\t", *rows, ""])


def read(*words: tuple[int, int, int, int, int, float, str]) -> list[tuple[str, list[int]]]:
    lines = lines_of(rows_of(table(*words)), (1.5, 1.5), (300, 300))
    return [(word.text, word.box.as_list()) for line in lines for word in line.words]


def test_boxes_are_those_of_the_page() -> None:
    assert read((1, 10, 20, 30, 10, 90.0, "Điều")) == [("Điều", [15, 30, 60, 45])]


def test_boxes_stay_on_the_page() -> None:
    assert read((1, 180, 190, 50, 40, 90.0, "mép")) == [("mép", [270, 285, 300, 300])]


def test_text_is_composed() -> None:
    ((text, _),) = read((1, 0, 0, 10, 10, 90.0, unicodedata.normalize("NFD", "Nguyễn")))
    assert text == unicodedata.normalize("NFC", text) == "Nguyễn"


@pytest.mark.parametrize("rubbish", ["......", "|", " ", "—————", "…", "._.", "_____", "'"])
def test_what_rules_and_dots_are_read_as_is_no_word(rubbish: str) -> None:
    assert read((1, 0, 0, 50, 10, 90.0, rubbish)) == []


@pytest.mark.parametrize(
    ("rubbish", "confidence"), [("ÊnN⁄", 40.0), ("ỶỶƒỶ.", 20.0), ("ì", 9.0), ("\\x", 0.0), ("ks⁄", 1.0)]
)
def test_what_signatures_are_read_as_is_no_word(rubbish: str, confidence: float) -> None:
    assert read((1, 0, 0, 50, 10, confidence, rubbish)) == []


@pytest.mark.parametrize("text", ["-", "20/11/2026", "Điều", "–", "012"])
def test_doubtful_print_is_kept_for_review(text: str) -> None:
    assert [word for word, _ in read((1, 0, 0, 50, 10, 3.0, text))] == [text]


@pytest.mark.parametrize("text", ["-", "a", "(1)", "5.", "./.", "Số:", "–", '"Quyết', "/"])
def test_short_words_are_words(text: str) -> None:
    assert [word for word, _ in read((1, 0, 0, 50, 10, 90.0, text))] == [text]


def test_leaders_are_cut_from_words() -> None:
    assert read((1, 0, 0, 100, 10, 90.0, "sinh:......tại")) == [("sinh:", [0, 0, 83, 15]), ("tại", [100, 0, 150, 15])]


def test_lines_without_words_are_left_out() -> None:
    rows = rows_of(table((1, 0, 0, 10, 10, 90.0, "một"), (2, 0, 20, 10, 10, 80.0, "...."), (3, 0, 40, 9, 9, 70, "hai")))
    lines = lines_of(rows, (1, 1), (100, 100))
    assert [line.text for line in lines] == ["một", "hai"]
    assert [line.words[0].confidence for line in lines] == [0.9, 0.7]


def test_words_do_not_reach_into_their_neighbours() -> None:
    (_, first), (_, second) = read((1, 0, 0, 100, 20, 90.0, "Căn"), (1, 40, 0, 30, 20, 90.0, "cứ"))
    assert first[2] < second[0]


def test_weight_counts_sure_letters_only() -> None:
    assert weight(rows_of(table((1, 0, 0, 9, 9, 50.0, "xyz"), (1, 0, 0, 9, 9, 90.0, "abcd")))) == pytest.approx(3.6)


def test_a_quotation_mark_does_not_swallow_the_rest() -> None:
    assert [text for text, _ in read((1, 0, 0, 9, 9, 90, '"mở'), (1, 20, 0, 9, 9, 90, "đóng"))] == ['"mở', "đóng"]
