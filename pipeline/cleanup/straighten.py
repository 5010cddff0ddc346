"""Straightening: all lines level, by resampling the picture once."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup import geometry
from pipeline.cleanup.bend import Bend, Values, find_bend, straight
from pipeline.cleanup.glyphs import Glyphs
from pipeline.cleanup.rows import Rows, find_dotted, find_rows, joined, parted
from pipeline.cleanup.skew import Lean, find_skew
from schemas.page import Pixels

STILL = 0.12
"""Degrees off level, at the worst place of the print, up to which a picture is left as it is."""
STILL_BILEVEL = 0.17
"""The same for pictures of one bit, whose edges suffer from every turn."""
EVEN = 0.12
"""Where lines lean by no more than so much apart, one turn makes all of them level."""
STRONG = 0.25
"""Rows are followed once more, along the bend, where lines lean by so much apart."""
ASTRAY = 2.5
"""A bend that is so many degrees apart from the lean of the page was fitted to something else than lines."""
RARE = 2
"""Per cent of the letters, at either end, that do not decide how much lines lean."""
STRIP_PX = 64
GRAIN_PX = 32


@dataclass(frozen=True)
class Course:
    """How a picture is straightened: turned by one angle, and where that is not enough, unbent.

    Attributes:
        matrix: 2 x 3, from the picture to the straight one.
        skew: the counter-clockwise turn in degrees.
        bend: how lines fall; None where the turn alone makes them level.
        spread: by how many degrees the lean of lines differs over the print.
    """

    matrix: NDArray[np.float64]
    skew: float
    bend: Bend | None = None
    spread: float = 0.0

    def lifts(self, x: Values, y: Values) -> Values:
        """Return by how many pixels what is at a place of the picture lies too low for the turn alone."""
        if self.bend is None:
            return np.zeros(np.shape(x))
        return self.bend.sink(x, y) - straight(self.skew, self.bend.size).sink(x, y)


def plan_course(glyphs: Glyphs, lean: Lean, dpi: float, *, bilevel: bool) -> Course | None:
    """Return how a page is straightened; None where it is straight, where nothing tells, or its ink would not fit."""
    known = find_skew(lean, glyphs.count)
    bend, rows = _follow(glyphs, straight(known, glyphs.size), dpi)
    low, skew, high = _leans(bend, rows)
    if high - low > STRONG:
        bend, rows = _follow(glyphs, bend, dpi)
        low, skew, high = _leans(bend, rows)
    if max(high - known, known - low) > ASTRAY:
        bend, low, skew, high = straight(known, glyphs.size), known, known, known
    if max(high, -low) < (STILL_BILEVEL if bilevel else STILL):
        return None
    even = max(high - skew, skew - low) <= EVEN
    return _placed(Course(np.eye(2, 3), skew, None if even else bend, 0.0 if even else high - low), glyphs)


def straighten(pixels: Pixels, course: Course, step: int, paper: tuple[int, ...], how: int) -> Pixels:
    """Return the straight picture in a frame of the same size, its corners filled with paper.

    Args:
        pixels: `step` times as large as the picture that `course` was planned on.
        paper: sample values for the corners, one per channel.
        how: OpenCV's interpolation.
    """
    height, width = pixels.shape[:2]
    back = geometry.inverse(geometry.enlarge(course.matrix, step))
    if course.bend is None:  # the same pixels, sooner
        flags = how | cv2.WARP_INVERSE_MAP
        turned = cv2.warpAffine(
            pixels, back, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
        )
        return np.asarray(turned, np.uint8)
    low = _low_map(course, (width, height), step)
    straightened = np.empty_like(pixels)
    x = np.arange(width, dtype=np.float32)[None]
    for top in range(0, height, STRIP_PX):  # strips stay in the processor's cache
        y = np.arange(top, min(top + STRIP_PX, height), dtype=np.float32)[:, None]
        from_x, from_y = (np.float32(a) * x + (np.float32(b) * y + np.float32(c)) for a, b, c in back)
        from_y += low[top : top + STRIP_PX]
        strip = straightened[top : top + STRIP_PX]
        cv2.remap(pixels, from_x, from_y, how, dst=strip, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return straightened


def _follow(glyphs: Glyphs, known: Bend, dpi: float) -> tuple[Bend, Rows]:
    rows = joined(find_rows(glyphs.boxes, known.sink, dpi), find_dotted(glyphs.dots, known.sink, dpi))
    rows = parted(rows, find_bend(rows, known).sink)
    return find_bend(rows, known), rows


def _leans(bend: Bend, rows: Rows) -> tuple[float, float, float]:
    """Return the least, the mean and the greatest lean of lines where letters stand, the last few aside."""
    if not len(rows.row):
        return (float(bend.degrees(np.zeros(1), np.zeros(1))[0]),) * 3
    leans = bend.degrees(rows.x, rows.y)
    low, high = np.percentile(leans, (RARE, 100 - RARE))
    return float(low), float(leans.mean()), float(high)


def _placed(course: Course, glyphs: Glyphs) -> Course | None:
    """Return the course with the matrix that keeps all letters inside, what hangs on the edge aside."""
    for boxes in (glyphs.boxes, glyphs.off_edge):
        # The corner of a scanner's lid, as large as a letter, must not keep a page crooked.
        left, top, wide, tall = boxes.astype(np.float64).T
        x, y = np.concatenate([left, left + wide] * 2), np.concatenate([top, top, top + tall, top + tall])
        outline = np.stack([x, y - course.lifts(x, y)], axis=1)
        matrix = geometry.plan_rotation(outline, glyphs.size, course.skew)
        if matrix is not None:
            return Course(matrix, course.skew, course.bend, course.spread)
    return None


def _low_map(course: Course, size: tuple[int, int], step: int) -> NDArray[np.float32]:
    """Return by how much lower than the turn alone says each pixel of the straight picture is fetched."""
    width, height = size
    shape = (-(-height // GRAIN_PX) + 1, -(-width // GRAIN_PX) + 1)
    rows, columns = np.indices(shape, np.float64)
    places = ((np.stack([columns, rows]) + 0.5) * GRAIN_PX) / step - 0.5
    back = geometry.inverse(course.matrix)
    x, y = np.tensordot(back[:, :2], places, 1) + back[:, 2, None, None]
    low = (course.lifts(x, y) * step).astype(np.float32)
    whole = cv2.resize(low, (shape[1] * GRAIN_PX, shape[0] * GRAIN_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[:height, :width], np.float32)
