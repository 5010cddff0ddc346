"""What a pen wrote is no text: values that nobody reads, numbers and days in the heads of letters."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.ocr.confidence import JudgedWord
from pipeline.ocr.handwritten import Left, without_handwriting
from pipeline.ocr.heads import without_pen
from pipeline.ocr.penmanship import is_leaning, lean, stroke
from samples.typeface import Face, font
from schemas.geometry import Box
from schemas.layout import Layout, Region, RegionKind, TextLine
from schemas.page import Page, Pixels
from schemas.units import Resolution

DPI, HIGH = 150, 40
GAP = Region(RegionKind.FILL_IN, Box(300, 66, 1200, 70))


def word(text: str, place: tuple[int, int], probability: float = 0.98) -> JudgedWord:
    return JudgedWord(text, *place, ("a", "b"), probability, verified=probability > 0.9, impossible=False)


def drawn(*texts: str, by_pen: int | None = None) -> tuple[Pixels, list[tuple[int, int]]]:
    """Return a line of these words and their columns; the one `by_pen` is larger, thicker and leans."""
    crop, spans, at = np.full((HIGH, 700), 255, np.uint8), [], 8
    for number, text in enumerate(texts):
        tile = written(text) if number == by_pen else printed(text)
        crop[:, at : at + tile.shape[1]] = tile
        spans.append((at, at + tile.shape[1]))
        at += tile.shape[1] + (2 if text == "ngày" else 12)
    return crop, spans


def printed(text: str, size: float = 13, bold: int = 0) -> Pixels:
    letters = font(Face.SERIF, size, DPI)
    tile = Image.new("L", (round(letters.getlength(text)) + 1, HIGH), 255)
    ImageDraw.Draw(tile).text((0, 28), text, fill=0, font=letters, anchor="ls", stroke_width=bold)
    return np.asarray(tile, np.uint8)


def written(text: str) -> Pixels:
    tile = np.pad(printed(text, 17, bold=1), ((0, 0), (0, 16)), constant_values=255)
    move = np.asarray([[1, -0.35, 12], [0, 1, 3]], np.float32)
    return np.asarray(cv2.warpAffine(tile, move, tile.shape[::-1], borderValue=(255,)), np.uint8)


def said(*texts: str, by_pen: int | None = None, probability: float = 0.98) -> tuple[TextLine, list[JudgedWord]]:
    crop, spans = drawn(*texts, by_pen=by_pen)
    words = [
        word(text, span, probability if place == by_pen else 0.98)
        for place, (text, span) in enumerate(zip(texts, spans, strict=True))
    ]
    return TextLine(Box(100, 10, 800, 34), crop, (100, 0), 0), words


def left_of(line: TextLine, words: list[JudgedWord], *regions: Region) -> Left:
    """Return what is left of a line below another one that is read surely."""
    food = np.full((200, 900), 255, np.uint8)
    page = Page(
        image=np.full((400, 1800), 255, np.uint8),
        resolution=Resolution(300, 300),
        bilevel=False,
        food=food,
        rules=np.zeros_like(food),
        food_scale=0.5,
        turned=0,
        skew=0.0,
        blank=False,
    )
    sure = [word("Những điều khai trên là đúng sự thật, nếu sai tôi xin chịu trách nhiệm", (0, 600), 0.99)]
    lines = [line, replace(line, box=Box(100, 60, 800, 90), origin=(100, 50), group=1)]
    return without_handwriting(lines, [words, sure], Layout(tuple(lines), (), regions), page)[0]


def texts(left: Left) -> list[str]:
    return [each.text for each in left.words]


def test_a_value_that_nobody_reads_in_a_gap_is_handwriting() -> None:
    line, words = said("Quan", "hệ:", "Pà", "Hạu")
    garbled = [*words[:2], *(replace(each, probability=0.15, verified=False) for each in words[2:])]
    left = left_of(line, garbled, GAP)
    assert texts(left) == ["Quan", "hệ:"]
    assert left.by_pen == ((words[2].start, words[3].end),)
    assert texts(left_of(line, words, GAP)) == ["Quan", "hệ:", "Pà", "Hạu"], "it is read surely"
    assert texts(left_of(line, garbled)) == ["Quan", "hệ:", "Pà", "Hạu"], "upright, and in no gap"


def test_elsewhere_a_value_has_to_lean_as_well() -> None:
    line, words = said("Giới", "tính:", "Namm", by_pen=2, probability=0.4)
    assert texts(left_of(line, words)) == ["Giới", "tính:"]
    line, words = said("Giới", "tính:", "Namm")
    doubtful = [*words[:2], replace(words[2], probability=0.4, verified=False)]
    assert texts(left_of(line, doubtful)) == ["Giới", "tính:", "Namm"]


def test_the_next_label_is_no_part_of_a_value() -> None:
    line, words = said("hộ:", "Pà", "Hạu", "Quan", "hệ:", "Con")
    apart = [each if place < 3 else moved(each, 40) for place, each in enumerate(words)]
    garbled = [
        replace(each, probability=0.1, verified=False) if 0 < place < 3 else each for place, each in enumerate(apart)
    ]
    gap = Region(RegionKind.FILL_IN, Box(240, 66, 2 * (100 + words[2].end), 70))
    assert texts(left_of(line, garbled, gap)) == ["hộ:", "Quan", "hệ:", "Con"]


def test_a_stroke_of_a_signature_is_no_word_and_a_name_in_it_is_one() -> None:
    signature = Region(RegionKind.SIGNATURE, Box(180, 0, 1700, 80))
    for text, kept in (("/", []), ("7", []), ("Lê", ["Lê"])):
        line, words = said(text)
        assert texts(left_of(replace(line, box=Box(100, 10, 130, 34)), words, signature)) == kept
        assert texts(left_of(line, words)) == [text]


def moved(each: JudgedWord, by: int) -> JudgedWord:
    return replace(each, start=each.start + by, end=each.end + by)


def test_where_print_itself_is_hard_to_read_nothing_is_taken_for_handwriting() -> None:
    line, words = said("Quan", "hệ:", "Pà", "Hạu")
    garbled = [replace(each, text=each.text * 20, probability=0.2, verified=False) for each in words]
    assert len(left_of(line, garbled, GAP).words) == 4


@pytest.mark.parametrize(
    ("parts", "by_pen", "kept"),
    [
        (("Số:", "280", "/BC-UBND"), 1, ["Số:", "/BC-UBND"]),
        (("An", "Giang,", "ngày", "22", "tháng", "11"), 3, ["An", "Giang,", "ngày", "tháng", "11"]),
    ],
)
def test_number_and_day_of_a_head_are_left_to_people_where_a_pen_wrote_them(
    parts: tuple[str, ...], by_pen: int, kept: list[str]
) -> None:
    line, words = said(*parts, by_pen=by_pen, probability=0.9)
    rest, spans = without_pen(words, line.crop)
    assert ([each.text for each in rest], spans) == (kept, [(words[by_pen].start, words[by_pen].end)])
    line, words = said(*parts)
    assert without_pen(words, line.crop) == (tuple(words), [])


def test_what_runs_together_with_print_is_cut_out_of_it() -> None:
    crop, spans = drawn("ngày", "20", "tháng", "3", by_pen=1)
    glued = word("ngày20tháng", (spans[0][0], spans[2][1]), 0.33)
    rest, cut = without_pen([glued, word("3", spans[3])], crop)
    assert [each.text for each in rest] == ["ngày", "tháng", "3"]
    ((start, end),) = cut
    assert abs(start - spans[1][0]) < 12
    assert abs(end - spans[1][1]) < 20


def test_ink_of_a_pen_leans_and_has_strokes_of_its_own() -> None:
    assert is_leaning(written("Nguyễn"), printed("Họ và tên"))
    assert not is_leaning(printed("Nguyễn"), printed("Họ và tên"))
    assert lean(written("Nguyễn")) == pytest.approx(0.35, abs=0.1)
    assert stroke(written("Nguyễn")) > 1.3 * stroke(printed("Nguyễn"))
    assert stroke(np.full((20, 20), 255, np.uint8)) == 0
