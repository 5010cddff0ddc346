"""Writing by hand: letters of a script font, each a little off its line, with marks set by a pen's strokes."""

import random
import unicodedata
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.drawn.typefaces import FAMILIES, ROOT, font

SCRIPT = ROOT / "opentype/dancingscript/DancingScript-Regular.otf"
STROKES = {
    "\u0300": ((-0.16, -0.16), (0.04, -0.02)),
    "\u0301": ((-0.04, -0.02), (0.16, -0.16)),
    "\u0302": ((-0.14, -0.02), (0.0, -0.14), (0.14, -0.02)),
    "\u0303": ((-0.16, -0.04), (-0.06, -0.1), (0.05, -0.04), (0.16, -0.1)),
    "\u0306": ((-0.13, -0.13), (0.0, -0.03), (0.13, -0.13)),
    "\u0309": ((-0.03, -0.15), (0.05, -0.13), (0.03, -0.06), (-0.01, -0.02)),
    "\u031b": ((0.18, 0.12), (0.26, 0.05), (0.25, -0.03)),
    "\u0323": ((-0.015, 0.62), (0.015, 0.63)),
}
"""Marks above, beside and below a letter, in sizes of the letters from the middle of its top."""
BARRED = {"đ": "d", "Đ": "D"}


def written(text: str, dpi: int, rng: random.Random) -> Image.Image:
    """Return writing as a mask, its base line at two thirds of the height."""
    letters = font(_script(), rng.uniform(15, 19), dpi)
    size = letters.size
    mask = Image.new(
        "L", (round(letters.getlength(unicodedata.normalize("NFD", text)) * 1.15) + 40, round(size * 3)), 0
    )
    draw = ImageDraw.Draw(mask)
    x, base = 12.0, size * 2
    for letter in text:
        x = _letter(draw, letters, letter, (x, base + rng.uniform(-0.05, 0.05) * size))
        x += rng.uniform(-0.01, 0.05) * size
    return _wavy(mask.crop((0, 0, min(mask.width, round(x) + 20), mask.height)), rng, dpi)


def _script() -> Path:
    return SCRIPT if SCRIPT.is_file() else ROOT / FAMILIES[0].cuts[2]


def _letter(draw: ImageDraw.ImageDraw, letters: ImageFont.FreeTypeFont, letter: str, at: tuple[float, float]) -> float:
    """Write a letter with its marks; return where the next one begins."""
    base, *marks = list(unicodedata.normalize("NFD", BARRED.get(letter, letter)))
    draw.text(at, base, fill=240, font=letters, anchor="ls")
    left, top, right, _ = draw.textbbox(at, base, font=letters, anchor="ls")
    size = letters.size
    middle, up = (left + right) / 2, top
    for mark in marks:
        stroke = [(middle + x * size, up + y * size) for x, y in STROKES[mark]]
        draw.line(stroke, fill=240, width=max(2, round(size * 0.05)), joint="curve")
        up -= size * 0.13 if mark in "\u0302\u0306" else 0
    if letter in BARRED:
        bar = at[1] - size * (0.5 if letter == "đ" else 0.28)
        draw.line([(middle - size * 0.05, bar), (right + size * 0.12, bar)], fill=240, width=max(2, round(size * 0.05)))
    return at[0] + letters.getlength(base)


def _wavy(mask: Image.Image, rng: random.Random, dpi: int) -> Image.Image:
    """Let the line rise and fall."""
    pixels = np.asarray(mask)
    phase, slope = rng.uniform(0, 6), rng.uniform(-0.02, 0.02)
    columns = np.arange(pixels.shape[1])
    lift = np.round(np.sin(columns / dpi * 4 + phase) * dpi / 60 + slope * columns).astype(int)
    rows = (np.arange(pixels.shape[0])[:, None] + lift[None, :]) % pixels.shape[0]
    return Image.fromarray(pixels[rows, columns[None, :]]).filter(ImageFilter.GaussianBlur(dpi / 500))
