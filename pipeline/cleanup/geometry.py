"""Turning and straightening without loss of size."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.glyphs import Mask
from schemas.page import Pixels, Scan
from schemas.units import Resolution, Turn

STILL = 0.1
"""Skew in degrees below which a picture is left as it is."""
STILL_BILEVEL = 0.3
"""The same for pictures of one bit, whose edges suffer from every turn."""
UNEVEN = 1.05
"""Ratio of resolutions from which a picture is brought to square pixels."""

_CODES: dict[Turn, int] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def turn(pixels: Pixels, by: Turn) -> Pixels:
    """Return the picture after a clockwise turn, without any loss."""
    return pixels if by == 0 else cast("Pixels", cv2.rotate(pixels, _CODES[by]))


def turn_resolution(resolution: Resolution, by: Turn) -> Resolution:
    """Return the resolution of a picture after a turn."""
    return Resolution(resolution.y, resolution.x) if by in (90, 270) else resolution


def squared(scan: Scan) -> tuple[Pixels, Resolution]:
    """Return the scan with square pixels where its resolutions differ by more than 5 % (fax), else as it is."""
    x, y = scan.resolution.x, scan.resolution.y
    if max(x, y) / min(x, y) <= UNEVEN:
        return scan.pixels, scan.resolution
    finest = max(x, y)
    height, width = scan.pixels.shape[:2]
    size = (round(width * finest / x), round(height * finest / y))
    how = cv2.INTER_NEAREST if scan.bilevel else cv2.INTER_LINEAR
    return cast("Pixels", cv2.resize(scan.pixels, size, interpolation=how)), Resolution(finest, finest)


def worth_straightening(skew: float, *, bilevel: bool) -> bool:
    """Decide whether a picture gains by being straightened."""
    return abs(skew) >= (STILL_BILEVEL if bilevel else STILL)


def about_middle(width: int, height: int, degrees: float) -> NDArray[np.float64]:
    """Return the 2 x 3 matrix that turns a picture counter-clockwise about its middle."""
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0), np.float64)


def plan_rotation(ink: Mask, skew: float) -> NDArray[np.float64] | None:
    """Return the 2 x 3 matrix that straightens a picture of the size of `ink` and keeps all its ink inside.

    The picture turns counter-clockwise by `skew` degrees about its middle and is shifted where ink
    would leave it. None where the ink does not fit in whatever shift.
    """
    height, width = ink.shape
    matrix = about_middle(width, height, skew)
    outline = cv2.findNonZero(ink)
    if outline is None:
        return matrix
    moved = cv2.transform(cv2.convexHull(outline).astype(np.float64), matrix).reshape(-1, 2)
    for axis, size in ((0, width), (1, height)):
        low, high = moved[:, axis].min(), moved[:, axis].max()
        if high - low > size - 1:
            return None
        matrix[axis, 2] += max(0.0, -low) - max(0.0, high - (size - 1))
    return matrix


def enlarge(matrix: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Return the matrix that does to a picture `factor` times as large what `matrix` does to the small one."""
    middle = (factor - 1) / 2  # the centre of a small pixel, in large pixels
    linear = matrix[:, :2]
    shift = factor * matrix[:, 2] + middle - linear @ np.array([middle, middle])
    return np.column_stack([linear, shift])


def rotate(pixels: Pixels, matrix: NDArray[np.float64], paper: tuple[int, ...], *, bilevel: bool) -> Pixels:
    """Return the picture moved by `matrix` in a frame of the same size, corners filled with paper.

    Args:
        paper: sample values for the corners, one per channel.
        bilevel: give 0 and 255 only.
    """
    height, width = pixels.shape[:2]
    how = cv2.INTER_LINEAR if bilevel else cv2.INTER_CUBIC
    moved = cv2.warpAffine(pixels, matrix, (width, height), flags=how, borderValue=paper)
    if bilevel:
        _, moved = cv2.threshold(moved, 127, 255, cv2.THRESH_BINARY)
    return cast("Pixels", moved)
