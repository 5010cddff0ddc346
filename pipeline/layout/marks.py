"""Pieces of a mask and the boxes around them."""

from collections.abc import Iterable
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike

from schemas.page import Pixels

Bounds = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def bounds_of(mask: MatLike) -> list[Bounds]:
    """Return the boxes around the connected pieces of a mask."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [cast("Bounds", tuple(cv2.boundingRect(outline))) for outline in outlines]


def close(mask: Pixels, across: int, down: int) -> Pixels:
    """Return the mask with gaps up to so many pixels filled."""
    return cast("Pixels", cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((down | 1, across | 1), np.uint8)))


def crop(mask: Pixels, bounds: Bounds) -> Pixels:
    """Return the part of a mask within a box, as a view."""
    left, top, width, height = bounds
    return mask[top : top + height, left : left + width]


def piece_at(mask: Pixels, bounds: Bounds) -> Pixels:
    """Return the piece that fills the box from edge to edge, without what else lies in the box."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(crop(mask, bounds), connectivity=8)
    largest = 1 + int(np.argmax(stats[1:, 2] + stats[1:, 3]))
    return np.where(labels == largest, np.uint8(255), np.uint8(0))


def sized(groups: Iterable[Bounds], smallest: int) -> list[Bounds]:
    """Return the boxes whose both sides are long enough."""
    return [group for group in groups if min(group[2:]) >= smallest]


def united(groups: Iterable[Bounds], gap: int) -> list[Bounds]:
    """Return boxes that hold all boxes nearer to each other than `gap`."""
    whole: list[Bounds] = []
    for group in groups:
        bounds = group
        while near := [other for other in whole if nearer(bounds, other, gap)]:
            whole = [other for other in whole if other not in near]
            bounds = hull([bounds, *near])
        whole.append(bounds)
    return whole


def hull(groups: Iterable[Bounds]) -> Bounds:
    """Return the box around all boxes."""
    every = list(groups)
    left, top = min(group[0] for group in every), min(group[1] for group in every)
    right, bottom = max(group[0] + group[2] for group in every), max(group[1] + group[3] for group in every)
    return left, top, right - left, bottom - top


def nearer(one: Bounds, other: Bounds, gap: int) -> bool:
    """Whether two boxes lie nearer to each other than `gap` pixels, or overlap."""
    return all(
        one[axis] < other[axis] + other[axis + 2] + gap and other[axis] < one[axis] + one[axis + 2] + gap
        for axis in (0, 1)
    )


def within(one: Bounds, other: Bounds) -> bool:
    """Whether most of a box lies in another."""
    shared = [
        max(0, min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]))
        for axis in (0, 1)
    ]
    return shared[0] * shared[1] > 0.7 * one[2] * one[3]
