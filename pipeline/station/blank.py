"""Is there nothing on a page but paper: decided on the scan as it came.

What does not count as content: borders and shadows at the edge, punch holes, specks, a streak
along the page from dust on the sensor, smooth gradients, print that shines through weakly, and
the sparse red blots of a seal that came through from the other side. One printed page number or
a few handwritten letters are content. In doubt a page is content: a blank one that stays costs a
page, a lost one costs a dossier. Lengths are in pixels of a picture at WORK_DPI (about 4 a mm).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.page import Pixels, Scan

WORK_DPI: Final = 100.0
CONTRAST: Final = 40
"""Ink is darker than the paper around it by more than this; what shines through is not."""
REDNESS: Final = 25
PAPER_WINDOW: Final = 13
"""Pixels at half of WORK_DPI: 6.6 mm, wider than any stroke."""
MARGIN: Final = 0.02
"""Share of each side where only the scanner's lid and the paper's edge are seen."""
MARK_AREA, MARK_LENGTH = 14, 7
"""The smallest mark: a printed digit of 9 points."""
HOLE_SIZES, HOLE_FILL, HOLE_REACH = (14, 36), 0.62, 80
STREAK_WIDTH, STREAK_SHARE = 4, 0.4
SPECKS_SHARE: Final = 0.004
DARK_LEVEL, DARK_SHARE, INNER = 110, 0.02, 0.08
SEAL_SIZES, SEAL_ASPECT, SEAL_FILL, SEAL_LINK = (60, 220), 1.6, 0.14, 25

Mask = NDArray[np.bool_]
Parts = NDArray[np.int32]
"""Rows of x, y, width, height, area."""


def is_blank(scan: Scan) -> bool:
    """Return True where a page bears nothing but paper."""
    small = _at_work_dpi(scan)
    if _is_dark(small):
        return False
    by_red, by_green = _absorbed(small)
    ink = (np.maximum(by_red, by_green) > CONTRAST) & _inside(small.shape)
    red = ink & (by_green - by_red > REDNESS)
    ink &= ~_shown_through(ink, red)
    parts = _parts(ink)
    return not any(_is_mark(part, ink.shape) for part in parts) and bool(ink.mean() < SPECKS_SHARE)


def _at_work_dpi(scan: Scan) -> Pixels:
    height, width = scan.pixels.shape[:2]
    size = (round(width * WORK_DPI / scan.resolution.x), round(height * WORK_DPI / scan.resolution.y))
    small = cv2.resize(scan.pixels, (max(size[0], 1), max(size[1], 1)), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def _is_dark(small: Pixels) -> bool:
    """Whether large parts are dark: a photograph, or the lid was open."""
    height, width = small.shape[:2]
    y, x = round(height * INNER), round(width * INNER)
    inner = np.ascontiguousarray(_green(small)[y : height - y, x : width - x])
    solid = cv2.erode(cv2.inRange(inner, 0, DARK_LEVEL), np.ones((15, 15), np.uint8))
    return bool((solid > 0).mean() > DARK_SHARE)


def _green(small: Pixels) -> Pixels:
    return small if small.ndim == 2 else small[..., 1]


def _absorbed(small: Pixels) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return by how much each pixel is darker than the paper around it, in red and in green light."""
    green = _darker(np.ascontiguousarray(_green(small)))
    return (green, green) if small.ndim == 2 else (_darker(np.ascontiguousarray(small[..., 0])), green)


def _darker(light: Pixels) -> NDArray[np.int16]:
    height, width = light.shape
    half = cv2.resize(light, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(cv2.medianBlur(half, 3), cv2.MORPH_CLOSE, np.ones((PAPER_WINDOW, PAPER_WINDOW), np.uint8))
    return np.asarray(cv2.subtract(cv2.resize(paper, (width, height)), light), dtype=np.int16)


def _inside(shape: tuple[int, ...]) -> Mask:
    inside = np.zeros(shape[:2], np.bool_)
    y, x = max(round(shape[0] * MARGIN), 1), max(round(shape[1] * MARGIN), 1)
    inside[y:-y, x:-x] = True
    return inside


def _parts(mask: Mask) -> Parts:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(stats[1:], dtype=np.int32)


def _is_mark(part: Parts, shape: tuple[int, ...]) -> bool:
    _, _, width, height, area = (int(value) for value in part)
    if area < MARK_AREA or max(width, height) < MARK_LENGTH:
        return False
    return not (_is_streak(part, shape) or _is_hole(part, shape) or _is_edge(part, shape))


def _is_streak(part: Parts, shape: tuple[int, ...]) -> bool:
    _, _, width, height, _ = part
    across = min(width, height) <= STREAK_WIDTH
    return bool(across and max(width / shape[1], height / shape[0]) > STREAK_SHARE)


def _is_hole(part: Parts, shape: tuple[int, ...]) -> bool:
    x, y, width, height, area = (int(value) for value in part)
    reach = min(x, y, shape[1] - x - width, shape[0] - y - height)
    sized = all(HOLE_SIZES[0] <= side <= HOLE_SIZES[1] for side in (width, height))
    return sized and reach < HOLE_REACH and area > HOLE_FILL * width * height and abs(width - height) <= 5


def _is_edge(part: Parts, shape: tuple[int, ...]) -> bool:
    """Whether a part hangs on the border of what is looked at and stays close to it."""
    x, y, width, height, _ = (int(value) for value in part)
    edge_y, edge_x = max(round(shape[0] * MARGIN), 1), max(round(shape[1] * MARGIN), 1)
    beside = x <= edge_x or x + width >= shape[1] - edge_x
    above = y <= edge_y or y + height >= shape[0] - edge_y
    return (beside and width < shape[1] * INNER) or (above and height < shape[0] * INNER)


def _shown_through(ink: Mask, red: Mask) -> Mask:
    """Return where the blots of a seal from the other side lie: red, sparse, about as wide as high."""
    found = np.zeros(ink.shape, np.bool_)
    linked = cv2.dilate(red.astype(np.uint8), np.ones((SEAL_LINK, SEAL_LINK), np.uint8))
    for part in _parts(linked > 0):
        x, y, width, height, _ = (int(value) for value in part)
        place = (slice(y, y + height), slice(x, x + width))
        if _is_sparse_seal(width, height, int(red[place].sum()), int(ink[place].sum())):
            found[place] = True
    return found


def _is_sparse_seal(width: int, height: int, red: int, ink: int) -> bool:
    wide, high = width - SEAL_LINK + 1, height - SEAL_LINK + 1
    sized = all(SEAL_SIZES[0] <= side <= SEAL_SIZES[1] for side in (wide, high))
    square = max(wide, high) <= SEAL_ASPECT * min(wide, high)
    return sized and square and red < SEAL_FILL * wide * high and ink < 2 * red
