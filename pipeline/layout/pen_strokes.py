"""Strokes of a pen across print: long and smooth, which no stroke of a letter is."""

from math import cos, radians, sin
from typing import Final, cast

import cv2
import numpy as np

from schemas.page import Pixels

TURNS: Final = 24
"""Directions in which a pen may go; it turns by no more than one of them a step."""
STRAIGHT_MM, STEP_MM = 2.0, 0.8
STEPS: Final = 6
"""So many of them a stroke goes on, before and after each place: farther than any stroke of a letter."""
WIDEST_MM, STEM_MM = 1.2, 0.5
"""Gaps that strokes leave in letters, and so long a piece of a letter points at one from either side."""
SOFT: Final = np.ones((3, 3), np.uint8)


def find_crossing(ink: Pixels, mm: float) -> Pixels:
    """Return the ink of long smooth strokes, 255, without what letters beneath them have in common with it.

    Args:
        ink: 255 where print and pen are.
        mm: its pixels per millimetre.
    """
    strokes = find_strokes(ink, mm)
    if not strokes.any():
        return strokes
    rest = cast("Pixels", cv2.subtract(ink, strokes))
    return cast("Pixels", cv2.subtract(strokes, _bridges(rest, mm)))


def find_strokes(ink: Pixels, mm: float) -> Pixels:
    """Return the ink on ways that go on smoothly to both sides, 255."""
    half = [cv2.morphologyEx(ink, cv2.MORPH_OPEN, line(STRAIGHT_MM * mm, turn)) for turn in range(TURNS // 2)]
    on = np.asarray([*half, *half], np.uint8) // 255
    ahead = on
    for _ in range(STEPS - 1):
        ahead = on * (_reached(ahead, STEP_MM * mm) + 1)
    both = np.minimum(ahead, np.roll(ahead, TURNS // 2, axis=0)).max(axis=0)
    return np.where(both >= STEPS, np.uint8(255), np.uint8(0))


def _reached(ahead: Pixels, step: float) -> Pixels:
    """Return for each direction how many steps led to the place one step back, on the same way or a little turned."""
    moved = np.asarray([cv2.dilate(_moved(each, step, turn), SOFT) for turn, each in enumerate(ahead)], np.uint8)
    return cast("Pixels", np.maximum(moved, np.maximum(np.roll(moved, 1, axis=0), np.roll(moved, -1, axis=0))))


def _moved(picture: Pixels, step: float, turn: int) -> Pixels:
    angle = radians(turn * 360 / TURNS)
    across, down = round(step * cos(angle)), round(step * sin(angle))
    height, width = picture.shape
    moved = np.zeros_like(picture)
    moved[max(0, down) : height + min(0, down), max(0, across) : width + min(0, across)] = picture[
        max(0, -down) : height - max(0, down), max(0, -across) : width - max(0, across)
    ]
    return moved


def line(length: float, turn: int) -> Pixels:
    """Return a straight line as a kernel."""
    angle, half = radians(turn * 360 / TURNS), length / 2
    middle = int(half) + 1
    across, down = round(half * cos(angle)), round(half * sin(angle))
    kernel = np.zeros((2 * middle + 1, 2 * middle + 1), np.uint8)
    return cast("Pixels", cv2.line(kernel, (middle - across, middle - down), (middle + across, middle + down), (1,)))


def _bridges(rest: Pixels, mm: float) -> Pixels:
    """Return what joins strokes of letters that point at each other across a gap, and these."""
    joined = rest
    for turn in range(0, TURNS // 2, 2):
        stems = cv2.morphologyEx(rest, cv2.MORPH_OPEN, line(STEM_MM * mm, turn))
        whole = cv2.morphologyEx(stems, cv2.MORPH_CLOSE, line(WIDEST_MM * mm, turn))
        joined = cast("Pixels", cv2.bitwise_or(joined, whole))
    return joined
