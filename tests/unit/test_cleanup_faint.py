"""Faint marks on paper that is not white and not evenly lit: whitening keeps what a person sees of them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.cleanup.background import normalise
from schemas.page import Pixels

DPI = 200
SIZE = (1200, 1000)
KEPT = 0.7
PINK = (0.15, 1.0, 0.9)
"""How much of red, green and blue a pale seal takes away."""


def paper() -> NDArray[np.float32]:
    """Return yellowish paper, darker to one side, with grain."""
    shade = np.linspace(0, 18, SIZE[1], dtype=np.float32)[None, :, None]
    grain = np.random.default_rng(8).normal(0, 2.5, (*SIZE, 3)).astype(np.float32)
    return np.array([244, 240, 232], np.float32) - shade + grain


def pencil(on: Pixels) -> None:
    cv2.line(on, (150, 200), (800, 206), (255,), 2, cv2.LINE_AA)


def dots(on: Pixels) -> None:
    for x in range(150, 800, 12):
        cv2.circle(on, (x, 400), 2, (255,), -1, cv2.LINE_AA)


def ring(on: Pixels) -> None:
    cv2.circle(on, (500, 800), 140, (255,), 8, cv2.LINE_AA)
    cv2.circle(on, (500, 800), 90, (255,), 3, cv2.LINE_AA)


def stands_out(pixels: Pixels, mark: Pixels) -> float:
    """Return by how much the mark is darker than the paper beside it."""
    darkest = pixels.min(axis=2)
    beside = (cv2.dilate(mark, np.ones((15, 15), np.uint8)) > 0) & (mark == 0)
    return float(darkest[beside].mean() - darkest[mark > 200].mean())


@pytest.mark.parametrize("contrast", [12, 20, 35])
@pytest.mark.parametrize(("draw", "tint"), [(pencil, (1.0, 1.0, 1.0)), (dots, (1.0, 1.0, 1.0)), (ring, PINK)])
def test_whitening_keeps_faint_marks(draw: object, tint: tuple[float, float, float], contrast: int) -> None:
    assert callable(draw)
    mark = np.zeros(SIZE, np.uint8)
    draw(mark)
    drawn = paper() - contrast * (mark / np.float32(255))[..., None] * np.array(tint, np.float32)
    scan = np.clip(drawn, 0, 255).astype(np.uint8)
    white = normalise(scan, DPI)
    assert white is not scan
    assert np.median(white) >= 250
    assert stands_out(white, mark) >= KEPT * stands_out(scan, mark)
