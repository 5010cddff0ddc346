"""Pages that leave a doubt are turned upright by reading a few of their lines."""

from functools import lru_cache

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.ocr.orientation import MOST_LINES, cut_lines, find_upright, turned
from pipeline.ocr.trueocr_lines import TrueocrLines
from samples.typeface import Face, font_path
from schemas.page import Pixels
from schemas.units import Turn

QUARTERS: list[Turn] = [0, 90, 180, 270]
LINES = ["Ủy ban nhân dân xã Hòa Bình", "Đã nhận đủ hồ sơ, hẹn trả kết quả ngày 12 tháng 5", "Nơi nhận: Lưu VT."]


@lru_cache
def reader() -> TrueocrLines:
    return TrueocrLines()


def page(lines: list[str], *, size: tuple[int, int] = (1654, 1200)) -> Pixels:
    picture = Image.new("L", size, 246)
    font = ImageFont.truetype(str(font_path(Face.SERIF)), 36)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((200, 150 + 70 * number), line, font=font, fill=30)
    return np.asarray(picture)


@pytest.mark.parametrize("turn", QUARTERS)
def test_a_few_lines_are_enough(turn: Turn) -> None:
    lying = turned(page(LINES), (360 - turn) % 360)  # type: ignore[arg-type]
    assert find_upright(lying, reader()) == turn


@pytest.mark.parametrize("turn", QUARTERS)
def test_a_ruled_table_with_a_seal_comes_upright(turn: Turn) -> None:
    picture = page(LINES).copy()
    for y in range(130, 420, 70):
        cv2.line(picture, (150, y), (1500, y), (0,), 3)
    for x in (150, 1100, 1500):
        cv2.line(picture, (x, 130), (x, 340), (0,), 3)
    cv2.circle(picture, (1200, 700), 140, (90,), 8)
    lying = turned(picture, (360 - turn) % 360)  # type: ignore[arg-type]
    assert find_upright(lying, reader()) == turn


def test_a_page_that_says_nothing_stays_as_it_lies() -> None:
    scribble = np.full((1200, 900), 240, np.uint8)
    for x in range(100, 800, 30):
        cv2.line(scribble, (x, 300), (x + 25, 340), (40,), 3)
    assert find_upright(scribble, reader()) == 0
    assert find_upright(np.full((300, 200), 255, np.uint8), reader()) == 0


def test_only_the_longest_lines_are_read() -> None:
    crops = cut_lines(page([f"Điều {number}. Phạm vi điều chỉnh và đối tượng áp dụng" for number in range(1, 15)]))
    assert len(crops) == MOST_LINES
    assert all(crop.min() == 0 and crop.max() == 255 for crop in crops)
    assert all(700 < crop.shape[1] < 1300 for crop in crops)
