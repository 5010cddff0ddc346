"""JPEG: pictures in tones."""

import cv2

from schemas.page import Pixels

FINE = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
COARSE = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
"""Colour as sharp as brightness, or half as sharp."""


def jpeg(pixels: Pixels, quality: int, sampling: int, colour: int | None = None) -> bytes:
    """Return a JPEG file of a grey or RGB picture, its codes fitted to it.

    Args:
        pixels: grey or RGB.
        quality: 1..95.
        sampling: `FINE` or `COARSE`.
        colour: quality of colour, if it is another one than that of brightness.
    """
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    if colour is not None:
        settings += [cv2.IMWRITE_JPEG_LUMA_QUALITY, quality, cv2.IMWRITE_JPEG_CHROMA_QUALITY, colour]
    return bytes(cv2.imencode(".jpg", ordered, [*settings, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling])[1])
