"""Streaks of the scanner's glass, drawn over pages of known lines."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.layout.page import find_lines
from pipeline.layout.streaks import without_streaks
from samples.typeface import Face, font_path
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

MM = 200 / MM_PER_INCH
TEXTS = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Căn cứ Luật Tổ chức chính quyền địa phương;", "(nguyện vọng) [1]") * 8


def page_of(texts: Sequence[str], size: int = 36) -> Pixels:
    """Return a page of these lines."""
    picture = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), size)
    for number, text in enumerate(texts):
        pen.text((200, 300 + 40 * number), text, font=font, fill=0, anchor="ls")
    return np.asarray(picture)


def streaked(food: Pixels, lean: int) -> Pixels:
    """Return the page with a thin broken line from top to bottom."""
    drawn = food.copy()
    for top in range(40, 2280, 65):
        x = 700 + lean * top // 2339
        cv2.line(drawn, (x, top), (x + lean * 50 // 2339, top + 50), (0,), 2)
    return drawn


@pytest.mark.parametrize("lean", [-30, 0, 25])
def test_a_streak_is_painted_white_and_letters_across_it_stay(lean: int) -> None:
    clean = page_of(TEXTS)
    drawn = streaked(clean, lean)
    change = without_streaks(drawn, MM).astype(np.int16) - clean
    assert (change < -80).sum() < 0.08 * (drawn < clean).sum()
    assert (change > 80).sum() < 0.01 * (clean < 128).sum()
    assert len(find_lines(without_streaks(drawn, MM), (), np.zeros((0, 4), np.int32), MM)) == len(TEXTS)


@pytest.mark.parametrize("size", [30, 36])
def test_print_alone_is_left_as_it_is(size: int) -> None:
    for food in (page_of(TEXTS, size), page_of(["l I 1 | (1)"] * 48, size)):
        assert without_streaks(food, MM) is food
