"""Rectangles on a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from schemas.units import Turn

Placing = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f as in PDF: x' = ax + cy + e, y' = bx + dy + f; between corners of pixels, y downwards."""
IN_PLACE: Placing = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle in pixels, origin top left, `x1` and `y1` exclusive.

    Raises:
        ValueError: the box is turned inside out.
    """

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        """Refuse boxes whose right or bottom edge lies before the other."""
        if self.x1 < self.x0 or self.y1 < self.y0:
            message = f"box {self.as_list()} is turned inside out"
            raise ValueError(message)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.y1 - self.y0

    def as_list(self) -> list[int]:
        """Return `[x0, y0, x1, y1]`, the form that JSON carries."""
        return [self.x0, self.y0, self.x1, self.y1]

    def scaled(self, x: float, y: float) -> "Box":
        """Return the box in a picture that is `x` times as wide and `y` times as high."""
        return Box(round(self.x0 * x), round(self.y0 * y), round(self.x1 * x), round(self.y1 * y))

    @classmethod
    def around(cls, boxes: Iterable["Box"]) -> Self:
        """Return the smallest box that holds all of `boxes`.

        Raises:
            ValueError: there are no boxes.
        """
        every = list(boxes)
        return cls(
            min(box.x0 for box in every),
            min(box.y0 for box in every),
            max(box.x1 for box in every),
            max(box.y1 for box in every),
        )


def after(first: Placing, then: Placing) -> Placing:
    """Return the placing that does `first`, and `then` what comes after it."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (p * a + r * b, q * a + s * b, p * c + r * d, q * c + s * d, p * e + r * f + t, q * e + s * f + u)


def turning(turn: Turn, width: float, height: float) -> Placing:
    """Return the placing that turns a picture of `width` by `height` pixels clockwise into its new frame."""
    placings: dict[Turn, Placing] = {
        0: IN_PLACE,
        90: (0.0, 1.0, -1.0, 0.0, height, 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, width, height),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, width),
    }
    return placings[turn]
