"""Is there nothing on a page but paper: decided on the scan as it came.

What does not count as content: borders and shadows at the edge, punch holes, specks, a streak
along the page from dust on the sensor, folds, smooth gradients, print that shines through (weak or
soft-edged, for it came through the paper), and the pale or broken ring of a seal from the other side.
One printed page number or a few handwritten letters are content, faint ones too. In doubt a page is
content: a blank one that stays costs a page, a lost one costs a dossier. Lengths are in pixels of a
picture at WORK_DPI (about 4 a mm).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.station.creases import without_creases
from schemas.page import Pixels, Scan

WORK_DPI: Final = 100.0
CONTRAST: Final = 40
"""Ink is darker than the paper around it by more than this; what shines through is not."""
FAINT, GRAINS = 22, 6.0
"""Fine strokes are ink down to this, or so many times the grain of the paper: what shines through has soft edges."""
SHINE, SHINE_LEVEL, SHINE_SHARE = 2.2, 12, 0.003
"""Where faint strokes are all over a page they shine through; ink is so many times deeper."""
PALE_SHARE, PALE_REACH, MOST_CONTRAST = 0.03, 1.8, 60
"""Where so much of a page is a little darker than its paper, ink is so many times darker than that; at most so much."""
FINE_WINDOW: Final = 5
TRACE, TRACE_GRAINS = 7, 3.0
"""The same for what is left of a fold between the places where it is dark."""
REDNESS: Final = 25
RED_CONTRAST: Final = 58
"""Red is darker by more than this: seals are strong, and come through the paper."""
PAPER_WINDOW: Final = 13
"""Pixels at half of WORK_DPI: 6.6 mm, wider than any stroke."""
MARGIN: Final = 0.02
"""Share of each side where only the scanner's lid and the paper's edge are seen."""
MARK_AREA, MARK_LENGTH = 14, 7
"""The smallest mark: a printed digit of 9 points."""
FIRM_AREA, SCRAP_LENGTH, MANY_SCRAPS, RUN_INCH = 24, 5, 30, 0.03
"""Scraps of print from the other side on a page of one bit: smaller than that, and how many there are about."""
LINE_REACH, SCRAPS_EACH = (80, 8), 8
"""Across and down: how far a line of such scraps is looked at, and how many of them one firm mark does not outweigh."""
HOLE_SIZES, HOLE_FILL, HOLE_REACH = (14, 36), 0.62, 80
STREAK_WIDTH, STREAK_SHARE = 4, 0.4
FOLD_WIDTH, FOLD_SHARE = 12, 0.7
LID_WIDTH, LID_BORDER = 7, 15
SPECKS_SHARE: Final = 0.004
CERTAIN_SHARE: Final = 0.03
"""So much ink is more than folds and seals can leave."""
DARK_LEVEL, DARK_SHARE, INNER = 110, 0.02, 0.08
SEAL_SIZES, SEAL_ASPECT, SEAL_FILL, SEAL_LINK = (60, 220), 1.6, 0.14, 25
RED_LARGEST: Final = 0.6
"""Share of its largest blot in what came through of a red seal."""
RING_ASPECT, RING_CORNERS, RING_PIECES, RING_LARGEST = 1.25, 0.04, 6, 0.35
"""A grey ring of blots: about as wide as high, nothing in its corners, many pieces, none of them large."""

Mask = NDArray[np.bool_]
Parts = NDArray[np.int32]
"""Rows of x, y, width, height, area."""


def is_blank(scan: Scan) -> bool:
    """Return True where a page bears nothing but paper."""
    small = _at_work_dpi(scan)
    if _is_dark(small):
        return False
    by_red, by_green = _absorbed(small)
    inside = _inside(small.shape) & ~_lid(small)
    red = (by_green > CONTRAST) & (by_green - by_red > REDNESS) & inside
    deepest = np.maximum(by_red, by_green)
    dark = np.where(red, by_green > RED_CONTRAST, deepest > _contrast(deepest[inside]))
    depth, grain = _strokes(small)
    ink = (dark | (depth > max(FAINT, GRAINS * grain, SHINE * _shine(depth)))) & inside
    if ink.mean() >= CERTAIN_SHARE:
        return False
    if not _bears_marks(ink):
        return True
    ink = without_creases(ink, depth > max(TRACE, TRACE_GRAINS * grain))
    if not scan.bilevel:  # on one bit a bad impression looks the same
        ink &= ~_shown_through(ink, red)
    return not _bears_marks(ink) or (scan.bilevel and _is_broken_print(scan, ink))


def _contrast(depths: NDArray[np.int16]) -> float:
    """Return by how much ink is darker than its paper: more where pale print shines through all over a page."""
    pale = depths[(depths > SHINE_LEVEL) & (depths <= MOST_CONTRAST)]
    if len(pale) <= PALE_SHARE * len(depths):
        return CONTRAST
    return min(max(CONTRAST, PALE_REACH * float(np.percentile(pale, 90))), MOST_CONTRAST)


def _bears_marks(ink: Mask) -> bool:
    return bool(ink.mean() >= SPECKS_SHARE) or any(_is_mark(part, ink.shape) for part in _parts(ink))


def _is_broken_print(scan: Scan, ink: Mask) -> bool:
    """Whether all marks of a page of one bit are scraps of strokes that came through the paper.

    Such scraps are small, and either many of them lie about, or they are themselves dotted: a stroke of print,
    be it a thin one, runs on for three quarters of a millimetre.
    """
    parts = _parts(ink)
    marks = [part for part in parts if _is_mark(part, ink.shape)]
    if ink.mean() >= SPECKS_SHARE:
        return False
    many = int((parts[:, 2:4].max(axis=1) >= SCRAP_LENGTH).sum()) >= MANY_SCRAPS
    runs = _runs(scan, ink.shape)
    firm = [mark for mark in marks if int(mark[4]) >= (FIRM_AREA if many else 0) and _runs_on(mark, runs)]
    return not any(not many or _stands_out(mark, firm, parts) for mark in firm)


def _runs_on(mark: Parts, runs: Mask) -> bool:
    x, y, wide, high, _ = mark.tolist()
    return bool(runs[y : y + high, x : x + wide].any())


def _stands_out(mark: Parts, firm: list[Parts], parts: Parts) -> bool:
    """Whether a firm mark is more than the best of the scraps that make a line of print with it."""
    beside = np.abs(parts[:, :2] - mark[:2]) <= LINE_REACH
    scraps = int((beside.all(axis=1) & (parts[:, 4] > 1)).sum())
    return scraps < SCRAPS_EACH * sum(bool((np.abs(other[:2] - mark[:2]) <= LINE_REACH).all()) for other in firm)


def _runs(scan: Scan, shape: tuple[int, ...]) -> Mask:
    """Return where ink runs on, level or upright, for as long as the strokes of print."""
    dark = np.asarray(cv2.inRange(scan.pixels, 0, 127), np.uint8)
    found = np.zeros_like(dark)
    for length, kernel in ((scan.resolution.x, (1, -1)), (scan.resolution.y, (-1, 1))):
        side = max(3, round(RUN_INCH * length))
        line = np.ones([side if axis < 0 else axis for axis in kernel], np.uint8)
        found = np.maximum(found, np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, line), np.uint8))
    return np.asarray(cv2.resize(found, shape[1::-1], interpolation=cv2.INTER_AREA) > 0, np.bool_)


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


def _strokes(small: Pixels) -> tuple[Pixels, float]:
    """Return by how much thin strokes are darker than what is beside them, red ones aside, and the paper's grain."""
    light = small if small.ndim == 2 else np.ascontiguousarray(small[..., 0])
    kernel = np.ones((FINE_WINDOW, FINE_WINDOW), np.uint8)
    depth = np.asarray(cv2.subtract(cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel), light), np.uint8)
    return depth, float(np.median(cv2.absdiff(light, cv2.medianBlur(light, 3))[::3, ::3]))


