"""All readers of lines keep the same promises; the real libraries, on lines drawn here."""

import sys
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from pipeline.ocr import readers
from pipeline.ocr.crops import FEWEST_DARK, LEAST_HIGH, LONGEST, MOST_HIGH, fitted, ink_box, widest_gap
from pipeline.ocr.ctc import Peak, peaks_of, words_of
from pipeline.ocr.pytesseract_lines import PytesseractLines
from pipeline.ocr.readers import CLASSES, open_reader, open_readers
from pipeline.ocr.tesserocr_lines import TesserocrLines
from pipeline.ocr.trueocr_lines import TrueocrLines, parts_of
from pipeline.ports import LineReader
from samples.typeface import Face, font_path
from schemas.errors import MissingProgram
from schemas.geometry import Box
from schemas.page import Pixels
from schemas.settings import Reader
from schemas.text import LineReading

LINES = [
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Họ và tên: Nguyễn Thị Ngọc Diễm",
    "Số định danh cá nhân: 044194408883",
    "Theo đề nghị của Giám đốc Sở Nội vụ,",
]
FONT_PX = 34
"""12 points at 200 dpi."""


def drawn(text: str, size: int = FONT_PX) -> Pixels:
    """Return one line of print, as the layout cuts it out."""
    font = ImageFont.truetype(str(font_path(Face.SERIF)), size)
    x0, y0, x1, y1 = (round(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (x1 - x0 + 8, y1 - y0 + 8), 255)
    ImageDraw.Draw(picture).text((4 - x0, 4 - y0), text, font=font, fill=10)
    return np.asarray(picture)


def white(height: int, width: int) -> Pixels:
    return np.full((height, width), 255, np.uint8)


def black(height: int, width: int) -> Pixels:
    return np.zeros((height, width), np.uint8)


ODD = [
    black(0, 0),
    black(0, 5),
    black(5, 0),
    black(1, 1),
    black(3, 3),
    black(40, 300),
    black(1, 900),
    black(900, 1),
    black(9000, 12),
    black(12, 40_000),
    drawn(LINES[0]).T,
    drawn(LINES[0])[:, ::2],
    np.random.default_rng(7).integers(0, 255, (50, 400)).astype(np.uint8),
]


@pytest.fixture(scope="module", params=[reader.value for reader in Reader])
def reader(request: pytest.FixtureRequest) -> LineReader:
    name = Reader(request.param)
    if name is Reader.ASTEROCR and find_spec("asterocr") is None:
        pytest.skip("asterocr is no part of the installation")
    return open_reader(name)


def errors(read: list[str], printed: list[str]) -> float:
    """Return the share of letters that were read wrong."""
    pairs = list(zip(read, printed, strict=True))
    return sum(Levenshtein.distance(*pair) for pair in pairs) / sum(len(text) for text in printed)


def check(reading: LineReading, crop: Pixels) -> None:
    """Hold what every reading has to be."""
    for word in reading.words:
        assert word.text
        assert not any(char.isspace() for char in word.text)
        assert unicodedata.is_normalized("NFC", word.text)
        assert 0 <= word.start <= word.end <= crop.shape[1]
        assert 0 <= word.confidence <= 1


class TestEveryReader:
    def test_clean_lines_are_read_right(self, reader: LineReader) -> None:
        found = reader.read_lines([drawn(text) for text in LINES])
        assert errors([reading.text for reading in found], LINES) <= 0.03

    def test_words_stand_where_they_are_printed(self, reader: LineReader) -> None:
        text = LINES[0]
        font = ImageFont.truetype(str(font_path(Face.SERIF)), FONT_PX)
        crop = drawn(text)
        (reading,) = reader.read_lines([crop])
        check(reading, crop)
        printed = text.split()
        assert len(reading.words) == len(printed)
        for place, word in enumerate(reading.words):
            left = 4 + font.getlength("".join(f"{before} " for before in printed[:place]))
            right = left + font.getlength(printed[place])
            assert abs(word.start - left) < FONT_PX / 4, word
            assert abs(word.end - right) < FONT_PX / 4, word

    def test_many_lines_a_call_keep_their_order(self, reader: LineReader) -> None:
        texts = [f"Điều {number}. Phạm vi điều chỉnh" for number in range(11, 36)]
        found = reader.read_lines([drawn(text) for text in texts])
        assert [reading.words[1].text.strip(".,") for reading in found] == [str(number) for number in range(11, 36)]

    def test_no_ink_no_words(self, reader: LineReader) -> None:
        crops = [white(40, 600), white(1, 1), white(0, 9), drawn(LINES[1]), white(300, 20)]
        found = reader.read_lines(crops)
        assert [bool(reading.words) for reading in found] == [False, False, False, True, False]

    def test_no_lines_no_readings(self, reader: LineReader) -> None:
        assert reader.read_lines([]) == []

    def test_odd_crops_harm_nobody(self, reader: LineReader) -> None:
        (alone,) = reader.read_lines([drawn(LINES[0])])
        found = reader.read_lines([crop for odd in ODD for crop in (odd, drawn(LINES[0]))])
        assert found[1::2] == [alone] * len(ODD)
        for reading, odd in zip(found[::2], ODD, strict=True):
            check(reading, odd)

    def test_a_line_that_touches_the_next_one_is_not_silently_empty(self, reader: LineReader) -> None:
        line, following = drawn(LINES[0]), drawn(LINES[3])
        crop = white(line.shape[0] + 12, max(line.shape[1], following.shape[1]))
        crop[: line.shape[0], : line.shape[1]] = line
        part = crop[-16:, : following.shape[1]]
        np.minimum(part, following[4:20], out=part)
        assert reader.read_lines([crop])[0].words

    def test_a_single_small_word_is_read(self, reader: LineReader) -> None:
        assert reader.read_lines([drawn("ngày")])[0].words

    @settings(max_examples=6)
    @given(
        st.integers(1, 70),
        st.integers(1, 240),
        st.integers(0, 2**32 - 1),
    )
    def test_whatever_is_on_a_crop_a_reading_is_well_formed(
        self, reader: LineReader, height: int, width: int, seed: int
    ) -> None:
        chance = np.random.default_rng(seed)
        crop = np.where(chance.random((height, width)) < chance.random(), 0, 255).astype(np.uint8)
        check(reader.read_lines([crop])[0], crop)

    def test_it_says_who_it_is(self, reader: LineReader) -> None:
        assert reader.version.startswith(f"{reader.name} ")
        assert reader.version[len(reader.name) + 1].isdigit()


class TestOpening:
    def test_every_reader_that_can_be_wanted_has_its_class(self) -> None:
        assert set(CLASSES) == set(Reader)

    def test_the_order_is_that_of_the_settings(self) -> None:
        opened, missing = open_readers([Reader.TRUEOCR, Reader.TESSEROCR])
        assert [reader.name for reader in opened] == ["trueocr", "tesserocr"]
        assert missing == ()

    def test_tesseract_stands_in_for_itself_where_its_library_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lose(monkeypatch, "tesserocr")
        opened, missing = open_readers([Reader.TESSEROCR, Reader.TRUEOCR])
        assert [reader.name for reader in opened] == ["pytesseract", "trueocr"]
        assert missing == ("tesserocr",)

    def test_nobody_stands_in_for_the_second_reader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lose(monkeypatch, "trueocr")
        opened, missing = open_readers([Reader.TESSEROCR, Reader.TRUEOCR])
        assert [reader.name for reader in opened] == ["tesserocr"]
        assert missing == ("trueocr",)

    def test_without_any_reader_nothing_is_pretended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lose(monkeypatch, "trueocr")
        with pytest.raises(MissingProgram, match="trueocr"):
            open_readers([Reader.TRUEOCR])

    @pytest.mark.parametrize("kind", [TesserocrLines, PytesseractLines])
    def test_a_folder_without_a_model_is_named(
        self, kind: type[TesserocrLines] | type[PytesseractLines], tmp_path: Path
    ) -> None:
        with pytest.raises(MissingProgram, match="traineddata"):
            kind(tmp_path)

    def test_a_damaged_model_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "vie.traineddata").write_bytes(b"no model")
        with pytest.raises(MissingProgram, match="traineddata"):
            TesserocrLines(tmp_path)


