"""Documents assembled from pages made here, read back by poppler."""

import io
import re
import subprocess
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import simplejpeg
from pikepdf import pdfa
from PIL import Image

from pipeline.assemble import assemble, plain_text
from pipeline.assemble.font import FACES, LOW, encoded, font_program, unicode_map
from pipeline.assemble.layer import fitting, text_layer
from pipeline.assemble.setting import Setting, extent, runs
from pipeline.raster.picture import encode_whole, has_colour
from schemas.document import Coding, DocumentMetadata, Draft, PageLayers
from schemas.errors import LimitExceeded, NotArchival
from schemas.geometry import Box
from schemas.page import Page, Pixels
from schemas.text import Line, PageText, Word
from schemas.units import Resolution

METADATA = DocumentMetadata(
    title="Tờ khai đăng ký khai sinh «Bùi & Ngọc» <1>",
    created=datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=7))),
    dossier_code="000.00.00.H50-261122-0001",
)
SENTENCES = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Ẵ ặ ữ ợ ế Đ đ Ỹ ỵ ưỡng",
    "Điều 5. (khoản 1) “ghi chú” – số: 044194408883",
)


def words(sentence: str, top: int, size: int = 46) -> Line:
    """Return a line set like a printed one: boxes tight around letters that have the usual heights."""
    base, left, found = top + size, 150, []
    for text in sentence.split():
        rise, fall = extent(text)
        width = round(0.5 * size * len(text))
        found.append(Word(text, Box(left, base - round(rise * size), left + width, base + round(fall * size)), 0.9))
        left += width + size // 4
    return Line(tuple(found))


def text_of(*sentences: str, width: int = 1240, height: int = 1754) -> PageText:
    lines = tuple(words(sentence, 200 + 90 * number) for number, sentence in enumerate(sentences))
    return PageText(width=width, height=height, lines=lines, reader="test")


def layers(
    image: Pixels, text: PageText, dpi: tuple[float, float] = (150, 150), *, bilevel: bool = False
) -> PageLayers:
    page = Page(
        image=image,
        resolution=Resolution(*dpi),
        bilevel=bilevel,
        food=np.full((2, 2), 255, np.uint8),
        food_scale=0.01,
        rules=np.zeros((2, 2), np.uint8),
        turned=0,
        skew=0.25,
        blank=not text.lines,
    )
    return encode_whole(page, text, 80)


def white(width: int = 1240, height: int = 1754) -> Pixels:
    return np.full((height, width), 255, np.uint8)


