"""Print of the other side: told from faint print by its blur, and kept pale."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.cleanup.bleed import find_bleed
from pipeline.cleanup.food import deepen
from pipeline.cleanup.tone import INK
from samples.typeface import Face, font_path
from schemas.page import Pixels

SIZE = (1654, 1100)
FAINT, BLEED = 120, 62
"""Depth below white of print and of what shows through."""


def printed(depth: int, *, first: int, lines: int = 9) -> Pixels:
    """Return how much darker than white a page of that toner is."""
    picture = Image.new("L", SIZE, 0)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 42)
    for number in range(lines):
        text = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2025"
        pen.text((120, first + 110 * number), text, font=font, fill=depth)
    return np.asarray(cv2.GaussianBlur(np.asarray(picture), (0, 0), 0.7), np.uint8)


def paper(*layers: Pixels) -> Pixels:
    return np.asarray(255 - np.maximum.reduce(layers), np.uint8)


def through(depth: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(depth[:, ::-1]), (0, 0), 1.4), np.uint8)


def test_the_other_side_of_a_faint_page_stays_pale_while_print_is_made_black() -> None:
    front, behind = printed(FAINT, first=60), through(printed(BLEED, first=115))
    food = deepen(paper(front, behind))
    both = (front < 10) & (behind > 30)
    assert food[both].min() > INK
    assert np.median(food[front > 100]) < 40


def test_a_faint_page_without_another_side_is_deepened_evenly() -> None:
    front = printed(FAINT, first=60)
    assert find_bleed(paper(front), FAINT) == 0
    assert np.median(deepen(paper(front, printed(60, first=115, lines=1)))[front > 100]) < 20


def test_a_seal_is_no_other_side() -> None:
    seal = np.zeros(SIZE[::-1], np.uint8)
    cv2.circle(seal, (1200, 700), 150, (BLEED,), 9)
    cv2.circle(seal, (1200, 700), 60, (BLEED,), -1)
    soft = np.asarray(cv2.GaussianBlur(seal, (0, 0), 1.4), np.uint8)
    assert find_bleed(paper(printed(FAINT, first=60), soft), FAINT) == 0