def lose(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    """Let a library be as if it were not installed."""
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"pipeline.ocr.{library}_lines", raising=False)
    monkeypatch.delattr(readers, f"{library}_lines", raising=False)


class TestTrueocr:
    def test_a_long_line_is_read_in_parts_without_a_seam(self) -> None:
        text = " ".join(LINES[:2] * 3)
        crop = drawn(text, 30)
        (reading,) = TrueocrLines().read_lines([crop])
        assert errors([reading.text], [text]) <= 0.03
        assert len(reading.words) == len(text.split())
        edges = [edge for word in reading.words for edge in (word.start, word.end)]
        assert edges == sorted(edges)

    def test_it_tells_which_characters_it_does_not_know(self) -> None:
        alphabet = TrueocrLines().alphabet
        assert set("aăâđơưẫỵ“”/%") <= alphabet
        assert not set("\u2013\u2026\u00b2\u00bd\u00ab\u00bb") & alphabet

    @given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(5, 60))
    def test_parts_cover_the_line_and_none_is_much_too_wide(self, inked: list[bool], widest: int) -> None:
        parts = parts_of(np.array(inked), (0, len(inked)), widest)
        assert [start for start, _ in parts] == [0, *(end for _, end in parts[:-1])]
        assert parts[-1][1] == len(inked)
        assert all(0 < end - start <= 1.5 * widest + 2 for start, end in parts)


