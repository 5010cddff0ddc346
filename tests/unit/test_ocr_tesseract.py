"""The real Tesseract on pages drawn here."""

import numpy as np
import pytesseract
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.ocr.tesseract import ENVIRONMENT, Tesseract
from samples.typeface import Face, font_path
from schemas.errors import MissingProgram, RecognizerFailed
from schemas.page import Page, Pixels
from schemas.text import mean_confidence
from schemas.units import Resolution, Turn

TEXT = [
    "Họ và tên: Nguyễn Thị Ngọc Diễm",
    "Nơi cư trú: phường Đồng Hới, Quảng Trị",
    "Số định danh cá nhân: 044194408883",
]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Tesseract:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return Tesseract()


def drawn() -> Pixels:
    picture = Image.new("L", (1000, 300), 255)
    font = ImageFont.truetype(str(font_path(Face.SERIF)), 44)
    for number, line in enumerate(TEXT):
        ImageDraw.Draw(picture).text((60, 40 + 75 * number), line, font=font, fill=10)
    return np.asarray(picture)


def page(food: Pixels, *, scale: float = 1.0, blank: bool = False) -> Page:
    height, width = food.shape
    image = np.full((round(height / scale), round(width / scale)), 255, np.uint8)
    return Page(
        image=image,
        resolution=Resolution(200 / scale, 200 / scale),
        bilevel=False,
        food=food,
        food_scale=scale,
        rules=np.zeros_like(food),
        turned=0,
        skew=0.0,
        blank=blank,
    )


def test_vietnamese_is_read_with_boxes_on_the_page(reader: Tesseract) -> None:
    text = reader.read(page(drawn(), scale=0.5))
    assert text.text.splitlines() == TEXT
    assert (text.width, text.height) == (2000, 600)
    first = text.lines[0].words[0]
    assert first.text == "Họ"
    assert first.box.x0 == pytest.approx(120, abs=6)
    assert first.box.x1 == pytest.approx(120 + 2 * 53, abs=8)
    confidence = mean_confidence([text])
    assert confidence is not None
    assert 0.8 < confidence <= 1
    assert reader.name.startswith("tesseract 5.")
    assert reader.name.endswith(" vie")


def test_blank_pages_have_no_text(reader: Tesseract) -> None:
    assert reader.read(page(drawn(), blank=True)).lines == ()


@pytest.mark.parametrize("turned", [0, 180, 270])
def test_upright_is_found_from_a_few_lines(reader: Tesseract, turned: Turn) -> None:
    canvas = np.full((1000, 1000), 255, np.uint8)
    canvas[350:650] = drawn()
    lying = np.ascontiguousarray(np.rot90(canvas, turned // 90))
    assert reader.upright(lying) == turned


def test_nothing_to_read_is_left_as_it_lies(reader: Tesseract) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (60, 60), np.uint8)
    assert reader.upright(np.kron(noise, np.ones((6, 6), np.uint8))) == 0


def test_an_overrun_deadline_is_an_error(monkeypatch: pytest.MonkeyPatch, reader: Tesseract) -> None:
    monkeypatch.setattr(reader, "_deadline_s", 0.01)
    monkeypatch.setattr(Tesseract, "_timeout", 0.01)
    with pytest.raises(RecognizerFailed, match=r"0\.01 giây"):
        reader.read(page(drawn()))


def test_missing_language_data_names_the_package() -> None:
    with pytest.raises(MissingProgram, match="apt-get install tesseract-ocr-xyz"):
        Tesseract("vie+xyz")


def test_a_missing_program_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-tesseract")
    with pytest.raises(MissingProgram, match="apt-get install tesseract-ocr"):
        Tesseract()
