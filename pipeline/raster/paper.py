"""The paper of a page: its colour everywhere, and how much its samples scatter."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

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
        small: the image in cells of `CELL` x `CELL` pixels.
        paper: as it would look without print, about 25 dpi; None where it is white everywhere.
        noise: standard deviation of the samples of paper.
        dpi: of the image.
    """

    image: Pixels
    grey: Pixels
    small: Pixels
    paper: Pixels | None
    noise: float
    dpi: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]


def look(image: Pixels, dpi: float) -> Sheet:
    """Return `image` with what all decisions on it share."""
    grey = image if image.ndim == 2 else cast("Pixels", cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    height, width = grey.shape
    small = cv2.resize(image, (max(1, width // CELL), max(1, height // CELL)), interpolation=cv2.INTER_AREA)
    return Sheet(image, grey, cast("Pixels", small), find_paper(small, dpi / CELL), find_noise(grey), dpi)


def find_paper(small: Pixels, dpi: float) -> Pixels | None:
    """Return the paper's colour everywhere at about 25 dpi, or None where it is white."""
    step = max(1, round(dpi / MAP_DPI))
    height, width = small.shape[:2]
    size = (max(1, width // step), max(1, height // step))
    tiny = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    side = max(3, round(PAPER_GRAIN_MM * dpi / step / MM_PER_INCH) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    if closed.min() >= WHITE:
        return None
    return cast("Pixels", cv2.GaussianBlur(closed, (side, side), 0))


def find_noise(grey: Pixels) -> float:
    """Return the standard deviation of light samples, found between neighbours."""
    one, other = grey[::4, :-1:4], grey[::4, 1::4]
    light = (one > LIGHT) & (other > LIGHT)
    if not light.any():
        return 0.0
    steps = cv2.absdiff(one, other)[light].astype(np.float32)
    return float(np.sqrt(np.mean(steps * steps) / 2))


def spread(paper: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the map of the paper in `size` (width, height)."""
    return cast("Pixels", cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR))


def cut(pixels: Pixels, box: Box) -> Pixels:
    """Return what lies in the box, as a view."""
    return pixels[box.y0 : box.y1, box.x0 : box.x1]


def whitened(pixels: Pixels, paper: Pixels | None) -> Pixels:
    """Return the pixels as if their paper, a map of any size, were white."""
    if paper is None:
        return pixels
    return cast("Pixels", cv2.divide(pixels, spread(paper, (pixels.shape[1], pixels.shape[0])), scale=255))


def brightness(sheet: Sheet) -> Pixels:
    """Return the page's brightness on white paper."""
    paper = sheet.paper
    if paper is not None and paper.ndim == 3:
        paper = cast("Pixels", cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY))
    return whitened(sheet.grey, paper)
