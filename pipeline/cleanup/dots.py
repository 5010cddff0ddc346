"""Dotted and dashed lines to write on, and dirt: small pieces that the recognizer is not to read."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.glyphs import Pieces

DOT_HEIGHT_MM: Final = 0.75
DASH_MM: Final = 4.0
DOT_GAP_MM: Final = 1.6
BROKEN_GAP_MM: Final = 4.0
LEADER_MM: Final = 6.0
FEWEST_DOTS, CERTAIN_DOTS = 5, 12
DOT_WOBBLE_MM: Final = 0.15
LEANING_MM: Final = 0.4
LEVEL_SHARE: Final = 0.6
ALIKE, ALIKE_SHARE = 1.8, 0.85
HEAVY: Final = 1.6
"""The dot below a letter has so many times the ink of a leader's dots, where it comes to lie among them."""
REMAINS_MM: Final = 10.0
"""So far beyond a leader, and level with it, dots that stand by themselves are its remains."""
ALONE_MM: Final = 0.9
"""Full stops stand nearer to a letter."""
LONGEST_LETTER_MM: Final = 30.0
SPECK_MM: Final = 0.85
SPECKS_MM2: Final = 0.6
SALTED, SALT = 100, 95
"""So many specks by themselves at least tell that specks are everywhere; so many in a hundred of them are no larger."""
MARK_MM: Final = 1.2
"""Marks and dots stand no farther from the letters they belong to."""
COARSE_PX: Final = 2

Flags = NDArray[np.bool_]


def find_leaders(pieces: Pieces, mm: float) -> Flags:
    """Return which pieces are dots and dashes of lines to write on, their remains included."""
    boxes = pieces.stats[:, :4]
    dots = (boxes[:, 3] <= DOT_HEIGHT_MM * mm) & (boxes[:, 2] <= DASH_MM * mm)
    dots[0] = False
    small = np.flatnonzero(dots)
    leaders = np.zeros(len(boxes), np.bool_)
    rows = group_dots(boxes, small, DOT_GAP_MM * mm)
    # Where letters that are typed on a leader touch it, dots are missing: many are needed to tell it then.
    broken = group_dots(boxes, small, BROKEN_GAP_MM * mm)
    rows += [row for row in broken if len(row) >= CERTAIN_DOTS and are_alike(pieces.stats[row, 4])]
    for group in rows:
        row = without_marks(pieces, levelled(pieces.centres, without_colons(pieces.centres, group, small, mm), mm), mm)
        if is_leader(boxes[row], pieces.centres[row], mm):
            leaders[row] = True
            leaders[_remains(pieces, row, small, mm) if len(row) >= CERTAIN_DOTS else row] = True
    return leaders


def are_alike(areas: NDArray[np.int32]) -> bool:
    """Whether pieces are of one size, as a leader's dots are and no pieces of broken print."""
    usual = np.median(areas)
    return bool(np.mean((areas >= usual / ALIKE) & (areas <= usual * ALIKE)) >= ALIKE_SHARE)


def levelled(centres: NDArray[np.float64], row: NDArray[np.intp], mm: float) -> NDArray[np.intp]:
    """Return the row without the commas and tails of letters that stand on the leader among its dots."""
    near = row[np.abs(centres[row, 1] - np.median(centres[row, 1])) <= LEANING_MM * mm]
    if len(near) < FEWEST_DOTS:
        return row
    x, y = centres[near].T
    away = y - np.polyval(np.polyfit(x, y, 1), x)
    level = near[np.abs(away) <= 2 * DOT_WOBBLE_MM * mm]
    return level if len(level) >= LEVEL_SHARE * len(row) else row


def without_marks(pieces: Pieces, row: NDArray[np.intp], mm: float) -> NDArray[np.intp]:
    """Return the row without the dots below letters that are typed on it: heavier than its own."""
    areas = pieces.stats[row, 4]
    heavy = row[areas >= HEAVY * np.percentile(areas, 75)]
    marks = [dot for dot in heavy.tolist() if _touches_letter(pieces, dot, mm)]
    return row[~np.isin(row, marks)]


def find_specks(pieces: Pieces, mm: float) -> Flags:
    """Return which pieces are dirt: a few specks by themselves, away from all that may be print.

    What stands together counts as one, for the letters of worn print are broken into pieces as small.
    """
    long = pieces.stats[:, 2:4].max(axis=1)
    groups = _groups(pieces, mm)
    largest = np.zeros(groups.max() + 1, np.int32)
    np.maximum.at(largest, groups, long)
    inked = np.bincount(groups, pieces.stats[:, 4])
    specks = (largest[groups] <= SPECK_MM * mm) & (inked[groups] <= SPECKS_MM2 * mm * mm)
    specks[0] = False
    return np.asarray(specks | find_salt(pieces, specks), np.bool_)


