"""What remains of worn rules is painted white, and print beside them stays: drawn at 200 dpi."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.layout.remains import without_remains
from samples.typeface import Face, font_path
from schemas.geometry import Box
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

MM = 200 / MM_PER_INCH
CELLS = (Box(100, 100, 396, 176), Box(404, 100, 700, 176), Box(100, 184, 396, 260), Box(404, 184, 700, 260))


def lettered() -> Pixels:
    """Return a picture with a word in each cell, one of which stands on the rule below it."""
    picture = Image.new("L", (800, 360), 255)
    pen, letters = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 32)
    for (x, y), text in zip(((120, 155), (420, 178), (120, 240), (420, 240)), "Họ|Nghị|I|1.".split("|"), strict=True):
        pen.text((x, y), text, font=letters, fill=0, anchor="ls")
    return np.asarray(picture)


def test_pieces_on_walls_are_erased_and_letters_stay() -> None:
    letters = lettered()
    worn = letters.copy()
    for x in (140, 230, 560, 640):
        worn[179:181, x : x + 14] = 0
    for y in (110, 150, 200):
        worn[y : y + 11, 399:401] = 0
        worn[y : y + 11, 97:99] = 0
    assert np.array_equal(without_remains(worn, CELLS, MM), letters)


def test_pages_without_remains_stay_as_they_are() -> None:
    letters = lettered()
    assert without_remains(letters, CELLS, MM) is letters
