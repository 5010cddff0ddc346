"""Ink that changed its colour."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.tiles import Pair
from schemas.geometry import Box
from schemas.page import Pixels

HALVINGS = 3
CELL = 2**HALVINGS
"""Pixels each way of which the mean colour is compared."""
COLOURED = 12
"""Distance from grey in CIE Lab from which a cell has coloured ink."""
DIFFERENT = 5.0
"""Mean difference (CIE 1976) of coloured cells that an eye sees."""
WRONG = 15.0
"""Difference of a few cells that are another ink, whatever stands beside them."""
FEWEST = 3
"""Cells, connected, that are a place."""


def changed(pair: Pair) -> Iterator[Box]:
    """Yield where ink has another colour, in pixels of the tile."""
    if pair.image.ndim == 2:
        return
    was, now = _lab(pair.image), _lab(pair.rendered)
    coloured = np.maximum(_chroma(was), _chroma(now)) > COLOURED
    if np.count_nonzero(coloured) < FEWEST:
        return
    apart = np.linalg.norm(was - now, axis=2)
    wrong = coloured if apart[coloured].mean() > DIFFERENT else coloured & (apart > WRONG)
    _, _, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
    for x, y, w, h, cells in stats[1:].tolist():
        if cells >= FEWEST:
            yield Box(x, y, x + w, y + h).scaled(CELL, CELL)


def _chroma(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(lab[..., 1], lab[..., 2]), np.float32)


def _lab(tile: Pixels) -> NDArray[np.float32]:
    cells = tile
    for _ in range(HALVINGS):  # three times a half is much faster than an eighth
        height, width = cells.shape[0] // 2, cells.shape[1] // 2
        whole = cells[: 2 * height, : 2 * width]
        cells = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(cells.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
