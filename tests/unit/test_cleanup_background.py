"""Paper that lies in shadow, and what only looks like it."""

import cv2
import numpy as np
import pytest

from pipeline.cleanup.background import DARKEST_PAPER, normalise
from schemas.page import Pixels

DPI = 100
HEIGHT, WIDTH = 1169, 827
STROKES = slice(600, 1100, 20)


def page(light: Pixels) -> Pixels:
    """Return ruled paper as a phone sees it in that light, 0..255."""
    paper = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    paper[STROKES, 100:700] = 20
    return np.asarray(cv2.multiply(paper, cv2.merge([light] * 3), scale=1 / 255), np.uint8)


def corner(darkness: int, softness: float) -> Pixels:
    """Return light that is darker in the lower right quarter, its edge `softness` pixels wide."""
    light = np.full((HEIGHT, WIDTH), 255, np.uint8)
    light[560:-40, 380:-40] = darkness
    return np.asarray(cv2.GaussianBlur(light, (0, 0), softness), np.uint8)


def test_paper_in_the_shadow_of_a_hand_becomes_white_and_its_print_stays_black() -> None:
    white = normalise(page(corner(110, 25)), DPI)
    assert np.median(white[820:1000, 500:700]) == 255
    assert white[STROKES, 450:650].max() < 80


@pytest.mark.parametrize("softness", [1, 4])
def test_what_begins_at_once_is_a_picture_and_keeps_its_tone(softness: float) -> None:
    seen = page(corner(110, softness))
    assert np.median(normalise(seen, DPI)[820:1000, 500:700]) < DARKEST_PAPER


def test_a_coloured_place_with_soft_edges_keeps_its_tone() -> None:
    seen = page(np.full((HEIGHT, WIDTH), 255, np.uint8))
    seen[..., 2] = page(corner(110, 25))[..., 2]
    assert np.median(normalise(seen, DPI)[820:1000, 500:700, 2]) < DARKEST_PAPER
