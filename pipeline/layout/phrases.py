"""Letters to phrases: letters side by side with no more than a space between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.layout.ink import Boxes, Ink, parted
from schemas.geometry import Box

Numbers = NDArray[np.intp]

SPACE_MM = 2.2
"""Words of a phrase are no farther apart."""
LOWEST_MM, TALLEST_MM, WIDEST_MM = 1.0, 9.0, 60.0
"""Letters, and letters that touch each other."""
STROKE_MM, STROKE = 15.0, 8.0
"""What is so wide, and so much wider than high, is the stroke of a pen."""
BLOT_MM, BLOT, BLACK = 3.5, 0.65, 0.9
"""What is as large both ways, and as full of ink, is a hole of a binder or a blot; bold digits that touch are wider."""
ROUND = 1.6
THINNEST_MM = 0.2
FEWEST_PIXELS = 8
MARK_GAP = 0.65
"""Marks are closer to the letters that they belong to than other lines; in heights of those letters."""
MARK, MARK_MM = 0.9, 4.0
MARKS, MARKS_MM = 0.65, 25.0
"""How high and wide a mark is at most, and several of them in a row; in heights of letters."""
BESIDE_MM = 4.5
"""A mark ends no farther before or after the letters: quotes stand after the last one."""
FEW, LOW = 5, 0.62
"""Pieces so low beside high ones of their phrase do not count: quotes; of so few the highest one is the measure."""
EDGE_MM = 4.0
"""Nothing is printed so close to the edge of the paper."""
DASH_MM = (0.7, 0.6, 4.0)
"""How high a dash is at most, and how wide."""
CROSSING_MM = 1.0
"""What remains of a wall is thinner than a letter that stands across it."""
SCRATCH_MM, SCRATCH, RAGGED = 0.85, 2.0, 0.75
"""A single stroke so thin, so much higher than wide, and filling no more of its box, is a scratch; an I is solid."""
HAIR_MM, HAIR = 0.5, 8.0
"""However solid, so thin and high a stroke is one, too."""
SPARSE = 0.12
"""Print fills more of its pieces' boxes."""
SPECK_MM = 1.3
TALL = 2.2
"""A piece so many times as high as most letters may hold letters of several lines."""
ACROSS, DOWN = 4, 2
"""Pixels of the food per pixel of the picture on which letters are joined."""
NO_BANDS = np.zeros((0, 4), np.int32)
NOTHING = np.zeros(0, np.intp)


@dataclass(frozen=True, eq=False)
class Phrases:
    """Rows of letters with no wide space in them.

    Attributes:
        boxes: around the letters' usual height, marks and tails aside; n x 4.
        owner: the phrase of each piece of ink, -1 where it belongs to none.
        marks: the numbers of pieces that were taken for marks above or below letters.
    """

    boxes: Boxes
    owner: Numbers
    marks: Numbers


def find_phrases(ink: Ink, zones: Sequence[Box] = (), bands: Boxes = NO_BANDS) -> tuple[Ink, Phrases]:
    """Return the phrases of a page, and its ink with pieces parted that hold letters of several lines.

    Args:
        ink: all pieces.
        zones: boxes whose edges no phrase crosses.
        bands: places whose letters are one phrase.
    """
    letters = find_letters(ink)
    tall = are_tall(ink, letters)
    phrases = join(ink, letters & ~tall, zones, bands)
    for piece in np.flatnonzero(tall).tolist():
        ink = part_by_lines(ink, piece, phrases.boxes)
    if len(ink.areas) > len(letters) or (letters & tall).any():
        phrases = join(ink, find_letters(ink), zones, bands)
    return ink, phrases


def find_letters(ink: Ink) -> NDArray[np.bool_]:
    """Decide for each piece whether it is a letter, or several that touch; marks and points are not."""
    mm, widths, heights = ink.mm, ink.widths, ink.heights
    sized = (heights >= LOWEST_MM * mm) & (heights <= TALLEST_MM * mm) & (widths <= WIDEST_MM * mm)
    stroke = (widths > STROKE_MM * mm) & (widths > STROKE * heights)
    shorter, longer = np.minimum(widths, heights), np.maximum(widths, heights)
    full = np.where(longer > ROUND * shorter, BLACK, BLOT)
    blot = (shorter > BLOT_MM * mm) & (ink.areas > full * widths * heights)
    letters = sized & ~stroke & ~blot & (widths >= THINNEST_MM * mm) & (ink.areas >= FEWEST_PIXELS)
    letters[0] = False
    return letters