def _shine(depth: Pixels) -> float:
    """Return how deep the strokes of print are that shine through all over a page; 0 where few do."""
    seen = depth[depth > SHINE_LEVEL]
    return float(np.percentile(seen, 90)) if len(seen) > SHINE_SHARE * depth.size else 0.0


def _lid(small: Pixels) -> Mask:
    """Return where the scanner's dark lid is seen at the edges of a page, with its ragged border."""
    dark = np.asarray(cv2.inRange(np.ascontiguousarray(_green(small)), 0, DARK_LEVEL), np.uint8)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((LID_WIDTH, LID_WIDTH), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(solid, np.uint8), connectivity=8)
    left, top, width, height, _ = stats.T
    hangs = (left == 0) | (top == 0) | (left + width == dark.shape[1]) | (top + height == dark.shape[0])
    hangs[0] = False
    lid = np.where(hangs, np.uint8(1), np.uint8(0))[labels]
    return np.asarray(cv2.dilate(lid, np.ones((LID_BORDER, LID_BORDER), np.uint8)) > 0, np.bool_)


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
    _, _, width, height, area = (int(value) for value in part)
    share = max(width / shape[1], height / shape[0])
    thin = min(width, height) <= STREAK_WIDTH
    return (thin and share > STREAK_SHARE) or (area <= FOLD_WIDTH * max(width, height) and share > FOLD_SHARE)


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
    """Return where what came through of a seal from the other side lies: sparse and red, or a ring of blots."""
    found = np.zeros(ink.shape, np.bool_)
    for x, y, width, height in _linked(red):
        place = (slice(y, y + height), slice(x, x + width))
        found[place] |= _is_sparse_seal(ink[place], red[place])
    for x, y, width, height in _linked(ink):
        place = (slice(y, y + height), slice(x, x + width))
        found[place] |= _is_broken_ring(ink[place])
    return found


def _linked(mask: Mask) -> list[tuple[int, int, int, int]]:
    """Return boxes around groups of pieces that lie near each other, of the size of a seal."""
    near = cv2.dilate(mask.astype(np.uint8), np.ones((SEAL_LINK, SEAL_LINK), np.uint8))
    boxes = [(x, y, width, height) for x, y, width, height, _ in _parts(near > 0).tolist()]
    low, high = SEAL_SIZES[0] + SEAL_LINK - 1, SEAL_SIZES[1] + SEAL_LINK - 1
    return [box for box in boxes if low <= min(box[2:]) and max(box[2:]) <= high]


def _is_sparse_seal(ink: Mask, red: Mask) -> bool:
    high, wide = (side - SEAL_LINK + 1 for side in red.shape)
    square = max(wide, high) <= SEAL_ASPECT * min(wide, high)
    reds = int(red.sum())
    broken = _parts(red)[:, 4].max() <= RED_LARGEST * reds
    return square and broken and reds < SEAL_FILL * wide * high and int(ink.sum()) < 2 * reds


def _is_broken_ring(ink: Mask) -> bool:
    margin = SEAL_LINK // 2
    inner = ink[margin:-margin, margin:-margin]
    high, wide = inner.shape
    inked = int(inner.sum())
    if max(wide, high) > RING_ASPECT * min(wide, high) or inked >= SEAL_FILL * wide * high:
        return False
    y, x = np.ogrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    corners = int((inner & (x * x + y * y > 1.1)).sum())
    areas = _parts(inner)[:, 4]
    return corners <= RING_CORNERS * inked and len(areas) >= RING_PIECES and areas.max() <= RING_LARGEST * inked
