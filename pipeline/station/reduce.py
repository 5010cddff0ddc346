"""Smaller pictures of a page, for looking at it quickly."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from schemas.page import Pixels, Scan
from schemas.units import Resolution

LOOK_DPI: Final = 150.0


def for_looking(scan: Scan) -> Scan:
    """Return the page at LOOK_DPI or up to twice that: reduced by a whole factor, which is fast."""
    factor = int(min(scan.resolution.x, scan.resolution.y) // LOOK_DPI)
    if factor < 2 or min(scan.pixels.shape[:2]) < factor:
        return scan
    height, width = (side // factor for side in scan.pixels.shape[:2])
    whole = scan.pixels[: height * factor, : width * factor]
    pixels = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    resolution = Resolution(scan.resolution.x / factor, scan.resolution.y / factor)
    return replace(scan, pixels=pixels, resolution=resolution, bilevel=False)


def grey_at(scan: Scan, dpi: float) -> Pixels:
    """Return the page as grey at no more than `dpi` in both directions; dark stays dark on average."""
    height, width = scan.pixels.shape[:2]
    x, y = (min(1.0, dpi / stated) for stated in (scan.resolution.x, scan.resolution.y))
    size = (max(round(width * x), 1), max(round(height * y), 1))
    small = cv2.resize(scan.pixels, size, interpolation=cv2.INTER_AREA) if size != (width, height) else scan.pixels
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(grey, dtype=np.uint8)
