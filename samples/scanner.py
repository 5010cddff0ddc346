"""What paper and scanner do to a clean page: tint, skew, shadows, blur, noise, one bit a pixel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from schemas.units import Turn, mm_to_px

Mode = Literal["RGB", "L", "1"]
BILEVEL_THRESHOLD = 150
TRANSPOSE = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """A scanner and its settings.

    Attributes:
        dpi: dots per inch, the same in both directions.
        mode: RGB, grey ("L") or one bit a pixel ("1").
        paper: colour of the paper.
        blur: radius of the lens' blur in pixels.
        noise: standard deviation of the sensor's noise, of 255.
        shadow_mm: width of the dark strip at one edge.
        quality: of JPEG, 1..95.
    """

    dpi: int
    mode: Mode = "RGB"
    paper: tuple[int, int, int] = (249, 247, 241)
    blur: float = 0.6
    noise: float = 2.0
    shadow_mm: float = 3.0
    quality: int = 75


@dataclass(frozen=True, kw_only=True)
class Posture:
    """How a page lay on the glass.

    Attributes:
        turned: clockwise degrees by which the scan has to be turned to be upright.
        skew: degrees by which it then has to be turned counter-clockwise to be straight.
    """

    turned: Turn = 0
    skew: float = 0.0


def scan(printed: Image.Image, scanner: Scanner, posture: Posture, seed: int) -> Image.Image:
    """Return the picture that `scanner` makes of the clean, upright RGB picture `printed`."""
    chance = np.random.default_rng(seed)
    page = ImageChops.multiply(printed, Image.new("RGB", printed.size, scanner.paper))
    page = page.rotate(-posture.skew, Image.Resampling.BICUBIC, fillcolor=scanner.paper)
    if posture.turned:
        page = page.transpose(TRANSPOSE[posture.turned])
    page = page.filter(ImageFilter.GaussianBlur(scanner.blur))
    return _digitize(_shaded(page, scanner, chance), scanner, chance)


def show_through(behind: Image.Image, strength: float) -> Image.Image:
    """Return the back of a sheet whose front is `behind`: its mirror image, blurred and faint."""
    mirrored = behind.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(behind.width / 700))
    return Image.blend(Image.new("RGB", behind.size, (255, 255, 255)), mirrored, strength)


def _shaded(page: Image.Image, scanner: Scanner, chance: np.random.Generator) -> NDArray[np.float32]:
    """Darken one edge strongly and another faintly, and let the lamp fade a little across the page."""
    height, width = page.height, page.width
    reach = mm_to_px(scanner.shadow_mm, scanner.dpi)
    from_left = np.exp(-np.arange(width, dtype=np.float32) / (reach / 3)) * chance.uniform(0.3, 0.6)
    from_foot = np.exp(-np.arange(height, dtype=np.float32)[::-1] / (reach / 4)) * chance.uniform(0.1, 0.3)
    lamp = np.linspace(0, chance.uniform(0.0, 0.02), width, dtype=np.float32)
    light = np.outer(1 - from_foot, 1 - from_left - lamp).astype(np.float32)
    return np.multiply(np.asarray(page, dtype=np.float32), light[:, :, None])


def _digitize(light: NDArray[np.float32], scanner: Scanner, chance: np.random.Generator) -> Image.Image:
    shape = light.shape[:2]
    noise = chance.standard_normal(shape, dtype=np.float32) * scanner.noise
    pixels = np.clip(light + noise[:, :, None], 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels)
    if scanner.mode == "RGB":
        return picture
    grey = picture.convert("L")
    return grey if scanner.mode == "L" else _bilevel(grey, chance)


def _bilevel(grey: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Threshold, and add the specks that dust on the glass leaves."""
    pixels = np.asarray(grey) > BILEVEL_THRESHOLD
    dirty = pixels.copy()
    for _ in range(int(chance.integers(15, 60))):
        y, x = int(chance.integers(0, grey.height - 3)), int(chance.integers(0, grey.width - 3))
        dirty[y : y + int(chance.integers(1, 4)), x : x + int(chance.integers(1, 4))] = False
    return Image.fromarray(dirty)
