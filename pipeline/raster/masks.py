"""Masks (255 where something is, else 0) and small steps on pictures; all of 8 bits."""

from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike

from schemas.page import Pixels

FEWEST = 2
"""Pixels with fewer of a mask among the nine around them stand alone."""

Size = tuple[int, int]
"""Width and height."""


def both(one: MatLike, other: MatLike) -> Pixels:
    """Return where both are."""
    return cast("Pixels", cv2.bitwise_and(one, other))


def either(one: MatLike, other: MatLike) -> Pixels:
    """Return where one of them is."""
    return cast("Pixels", cv2.bitwise_or(one, other))


def without(one: MatLike, other: MatLike) -> Pixels:
    """Return where the first is and the other is not."""
    return cast("Pixels", cv2.bitwise_and(one, cv2.bitwise_not(other)))


def above(pixels: MatLike, limit: float) -> Pixels:
    """Return where pixels are greater than `limit`."""
    return cast("Pixels", cv2.threshold(pixels, limit, 255, cv2.THRESH_BINARY)[1])


def below(pixels: MatLike, limits: MatLike) -> Pixels:
    """Return where pixels are less than those of another picture."""
    return cast("Pixels", cv2.compare(pixels, limits, cv2.CMP_LT))


def darkened(pixels: MatLike, side: int) -> Pixels:
    """Return the darkest pixel in a square around each; of a mask, what is left of it."""
    return cast("Pixels", cv2.erode(pixels, np.ones((side, side), np.uint8)))


def grown(mask: MatLike, side: int) -> Pixels:
    """Return the mask widened to a square around each of its pixels."""
    return cast("Pixels", cv2.dilate(mask, np.ones((side, side), np.uint8)))


def averaged(pixels: MatLike, size: Size) -> Pixels:
    """Return the picture in a smaller size, its pixels averaged: by halves where it can be, which is faster."""
    half = pixels.shape[1] // 2, pixels.shape[0] // 2
    if not (pixels.shape[0] % 2 or pixels.shape[1] % 2) and half[0] >= size[0] and half[1] >= size[1]:
        return averaged(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), size)
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def stretched(pixels: MatLike, size: Size, how: int = cv2.INTER_LINEAR) -> Pixels:
    """Return the picture in another size, interpolated as `how` says."""
    return cast("Pixels", cv2.resize(pixels, size, interpolation=how))


def selected(pixels: MatLike, mask: MatLike) -> Pixels:
    """Return the pixels under a mask, and 0 elsewhere."""
    return cast("Pixels", cv2.copyTo(pixels, mask))


def laid_over(pixels: MatLike, mask: MatLike, lower: Pixels) -> Pixels:
    """Return `lower`, changed to what `pixels` are under a mask."""
    return cast("Pixels", cv2.copyTo(pixels, mask, lower))


def tidied(mask: Pixels, fewest: int = FEWEST) -> Pixels:
    """Return the mask without pixels that have fewer than `fewest` of it among the nine around them."""
    counted = cv2.boxFilter(mask & 1, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return both(mask, above(counted, fewest - 1))


def channels(pixels: MatLike) -> tuple[Pixels, Pixels]:
    """Return the lightest and the darkest sample of each pixel of an RGB picture."""
    red, green, blue = cv2.split(pixels)
    return cast("Pixels", cv2.max(cv2.max(red, green), blue)), cast("Pixels", cv2.min(cv2.min(red, green), blue))


def luma(pixels: MatLike) -> Pixels:
    """Return the brightness of each pixel as an eye sees it."""
    return cast("Pixels", pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
