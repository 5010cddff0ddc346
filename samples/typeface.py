"""The fonts the papers are printed in: Liberation 2, which has all Vietnamese letters (version 1 has not)."""

import unicodedata
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from schemas.errors import SettingsError
from schemas.units import POINTS_PER_INCH, px_to_mm

FOLDERS = (Path("/usr/share/fonts/truetype/liberation2"), Path("/usr/share/fonts/truetype/liberation"))
MEASURE_DPI = 720.0
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


class Face(StrEnum):
    """A font by its file name."""

    SERIF = "LiberationSerif-Regular"
    SERIF_BOLD = "LiberationSerif-Bold"
    SERIF_ITALIC = "LiberationSerif-Italic"
    SANS = "LiberationSans-Regular"
    SANS_BOLD = "LiberationSans-Bold"
    MONO = "LiberationMono-Regular"


@cache
def vietnamese_letters() -> frozenset[str]:
    """Return all letters of Vietnamese, upper and lower case, NFC."""
    lower = {unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(VOWELS, TONES)} | {"đ"}
    return frozenset(lower | {letter.upper() for letter in lower})


def missing(letters: frozenset[str], path: Path) -> frozenset[str]:
    """Return those of `letters` for which the font file `path` has no glyph."""
    with TTFont(path, lazy=True) as font:
        glyphs = font.getBestCmap()
        return frozenset(letter for letter in letters if ord(letter) not in glyphs)


@cache
def font_path(face: Face) -> Path:
    """Return the file of `face`.

    Raises:
        SettingsError: no installed file has all Vietnamese letters.
    """
    candidates = (folder / f"{face}.ttf" for folder in FOLDERS)
    complete = (path for path in candidates if path.is_file() and not missing(vietnamese_letters(), path))
    found = next(complete, None)
    if found is None:
        raise SettingsError(f"Thiếu phông chữ {face} có đủ chữ Việt: cài gói fonts-liberation2")
    return found


@cache
def font(face: Face, size_pt: float, dpi: float) -> ImageFont.FreeTypeFont:
    """Return `face` at `size_pt` points for a picture of `dpi`."""
    engine = ImageFont.Layout.BASIC  # the same pixels with and without Raqm
    return ImageFont.truetype(str(font_path(face)), size_pt * dpi / POINTS_PER_INCH, layout_engine=engine)


@cache
def width_mm(text: str, face: Face, size_pt: float) -> float:
    """Return the printed width of `text` in millimetres."""
    return px_to_mm(font(face, size_pt, MEASURE_DPI).getlength(text), MEASURE_DPI)
