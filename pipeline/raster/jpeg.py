"""JPEG: pictures in tones, in the size that a page needs."""

import cv2

from schemas.page import Pixels


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """Return a JPEG file of a grey or RGB picture, its codes fitted to it.

    Args:
        pixels: grey, or RGB, of which colour is kept at half the resolution.
        quality: 1..95.
    """
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return bytes(cv2.imencode(".jpg", ordered, settings)[1])
