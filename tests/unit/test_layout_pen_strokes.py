"""Long strokes of a pen are told from the print that they cross."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.layout.pen_strokes import find_crossing, find_strokes
from samples.typeface import Face, font_path
from schemas.page import Pixels

MM = 200 / 25.4
NAME = "Huỳnh Đức Long"
BEND = 20
"""Pixels by which the stroke sags: a radius of 25 mm."""


def printed(face: Face) -> Pixels:
    """Return the ink of a name as high as in a letter."""
    picture = Image.new("L", (330, 140), 255)
    ImageDraw.Draw(picture).text((20, 50), NAME, font=ImageFont.truetype(str(font_path(face)), 36), fill=0)
    return np.asarray(cv2.threshold(np.asarray(picture), 127, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def stroke(ink: Pixels, lean: int) -> Pixels:
    """Return a bent stroke from edge to edge that leans so many pixels."""
    middle, steps = ink.shape[1] / 2, np.linspace(0, 1, 40)
    across = middle + lean * (steps - 0.5) + BEND * np.sin(np.pi * steps)
    way = np.stack([across, steps * (ink.shape[0] - 1)], axis=1)
    drawn = cv2.polylines(np.zeros_like(ink), [np.rint(way).astype(np.int32)], False, (255,), 4)
    return np.asarray(drawn, np.uint8)


@pytest.mark.parametrize("face", [Face.SERIF, Face.SERIF_BOLD])
def test_print_alone_holds_no_stroke(face: Face) -> None:
    assert not find_strokes(printed(face), MM).any()


@pytest.mark.parametrize("lean", [-90, 30, 110])
@pytest.mark.parametrize("face", [Face.SERIF, Face.SERIF_BOLD])
def test_a_stroke_across_a_name_is_found_and_little_of_the_name(face: Face, lean: int) -> None:
    name = printed(face)
    pen = stroke(name, lean)
    found = find_crossing(np.asarray(cv2.bitwise_or(name, pen), np.uint8), MM)
    alone = np.asarray(cv2.bitwise_and(pen, cv2.bitwise_not(name)), np.bool_)
    rows = np.zeros_like(alone)
    rows[45:95] = True
    assert (found[alone & rows] > 0).mean() > 0.75
    beside = cv2.bitwise_and(name, cv2.bitwise_not(cv2.dilate(pen, np.ones((5, 5), np.uint8))))
    assert (found[beside > 0] > 0).mean() < 0.02


def test_the_stems_of_letters_go_on_beneath_a_stroke() -> None:
    stem = np.zeros((140, 200), np.uint8)
    stem[58:86, 100:104] = 255
    pen = np.zeros_like(stem)
    cv2.line(pen, (20, 100), (180, 44), (255,), 4)
    found = find_crossing(np.asarray(cv2.bitwise_or(stem, pen), np.uint8), MM)
    assert not found[stem > 0].any()
    assert (found[(pen > 0) & (stem == 0)] > 0).mean() > 0.5
