"""Lengths and their conversions: pixels, PDF points (1/72 inch) and millimetres."""

from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Literal

Turn = Literal[0, 90, 180, 270]
"""Clockwise quarter turns in degrees."""
POINTS_PER_INCH = 72.0
MM_PER_INCH = 25.4
VIETNAM = timezone(timedelta(hours=7))
"""The time of the seal's block and of the wire; Viet Nam keeps no summer time."""


@dataclass(frozen=True)
class Resolution:
    """Dots per inch, horizontally and vertically; each in 50..2400.

    Raises:
        ValueError: a value is outside of that range.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        """Refuse resolutions no document scanner has."""
        if not (50 <= self.x <= 2400 and 50 <= self.y <= 2400):
            message = f"resolution {self.x} x {self.y} dpi is outside of 50..2400"
            raise ValueError(message)


def px_to_pt(pixels: float, dpi: float) -> float:
    """Return the length in PDF points of `pixels` at `dpi`."""
    return pixels * POINTS_PER_INCH / dpi


def pt_to_px(points: float, dpi: float) -> float:
    """Return the length in pixels of `points` at `dpi`."""
    return points * dpi / POINTS_PER_INCH


def mm_to_px(millimetres: float, dpi: float) -> float:
    """Return the length in pixels of `millimetres` at `dpi`."""
    return millimetres * dpi / MM_PER_INCH


def px_to_mm(pixels: float, dpi: float) -> float:
    """Return the length in millimetres of `pixels` at `dpi`."""
    return pixels * MM_PER_INCH / dpi
