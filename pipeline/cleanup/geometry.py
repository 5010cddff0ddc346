"""Turning and straightening without loss of size."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.geometry import Placing
from schemas.page import Pixels, Scan
from schemas.units import Resolution, Turn

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
    across, down = squaring(scan)
    if across == down:
        return scan.pixels, scan.resolution
    finest = max(scan.resolution.x, scan.resolution.y)
    height, width = scan.pixels.shape[:2]
    size = (round(width * across), round(height * down))
    how = cv2.INTER_NEAREST if scan.bilevel else cv2.INTER_LINEAR
    return cast("Pixels", cv2.resize(scan.pixels, size, interpolation=how)), Resolution(finest, finest)


def squaring(scan: Scan) -> tuple[float, float]:
    """Return how many times as wide and as high the scan becomes where its pixels are made square, else 1, 1."""
    x, y = scan.resolution.x, scan.resolution.y
    finest = max(x, y)
    return (1.0, 1.0) if finest / min(x, y) <= UNEVEN else (finest / x, finest / y)


def placing(matrix: NDArray[np.float64]) -> Placing:
    """Return as a placing, between corners of pixels, what a 2 x 3 matrix does to their middles."""
    linear = matrix[:, :2]
    (a, c), (b, d) = linear.tolist()
    e, f = (matrix[:, 2] + 0.5 - linear @ np.array([0.5, 0.5])).tolist()
    return (a, b, c, d, e, f)


def about_middle(width: int, height: int, degrees: float) -> NDArray[np.float64]:
    """Return the 2 x 3 matrix that turns a picture counter-clockwise about its middle."""
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0), np.float64)


def plan_rotation(outline: NDArray[np.float64], size: tuple[int, int], skew: float) -> NDArray[np.float64] | None:
    """Return the 2 x 3 matrix that straightens a picture and keeps all its ink inside.

    The picture turns counter-clockwise by `skew` degrees about its middle and is shifted where ink
    would leave it. None where the ink does not fit in whatever shift.

    Args:
        outline: corners of the ink, x and y; n x 2.
        size: width and height of the picture in pixels.
    """
    matrix = about_middle(*size, skew)
    if not len(outline):
        return matrix
    moved = outline @ matrix[:, :2].T + matrix[:, 2]
    for axis, side in enumerate(size):
        low, high = moved[:, axis].min(), moved[:, axis].max()
        if high - low > side - 1:
            return None
        matrix[axis, 2] += max(0.0, -low) - max(0.0, high - (side - 1))
    return matrix


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 2 x 3 matrix that undoes another."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def enlarge(matrix: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Return the matrix that does to a picture `factor` times as large what `matrix` does to the small one."""
    middle = (factor - 1) / 2  # the centre of a small pixel, in large pixels
    linear = matrix[:, :2]
    shift = factor * matrix[:, 2] + middle - linear @ np.array([middle, middle])
    return np.column_stack([linear, shift])
