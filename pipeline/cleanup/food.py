"""Food for the recognizer: grey, black print only, without rules and dotted leaders."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from pipeline.cleanup.background import WHITE, find_paper, whiten
from pipeline.cleanup.glyphs import Mask, find_pieces
from pipeline.cleanup.tone import lightest, luma, shrink
from schemas.page import LEADER, RULE, Pixels
from schemas.units import MM_PER_INCH

FOOD_DPI = 200.0
NEAR_ENOUGH = 1.2
"""Pictures up to so many times that resolution are read as they are: resampling would only blur them."""
INK = 160
"""On white paper, print is darker than this."""
BLACK_SHARE = 0.35
"""Share of the print that has to stay when colours drop out."""
SAMPLE_STEP = 2
"""The share is taken on a picture so many times smaller."""
RULE_MM = 6.0
COLUMN_RULE_MM = 9.0
THICKEST_RULE_MM = 1.0
STROKE_MM = 1.4
DOT_HEIGHT_MM = 0.75
DASH_MM = 4.0
DOT_GAP_MM = 1.6
LEADER_MM = 6.0
FEWEST_DOTS = 5
DOT_WOBBLE_MM = 0.15


@dataclass(frozen=True, eq=False)
class Food:
    """What the recognizer is given.

    Attributes:
        pixels: grey, black print on white.
        scale: its pixels per pixel of the picture it was made of.
        rules: where ruling lines and leaders were erased, as in `Page.rules`.
    """

    pixels: Pixels
    scale: float
    rules: Pixels


def make_food(image: Pixels, dpi: float, *, bilevel: bool) -> Food:
    """Return the grey picture to be read, and what was erased from it."""
    scale = FOOD_DPI / dpi if dpi > NEAR_ENOUGH * FOOD_DPI else 1.0
    grey = _resized(pick_grey(image), scale)
    at = dpi * scale
    if not bilevel:
        paper = find_paper(grey, at)
        grey = deepen(grey if paper.min() >= WHITE else whiten(grey, paper))
    ruled, rules = erase_rules(grey, at)
    food, leaders = erase_leaders(ruled, at)
    return Food(food, scale, np.where(leaders > 0, np.uint8(LEADER), (rules > 0) * np.uint8(RULE)))


def pick_grey(image: Pixels) -> Pixels:
    """Return black print alone, seals and coloured ink dropped out; all ink where most print is coloured."""
    if image.ndim == 2:
        return image
    small = shrink(image, SAMPLE_STEP)
    black, all_ink = (cv2.countNonZero(cv2.inRange(grey, 0, INK - 1)) for grey in (lightest(small), luma(small)))
    return lightest(image) if black >= BLACK_SHARE * all_ink else luma(image)


def deepen(grey: Pixels) -> Pixels:
    """Return faint print on white paper with its darkest tones made black."""
    darkest = float(np.percentile(grey[::3, ::3], 0.5))
    if not 50 < darkest < 200:
        return grey
    ramp = np.clip((np.arange(256) - darkest) * 255 / (255 - darkest), 0, 255).astype(np.uint8)
    return cast("Pixels", cv2.LUT(grey, ramp))


def erase_rules(grey: Pixels, dpi: float) -> tuple[Pixels, Mask]:
    """Return the picture without ruling lines, and where they lay.

    Letters that touch or cross a rule keep their strokes.
    """
    mm = dpi / MM_PER_INCH
    ink = cast("Mask", cv2.inRange(grey, 0, INK - 1))
    turned = cast("Mask", cv2.transpose(ink))
    level = find_rules(ink, mm, RULE_MM)
    upright = find_rules(turned, mm, COLUMN_RULE_MM)
    rules = spare_strokes(level, without(ink, cv2.transpose(upright)), mm)
    columns = spare_strokes(upright, without(turned, cv2.transpose(level)), mm)
    erased = cv2.max(grey, cv2.bitwise_or(rules, cv2.transpose(columns)))
    return cast("Pixels", erased), cast("Mask", cv2.bitwise_or(level, cv2.transpose(upright)))


def find_rules(ink: Mask, mm: float, shortest_mm: float) -> Mask:
    """Return the pixels of level rules and their soft edges.

    Args:
        ink: where the picture is dark.
        mm: pixels per millimetre.
        shortest_mm: shortest run of ink that is a rule.
    """
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(shortest_mm * mm) | 1), np.uint8))
    # Outlines, not labelled pixels: there are few runs on a large picture.
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rules = cv2.drawContours(np.zeros_like(ink), [line for line in outlines if is_thin(line, runs, mm)], -1, 255, -1)
    return cast("Mask", cv2.dilate(cv2.bitwise_and(rules, runs), np.ones((3, 3), np.uint8)))


def is_thin(outline: MatLike, runs: MatLike, mm: float) -> bool:
    """Decide whether a piece of long runs is a rule: on average no thicker than 1 mm."""
    x, y, width, height = cv2.boundingRect(outline)
    area = cv2.countNonZero(runs[y : y + height, x : x + width])
    return area <= THICKEST_RULE_MM * mm * width


def spare_strokes(rules: Mask, ink: Mask, mm: float) -> Mask:
    """Return the level rules without the strokes that stand on or cross them."""
    strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((round(STROKE_MM * mm) | 1, 1), np.uint8))
    return without(rules, strokes)


def without(mask: Mask, other: MatLike) -> Mask:
    """Return where `mask` holds and `other` does not."""
    return cast("Mask", cv2.bitwise_and(mask, cv2.bitwise_not(other)))


def erase_leaders(grey: Pixels, dpi: float) -> tuple[Pixels, Mask]:
    """Return the picture without dotted and dashed lines to write on, and where they lay."""
    mm = dpi / MM_PER_INCH
    pieces = find_pieces((grey < INK).astype(np.uint8))
    boxes = pieces.stats[:, :4]
    dots = (boxes[:, 3] <= DOT_HEIGHT_MM * mm) & (boxes[:, 2] <= DASH_MM * mm)
    dots[0] = False
    leaders = np.zeros(len(boxes), np.bool_)
    for group in group_dots(boxes, np.flatnonzero(dots), DOT_GAP_MM * mm):
        row = without_colons(pieces.centres, group, np.flatnonzero(dots), mm)
        if is_leader(boxes[row], pieces.centres[row], mm):
            leaders[row] = True
    if not leaders.any():
        return grey, np.zeros_like(grey)
    where = cv2.dilate(pieces.mask(leaders), np.ones((3, 3), np.uint8))
    return cast("Pixels", cv2.max(grey, where)), cast("Mask", where)


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


def _resized(grey: Pixels, scale: float) -> Pixels:
    if scale == 1:
        return grey
    height, width = grey.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Pixels", cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