def poppler(draft: Draft, tmp_path: Path, *options: str) -> str:
    file = tmp_path / "draft.pdf"
    file.write_bytes(draft.pdf)
    return subprocess.run(["pdftotext", *options, str(file), "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("options", [(), ("-layout",), ("-raw",)])
def test_words_come_back_with_spaces_and_diacritics(tmp_path: Path, options: tuple[str, ...]) -> None:
    draft = assemble([layers(white(), text_of(*SENTENCES))], METADATA)
    found = [line.strip() for line in poppler(draft, tmp_path, *options).splitlines() if line.strip(" \f")]
    assert found == list(SENTENCES)
    assert all(unicodedata.is_normalized("NFC", line) for line in found)


def boxes(draft: Draft, tmp_path: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Return the words of a page of 150 dpi and their boxes, as poppler finds them."""
    row = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')
    found = row.finditer(poppler(draft, tmp_path, "-bbox"))
    return [(unescape(match[5]), tuple(float(match[side]) * 150 / 72 for side in range(1, 5))) for match in found]


def likeness(found: tuple[float, ...], box: Box) -> float:
    """Return the intersection of two boxes over their union."""
    left, top, right, bottom = found
    across, down = min(right, box.x1) - max(left, box.x0), min(bottom, box.y1) - max(top, box.y0)
    shared = max(0.0, across) * max(0.0, down)
    return shared / ((right - left) * (bottom - top) + box.width * box.height - shared)


def test_words_lie_under_their_ink(tmp_path: Path) -> None:
    text = text_of(*SENTENCES, "con cao xa - com . ao … ấm êm … HỘP SỔ gà, qua")
    found = boxes(assemble([layers(white(), text)], METADATA), tmp_path)
    given = [word for line in text.lines for word in line.words]
    assert [name for name, _ in found] == [word.text for word in given]
    for (_, (left, top, right, bottom)), word in zip(found, given, strict=True):
        assert left == pytest.approx(word.box.x0, abs=1)
        assert right == pytest.approx(word.box.x1, abs=1)
        assert likeness((left, top, right, bottom), word.box) > 0.7, word


def test_the_cells_of_a_row_stand_each_upon_its_own_base_line(tmp_path: Path) -> None:
    """A cell of two lines beside one that is in the middle: one line of text, three of print."""
    upper, lower, middle = words("Số 175 đường", 200), words("Bùi Thị Xuân", 262), words("721.149.000", 231)
    right = tuple(
        replace(word, box=replace(word.box, x0=word.box.x0 + 500, x1=word.box.x1 + 500)) for word in middle.words
    )
    row = Line((*upper.words, *lower.words, *right))
    assert [len(run) for run in runs(row.words)] == [3, 3, 1]
    text = PageText(width=1240, height=1754, lines=(row,), reader="test")
    found = dict(boxes(assemble([layers(white(), text)], METADATA), tmp_path))
    assert all(likeness(found[word.text], word.box) > 0.7 for word in row.words)


def test_a_dash_is_marked_where_it_is() -> None:
    face, raised = fitting(Box(100, 478, 116, 484), 500, 50)
    assert (face, raised) == (LOW, 16)
    assert fitting(Box(100, 465, 180, 511), 500, 50)[1] == 0


def test_overlapping_boxes_still_give_two_words(tmp_path: Path) -> None:
    line = Line((Word("Căn", Box(100, 100, 200, 140), 0.9), Word("cứ", Box(160, 100, 210, 140), 0.9)))
    text = PageText(width=600, height=600, lines=(line,), reader="test")
    assert poppler(assemble([layers(white(600, 600), text)], METADATA), tmp_path).split() == ["Căn", "cứ"]


def test_pages_have_the_size_of_their_paper(tmp_path: Path) -> None:
    pages = [layers(white(2480, 3508), text_of(), (300, 300)), layers(white(1654, 1170), text_of(), (200.5, 100.25))]
    with pikepdf.open(io.BytesIO(assemble(pages, METADATA).pdf)) as pdf:
        sizes = [[float(side) for side in page.mediabox] for page in pdf.pages]
    assert sizes[0] == pytest.approx([0, 0, 2480 * 72 / 300, 3508 * 72 / 300], abs=0.01)
    assert sizes[1] == pytest.approx([0, 0, 1654 * 72 / 200.5, 1170 * 72 / 100.25], abs=0.01)
    assert poppler(assemble(pages, METADATA), tmp_path) == "\f\f"


@pytest.mark.parametrize("size", [(4, 4), (64, 60_000)])
def test_what_no_sheet_of_a_pdf_can_be_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(LimitExceeded, match="khổ"):
        assemble([layers(white(*size), text_of(width=size[0], height=size[1]))], METADATA)


def test_the_same_pages_give_the_same_approved_bytes() -> None:
    pages = [layers(white(), text_of(*SENTENCES))]
    first, second = assemble(pages, METADATA), assemble(pages, METADATA)
    assert first.pdf == second.pdf
    assert pdfa.validate_written(io.BytesIO(first.pdf), "2b").verdict == "pass"
    other = DocumentMetadata(title="Khác", created=METADATA.created)
    assert assemble(pages, other).pdf != first.pdf


def test_the_file_says_what_it_is() -> None:
    with pikepdf.open(io.BytesIO(assemble([layers(white(), text_of())], METADATA).pdf)) as pdf:
        xmp = pdf.open_metadata()
        assert xmp["dc:title"] == METADATA.title
        assert xmp["dc:identifier"] == METADATA.dossier_code
        assert list(xmp["dc:language"]) == ["vi"]
        assert xmp["xmp:CreateDate"] == xmp["xmp:MetadataDate"] == "2026-11-22T01:30:00+00:00"
        assert str(pdf.docinfo.Title) == METADATA.title
        assert str(pdf.Root.Lang) == "vi"


def test_one_bit_pages_keep_every_pixel() -> None:
    image = np.where(np.random.default_rng(1).random((330, 251)) < 0.2, 0, 255).astype(np.uint8)
    page = layers(image, text_of(), (300.7, 299.6), bilevel=True)
    assert page.coding is Coding.CCITT_G4
    with pikepdf.open(io.BytesIO(assemble([page], METADATA).pdf)) as pdf:
        (stream,) = pdf.pages[0].get_images().values()
        assert isinstance(stream, pikepdf.Stream)
        picture = pikepdf.PdfImage(stream).as_pil_image()
    assert np.array_equal(np.asarray(picture.convert("L")), image)


def test_jpegs_are_taken_over_bit_by_bit_with_their_resolution() -> None:
    image = np.random.default_rng(2).integers(0, 255, (64, 48, 3), np.uint8)
    page = layers(image, text_of(), (300, 200))
    assert Image.open(io.BytesIO(page.picture)).info["dpi"] == (300, 200)
    with pikepdf.open(io.BytesIO(assemble([page], METADATA).pdf)) as pdf:
        (stream,) = pdf.pages[0].get_images().values()
        assert stream.read_raw_bytes() == page.picture


def test_pages_without_colour_are_coded_grey() -> None:
    grey = np.repeat(np.random.default_rng(3).integers(180, 255, (200, 160, 1), np.uint8), 3, axis=2)
    assert simplejpeg.decode_jpeg_header(layers(grey, text_of()).picture)[2] == "Gray"
    stroke = grey.copy()
    stroke[40:44, 10:60] = (30, 40, 190)
    assert has_colour(stroke)
    assert simplejpeg.decode_jpeg_header(layers(stroke, text_of()).picture)[2] == "YCbCr"


def test_a_refused_file_does_not_leave() -> None:
    spoilt = DocumentMetadata(title="x" * 40_000, created=METADATA.created)  # longer than a PDF/A string may be
    with pytest.raises(NotArchival, match="PDF/A-2b"):
        assemble([layers(white(), text_of())], spoilt)


def test_a_tall_speck_does_not_lift_the_line() -> None:
    line = words("Cộng hòa xã hội chủ nghĩa", 300)
    setting = Setting.of(line.words)
    spoilt = Setting.of((*line.words, Word("|", Box(900, 100, 910, 500), 0.1)))
    assert (spoilt.em, spoilt.base) == pytest.approx((setting.em, setting.base), abs=2)
    assert setting.em == pytest.approx(46, abs=2)
    assert setting.base == pytest.approx(346, abs=2)


def test_plain_text_ends_each_page_with_a_form_feed() -> None:
    assert plain_text([text_of("một hai"), text_of(), text_of("ba", "bốn")]) == "một hai\n\f\fba\nbốn\n\f"


def test_a_full_page_of_words_takes_four_kilobytes() -> None:
    rng = np.random.default_rng(4)
    syllables = "Cộng hòa xã hội chủ nghĩa Việt Nam độc lập tự do hạnh phúc theo quy định của pháp luật số ngày".split()
    sentences = [" ".join(rng.choice(syllables, 13)) for _ in range(38)]
    lines = tuple(words(sentence, 40 + 44 * number, 26) for number, sentence in enumerate(sentences))
    jittered = tuple(
        Line(tuple(replace(word, box=replace(word.box, x1=word.box.x1 + int(rng.integers(3)))) for word in line.words))
        for line in lines
    )
    page = layers(white(), PageText(width=1240, height=1754, lines=jittered, reader="test"))
    layer = text_layer(page)
    assert layer is not None
    assert len(layer.operators) < 4096
    empty = layers(white(), PageText(width=1240, height=1754, lines=(), reader=""))
    fonts = len(assemble([page], METADATA).pdf) - len(assemble([empty], METADATA).pdf) - len(layer.operators)
    assert fonts < 3072


def test_signs_of_pdf_and_of_other_scripts_come_back(tmp_path: Path) -> None:
    sentence = r"(a\b) \( )( č ഍ 中文 ẞ"
    assert poppler(assemble([layers(white(), text_of(sentence))], METADATA), tmp_path).split() == sentence.split()


def test_the_font_is_tiny_and_its_codes_are_utf16() -> None:
    assert all(len(font_program(face)) < 400 for face in FACES)
    assert encoded("Ệ") == b"\x1e\xc6"
    assert encoded("\U0001f600") == b"\xff\xfd"
    assert "<1E00> <1EFF> <1E00>" in unicode_map([0x20, 0x1EC6])
    assert "<0100>" not in unicode_map([0x20, 0x1EC6])
