"""Ink that changed its colour: seals, signatures, coloured print, each region of it for itself."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.geometry import Box
from schemas.page import Pixels

HALVINGS = 3
CELL = 2**HALVINGS
"""Pixels each way of which the mean colour is compared."""
COLOURED = 12
"""Distance from grey in CIE Lab from which a cell has coloured ink."""
JOINED = 5
"""Cells: ink no farther apart than half of it is one region."""
DIFFERENT = 5.0
"""Mean difference (CIE 1976) of a region's cells that an eye sees."""
WRONG = 15.0
"""Difference of a few cells that are another ink, whatever stands beside them."""
FEWEST = 3
"""Cells, connected, that are a place."""
REGION = 8
"""Cells that are a region; fewer are fringes of black letters."""

Lab = NDArray[np.float32]


def changed(image: Pixels, rendered: Pixels) -> Iterator[Box]:
    """Yield where ink has another colour, in pixels of the page.

    Args:
        image, rendered: the cleaned picture and the finished page, grey or RGB, in one size.
    """
    if image.ndim == rendered.ndim == 2:
        return
    was, now = _lab(image), _lab(rendered)
    coloured = np.maximum(_chroma(was), _chroma(now)) > COLOURED
    if np.count_nonzero(coloured) < FEWEST:
        return
    apart = np.linalg.norm(was - now, axis=2)
    wrong = coloured & ((apart > WRONG) | ((apart > DIFFERENT) & _in_changed_region(coloured, apart)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
    for x, y, w, h, cells in stats[1:].tolist():
        if cells >= FEWEST:
            yield Box(x, y, x + w, y + h).scaled(CELL, CELL)


def _in_changed_region(coloured: NDArray[np.bool_], apart: Lab) -> NDArray[np.bool_]:
    """Return the cells of regions that differ in the mean."""
    near = cv2.dilate(coloured.astype(np.uint8), np.ones((JOINED, JOINED), np.uint8))
    count, labels = cv2.connectedComponents(near)
    sizes = np.bincount(labels[coloured], minlength=count)
    sums = np.bincount(labels[coloured], weights=apart[coloured], minlength=count)
    return np.asarray(((sizes >= REGION) & (sums > DIFFERENT * sizes))[labels], np.bool_)


def _chroma(lab: Lab) -> Lab:
    return np.asarray(cv2.magnitude(lab[..., 1], lab[..., 2]), np.float32)


def _lab(picture: Pixels) -> Lab:
    cells = picture
    for _ in range(HALVINGS):  # three times a half is much faster than an eighth
        height, width = cells.shape[0] // 2, cells.shape[1] // 2
        whole = cells[: 2 * height, : 2 * width]
        cells = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    colours = cells if cells.ndim == 3 else cv2.cvtColor(cells, cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.cvtColor(colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
