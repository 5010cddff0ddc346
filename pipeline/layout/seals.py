"""Seals and stamps: red ink, or rings of ink on pages without colour."""

from itertools import chain

import cv2
import numpy as np
from cv2.typing import MatLike

from pipeline.layout.marks import Bounds, bounds_of, close, crop, united
from pipeline.layout.sketch import Sketch

GAP_MM = 2.5
SMALLEST_MM, LARGEST_MM = 7.5, 75.0
LONGEST = 5.0
"""A stamp is at most so many times as wide as it is high: a line of red print is longer."""
LEAST_INK = 0.05
RADIUS_MM = (13.5, 21.5)
"""Of round seals on paper."""
RING_INK = 0.72
"""Share of a circle that has to be drawn."""
CLEAR_MM, AROUND_INK = 1.6, 0.55
"""So far outside a seal there is mostly paper; within a code or a photo every circle meets ink."""
WIDEST_RIM_MM = 3.5
RING_VOTES = 28
RINGED_MM = 110.0
"""A piece of ink with a seal in it and what the seal touches is at most so large."""

Circle = tuple[float, float, float]
"""Middle and radius in pixels."""


def find_seals(sketch: Sketch) -> list[Bounds]:
    """Return round and rectangular stamps."""
    return find_red(sketch) if sketch.coloured else find_rings(sketch)


def find_red(sketch: Sketch) -> list[Bounds]:
    """Return stamps of red ink."""
    groups = bounds_of(close(sketch.red, sketch.px(GAP_MM), sketch.px(GAP_MM)))
    return [group for group in groups if _is_stamp(sketch, group)]


def _is_stamp(sketch: Sketch, bounds: Bounds) -> bool:
    short, long = sorted(bounds[2:])
    return (
        short >= SMALLEST_MM * sketch.mm
        and long <= min(LARGEST_MM * sketch.mm, LONGEST * short)
        and cv2.countNonZero(crop(sketch.red, bounds)) >= LEAST_INK * short * long
    )


def find_rings(sketch: Sketch) -> list[Bounds]:
    """Return round seals of black ink."""
    low, high = (2 * radius * sketch.mm for radius in RADIUS_MM)
    large = [b for b in bounds_of(sketch.ink) if min(b[2:]) > 0.5 * low and max(b[2:]) < RINGED_MM * sketch.mm]
    places = [place for place in united(large, sketch.px(GAP_MM)) if min(place[2:]) >= 0.9 * low]
    return list(chain.from_iterable(_rings_in(sketch, place, high / 8) for place in places))


def _rings_in(sketch: Sketch, place: Bounds, margin: float) -> list[Bounds]:
    edge = round(margin)
    ink = cv2.copyMakeBorder(crop(sketch.ink, place), edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(0,))
    outer = [_outermost(ink, circle, sketch.mm) for circle in _circles(ink, sketch.mm)]
    rings = [circle for circle in outer if _is_ring(ink, circle, sketch.mm)]
    return [
        (round(place[0] + x - edge - radius), round(place[1] + y - edge - radius), round(2 * radius), round(2 * radius))
        for x, y, radius in rings
    ]


def _circles(ink: MatLike, mm: float) -> list[Circle]:
    low, high = (round(radius * mm) for radius in RADIUS_MM)
    soft = cv2.GaussianBlur(ink, (3, 3), 0)
    found = cv2.HoughCircles(
        soft, cv2.HOUGH_GRADIENT, 1.0, 2 * low, param1=100, param2=RING_VOTES, minRadius=low, maxRadius=high
    )
    return [] if found is None else [(float(x), float(y), float(radius)) for x, y, radius in found.reshape(-1, 3)]


def _outermost(ink: MatLike, circle: Circle, mm: float) -> Circle:
    """Return the circle widened to the outer one of a double ring."""
    x, y, radius = circle
    wider = [radius + step for step in range(1, round(WIDEST_RIM_MM * mm))]
    return x, y, max([radius, *(each for each in wider if _drawn(ink, (x, y, each)) >= RING_INK)])


def _is_ring(ink: MatLike, circle: Circle, mm: float) -> bool:
    x, y, radius = circle
    return _drawn(ink, circle) >= RING_INK and _drawn(ink, (x, y, radius + CLEAR_MM * mm)) <= AROUND_INK


def _drawn(ink: MatLike, circle: Circle) -> float:
    """Return the share of a circle along which there is ink, two pixels more or less."""
    x, y, radius = circle
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    near = radius + np.arange(-2, 3)[:, None]
    across = np.clip(np.rint(x + near * np.cos(turn)), 0, ink.shape[1] - 1).astype(np.intp)
    down = np.clip(np.rint(y + near * np.sin(turn)), 0, ink.shape[0] - 1).astype(np.intp)
    return float((ink[down, across] > 0).any(axis=0).mean())
