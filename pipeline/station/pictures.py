"""Pillow's pictures become pixels of the house: 8 bits, grey or RGB, upright, with real dpi."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from PIL import Image

from schemas.errors import UnreadableFile, UnsupportedFile
from schemas.page import Pixels
from schemas.settings import StationSettings
from schemas.units import Resolution, Turn

ORIENTATION_TAG, X_RESOLUTION_TAG, Y_RESOLUTION_TAG, UNIT_TAG = 274, 282, 283, 296
CM_PER_INCH = 2.54
LONGEST_IN, SHORTEST_IN = 48.0, 34.5
"""Paper larger than A0 means that a program wrote a resolution (72 dpi, mostly) without knowing it."""
A3_SHORTER_IN, SCREEN_DPI = 12.0, 100.0
"""So does paper larger than A3 in a screen's resolution: nobody scans plans as coarsely."""
A4_IN: Final = (8.268, 11.693)
USUAL_DPI: Final = (100, 150, 200, 240, 300, 400, 600)
A4_TOLERANCE = 0.03

BAND: Final = 512
"""Rows that are copied at once."""

SIXTEEN_BITS: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})


@contextmanager
def decoding(settings: StationSettings) -> Iterator[None]:
    """Let Pillow decode pictures up to the limit of `settings`, its errors translated.

    Pillow's own limit is a global; it is put back. Pages are decoded one at a time in a process.

    Raises:
        UnreadableFile: Pillow cannot decode the picture.
    """
    former = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max(settings.max_page_pixels, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no concern of the pixels
            yield
    except PILLOW_ERRORS as error:
        raise UnreadableFile("Không giải mã được ảnh của trang") from error
    finally:
        Image.MAX_IMAGE_PIXELS = former


PILLOW_ERRORS: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, ArithmeticError),
    *(AttributeError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError),
)
"""What Pillow's decoders raise on damaged files, as a fuzzer found out."""


def pixels_of(image: Image.Image) -> Pixels:
    """Return the pixels of a picture: grey where it has no colour, else RGB; alpha over white.

    Raises:
        UnsupportedFile: a kind of pixel that no document scanner makes.
    """
    if "transparency" in image.info or image.mode in {"LA", "PA", "RGBA", "La", "RGBa"}:
        return _over_white(image.convert("RGBA"))
    if image.mode in SIXTEEN_BITS:
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in {"1", "L"}:
        return _copied(image, "L")
    if image.mode == "P":
        return without_colour(_copied(image, "RGB"))
    if image.mode in {"RGB", "CMYK", "YCbCr"}:
        return _copied(image, "RGB")
    raise UnsupportedFile(f"Kiểu điểm ảnh {image.mode} chưa được hỗ trợ")


def _over_white(image: Image.Image) -> Pixels:
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    return without_colour(_copied(paper, "RGB"))


def _copied(image: Image.Image, mode: str) -> Pixels:
    """Return the pixels in `mode`, band by band: a large page is held twice, not four times."""
    width, height = image.size
    pixels = np.empty((height, width) if mode == "L" else (height, width, 3), np.uint8)
    for top in range(0, height, BAND):
        bottom = min(top + BAND, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)).convert(mode))
    return pixels


def without_colour(pixels: Pixels) -> Pixels:
    """Return RGB `pixels` as grey where all three colours are the same everywhere."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    return pixels


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF or TIFF Orientation (1..8; anything else counts as 1)."""
    moves = {
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: pixels[::-1].swapaxes(0, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: pixels[:, ::-1].swapaxes(0, 1),
    }
    return np.ascontiguousarray(moves.get(orientation, pixels))


def turned(pixels: Pixels, turn: Turn) -> Pixels:
    """Turn `pixels` clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, -turn // 90))


def orientation_of(image: Image.Image) -> int:
    """Return the Orientation that a picture states, 1 where it states none."""
    stated = image.getexif().get(ORIENTATION_TAG, 1)
    return stated if isinstance(stated, int) else 1


def resolution_of(image: Image.Image) -> Resolution | None:
    """Return the dpi that a picture states in JFIF, TIFF, PNG or EXIF; None for none or nonsense."""
    if image.format == "PNG" or image.info.get("jfif_unit") in (1, 2):
        return plausible(image.info.get("dpi", (None, None)), 1.0, image.size)
    tags = image.getexif()
    factor = {2: 1.0, 3: CM_PER_INCH}.get(tags.get(UNIT_TAG, 2), 0.0)
    return plausible((tags.get(X_RESOLUTION_TAG), tags.get(Y_RESOLUTION_TAG)), factor, image.size)


def plausible(stated: tuple[object, object], factor: float, size: tuple[int, int]) -> Resolution | None:
    """Return `stated` x `factor` dpi; None where no scanner has it or the paper were too large for it."""
    try:
        x, y = (round(float(value) * factor, 3) for value in stated)  # type: ignore[arg-type] # checked here
        found = Resolution(x, y)
    except (TypeError, ValueError, ArithmeticError):
        return None
    shorter, longer = sorted((size[0] / found.x, size[1] / found.y))
    if max(found.x, found.y) < SCREEN_DPI and shorter > A3_SHORTER_IN:
        return None
    return found if shorter <= SHORTEST_IN and longer <= LONGEST_IN else None


def guessed(size: tuple[int, int], default_dpi: float) -> Resolution:
    """Return the resolution of a picture that states none: that at which it is A4, if a usual one."""
    shorter, longer = sorted(size)
    for dpi in USUAL_DPI:
        off = (shorter / (A4_IN[0] * dpi) - 1, longer / (A4_IN[1] * dpi) - 1)
        if max(map(abs, off)) <= A4_TOLERANCE:
            return Resolution(dpi, dpi)
    return Resolution(default_dpi, default_dpi)


def swapped(resolution: Resolution | None, orientation: int) -> Resolution | None:
    """Return `resolution` after an Orientation was applied: 5..8 swap width and height."""
    if resolution is None or not 5 <= orientation <= 8:
        return resolution
    return Resolution(resolution.y, resolution.x)
