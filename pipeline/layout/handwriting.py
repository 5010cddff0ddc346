"""What a pen wrote, by its ink: signatures and words in the gaps of forms."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.layout.marks import Bounds, bounds_of, close, crop, nearer, piece_at, united
from pipeline.layout.sketch import Sketch
from schemas.layout import RegionKind
from schemas.page import Pixels

WORD_GAP_MM, LINE_GAP_MM = 3.0, 0.6
SMALLEST_WORD_MM = 1.6
SIGNATURE_HEIGHT_MM, SIGNATURE_WIDTH_MM = 9.0, 8.0
STROKE_MM = 8.0
"""No letter of print is as high or as wide; where letters touch, the piece is filled with ink."""
SLIMMEST_MM = 2.0
SPARSE = 0.24
"""Share of its box that a pen's long stroke fills; letters that touch fill more."""
WIDE_MM, TALL_MM = 9.0, 6.5
"""What remains of a stroke without its straight parts is wider or higher than letters."""
STRAIGHT_MM, SCRATCH = 5.0, 0.5
"""Runs of ink as long as this, level or upright, are scratches of the scanner or rests of rules."""
MOST_CORNERS, CLOSED = 14, 0.4
BESIDE_MM = 4.0
LETTER_MM = (1.2, 6.0)
AMONG_PRINT = 0.45
"""Share of a piece's height that has print right beside it where it is letters of several lines that touch."""
MOSTLY_BLUE = 0.5
FRAME_MM = 8.0
PEN_GAP_MM = 3.0

Pen = tuple[RegionKind, Bounds]


def find_pen(sketch: Sketch, seals: Sequence[Bounds]) -> list[Pen]:
    """Return signatures and handwriting, in pixels of the sketch.

    Framed stamps of blue ink are seals, and plans of land are pictures.
    """
    blue, black = find_blue(sketch), find_strokes(sketch, seals)
    drawings = [bounds for bounds in black if is_drawing(sketch, bounds)]
    black = [bounds for bounds in black if bounds not in drawings]
    signed = [bounds for kind, bounds in blue if kind is RegionKind.SIGNATURE]
    signatures = united([*signed, *black], sketch.px(PEN_GAP_MM))
    words = [bounds for kind, bounds in blue if kind is RegionKind.HANDWRITING]
    apart = [bounds for bounds in words if not any(nearer(bounds, other, 0) for other in signatures)]
    return [
        *((RegionKind.SIGNATURE, bounds) for bounds in signatures),
        *((RegionKind.HANDWRITING, bounds) for bounds in apart),
        *((kind, bounds) for kind, bounds in blue if kind is RegionKind.SEAL),
        *((RegionKind.PICTURE, bounds) for bounds in drawings),
    ]


def find_blue(sketch: Sketch) -> list[Pen]:
    """Return what blue ink wrote on a page of black print."""
    ink = cv2.countNonZero(sketch.blue)
    if not ink or ink > MOSTLY_BLUE * cv2.countNonZero(cv2.bitwise_or(sketch.ink, sketch.blue)):
        return []
    joined = close(sketch.blue, sketch.px(WORD_GAP_MM), sketch.px(LINE_GAP_MM))
    groups = [group for group in bounds_of(joined) if max(group[2:]) >= SMALLEST_WORD_MM * sketch.mm]
    return [(_kind(sketch, group), group) for group in groups]


def _kind(sketch: Sketch, bounds: Bounds) -> RegionKind:
    if _framed(sketch, bounds):
        return RegionKind.SEAL
    _, _, width, height = bounds
    large = height >= SIGNATURE_HEIGHT_MM * sketch.mm and width >= SIGNATURE_WIDTH_MM * sketch.mm
    return RegionKind.SIGNATURE if large else RegionKind.HANDWRITING


def _framed(sketch: Sketch, bounds: Bounds) -> bool:
    """Decide whether blue ink stands in a frame: a stamp, which is print."""
    ink = cv2.dilate(crop(sketch.blue, bounds), np.ones((3, 3), np.uint8))
    sides = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, sketch.px(FRAME_MM)), np.uint8))
    rows = np.flatnonzero(sides.any(axis=1))
    return bool(len(rows)) and int(rows[-1] - rows[0]) >= 0.7 * bounds[3]


