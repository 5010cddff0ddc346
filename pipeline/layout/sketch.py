"""A small picture of a page on which seals, pens and pictures are found."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from schemas.geometry import Box
from schemas.page import Page, Pixels
from schemas.units import MM_PER_INCH

SKETCH_DPI = 100
INK = 180
"""Food darker than this, averaged over a quarter of a millimetre, holds print or pen."""
LEAST_CHROMA = 30
LEAST_PURITY = 0.28
"""Chroma as a share of darkness: pure ink of a colour, however thin its stroke is. Black print has less than 0.12."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """A page at about 100 dpi.

    Attributes:
        ink: 255 where the food of the recognizer is dark.
        red, blue: 255 where ink of that colour is; empty on pages without colour.
        paper: how white each place is, the darkest of its channels.
        scale: pixels of the page per pixel here.
        mm: pixels here per millimetre.
        size: width and height of the page.
    """

    ink: Pixels
    red: Pixels
    blue: Pixels
    paper: Pixels
    scale: float
    mm: float
    size: tuple[int, int]

    @property
    def coloured(self) -> bool:
        """Whether there is ink of a colour on the page."""
        return bool(self.red.any() or self.blue.any())

    def px(self, millimetres: float) -> int:
        """Return that length in pixels, 1 or more."""
        return max(1, round(millimetres * self.mm))

    def box(self, bounds: tuple[int, int, int, int]) -> Box:
        """Return left, top, width and height here as a box on the page."""
        left, top, width, height = bounds
        x0, y0, x1, y1 = (round(value * self.scale) for value in (left, top, left + width, top + height))
        return Box(max(0, x0), max(0, y0), min(x1, self.size[0]), min(y1, self.size[1]))


def make_sketch(page: Page) -> Sketch:
    """Return `page` in small, its ink parted by colour."""
    step = max(1, round(page.resolution.x / SKETCH_DPI))
    small = shrink(page.image, step)
    height, width = small.shape[:2]
    food = cast("Pixels", cv2.resize(page.food, (width, height), interpolation=cv2.INTER_AREA))
    ink = cast("Pixels", cv2.inRange(food, 0, INK - 1))
    red, blue, paper = colours_of(small)
    size = (page.image.shape[1], page.image.shape[0])
    return Sketch(ink, red, blue, paper, float(step), page.resolution.x / step / MM_PER_INCH, size)


def shrink(pixels: Pixels, step: int) -> Pixels:
    """Return the picture with every `step` x `step` pixels averaged into one."""
    height, width = (max(1, side // step) for side in pixels.shape[:2])
    whole = pixels[: height * step, : width * step]
    return cast("Pixels", cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def colours_of(small: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Return where red ink is, where blue ink is, and the darkest channel."""
    if small.ndim == 2:
        none = np.zeros_like(small)
        return none, none, small
    red, green, blue = cv2.split(small)
    lightest, darkest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    chroma = cv2.subtract(lightest, darkest)
    pure = cv2.compare(chroma, cv2.convertScaleAbs(cv2.bitwise_not(darkest), alpha=LEAST_PURITY), cv2.CMP_GE)
    coloured = cv2.bitwise_and(pure, cv2.inRange(chroma, LEAST_CHROMA, 255))
    # Red seals lean to violet where they cross print, blue pens to violet where they cross seals.
    is_red = cv2.bitwise_and(coloured, cv2.compare(red, lightest, cv2.CMP_EQ))
    near_yellow = cv2.compare(cv2.subtract(green, blue), cv2.convertScaleAbs(chroma, alpha=0.6), cv2.CMP_GT)
    is_blue = cv2.bitwise_and(coloured, cv2.compare(blue, lightest, cv2.CMP_EQ))
    near_green = cv2.compare(cv2.subtract(green, red), cv2.convertScaleAbs(chroma, alpha=0.6), cv2.CMP_GT)
    mask = cv2.bitwise_and(is_red, cv2.bitwise_not(near_yellow)), cv2.bitwise_and(is_blue, cv2.bitwise_not(near_green))
    return cast("Pixels", mask[0]), cast("Pixels", mask[1]), cast("Pixels", darkest)
