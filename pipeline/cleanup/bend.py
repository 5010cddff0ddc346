"""Bend: how the lean of printed lines changes over a page.

A sheet that is drawn in askew turns on its way, and the pages of a book curve: one turn does not make all
lines level. What does is a sink, the height by which a line has fallen at each place, fitted to the feet of
the letters in their rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.rows import Rows

FEWEST_FEET = 30
STIFFNESS = np.array([0.1, 0.3, 6.0, 8.0, 1.0, 1.0, 6.0])
"""So many feet hold each term at what is known: a sheet often turns on its way, its lines seldom curve."""
TERMS = len(STIFFNESS)
LOOSE_PX = 1.0
"""Feet that stand farther off their row, as those of g and y do, count for less."""
PASSES = 8

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Bend:
    """How lines of print fall from left to right.

    Attributes:
        terms: weights of `basis`, pixels.
        size: width and height of the picture in pixels.
        area: left, top, right, bottom of the print in pixels.
    """

    terms: Values
    size: tuple[int, int]
    area: tuple[float, float, float, float]

    def sink(self, x: Values, y: Values) -> Values:
        """Return by how many pixels a line that passes there has fallen, against the middle of the page."""
        return np.tensordot(self.terms, basis(x, np.clip(y, self.area[1], self.area[3]), self.size), 1)

    def degrees(self, x: Values, y: Values) -> Values:
        """Return the counter-clockwise turn that makes a line level there."""
        return np.degrees(np.arctan((self.sink(x + 1, y) - self.sink(x - 1, y)) / 2))


def straight(degrees: float, size: tuple[int, int]) -> Bend:
    """Return the bend of a page whose lines all lean by the same angle."""
    terms = np.zeros(TERMS)
    terms[0] = np.tan(np.radians(degrees)) * size[0] / 2
    return Bend(terms, size, (0.0, 0.0, size[0] - 1.0, size[1] - 1.0))


def find_bend(rows: Rows, known: Bend) -> Bend:
    """Return the bend that makes the rows most level; what is known of it where there are too few."""
    if len(rows.row) < FEWEST_FEET:
        return known
    area = (float(rows.x.min()), float(rows.y.min()), float(rows.x.max()), float(rows.y.max()))
    return Bend(_fitted(rows, known.terms, basis(rows.x, rows.y, known.size)), known.size, area)


def basis(x: Values, y: Values, size: tuple[int, int]) -> Values:
    """Return the shapes that a bend is made of: lean, its change down the page, and curved lines; 7 x places."""
    across, down = 2 * x / size[0] - 1, 2 * y / size[1] - 1
    leaning = (across * shape for shape in (np.ones_like(down), down, down**2 - 1 / 3, down**3 - 3 / 5 * down))
    return np.stack([*leaning, across**2, across**2 * down, across**3 - 3 / 5 * across])


def _fitted(rows: Rows, known: Values, shapes: Values) -> Values:
    """Least squares, repeated with less weight for feet that stand off; each row has a height of its own."""
    terms, weights = known, np.ones(len(rows.row))
    anchor = np.diag(STIFFNESS)
    for number in range(PASSES):
        off = rows.y - terms @ shapes
        off = off - (_medians(off, rows) if number == 0 else _means(off, weights, rows))
        loose = max(LOOSE_PX, 1.48 * float(np.median(np.abs(off))))
        weights = np.asarray(1 / (1 + (off / loose) ** 2), np.float64)
        level = shapes - np.stack([_means(shape, weights, rows) for shape in shapes])
        feet = rows.y - _means(rows.y, weights, rows)
        pulls = (level * weights) @ feet + anchor @ known
        terms = np.asarray(np.linalg.solve((level * weights) @ level.T + anchor, pulls), np.float64)
    return terms


def _means(values: Values, weights: Values, rows: Rows) -> Values:
    sums = np.bincount(rows.row, weights * values) / np.bincount(rows.row, weights)
    return np.asarray(sums[rows.row], np.float64)


def _medians(values: Values, rows: Rows) -> Values:
    parts = np.split(values, np.flatnonzero(np.diff(rows.row)) + 1)
    return np.repeat([float(np.median(part)) for part in parts], [len(part) for part in parts])
