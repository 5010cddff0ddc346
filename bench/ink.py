"""Ink of a delivered page beside its scan: strokes kept and gained, colours, and how far it was turned and moved.

The delivered page may be straightened, whitened and of another size: it is first laid upon the scan, without any
features of either, by what gives the best correlation (ECC). What is ink is found here anew, by its contrast with the
paper around it, so that whatever made the page, ours or another, is judged by the same measure.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SKETCHES = 16, 8, 4
"""The page is laid on the scan in steps, each on pictures of one pixel per so many, each way."""
STRONG, WEAK = 70, 35
"""Contrast of the core of a stroke, and of what belongs to it."""
FEWEST_PIXELS = 3
KEPT = 0.5
"""Of a piece of ink has to be there, and of its contrast."""
NEAR = 2
"""Pixels by which ink may lie elsewhere: the page was resampled."""
COLOURED = 20
CELL = 8
SMOOTHING = 5
EVERYWHERE: Any = None


@dataclass(frozen=True)
class InkScore:
    """What became of the ink of a scan.

    Attributes:
        pieces: connected pieces of ink on the scan, of three pixels or more.
        matched: share of them that the delivered page shows, 0..1.
        gained: pieces on the delivered page where the scan has no ink.
        delta_e: mean difference of colour (CIE 1976) where the scan has coloured ink; None where it has none.
        shift: pixels of the scan by which the page was moved, its corners' mean.
        turn: degrees by which it was turned, clockwise positive.
    """

    pieces: int
    matched: float
    gained: int
    delta_e: float | None
    shift: float
    turn: float


def score_ink(scan: Pixels, rendered: Pixels) -> InkScore:
    """Return what became of the ink of a scan on a delivered page.

    Args:
        scan: upright as the page is delivered, grey or RGB.
        rendered: the delivered page, drawn in any size.
    """
    height, width = scan.shape[:2]
    page = np.asarray(cv2.resize(rendered, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    matrix = register(_grey(scan), _grey(page))
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = np.asarray(cv2.warpAffine(page, matrix, (width, height), flags=how, borderValue=(255,) * 3), np.uint8)
    pieces, kept = _matched(_darkest(scan), _darkest(laid))
    others, known = _matched(_darkest(laid), _darkest(scan))
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    moved = float(np.linalg.norm(corners @ matrix.T.astype(np.float64) - corners[:, :2], axis=1).mean())
    turn = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
    matched = kept / pieces if pieces else 1.0
    return InkScore(pieces, matched, others - known, _colours_apart(scan, laid), moved, turn)


def register(scan: Pixels, page: Pixels) -> NDArray[np.float32]:
    """Return the 2 x 3 matrix from pixels of the scan to those of the page, both grey and of one size."""
    matrix = np.eye(2, 3, dtype=np.float32)
    rounds = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-6)
    for step in SKETCHES:
        size = (max(1, scan.shape[1] // step), max(1, scan.shape[0] // step))
        one, other = (255 - cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (scan, page))
        start = matrix.copy()
        start[:, 2] /= step
        try:
            found: Any = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, rounds, EVERYWHERE, SMOOTHING)
        except cv2.error:  # nothing in common, as on blank pages: it stays where it was
            continue
        matrix = np.asarray(found[1], np.float32)
        matrix[:, 2] *= step
    return matrix


def find_ink(contrast: Pixels) -> NDArray[np.int32]:
    """Return the pieces that are strong somewhere, with what is weak and touches them: labels, 0 is the paper."""
    _, labels = cv2.connectedComponents((contrast >= WEAK).astype(np.uint8), connectivity=8)
    strong = np.zeros(labels.max() + 1, np.bool_)
    strong[labels[contrast >= STRONG]] = True
    strong[0] = False
    return np.where(strong[labels], labels, 0).astype(np.int32)


def _matched(one: Pixels, other: Pixels) -> tuple[int, int]:
    """Return how many pieces of ink one picture has, and how many of them the other has too."""
    here = _contrast(one)
    there = cv2.dilate(_contrast(other), np.ones((2 * NEAR + 1,) * 2, np.uint8))
    labels = find_ink(here)
    count = int(labels.max()) + 1
    sizes = np.bincount(labels.reshape(-1), minlength=count)
    same = np.bincount(labels[there >= KEPT * here], minlength=count)
    pieces = sizes >= FEWEST_PIXELS
    pieces[0] = False
    return int(pieces.sum()), int((pieces & (same >= KEPT * sizes)).sum())


def _contrast(grey: Pixels) -> Pixels:
    small = cv2.resize(grey, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, np.ones((15, 15), np.uint8)), (15, 15))
    return np.asarray(cv2.subtract(cv2.resize(paper, grey.shape[::-1]), grey), np.uint8)


def _colours_apart(scan: Pixels, page: Pixels) -> float | None:
    if scan.ndim == 2:
        return None
    was, now = _lab(scan), _lab(page if page.ndim == 3 else np.asarray(cv2.cvtColor(page, cv2.COLOR_GRAY2RGB)))
    coloured = np.hypot(was[..., 1], was[..., 2]) > COLOURED
    return float(np.linalg.norm(was - now, axis=2)[coloured].mean()) if coloured.any() else None


def _lab(pixels: Pixels) -> NDArray[np.float32]:
    size = (pixels.shape[1] // CELL, pixels.shape[0] // CELL)
    cells = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(cells, cv2.COLOR_RGB2LAB), np.float32)


def _grey(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _darkest(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(pixels.min(axis=2), np.uint8)
