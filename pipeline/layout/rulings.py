"""Ruling lines of a page as straight strokes."""

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike

from schemas.page import RULE, Page, Pixels
from schemas.units import MM_PER_INCH

WORK_DPI = 100
INK = 160
SHORTEST_MM = 5.0
BREAK_MM = 3.0
"""Rules are broken where letters touch them or toner is faint; gaps up to this length are closed."""


@dataclass(frozen=True)
class Stroke:
    """A rule; for a level one `along` is x and `across` is y, for an upright one the other way round.

    Attributes:
        start, end: along, pixels.
        at: across, at its middle.
        slope: pixels across per pixel along.
        half: half its thickness.
    """

    start: float
    end: float
    at: float
    slope: float
    half: float

    @property
    def length(self) -> float:
        """Length along."""
        return self.end - self.start

    def across(self, along: float) -> float:
        """Return where the rule stands at `along`."""
        return self.at + self.slope * (along - (self.start + self.end) / 2)


@dataclass(frozen=True)
class Rulings:
    """All rules of a page in a small picture.

    Attributes:
        level, upright: the rules.
        scale: pixels of `Page.image` per pixel here.
        mm: pixels here per millimetre.
        size: width and height of the small picture.
    """

    level: tuple[Stroke, ...]
    upright: tuple[Stroke, ...]
    scale: float
    mm: float
    size: tuple[int, int]


def find_rulings(page: Page) -> Rulings:
    """Return the ruling lines of `page`."""
    marks, scale = small_marks(page, RULE)
    mm = page.resolution.x / scale / MM_PER_INCH
    turned = cast("Pixels", cv2.transpose(marks))
    # The rules of a page hold their soft edges, a pixel of the food wide.
    soft = 1 / (page.food_scale * scale)
    level, upright = (
        tuple(replace(stroke, half=max(0.5, stroke.half - soft)) for stroke in _strokes(one, other, mm))
        for one, other in ((marks, turned), (turned, marks))
    )
    return Rulings(level, upright, scale, mm, (marks.shape[1], marks.shape[0]))


def meet(level: Stroke, upright: Stroke, near: float) -> bool:
    """Whether two rules cross or touch, `near` pixels more or less."""
    x = upright.across(level.at)
    y = level.across(x)
    return level.start - near <= x <= level.end + near and upright.start - near <= y <= upright.end + near


def small_marks(page: Page, value: int) -> tuple[Pixels, float]:
    """Return where `Page.rules` has `value`, in about 100 dpi, and the pixels of the page per pixel of it."""
    step = _step(page)
    return _pooled(np.asarray(page.rules == value, np.uint8), step), step / page.food_scale


def small_ink(page: Page) -> Pixels:
    """Return where the food is dark, in the size of `small_marks`."""
    return _pooled(cast("Pixels", cv2.inRange(page.food, 0, INK)), _step(page))


def _step(page: Page) -> int:
    return max(1, round(page.resolution.x * page.food_scale / WORK_DPI))


def _pooled(marks: Pixels, step: int) -> Pixels:
    """Return the marks in small; any mark in a block counts, for a rule may be one pixel thin."""
    height, width = (max(1, side // step) for side in marks.shape)
    most = cv2.dilate(marks, np.ones((step, step), np.uint8), anchor=(0, 0))
    return np.ascontiguousarray(most[: height * step : step, : width * step : step])


def _strokes(marks: Pixels, turned: Pixels, mm: float) -> tuple[Stroke, ...]:
    """Return the level strokes of a mask; a slightly bent or leaning rule is one stroke.

    Args:
        marks: the mask.
        turned: the same with x and y exchanged.
        mm: pixels per millimetre.
    """
    if not marks.any():
        return ()
    apart = cv2.bitwise_not(cv2.transpose(_between(turned, mm)))
    joined = cv2.bitwise_or(_thick(marks), cv2.bitwise_and(_joined(_thick(marks), mm), apart))
    runs = _long(joined, mm)
    # Outlines, not labelled pixels: there are few rules on a page.
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = (_fit(outline) for outline in outlines)
    return tuple(stroke for stroke in found if stroke.length >= SHORTEST_MM * mm)


def _between(marks: Pixels, mm: float) -> MatLike:
    """Return the paper between level rules so near to each other that they are sides of two boxes, not of one."""
    level = cv2.dilate(_long(marks, mm), np.ones((1, 5), np.uint8))
    return cv2.bitwise_and(cv2.transpose(_joined(cv2.transpose(level), mm)), cv2.bitwise_not(level))


def _thick(marks: Pixels) -> MatLike:
    return cv2.dilate(marks, np.ones((3, 1), np.uint8))


def _joined(marks: MatLike, mm: float) -> MatLike:
    return cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((1, round(BREAK_MM * mm) | 1), np.uint8))


def _long(marks: MatLike, mm: float) -> MatLike:
    return cv2.morphologyEx(marks, cv2.MORPH_OPEN, np.ones((1, round(SHORTEST_MM * mm) | 1), np.uint8))


def _fit(outline: MatLike) -> Stroke:
    """Return the straight stroke that an outline of a thickened rule comes nearest to."""
    x, y = outline.reshape(-1, 2).T.astype(np.float64)
    left, right = x.min(), x.max() + 1
    middle = (left + right - 1) / 2
    slope, at = np.polyfit(x - middle, y, 1) if right - left > 1 else (0.0, y.mean())
    off = np.abs(y - at - slope * (x - middle))
    # The mask was made two pixels thicker.
    return Stroke(float(left), float(right), float(at), float(slope), max(0.5, float(np.median(off)) - 0.5))
