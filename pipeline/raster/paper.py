"""The paper of a page: its colour everywhere, and how much its samples scatter."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from pipeline.raster.masks import Size, averaged, luma, stretched
from schemas.geometry import Box
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

CELL = 4
"""Pixels of the page per pixel of its small picture, each way."""
MAP_DPI = 25
PAPER_GRAIN_MM = 11
"""Dark details up to this size are print, not paper."""
WHITE = 250
LIGHT = 215
"""Neighbours that are both lighter than this are paper: their difference is noise."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page as its picture is taken apart.

    Attributes:
        image: grey or RGB, full resolution.
        grey: its brightness.
        seen: the same on white paper.
        small: the image in cells of `CELL` x `CELL` pixels.
        paper: as it would look without print, about 25 dpi; None where it is white everywhere.
        noise: standard deviation of the samples of paper.
        dpi: of the image.
    """

    image: Pixels
    grey: Pixels
    seen: Pixels
    small: Pixels
    paper: Pixels | None
    noise: float
    dpi: float

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]


def look(image: Pixels, dpi: float) -> Sheet:
    """Return `image` with what all decisions on it share."""
    grey = luma(image)
    small = averaged(image, cells(grey))
    paper = find_paper(small, dpi / CELL)
    seen = whitened(grey, None if paper is None else luma(paper))
    return Sheet(image, grey, seen, small, paper, find_noise(grey), dpi)


def cells(pixels: Pixels) -> Size:
    """Return how many cells a picture is wide and high; 1 or more."""
    return max(1, pixels.shape[1] // CELL), max(1, pixels.shape[0] // CELL)


def find_paper(small: Pixels, dpi: float) -> Pixels | None:
    """Return the paper's colour everywhere at about 25 dpi, or None where it is white."""
    step = max(1, round(dpi / MAP_DPI))
    tiny = averaged(small, (max(1, small.shape[1] // step), max(1, small.shape[0] // step)))
    side = max(3, round(PAPER_GRAIN_MM * dpi / step / MM_PER_INCH) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    if closed.min() >= WHITE:
        return None
    return cast("Pixels", cv2.GaussianBlur(closed, (side, side), 0))


def find_noise(grey: Pixels) -> float:
    """Return the standard deviation of light samples, found between neighbours."""
    one, other = grey[::4, :-1:4], grey[::4, 1::4]
    one = one[:, : other.shape[1]]
    light = (one > LIGHT) & (other > LIGHT)
    if not light.any():
        return 0.0
    steps = one[light].astype(np.float32) - other[light]
    return float(np.sqrt(np.mean(steps * steps) / 2))


def whitened(pixels: Pixels, paper: Pixels | None) -> Pixels:
    """Return the pixels as if their paper, a map of any size, were white."""
    if paper is None:
        return pixels
    full = stretched(paper, (pixels.shape[1], pixels.shape[0]))
    return cast("Pixels", cv2.divide(pixels, full, scale=255))


def paper_in(sheet: Sheet, box: Box) -> Pixels:
    """Return the paper in a box of the page, full resolution."""
    if sheet.paper is None:
        return np.full_like(cut(sheet.image, box), 255)
    return cut(stretched(sheet.paper, sheet.size), box)


def cut(pixels: Pixels, box: Box) -> Pixels:
    """Return what lies in the box, as a view."""
    return pixels[box.y0 : box.y1, box.x0 : box.x1]