def are_tall(ink: Ink, letters: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Decide for each piece whether it may hold letters of several lines."""
    usual = float(np.median(ink.heights[letters])) if letters.any() else np.inf
    tall = (ink.heights > TALL * usual) & (ink.areas >= FEWEST_PIXELS)
    tall[0] = False
    return np.asarray(tall)


def part_by_lines(ink: Ink, piece: int, lines: Boxes) -> Ink:
    """Return the ink with a piece cut between each two lines whose letters it touches.

    Args:
        ink: all pieces.
        piece: the one to be cut.
        lines: usual height of the letters of each line or part of a line.
    """
    x0, y0, x1, y1 = ink.boxes[piece].tolist()
    beside = np.minimum(lines[:, 2], x1) - np.maximum(lines[:, 0], x0) > -SPACE_MM * ink.mm
    shared = np.minimum(lines[:, 3], y1) - np.maximum(lines[:, 1], y0)
    touched = lines[beside & (shared > 0.4 * (lines[:, 3] - lines[:, 1]))]
    rows = touched[np.argsort(touched[:, 1])]
    for upper, lower in pairwise(rows.tolist()):
        if lower[1] > upper[3]:
            ink = parted(ink, piece, upper[3], lower[1])
            piece = len(ink.boxes) - 1
    return ink


def join(
    ink: Ink,
    letters: NDArray[np.bool_],
    zones: Sequence[Box] = (),
    bands: Boxes = NO_BANDS,
    lost: Numbers = NOTHING,
) -> Phrases:
    """Return rows of letters whose middles overlap and that are no farther apart than a space.

    Args:
        ink: all pieces.
        letters: which of them are letters.
        zones: boxes whose edges no phrase crosses.
        bands: places whose letters are one phrase.
        lost: the numbers of pieces that are known to be no marks: they belong to no other line.
    """
    chosen = np.flatnonzero(letters)
    x0, y0, x1, y1 = ink.boxes[chosen].T
    quarter = (y1 - y0) // 4
    reach = np.stack([x0, y0 + quarter, x1 + round(SPACE_MM * ink.mm), y1 - quarter], axis=1)
    picture = painted(np.vstack([reach, dashes(ink), bands]), ink.labels.shape)
    if zones:
        _wall_off(picture, zones, ink.boxes[chosen], ink.mm)
    _, places = cv2.connectedComponents(picture, connectivity=4)
    _, numbers = np.unique(_labels_at(np.asarray(places, np.int32), ink.boxes[chosen]), return_inverse=True)
    boxes = usual_boxes(ink.boxes[chosen], numbers)
    full = np.bincount(numbers, ink.areas[chosen]) / np.bincount(numbers, (x1 - x0) * (y1 - y0))
    marks, dirt = are_marks(boxes, ink.mm), are_dirt(boxes, full, ink.labels.shape, ink.mm)
    marks[numbers[np.isin(chosen, lost)]] = False
    kept = ~(marks | dirt)
    owner = np.full(len(ink.boxes), -1, np.intp)
    owner[chosen] = np.where(kept, np.cumsum(kept) - 1, -1)[numbers]
    return Phrases(boxes[kept], owner, chosen[(marks & ~dirt)[numbers]])


def dashes(ink: Ink) -> Boxes:
    """Return the places of dashes and the space behind them: words on both sides are of one phrase."""
    thin = (ink.heights > 0) & (ink.heights <= DASH_MM[0] * ink.mm)
    found = ink.boxes[thin & (ink.widths >= DASH_MM[1] * ink.mm) & (ink.widths <= DASH_MM[2] * ink.mm)].copy()
    found[:, 2] += round(SPACE_MM * ink.mm)
    return found


def _wall_off(picture: NDArray[np.uint8], zones: Sequence[Box], letters: Boxes, mm: float) -> None:
    """Part the picture along the zones' edges, but for letters across one: of a number too long for its cell."""
    for zone in zones:
        corners = (zone.x0 // ACROSS, zone.y0 // DOWN), (zone.x1 // ACROSS, zone.y1 // DOWN)
        cv2.rectangle(picture, *corners, color=0)
    for letter in letters[letters[:, 2] - letters[:, 0] >= CROSSING_MM * mm].tolist():
        x0, y0, x1, y1 = letter
        place = picture[y0 // DOWN : y1 // DOWN + 1, x0 // ACROSS : (x1 - 1) // ACROSS + 1]
        if not place[len(place) // 2, 1:-1].all():
            place[:] = 1
            picture[y0 // DOWN : y1 // DOWN + 1, _farther_edge(letter, letters)] = 0


def _farther_edge(letter: list[int], letters: Boxes) -> int:
    """Return the column of the picture before or after a letter, on the side whose next letter is farther away."""
    x0, y0, x1, y1 = letter
    level = letters[(letters[:, 1] < y1) & (letters[:, 3] > y0)]
    before, after = level[level[:, 2] <= x0 + 1, 2], level[level[:, 0] >= x1 - 1, 0]
    nearer_before = x0 - before.max(initial=-x1) < after.min(initial=2 * x1) - x1
    return x1 // ACROSS + 1 if nearer_before else max(0, x0 // ACROSS - 1)


def _labels_at(places: NDArray[np.int32], letters: Boxes) -> NDArray[np.int32]:
    """Return the label at the middle of each letter; of one on a wall, that of its side with more letters."""
    x0, y0, x1, y1 = letters.T
    row = (y0 + y1) // 2 // DOWN
    labels, left, right = (places[row, x // ACROSS] for x in ((x0 + x1) // 2, np.maximum(x0 - ACROSS, 0), x1))
    count = np.bincount(labels, minlength=int(places.max()) + 1)
    count[0] = 0
    return np.asarray(np.where(labels > 0, labels, np.where(count[left] > count[right], left, right)), np.int32)


def are_marks(phrases: Boxes, mm: float) -> NDArray[np.bool_]:
    """Decide for each phrase whether it is but marks: low, and close above or below a phrase that is wider."""
    x0, y0, x1, y1 = phrases.T
    small = x1 - x0 <= MARKS_MM * mm
    left, top, right, bottom = (side[:, None] for side in phrases[small].T)
    within = (left >= x0 - BESIDE_MM * mm) & (right <= x1 + BESIDE_MM * mm) & (right - left < x1 - x0)
    tall, apart = y1 - y0, np.maximum(y0 - bottom, top - y1)
    low = bottom - top < np.where(right - left <= MARK_MM * mm, MARK, MARKS) * tall
    marks = np.zeros(len(phrases), np.bool_)
    marks[small] = (within & low & (apart < MARK_GAP * tall)).any(axis=1)
    return marks


def are_dirt(phrases: Boxes, full: NDArray[np.float64], shape: tuple[int, ...], mm: float) -> NDArray[np.bool_]:
    """Decide for each phrase whether it is no print: a speck, a thin upright scratch, or on the paper's edge.

    Args:
        phrases: boxes around them.
        full: which share of the boxes of its pieces is ink.
        shape: of the page.
        mm: pixels per millimetre.
    """
    x0, y0, x1, y1 = phrases.T
    height, width = shape
    edge = EDGE_MM * mm
    on_edge = (x1 < edge) | (x0 > width - edge) | (y1 < edge) | (y0 > height - edge)
    scratch = (x1 - x0 < SCRATCH_MM * mm) & (y1 - y0 > SCRATCH * (x1 - x0)) & (full < RAGGED)
    hair = (x1 - x0 < HAIR_MM * mm) & (y1 - y0 > HAIR * (x1 - x0))
    return np.asarray(on_edge | scratch | hair | (full < SPARSE) | (np.maximum(x1 - x0, y1 - y0) < SPECK_MM * mm))


def painted(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a small picture of a page in which all boxes are filled."""
    height, width = shape[0] // DOWN + 2, shape[1] // ACROSS + 2
    x0, y0, x1, y1 = boxes.T
    left, right = x0 // ACROSS, np.minimum(x1 // ACROSS + 1, width - 1)
    top, bottom = y0 // DOWN, np.minimum(y1 // DOWN + 1, height - 1)
    steps = np.zeros((height, width), np.int32)
    for row, column, change in ((top, left, 1), (bottom, right, 1), (top, right, -1), (bottom, left, -1)):
        np.add.at(steps, (row, column), change)
    return np.asarray(steps.cumsum(axis=0).cumsum(axis=1) > 0, np.uint8)


def usual_boxes(boxes: Boxes, numbers: Numbers) -> Boxes:
    """Return for each number the box around its members, as high as most of them are."""
    order = np.argsort(numbers, kind="stable")
    groups = np.split(boxes[order], np.flatnonzero(np.diff(numbers[order])) + 1)
    return np.asarray([_usual(group) for group in groups if len(group)], np.int32).reshape(-1, 4)


def _usual(group: Boxes) -> tuple[int, int, int, int]:
    heights = group[:, 3] - group[:, 1]
    high = heights.max() if len(group) <= FEW else np.percentile(heights, 75)
    rule = group[heights >= LOW * high]
    top, bottom = np.median(rule[:, 1]), np.median(rule[:, 3])
    return int(group[:, 0].min()), int(top), int(group[:, 2].max()), int(bottom)
