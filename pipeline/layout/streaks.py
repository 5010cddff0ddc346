"""Streaks: the thin, broken lines that dust on a scanner's glass draws down a whole page."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import DARK
from schemas.page import Pixels

THICKEST_MM = 0.5
SHORTEST_MM = 4.2
"""Pieces of a streak that are told from letters: as high as no stem of a letter of text."""
FEWEST, LEAST_MM = 4, 25.0
"""A streak has at least so many of them, together so long."""
BREAK_MM = 60.0
LEAN = 0.025
STRAY_MM = 0.35
"""The next piece is no farther off the way of the one above."""
BEYOND_MM = 12.0
"""Ends of a streak are in pieces too short to be told from letters."""
EACH = 3
WHITE = 255

Seeds = NDArray[np.int32]
"""Left, top, width, height and area of pieces of ink."""


@dataclass(frozen=True, eq=False)
class Streak:
    """A streak: where it is in each pixel row from `top` on, and how wide."""

    top: int
    places: NDArray[np.intp]
    width: int


def without_streaks(food: Pixels, mm: float) -> Pixels:
    """Return the food with streaks painted white; strokes of letters across them stay."""
    streaks = find_streaks(food, mm)
    if not streaks:
        return food
    clean = food.copy()
    dark = cast("Pixels", cv2.inRange(food, 0, DARK - 1))
    for streak in streaks:
        erase(clean, dark, streak)
    return clean


def find_streaks(food: Pixels, mm: float) -> list[Streak]:
    """Return the streaks of a page."""
    # Every third pixel row is enough, and takes a third of the time.
    dark = cv2.inRange(food[::EACH], 0, DARK - 1)
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, round(THICKEST_MM * mm) + 1), np.uint8))
    thin = cv2.subtract(dark, wide)
    leaning = cv2.dilate(thin, np.ones((1, 3), np.uint8))
    long = cv2.morphologyEx(leaning, cv2.MORPH_OPEN, np.ones((round(SHORTEST_MM / EACH * mm), 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_and(long, thin), connectivity=8)
    pieces = np.asarray(stats[1:] * [1, EACH, 1, EACH, EACH], np.int32)
    upright = pieces[(pieces[:, 3] >= SHORTEST_MM * mm) & (pieces[:, 4] < THICKEST_MM * mm * pieces[:, 3])]
    return [follow(chain, food.shape[0], mm) for chain in chains(upright, mm) if is_streak(chain, mm)]


def chains(seeds: Seeds, mm: float) -> list[Seeds]:
    """Return pieces that stand one above the other on a nearly upright line."""
    found: list[list[NDArray[np.int32]]] = []
    for seed in seeds[np.argsort(seeds[:, 1], kind="stable")]:
        own = next((chain for chain in found if _goes_on(chain[-1], seed, mm)), None)
        if own is None:
            found.append([seed])
        else:
            own.append(seed)
    return [np.asarray(chain) for chain in found]


def _goes_on(above: NDArray[np.int32], below: NDArray[np.int32], mm: float) -> bool:
    apart = below[1] - above[1] - above[3]
    off = abs((2 * below[0] + below[2]) - (2 * above[0] + above[2])) / 2
    return bool(-mm < apart < BREAK_MM * mm and off <= STRAY_MM * mm + LEAN * (below[1] + below[3] / 2 - above[1]))


def is_streak(chain: Seeds, mm: float) -> bool:
    """Decide whether pieces on one line are a streak."""
    return len(chain) >= FEWEST and int(chain[:, 3].sum()) >= LEAST_MM * mm


def follow(chain: Seeds, size: int, mm: float) -> Streak:
    """Return the way of a streak between its pieces and a little beyond them."""
    top = max(0, int(chain[0, 1] - BEYOND_MM * mm))
    bottom = min(size, int(chain[-1, 1] + chain[-1, 3] + BEYOND_MM * mm))
    middles = chain[:, 1] + chain[:, 3] / 2
    lean = np.polyfit(middles, chain[:, 0] + chain[:, 2] / 2, 1)[0]
    ends = np.asarray([top, *middles, bottom])
    across = np.asarray(
        [
            chain[0, 0] + chain[0, 2] / 2 + lean * (top - middles[0]),
            *(chain[:, 0] + chain[:, 2] / 2),
            chain[-1, 0] + chain[-1, 2] / 2 + lean * (bottom - middles[-1]),
        ]
    )
    rows = np.arange(top, bottom)
    width = round(float(np.median(chain[:, 4] / chain[:, 3]))) + 1
    return Streak(top, np.rint(np.interp(rows, ends, across)).astype(np.intp), width)


def erase(food: Pixels, dark: Pixels, streak: Streak) -> None:
    """Paint a streak white where its ink is no wider than it is elsewhere; what is wider is a letter's stroke."""
    reach = streak.width + 2
    rows = np.arange(streak.top, streak.top + len(streak.places))[:, None]
    columns = np.clip(streak.places[:, None] + np.arange(-reach, reach + 1), 0, food.shape[1] - 1)
    ink = dark[rows, columns]
    wide = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, streak.width + 1), np.uint8))
    line = cv2.subtract(ink, wide)
    line[:, [0, -1]] = 0
    soft = cv2.bitwise_and(cv2.dilate(line, np.ones((1, 3), np.uint8)), cv2.bitwise_not(wide))
    food[rows, columns] = np.where(soft > 0, np.uint8(WHITE), food[rows, columns])
