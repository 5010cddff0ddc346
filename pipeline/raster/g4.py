"""CCITT G4: pictures of one bit, without any loss."""

import io
import struct

import cv2
from PIL import Image
from PIL.TiffImagePlugin import PHOTOMETRIC_INTERPRETATION, STRIPBYTECOUNTS, STRIPOFFSETS, TiffImageFile

from schemas.page import Pixels
from schemas.units import Resolution

WHITE_IS_ZERO = 0
"""Fax codes are made for paper that is their white. The other way round they are 3 to 5 % longer."""
ENTRY = 12
"""Bytes of an entry in a TIFF's directory: tag, type, count, value."""


def encode_g4(pixels: Pixels, resolution: Resolution) -> bytes:
    """Return a TIFF file of one strip, CCITT G4, of pixels that are 0 or 255."""
    return _white_is_zero(_tiff(pixels, resolution))


def g4_stream(pixels: Pixels) -> bytes:
    """Return the bare codes of pixels that are 0 or 255: black ones are those that fax calls black."""
    tiff = _tiff(pixels, Resolution(300, 300))
    with TiffImageFile(io.BytesIO(tiff)) as image:
        start, count = image.tag_v2[STRIPOFFSETS][0], image.tag_v2[STRIPBYTECOUNTS][0]
    return tiff[start : start + count]


def _tiff(pixels: Pixels, resolution: Resolution) -> bytes:
    """Return a TIFF file of the negative: Pillow codes light pixels as what fax calls black."""
    height, width = pixels.shape
    target = io.BytesIO()
    Image.fromarray(cv2.bitwise_not(pixels)).convert("1", dither=Image.Dither.NONE).save(
        target,
        format="TIFF",
        compression="group4",
        strip_size=height * (width // 8 + 1),
        dpi=(resolution.x, resolution.y),
    )
    return target.getvalue()


def _white_is_zero(tiff: bytes) -> bytes:
    """Return the file of a negative saying that it is one; Pillow, asked to, would turn it pixel by pixel in Python."""
    (directory,) = struct.unpack_from("<I", tiff, 4)
    (entries,) = struct.unpack_from("<H", tiff, directory)
    told = bytearray(tiff)
    for entry in range(directory + 2, directory + 2 + entries * ENTRY, ENTRY):
        if struct.unpack_from("<H", tiff, entry)[0] == PHOTOMETRIC_INTERPRETATION:
            struct.pack_into("<H", told, entry + ENTRY - 4, WHITE_IS_ZERO)
    return bytes(told)
