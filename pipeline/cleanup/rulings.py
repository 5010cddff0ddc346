"""Ruling lines: found, and erased from what the recognizer reads."""

from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np
from cv2.typing import MatLike

from pipeline.cleanup.glyphs import Mask
from pipeline.cleanup.tone import INK
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

RULE_MM: Final = 6.0
COLUMN_RULE_MM: Final = 9.0
THICKEST_RULE_MM: Final = 1.0
STROKE_MM: Final = 1.4
WORN_MM: Final = 25.0
"""A rule with gaps is at least so long; no word is."""
GAP_MM: Final = 0.65
WORN_SHARE: Final = 0.72
"""Share of a worn rule's length that is still inked; the feet of letters in a row reach two thirds."""
WHOLE_SHARE: Final = 0.95
WORN_THICK_MM, WORN_LEAN = 0.8, 0.004
BAR_MM: Final = 15.0
"""Joined bars of capital letters, as in TT, are no longer; letters hang from them, and nothing stands on them."""
STEM_MM: Final = (1.6, 8.0)
LEVEL_MM: Final = 0.5
WALL_MM: Final = 3.8
"""A wall between two level rules is at least so high: no stem of print reaches from rule to rule."""
WALL_THICK_MM: Final = 1.1
MEETS_MM: Final = 0.4


def erase_rules(grey: Pixels, dpi: float) -> tuple[Pixels, Mask]:
    """Return the picture without ruling lines, and where they lay.

    Letters that touch or cross a rule keep their strokes.
    """
    mm = dpi / MM_PER_INCH
    ink = cast("Mask", cv2.inRange(grey, 0, INK - 1))
    turned = cast("Mask", cv2.transpose(ink))
    level = find_rules(ink, mm, RULE_MM)
    crossed = cast("Mask", cv2.transpose(level))
    upright = cast("Mask", find_rules(turned, mm, COLUMN_RULE_MM) | find_walls(turned, crossed, mm))
    rules = spare_strokes(level, without(ink, cv2.transpose(upright)), mm)
    columns = spare_strokes(upright, without(turned, crossed), mm)
    erased = cv2.max(grey, cv2.bitwise_or(rules, cv2.transpose(columns)))
    return cast("Pixels", erased), cast("Mask", cv2.bitwise_or(level, cv2.transpose(upright)))


def find_rules(ink: Mask, mm: float, shortest_mm: float) -> Mask:
    """Return the pixels of level rules, worn ones too, and their soft edges.

    Args:
        ink: where the picture is dark.
        mm: pixels per millimetre.
        shortest_mm: shortest run of ink that is a rule.
    """
    whole = _whole_rules(ink, mm, shortest_mm)
    rules = cv2.bitwise_or(whole, _worn_rules(ink, whole, mm))
    return cast("Mask", cv2.dilate(rules, np.ones((3, 3), np.uint8)))


def find_walls(ink: Mask, crossed: Mask, mm: float) -> Mask:
    """Return the pixels of rules that are too short to be told by their length: both ends meet rules across.

    Args:
        ink: where the picture is dark.
        crossed: the rules across.
        mm: pixels per millimetre.
    """
    if not crossed.any():
        return np.zeros_like(ink)
    runs, outlines = _runs(_joined(ink, mm), mm, WALL_MM)
    walls = [line for line in outlines if _box(line)[3] <= WALL_THICK_MM * mm and _meets(crossed, _box(line), mm)]
    found = cv2.bitwise_and(cv2.drawContours(np.zeros_like(ink), walls, -1, 255, -1), runs)
    return cast("Mask", cv2.dilate(found, np.ones((3, 3), np.uint8)))


def is_thin(outline: MatLike, runs: MatLike, mm: float) -> bool:
    """Decide whether a piece of long runs is a rule: on average no thicker than 1 mm."""
    x, y, width, height = cv2.boundingRect(outline)
    area = cv2.countNonZero(runs[y : y + height, x : x + width])
    return area <= THICKEST_RULE_MM * mm * width


