"""Delivered pages as poppler draws them."""

import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


class Window(NamedTuple):
    """A place on a page, pixels of it."""

    x: int
    y: int
    width: int
    height: int


def scan_of(picture: Path) -> Pixels:
    """Return a scan, RGB or grey."""
    with Image.open(picture) as opened:
        return np.asarray(opened if opened.mode in {"RGB", "L"} else opened.convert("L"))


def drawn(pdf: Path, page_no: int, size: tuple[int, int], window: Window | None = None) -> Pixels:
    """Return a page (1-based) as RGB, of `size` (width and height), or only a window of that; without its seal."""
    width, height = size
    scale = ["-scale-to-x", str(width), "-scale-to-y", str(height)]
    part = [word for name, value in zip("xyWH", window or (), strict=False) for word in (f"-{name}", str(value))]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        limits = ["-f", str(page_no), "-l", str(page_no), "-singlefile", "-hide-annotations"]
        subprocess.run(["pdftoppm", *limits, *scale, *part, str(pdf), str(target)], check=True, capture_output=True)
        with Image.open(f"{target}.ppm") as found:
            return np.asarray(found)
