"""Borders: the dark edges that a scanner leaves around the paper."""

from typing import cast

import cv2
import numpy as np

from pipeline.cleanup.glyphs import Mask
from schemas.page import Pixels
from schemas.units import MM_PER_INCH

DARK = 0.5
"""Share of the paper's brightness below which a border is dark."""
THINNEST_MM = 1.6
THICKEST_MM = 24.0
SHORTEST_MM = 20.0
LARGEST_SHARE = 0.15
FRINGE_MM = 0.8


def find_border(grey: Pixels, paper: int, dpi: float) -> Mask | None:
    """Return where the scanner's dark edge lies; None where there is none.

    A border is solid, runs along the picture's edge for 2 cm or more and is nowhere as thick as a
    passport photo. Print that merely touches the edge is none.

    Args:
        grey: small grey picture, colours dropped out.
        paper: grey of the paper.
        dpi: resolution of `grey`.
    """
    mm = dpi / MM_PER_INCH
    dark = (grey < DARK * paper).astype(np.uint8)
    if not _edge_is_dark(dark, mm):
        return None
    solid = _solid(dark, max(3, round(THINNEST_MM * mm) | 1))
    found = np.zeros_like(dark)
    count, labels = cv2.connectedComponents(solid, connectivity=8)
    for label in range(1, count):
        piece = labels == label
        if _is_border(piece, mm):
            found |= piece.astype(np.uint8)
    if not found.any():
        return None
    reach = 2 * round(FRINGE_MM * mm) + 1
    return cast("Mask", cv2.dilate(found * np.uint8(255), np.ones((reach, reach), np.uint8)))


def wipe(pixels: Pixels, border: Mask, paper: tuple[int, ...]) -> Pixels:
    """Return the picture with paper in place of its border.

    Args:
        border: mask of a smaller picture of the same framing.
        paper: sample values, one per channel.
    """
    height, width = pixels.shape[:2]
    mask = cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST)
    wiped = pixels.copy()
    wiped[mask > 0] = paper if pixels.ndim == 3 else paper[0]
    return wiped


def _edge_is_dark(dark: Mask, mm: float) -> bool:
    sides = (dark[:2].max(axis=0), dark[-2:].max(axis=0), dark[:, :2].max(axis=1), dark[:, -2:].max(axis=1))
    return max(int(side.sum()) for side in sides) >= SHORTEST_MM * mm


def _solid(dark: Mask, side: int) -> Mask:
    """Return what survives an opening, as if all beyond the picture were dark: thin bars at the edge stay."""
    framed = cv2.copyMakeBorder(dark, side, side, side, side, cv2.BORDER_CONSTANT, value=1)
    opened = cv2.morphologyEx(framed, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return np.ascontiguousarray(opened[side:-side, side:-side])


def _is_border(piece: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], mm: float) -> bool:
    touching = max(int(side.sum()) for side in (piece[0], piece[-1], piece[:, 0], piece[:, -1]))
    if touching < SHORTEST_MM * mm or piece.mean() > LARGEST_SHARE:
        return False
    depth = cv2.distanceTransform(np.pad(piece, 1).astype(np.uint8), cv2.DIST_L2, 3).max()
    return bool(2 * depth <= THICKEST_MM * mm)