def is_bar(ink: Mask, box: tuple[int, int, int, int], mm: float) -> bool:
    """Decide whether a short run is the joined bars of capitals: stems of letters hang from it, none stands on it.

    Args:
        ink: where the picture is dark.
        box: left, top, width and height of the run.
        mm: pixels per millimetre.
    """
    x, y, width, height = box
    near, far = round(LEVEL_MM * mm), round(STEM_MM[1] * mm)
    if width > BAR_MM * mm or y < 2 * near:
        return False
    columns = slice(x, x + width)
    above = ink[y - 2 * near : y - near + 1, columns]
    below = ink[y + height : y + height + far, columns]
    stems = below[: round(STEM_MM[0] * mm)].min(axis=0, initial=255) > 0
    return not above.any() and bool(stems.any()) and not (below.min(axis=0, initial=255) > 0).any()


def spare_strokes(rules: Mask, ink: Mask, mm: float) -> Mask:
    """Return the level rules without the strokes that stand on or cross them."""
    strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((round(STROKE_MM * mm) | 1, 1), np.uint8))
    return without(rules, strokes)


def without(mask: Mask, other: MatLike) -> Mask:
    """Return where `mask` holds and `other` does not."""
    return cast("Mask", cv2.bitwise_and(mask, cv2.bitwise_not(other)))


def _whole_rules(ink: Mask, mm: float, shortest_mm: float) -> Mask:
    runs, outlines = _runs(ink, mm, shortest_mm)
    rules = [line for line in outlines if is_thin(line, runs, mm) and not is_bar(ink, _box(line), mm)]
    # Outlines, not labelled pixels: there are few runs on a large picture.
    return cast("Mask", cv2.bitwise_and(cv2.drawContours(np.zeros_like(ink), rules, -1, 255, -1), runs))


def _worn_rules(ink: Mask, whole: Mask, mm: float) -> Mask:
    """Return long rules with gaps; ink of the rows beside counts, for their edges are ragged.

    Args:
        ink: where the picture is dark.
        whole: rules without gaps, which are not returned again.
        mm: pixels per millimetre.
    """
    runs, outlines = _runs(_joined(ink, mm), mm, WORN_MM)
    level = [line for line in outlines if _is_level(_box(line), mm)]
    rules = [
        line for line in level if _share(ink, _box(line)) >= WORN_SHARE and _share(whole, _box(line)) < WHOLE_SHARE
    ]
    return cast("Mask", cv2.bitwise_and(cv2.drawContours(np.zeros_like(ink), rules, -1, 255, -1), runs))


def _joined(ink: Mask, mm: float) -> Mask:
    """Return the ink with small gaps along level rules closed."""
    thick = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    return cast("Mask", cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, round(GAP_MM * mm) | 1), np.uint8)))


def _meets(crossed: Mask, box: tuple[int, int, int, int], mm: float) -> bool:
    """Whether both ends of a run meet rules across."""
    x, y, width, height = box
    near = round(MEETS_MM * mm)
    ends = (slice(max(0, x - near), x + near), slice(x + width - near, x + width + near))
    return all(bool(crossed[max(0, y - near) : y + height + near, end].any()) for end in ends)


def _runs(ink: Mask, mm: float, shortest_mm: float) -> tuple[MatLike, Sequence[MatLike]]:
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(shortest_mm * mm) | 1), np.uint8))
    return runs, cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]


def _is_level(box: tuple[int, int, int, int], mm: float) -> bool:
    """Whether a run keeps its height from end to end, as no flourish of a pen does."""
    return box[3] <= WORN_THICK_MM * mm + WORN_LEAN * box[2]


def _share(mask: Mask, box: tuple[int, int, int, int]) -> float:
    """Return the share of a box's columns in which the mask holds anywhere."""
    x, y, width, height = box
    return float((mask[y : y + height, x : x + width].max(axis=0) > 0).mean())


def _box(outline: MatLike) -> tuple[int, int, int, int]:
    x, y, width, height = cv2.boundingRect(outline)
    return x, y, width, height
