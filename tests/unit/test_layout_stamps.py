"""Stamps of arrival in the margin, told from tables and boxes for photos."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.layout.page import find_layout
from samples.typeface import Face, font_path
from schemas.geometry import Box
from schemas.layout import Layout, RegionKind
from schemas.page import RULE, Page
from schemas.units import MM_PER_INCH, Resolution

DPI = 200
MM = DPI / MM_PER_INCH
LEFT = 30
BODY = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015, Sở đề nghị:"


def layout_of(corners: tuple[int, int, int, int], texts: tuple[str, ...]) -> Layout:
    """Return the layout of a page of text with a ruled box, in millimetres, with texts in it."""
    picture = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 32)
    for row in range(20):
        pen.text((LEFT * MM, (120 + 8 * row) * MM), BODY, font=font, fill=0, anchor="ls")
    x0, y0, x1, y1 = (round(side * MM) for side in corners)
    for row, text in enumerate(texts):
        pen.text((x0 + 12, y0 + 45 * row + 45), text, font=font, fill=0, anchor="ls")
    food, rules = np.asarray(picture), np.zeros((2339, 1654), np.uint8)
    cv2.rectangle(rules, (x0, y0), (x1, y1), (RULE,), 2)
    page = Page(
        image=food,
        resolution=Resolution(DPI, DPI),
        bilevel=True,
        food=food,
        food_scale=1.0,
        rules=rules,
        turned=0,
        skew=0.0,
        bend=0.0,
        blank=False,
    )
    return find_layout(page)


def test_a_stamp_in_the_margin_is_a_seal_and_not_read() -> None:
    layout = layout_of((5, 60, 65, 85), ("CÔNG VĂN", "ĐẾN Số: 12"))
    assert (len(layout.lines), layout.tables) == (20, ())
    (seal,) = layout.regions
    assert seal.kind is RegionKind.SEAL
    place = Box(*(round(side * MM) for side in (5, 60, 65, 85))).as_list()
    assert np.abs(np.subtract(seal.box.as_list(), place)).max() < 0.5 * MM


@pytest.mark.parametrize(
    "corners",
    [(30, 60, 90, 85), (5, 60, 35, 100), (5, 60, 190, 85), (5, 200, 65, 225)],
    ids=["in the text's column", "a photo's box", "as wide as the page", "far below"],
)
def test_other_boxes_stay_tables(corners: tuple[int, int, int, int]) -> None:
    layout = layout_of(corners, ("Ảnh", "3 x 4"))
    assert len(layout.tables) == 1
    assert RegionKind.SEAL not in [region.kind for region in layout.regions]
