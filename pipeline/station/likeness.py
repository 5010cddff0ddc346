"""Do two scans show the same sheet of paper, scanned twice.

Forms look alike, so that a common 64-bit picture hash calls two citizens' forms the same. The
likeness here keeps where the ink lies in 4 mm x 3 mm cells, after skew and position are taken out:
GRID rows x columns at 4 bits each, in hexadecimal, after two bytes each for width and height of
the inked area in tenths of millimetres. Two scans of one sheet then differ by little everywhere;
two fillings of one form differ by much in a few cells, and that is what `alike` looks at.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.station.separators import reduced
from schemas.page import Scan
from schemas.units import px_to_mm

WORK_DPI: Final = 75.0
ROWS, COLUMNS = 80, 48
CELL_BITS_MAX: Final = 15
SKEWS: Final = tuple(step / 4 for step in range(-12, 13))
CONTRAST: Final = 30
TRIM: Final = 0.004
"""Share of the ink that may lie outside of the inked area on each side: specks, edge shadows."""
SIZE_TOLERANCE_MM: Final = 3.0
HEAD_DIGITS: Final = 8
SAME: Final = 2.8

Ink = NDArray[np.float32]


def likeness(scan: Scan) -> str:
    """Return what `alike` compares; "" where there is too little ink to tell."""
    ink = _straight(_ink(scan))
    area = _inked_area(ink)
    if area is None:
        return ""
    rows, columns = area
    cells = cv2.resize(ink[rows, columns], (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    cells = cv2.GaussianBlur(cells, (0, 0), 0.7)
    levels = np.clip(np.rint(cells * (CELL_BITS_MAX * 1.6)), 0, CELL_BITS_MAX).astype(np.uint8).ravel()
    head = [round(px_to_mm(part.stop - part.start, WORK_DPI) * 10) for part in (columns, rows)]
    packed = (levels[::2] << 4 | levels[1::2]).astype(np.uint8)
    return "".join(f"{min(value, 0xFFFF):04x}" for value in head) + bytes(packed).hex()


def alike(one: str, other: str) -> bool:
    """Return True where two likenesses are those of one sheet."""
    return distance(one, other) <= SAME


def distance(one: str, other: str) -> float:
    """Return how much two likenesses differ where they differ most, 0 (same) .. 15; inf: not comparable."""
    first, second = _head(one), _head(other)
    if not one or not other or np.abs(first - second).max() > SIZE_TOLERANCE_MM * 10:
        return float("inf")
    difference = np.abs(_cells(one) - _cells(other))
    return float(np.partition(cv2.blur(difference, (5, 3)).ravel(), -6)[-6])


def _head(value: str) -> NDArray[np.int64]:
    return np.array([int(value[at : at + 4] or "0", 16) for at in (0, 4)])


def _cells(value: str) -> Ink:
    packed = np.frombuffer(bytes.fromhex(value[HEAD_DIGITS:]), np.uint8)
    cells: NDArray[np.uint8] = np.stack((packed >> 4, packed & 15), axis=1).reshape(ROWS, COLUMNS)
    return np.asarray(cells, dtype=np.float32)


def _ink(scan: Scan) -> Ink:
    grey = reduced(scan.pixels, scan.resolution, WORK_DPI)
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    absorbed = cv2.subtract(paper, grey).astype(np.float32)
    ink = np.clip((absorbed - CONTRAST) / 100.0, 0, 1)
    edge_y, edge_x = ink.shape[0] // 60 + 1, ink.shape[1] // 60 + 1
    inner = np.zeros_like(ink)
    inner[edge_y:-edge_y, edge_x:-edge_x] = ink[edge_y:-edge_y, edge_x:-edge_x]
    return inner


def _straight(ink: Ink) -> Ink:
    """Turn the ink so that its lines are level: where the row sums vary most."""
    sharpness = [float(np.var(_turned(ink, angle).sum(axis=1))) for angle in SKEWS]
    return _turned(ink, SKEWS[int(np.argmax(sharpness))])


def _turned(ink: Ink, angle: float) -> Ink:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return np.asarray(cv2.warpAffine(ink, matrix, (width, height)), dtype=np.float32)


def _inked_area(ink: Ink) -> tuple[slice, slice] | None:
    if float(ink.sum()) < 20:
        return None
    spans = [_span(ink.sum(axis=axis)) for axis in (1, 0)]
    return spans[0], spans[1]


def _span(sums: Ink) -> slice:
    running = np.cumsum(sums) / sums.sum()
    return slice(int(np.searchsorted(running, TRIM)), int(np.searchsorted(running, 1 - TRIM)) + 1)
