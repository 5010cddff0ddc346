"""A line as Tesseract's network was taught to see it: its height, sharpened a little, black and white stretched."""

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels

AVERAGED, SHARPENED = 0.7, 1.4
"""Below the first scale pixels are averaged; from the second on nothing is sharpened."""
BLACK, WHITE = 0.25, 0.75
"""Shares of the dark and of the light extremes along the middle of a line; what lies there is its black and white."""
FULL = 128 / 127
"""White and black lie a little outside of what the network takes, and are cut off."""


def picture_of(crop: Pixels, height: int) -> NDArray[np.float32]:
    """Return a line as the network takes it, -1 black and 1 white.

    Args:
        crop: grey, black on white, of any height.
        height: what the network reads.
    """
    scaled = _scaled(crop, height)
    black, white = _levels(scaled[height // 2].astype(np.int16))
    contrast = max((white - black) / 2, 1.0) if white > black else 1.0
    stretched = ((scaled - np.float32(black)) / np.float32(contrast) - 1) * np.float32(FULL)
    return np.asarray(np.clip(stretched, -1, 1), np.float32)


def _scaled(crop: Pixels, height: int) -> NDArray[np.float32]:
    rows, columns = crop.shape
    scale = height / rows
    width = max(1, int(scale * columns + 0.5))
    if scale < AVERAGED:
        smaller = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
        return _sharpened(smaller, 1, 0.2)
    corners = np.array([[columns / width, 0, 0], [0, rows / height, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    scaled = cv2.warpAffine(crop, corners, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return _sharpened(scaled, 2, 0.4) if scale < SHARPENED else scaled.astype(np.float32)


def _sharpened(picture: cv2.typing.MatLike, reach: int, share: float) -> NDArray[np.float32]:
    """Return the picture less a share of its surroundings; its rim stays as it is."""
    side = 2 * reach + 1
    plain = picture.astype(np.float32)
    inside = (slice(reach, -reach), slice(reach, -reach))
    around = cv2.blur(plain, (side, side))
    sharp = plain.copy()
    sharp[inside] = np.clip(plain + share * (plain - around), 0, 255)[inside].astype(np.uint8)
    return sharp


def _levels(row: NDArray[np.int16]) -> tuple[float, float]:
    """Return black and white of a line by the places along its middle that are darker or lighter than those beside."""
    before, here, after = row[:-2], row[1:-1], row[2:]
    dark = ((here < before) & (here <= after)) | ((here <= before) & (here < after))
    light = ((here > before) & (here >= after)) | ((here >= before) & (here > after))
    return _quantile(here[dark], BLACK, 0.0), _quantile(here[light], WHITE, 255.0)


def _quantile(values: NDArray[np.int16], share: float, otherwise: float) -> float:
    """Return the value below which a share of them lies, within a step of one grey."""
    if not len(values):
        values = np.array([otherwise], np.int16)
    target = max(share * len(values), 1.0) if len(values) > 1 else share
    ordered = np.sort(values)
    value = int(ordered[min(len(ordered), int(np.ceil(target))) - 1])
    first, last = np.searchsorted(ordered, [value, value + 1])
    return value + 1 - (int(last) - target) / (int(last) - int(first))
