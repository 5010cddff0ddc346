"""Do two scans show the same sheet of paper, scanned twice.

Forms look alike: a common 64-bit picture hash calls two citizens' forms the same. A likeness here
is a small picture of the ink itself: CELL_MM cells at two bits, straightened, its centre of mass
in the middle of SIDE x SIDE cells, packed by zlib, in base 85 (about 6 kB for a full page).
Two scans of one sheet differ by little everywhere once small shifts are allowed for; two fillings
of one form differ by much in the boxes that were filled in, and those decide. Measured on real
pages scanned again with up to 1 degree and 3 mm: 0.51 at most; on other pages: 0.99 at least; on
forms filled in differently in eight places: 0.84 at least. Two fillings that differ in one or two
words of equal length are not told apart, and are flagged.
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.station.reduce import grey_at
from schemas.page import Scan
from schemas.units import MM_PER_INCH

WORK_DPI: Final = 75.0
CELL_MM: Final = 1.0
SIDE: Final = 300
LEVELS: Final = 3
SKEWS: Final = tuple(step / 2 for step in range(-5, 6))
FINER: Final = (-0.25, 0.0, 0.25)
CONTRAST, FULL_INK = 30.0, 100.0
LEAST_INK: Final = 20.0
GRID: Final = 16
NEAREST: Final = 4
"""How many of the most similar earlier pages are compared closely."""
COARSE_LIMIT: Final = 0.18
SHIFT: Final = 2
BOX: Final = (10, 5)
"""Cells (width, height) of the box within which a difference is weighed: a filled-in word."""
GAIN, BLUR = 1.8, 0.6
BOX_INK: Final = 0.08
SAME: Final = 0.65

Ink = NDArray[np.float32]


def likeness(scan: Scan) -> str:
    """Return what `twins` and `difference` compare; "" where there is too little ink to tell."""
    ink = _straight(_ink(scan))
    if float(ink.sum()) < LEAST_INK:
        return ""
    scale = MM_PER_INCH / WORK_DPI / CELL_MM
    cells = cv2.warpAffine(
        cv2.GaussianBlur(ink, (0, 0), 0.45 / scale), _centred(ink, scale), (SIDE, SIDE), flags=cv2.INTER_LINEAR
    )
    levels = np.clip(np.rint(cells * LEVELS * GAIN), 0, LEVELS).astype(np.uint8).reshape(-1, 4)
    packed = levels[:, 0] << 6 | levels[:, 1] << 4 | levels[:, 2] << 2 | levels[:, 3]
    return base64.b85encode(zlib.compress(bytes(packed), 9)).decode("ascii")


def twins(likenesses: Sequence[str]) -> dict[int, int]:
    """Return which of `likenesses` show the same sheet as an earlier one: index to index.

    Pages without a likeness have no twin. The cost grows gently with the number of pages: all are
    compared roughly, only the NEAREST closely.
    """
    told = [index for index, value in enumerate(likenesses) if value]
    coarse = np.array([_coarse(_cells(likenesses[index])) for index in told]).reshape(len(told), GRID * GRID)
    return dict(_pairs(likenesses, told, coarse))


def _pairs(likenesses: Sequence[str], told: Sequence[int], coarse: Ink) -> Iterator[tuple[int, int]]:
    seconds: set[int] = set()
    for row in range(1, len(told)):
        apart = np.abs(coarse[:row] - coarse[row]).sum(axis=1)
        near = [at for at in np.argsort(apart)[:NEAREST] if apart[at] < COARSE_LIMIT and told[at] not in seconds]
        same = [told[at] for at in near if difference(likenesses[told[at]], likenesses[told[row]]) < SAME]
        if same:
            seconds.add(told[row])
            yield told[row], min(same)


def difference(one: str, other: str) -> float:
    """Return how much two pages differ where they differ most: 0 the same, 1 nothing in common."""
    first, second = _cells(one), _cells(other)
    best = np.ones_like(first)
    base = _offset(first, second)
    for down in range(-SHIFT, SHIFT + 1):
        for right in range(-SHIFT, SHIFT + 1):
            moved = _moved(second, base[0] + right, base[1] + down)
            unlike = cv2.boxFilter(np.abs(first - moved), -1, BOX)
            both = cv2.boxFilter(first + moved, -1, BOX)
            best = np.minimum(best, unlike / np.maximum(both, BOX_INK))
    return float(np.partition(best.ravel(), -4)[-4])


def _offset(first: Ink, second: Ink) -> tuple[int, int]:
    (x, y), _ = cv2.phaseCorrelate(second, first)
    return int(np.clip(round(x), -6, 6)), int(np.clip(round(y), -6, 6))


def _moved(cells: Ink, right: int, down: int) -> Ink:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(cells, matrix, (SIDE, SIDE), flags=cv2.INTER_NEAREST), dtype=np.float32)


def _cells(value: str) -> Ink:
    packed = np.frombuffer(zlib.decompress(base64.b85decode(value)), np.uint8)
    levels = np.stack([packed >> 6, packed >> 4 & 3, packed >> 2 & 3, packed & 3], axis=1)
    return np.asarray(cv2.GaussianBlur(levels.reshape(SIDE, SIDE).astype(np.float32) / LEVELS, (0, 0), BLUR))


def _coarse(cells: Ink) -> Ink:
    grid = cv2.resize(cells, (GRID, GRID), interpolation=cv2.INTER_AREA).ravel()
    return np.asarray(grid / max(float(grid.sum()), 1e-6), dtype=np.float32)


def _ink(scan: Scan) -> Ink:
    grey = grey_at(scan, WORK_DPI)
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    ink = np.clip((cv2.subtract(paper, grey).astype(np.float32) - CONTRAST) / FULL_INK, 0, 1)
    edge_y, edge_x = ink.shape[0] // 60 + 1, ink.shape[1] // 60 + 1
    inner = np.zeros(ink.shape, np.float32)
    inner[edge_y:-edge_y, edge_x:-edge_x] = ink[edge_y:-edge_y, edge_x:-edge_x]
    return inner


def _straight(ink: Ink) -> Ink:
    """Turn the ink so that its lines are level."""
    height, width = ink.shape
    size = (max(width // 2, 1), max(height // 2, 1))
    half = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    rough = max(SKEWS, key=lambda angle: _levelness(half, angle))
    return _turned(ink, max((rough + step for step in FINER), key=lambda angle: _levelness(half, angle)))


def _levelness(ink: Ink, angle: float) -> float:
    """Return how much the row sums vary: most where the lines lie along the rows."""
    return float(np.var(_turned(ink, angle).sum(axis=1)))


def _turned(ink: Ink, angle: float) -> Ink:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return np.asarray(cv2.warpAffine(ink, matrix, (width, height)), dtype=np.float32)


def _centred(ink: Ink, scale: float) -> NDArray[np.float32]:
    """Return the map that brings the centre of mass into the middle, `scale` cells a pixel."""
    total = float(ink.sum())
    y = float(ink.sum(axis=1) @ np.arange(ink.shape[0])) / total
    x = float(ink.sum(axis=0) @ np.arange(ink.shape[1])) / total
    return np.array([[scale, 0, SIDE / 2 - x * scale], [0, scale, SIDE / 2 - y * scale]], np.float32)
