"""The measure of ink, on a page of which is known what became of it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from bench.ink import score_ink

Pixels = NDArray[np.uint8]
MARKS = 12 * 9


@pytest.fixture(scope="module")
def scan() -> Pixels:
    """Rows of small rings on paper, and a red disc."""
    pixels = np.full((1100, 800, 3), 250, np.uint8)
    for number in range(MARKS):
        x, y = 60 + number % 12 * 55 + number % 5 * 3, 60 + number // 12 * 70
        cv2.ellipse(pixels, (x, y), (6 + number % 4, 9), number * 7, 0, 360, (20, 20, 30), 3, cv2.LINE_AA)
    cv2.circle(pixels, (400, 900), 80, (200, 40, 50), -1, cv2.LINE_AA)
    return pixels


def test_a_page_that_was_turned_and_moved_keeps_its_ink(scan: Pixels) -> None:
    matrix = cv2.getRotationMatrix2D((400, 550), 1.0, 1)
    matrix[:, 2] += (5, -3)
    turned = np.asarray(cv2.warpAffine(scan, matrix, (800, 1100), borderValue=(255, 255, 255)), np.uint8)
    score = score_ink(scan, turned)
    assert (score.pieces, score.matched, score.gained) == (MARKS + 1, 1.0, 0)
    assert score.turn == pytest.approx(-1.0, abs=0.05)
    assert score.delta_e == pytest.approx(0, abs=2)


def test_what_was_lost_gained_and_recoloured_is_counted(scan: Pixels) -> None:
    page = scan.copy()
    page[:95] = 250  # a row of twelve
    page[1000:1004, 100:104] = 0
    page[800:1000, 300:500] = page[800:1000, 300:500, ::-1]
    score = score_ink(scan, page)
    assert score.matched == pytest.approx(1 - 12 / (MARKS + 1))
    assert score.gained == 1
    assert score.delta_e is not None
    assert score.delta_e > 50
    assert score.shift < 0.5
