"""Ink that changed its colour."""

import cv2
import numpy as np

from pipeline.raster.tiles import Pair
from schemas.geometry import Box
from schemas.page import Pixels

CELL = 8
COLOURED = 12
FEWEST = 3
DIFFERENT = 5.0
WRONG = 15.0


def changed(pair: Pair) -> tuple[Box, ...]:
    """Return where ink has another colour, in pixels of the tile."""
    if pair.image.ndim == 2:
        return ()
    was, now = _lab(pair.image), _lab(pair.rendered)
    coloured = (np.hypot(was[..., 1], was[..., 2]) > COLOURED) | (np.hypot(now[..., 1], now[..., 2]) > COLOURED)
    if np.count_nonzero(coloured) < FEWEST:
        return ()
    apart = np.linalg.norm(was - now, axis=2)
    places = coloured if apart[coloured].mean() > DIFFERENT else coloured & (apart > WRONG)
    _, _, stats, _ = cv2.connectedComponentsWithStats(places.astype(np.uint8))
    return tuple(Box(x, y, x + w, y + h).scaled(CELL, CELL) for x, y, w, h, n in stats[1:].tolist() if n >= FEWEST)


def _lab(tile: Pixels) -> np.ndarray:
    height, width = tile.shape[:2]
    for _ in range(3):
        height, width = height // 2, width // 2
        tile = cv2.resize(tile[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(tile.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