def find_salt(pieces: Pieces, specks: Flags) -> Flags:
    """Return the pieces in print that are no larger than most specks by themselves, where these are many.

    Where print holds still more of such pieces they are its own: it is worn.

    Args:
        pieces: all pieces.
        specks: those that lie by themselves.
    """
    areas, count = pieces.stats[:, 4], np.count_nonzero(specks)
    if count < SALTED:
        return np.zeros_like(specks)
    salt = ~specks & (areas <= np.percentile(areas[specks], SALT))
    return np.asarray(salt & (np.count_nonzero(salt) <= count), np.bool_)


def _groups(pieces: Pieces, mm: float) -> NDArray[np.intp]:
    """Return for each piece the number of the group it stands in; the ground is a group of its own."""
    height, width = (side // COARSE_PX + 1 for side in pieces.labels.shape)
    near, reach = np.zeros((height, width), np.uint8), MARK_MM * mm / 2
    left, top, wide, high = pieces.stats[1:, :4].T
    corners = np.stack([left - reach, top - reach, left + wide + reach, top + high + reach], axis=1) / COARSE_PX
    for x, y, right, bottom in corners.astype(np.int32).tolist():
        cv2.rectangle(near, (x, y), (right, bottom), 1, -1)
    _, labels = cv2.connectedComponents(near, connectivity=8)
    groups = np.zeros(len(pieces.stats), np.intp)
    groups[1:] = labels[(top + high // 2) // COARSE_PX, (left + wide // 2) // COARSE_PX]
    return groups


def _remains(pieces: Pieces, row: NDArray[np.intp], dots: NDArray[np.intp], mm: float) -> NDArray[np.intp]:
    """Return the dots that are level with a leader and near it, and stand by no letter."""
    x, y = pieces.centres[row].T
    slope, height = np.polyfit(x, y, 1)
    at, level = pieces.centres[dots].T
    reach = REMAINS_MM * mm
    beside = (at >= x.min() - reach) & (at <= x.max() + reach)
    found = dots[beside & (np.abs(level - slope * at - height) <= 2 * DOT_WOBBLE_MM * mm)]
    return np.asarray([dot for dot in found.tolist() if not _touches_letter(pieces, dot, mm)], np.intp)


def _touches_letter(pieces: Pieces, dot: int, mm: float) -> bool:
    left, top, width, height = pieces.stats[:, :4].T
    large = (height > DOT_HEIGHT_MM * mm) & (height < LONGEST_LETTER_MM * mm)
    large[0] = False
    x, y, wide, high = pieces.stats[dot, :4].tolist()
    gap = ALONE_MM * mm
    across = (left <= x + wide + gap) & (left + width >= x - gap)
    return bool((large & across & (top <= y + high + gap) & (top + height >= y - gap)).any())


def group_dots(boxes: NDArray[np.int32], dots: NDArray[np.intp], gap: float) -> list[NDArray[np.intp]]:
    """Return the dots in rows: each follows the one before within `gap` pixels and overlaps it in height.

    Args:
        boxes: left, top, width, height of all components; n x 4.
        dots: indices of those that are small.
        gap: widest space between neighbours of a row, pixels.
    """
    rows: list[list[int]] = []
    open_rows: list[int] = []
    for dot in dots[np.argsort(boxes[dots, 0], kind="stable")].tolist():
        left, top, _, height = boxes[dot].tolist()
        open_rows = [row for row in open_rows if _end(boxes, rows[row][-1]) + gap >= left]
        follows = [row for row in open_rows if _overlaps(boxes, rows[row][-1], top, height)]
        if follows:
            rows[follows[-1]].append(dot)
        else:
            open_rows.append(len(rows))
            rows.append([dot])
    return [np.asarray(row) for row in rows if len(row) >= FEWEST_DOTS]


def without_colons(
    centres: NDArray[np.float64], row: NDArray[np.intp], dots: NDArray[np.intp], mm: float
) -> NDArray[np.intp]:
    """Return the row without the lower dots of colons at its ends."""
    ends = {int(row[0]), int(row[-1])}
    colons = [end for end in ends if _stands_below(centres, end, dots, mm)]
    return row[~np.isin(row, colons)]


def is_leader(boxes: NDArray[np.int32], centres: NDArray[np.float64], mm: float) -> bool:
    """Decide whether a row of dots is a line to write on: long enough and straight, unlike marks above letters."""
    x, y = centres.T
    if boxes[:, 0].max() - boxes[:, 0].min() < LEADER_MM * mm:
        return False
    straight = np.polyfit(x, y, 1)
    return bool(np.std(y - np.polyval(straight, x)) <= DOT_WOBBLE_MM * mm and abs(straight[0]) < 0.05)


def _stands_below(centres: NDArray[np.float64], dot: int, dots: NDArray[np.intp], mm: float) -> bool:
    away = (centres[dot] - centres[dots]) / mm
    return bool(((np.abs(away[:, 0]) < 0.4) & (away[:, 1] > 0.8) & (away[:, 1] < 3)).any())


def _end(boxes: NDArray[np.int32], index: int) -> int:
    return int(boxes[index, 0] + boxes[index, 2])


def _overlaps(boxes: NDArray[np.int32], index: int, top: int, height: int) -> bool:
    other, tall = int(boxes[index, 1]), int(boxes[index, 3])
    return min(other + tall, top + height) > max(other, top)