def find_strokes(sketch: Sketch, seals: Sequence[Bounds]) -> list[Bounds]:
    """Return long thin strokes of black ink: signatures and what belongs to them."""
    ink = sketch.ink if sketch.coloured else without_discs(sketch.ink, seals)
    pieces = np.asarray(bounds_of(ink), np.int64).reshape(-1, 4)
    short, long = pieces[:, 2:].min(axis=1), pieces[:, 2:].max(axis=1)
    large = (long >= STROKE_MM * sketch.mm) & (short >= SLIMMEST_MM * sketch.mm)
    print_ = _letters(pieces, sketch.mm)
    return [
        bounds
        for bounds in (cast("Bounds", tuple(piece)) for piece in pieces[large].tolist())
        if _is_stroke(ink, bounds, sketch.mm) and (_at(bounds, seals) or not _among_print(bounds, print_, sketch.mm))
    ]


def without_discs(ink: Pixels, seals: Sequence[Bounds]) -> Pixels:
    """Return the ink without round seals: on pages of one colour they hide what crosses them."""
    rest = ink.copy()
    for left, top, width, height in seals:
        cv2.ellipse(
            rest, (left + width // 2, top + height // 2), (width // 2 + 4, height // 2 + 4), 0, 0, 360, (0,), -1
        )
    return rest


def _letters(pieces: NDArray[np.int64], mm: float) -> NDArray[np.int64]:
    high = pieces[:, 3]
    return pieces[(high >= LETTER_MM[0] * mm) & (high <= LETTER_MM[1] * mm)]


def _is_stroke(ink: Pixels, bounds: Bounds, mm: float) -> bool:
    """Decide whether a piece stays long and thin without what is straight in it."""
    piece = piece_at(ink, bounds)
    rest = bounds_of(cv2.dilate(_without_straight(piece, round(STRAIGHT_MM * mm)), np.ones((3, 3), np.uint8)))
    sparse = cv2.countNonZero(piece) < SPARSE * bounds[2] * bounds[3]
    return sparse and any(width >= WIDE_MM * mm or height >= TALL_MM * mm for _, _, width, height in rest)


def _without_straight(piece: Pixels, longest: int) -> Pixels:
    level = cv2.morphologyEx(piece, cv2.MORPH_OPEN, np.ones((1, longest), np.uint8))
    upright = cv2.morphologyEx(piece, cv2.MORPH_OPEN, np.ones((longest, 1), np.uint8))
    bent = cast("Pixels", cv2.subtract(cv2.subtract(piece, level), upright))
    # A scratch is broken, but all of it stands in the same columns.
    bent[:, (piece > 0).mean(axis=0) >= SCRATCH] = 0
    return bent


def is_drawing(sketch: Sketch, bounds: Bounds) -> bool:
    """Decide whether a piece is a closed figure of straight lines, as on plans of land."""
    outlines, _ = cv2.findContours(piece_at(sketch.ink, bounds), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    corners = cv2.approxPolyDP(outline, 2.0, closed=True)
    return len(corners) <= MOST_CORNERS and cv2.contourArea(outline) >= CLOSED * bounds[2] * bounds[3]


def _at(bounds: Bounds, seals: Sequence[Bounds]) -> bool:
    return any(nearer(bounds, seal, 0) for seal in seals)


def _among_print(bounds: Bounds, letters: NDArray[np.int64], mm: float) -> bool:
    """Decide whether letters stand along most of a piece's height, at either side."""
    left, top, width, height = bounds
    beside = (letters[:, 0] < left + width + BESIDE_MM * mm) & (letters[:, 0] + letters[:, 2] > left - BESIDE_MM * mm)
    level = (letters[:, 1] < top + height) & (letters[:, 1] + letters[:, 3] > top)
    covered = np.zeros(height, np.bool_)
    for start, high in letters[beside & level][:, [1, 3]].tolist():
        covered[max(0, start - top) : start - top + high] = True
    return float(covered.mean()) >= AMONG_PRINT
