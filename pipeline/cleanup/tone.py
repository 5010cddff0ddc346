"""Tones: grey from colour, smaller pictures, the colour of the paper."""

from typing import cast

import cv2
import numpy as np

from schemas.page import Pixels
from schemas.units import MM_PER_INCH

INK = 160
"""On white paper, print is darker than this."""
PAPER_GRAIN_MM = 11
"""Dark details up to this size are print, not paper."""


def whole_step(dpi: float, wanted: float) -> int:
    """Return by what whole number `dpi` is divided to come near `wanted`; 1 or more."""
    return max(1, round(dpi / wanted))


def shrink(pixels: Pixels, step: int) -> Pixels:
    """Return the picture with every `step` x `step` pixels averaged into one."""
    height, width = pixels.shape[:2]
    if step == 1 or min(height, width) < step:
        return pixels
    whole = pixels[: height - height % step, : width - width % step]
    return cast("Pixels", cv2.resize(whole, (width // step, height // step), interpolation=cv2.INTER_AREA))


def lightest(pixels: Pixels) -> Pixels:
    """Return the lightest sample of each pixel: colours drop out, black stays."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = cv2.split(pixels)
    return cast("Pixels", cv2.max(cv2.max(red, green), blue))


def darkest(pixels: Pixels) -> Pixels:
    """Return the darkest sample of each pixel: ink of any colour is dark."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = cv2.split(pixels)
    return cast("Pixels", cv2.min(cv2.min(red, green), blue))


def luma(pixels: Pixels) -> Pixels:
    """Return the brightness of each pixel as an eye sees it."""
    return pixels if pixels.ndim == 2 else cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


def paper_colour(pixels: Pixels) -> tuple[int, ...]:
    """Return the paper's sample values: the median of the lighter half, one value for each channel."""
    flat = pixels.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1)[::7]
    light = flat.max(axis=1)
    upper = flat[light >= np.median(light)]
    return tuple(int(value) for value in np.median(upper, axis=0))


def paper_map(pixels: Pixels, dpi: float) -> Pixels:
    """Return the paper as it would look without print, in the size of `pixels`.

    Args:
        pixels: a picture at a low resolution, about 25 dpi.
        dpi: its resolution.
    """
    side = max(3, round(PAPER_GRAIN_MM * dpi / MM_PER_INCH) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return cast("Pixels", cv2.GaussianBlur(closed, (side, side), 0))