class TestCtc:
    def test_repeated_steps_are_one_character_and_a_blank_parts_two(self) -> None:
        classes = np.array([0, 1, 1, 0, 1, 2, 2, 0], np.int64)
        confidences = np.array([0.9, 0.5, 0.8, 0.9, 0.7, 0.6, 0.4, 0.9], np.float32)
        assert [(peak.char, peak.at) for peak in peaks_of(classes, confidences, "ab")] == [
            ("a", 2.5),
            ("a", 4.5),
            ("b", 5.5),
        ]

    def test_words_end_and_begin_at_the_ink_and_are_as_sure_as_their_least_sure_letter(self) -> None:
        ink = np.array([0, 1, 1, 1, 0, 0, 0, 1, 1, 0], bool)
        peaks = [Peak("a", 1.5, 0.9), Peak("b", 3.0, 0.6), Peak(" ", 5.0, 1.0), Peak("c", 8.0, 0.8)]
        assert [(word.text, word.start, word.end, word.confidence) for word in words_of(peaks, ink)] == [
            ("ab", 1, 4, 0.6),
            ("c", 7, 9, 0.8),
        ]

    def test_spaces_alone_are_no_word(self) -> None:
        assert words_of([Peak(" ", 1.0, 1.0)], np.ones(4, bool)) == ()


class TestCrops:
    def test_specks_make_no_line_taller(self) -> None:
        crop = white(60, 200)
        crop[20:40, 10:190] = 0
        crop[57, 100] = crop[2, 50] = 0
        assert ink_box(crop) == Box(10, 20, 190, 40)

    def test_a_thin_stroke_is_ink_and_a_speck_is_none(self) -> None:
        crop = white(40, 20)
        crop[10:30, 9] = 0
        assert ink_box(crop) == Box(9, 10, 10, 30)
        crop[10 + FEWEST_DARK - 1 :] = 255
        assert ink_box(crop) is None

    @given(st.integers(0, 60), st.integers(1, 60))
    def test_what_is_handed_on_is_no_flatter_and_no_larger_than_readers_bear(self, height: int, width: int) -> None:
        picture = fitted(black(height * 4, width * 90))
        assert LEAST_HIGH <= picture.shape[0] <= MOST_HIGH
        assert picture.shape[1] <= LONGEST * picture.shape[0]
        assert picture.flags.c_contiguous

    def test_the_widest_gap(self) -> None:
        ink = np.array([1, 0, 1, 0, 0, 1, 0], bool)
        assert widest_gap(ink, 0, 7) == (3, 5)
        assert widest_gap(np.ones(8, bool), 2, 6) == (4, 4)
