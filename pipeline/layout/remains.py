"""What remains of a table's worn rules on pages of one bit: pieces along the walls of its cells, no letters."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from pipeline.layout.ink import DARK
from schemas.geometry import Box
from schemas.page import Pixels

WALL_MM: Final = 0.6
"""How far from the rule its remains stand, on either side."""
SHORTEST_MM: Final = 0.9
"""Dots are shorter: those of a dotted letter may come as near to the rule below it."""
SOFT: Final = np.ones((3, 3), np.uint8)
WHITE: Final = 255


def without_remains(food: Pixels, cells: Sequence[Box], mm: float) -> Pixels:
    """Return the food with the remains of rules between and around the cells of a table painted white."""
    outer, by = Box.around(cells), round(WALL_MM * mm)
    place = np.s_[max(0, outer.y0 - 3 * by) : outer.y1 + 3 * by, max(0, outer.x0 - 3 * by) : outer.x1 + 3 * by]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.inRange(food[place], 0, DARK - 1), connectivity=8)
    walled = np.bincount(labels[find_walls(food.shape, cells, by)[place] > 0], minlength=len(stats))
    gone = (walled == stats[:, 4]) & (stats[:, 2:4].max(axis=1) >= SHORTEST_MM * mm)
    gone[0] = False
    if not gone.any():
        return food
    clean = food.copy()
    clean[place][cv2.dilate(gone[labels].astype(np.uint8), SOFT) > 0] = WHITE
    return clean


def find_walls(shape: tuple[int, ...], cells: Sequence[Box], by: int) -> Pixels:
    """Return 1 within `by` pixels of the cells' edges, their rules included."""
    walls = np.zeros(shape, np.uint8)
    for box in cells:
        cv2.rectangle(walls, (box.x0 - 2 * by, box.y0 - 2 * by), (box.x1 + 2 * by, box.y1 + 2 * by), (1,), -1)
    for box in cells:
        walls[box.y0 + by : max(box.y0, box.y1 - by), box.x0 + by : max(box.x0, box.x1 - by)] = 0
    return walls
