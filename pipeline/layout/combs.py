"""Combs: rows of boxes with one letter or digit each, as forms have for numbers; each is read as one phrase."""

from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np

from pipeline.layout.ink import Boxes
from pipeline.layout.phrases import Numbers
from schemas.geometry import Box
from schemas.layout import Table

WIDEST_MM: Final = 8.0
FEWEST: Final = 3
LABEL_MM: Final = 6.0
"""How far before its comb a label ends, at most."""


def is_comb(table: Table, mm: float) -> bool:
    """Decide whether a table is a comb: a single row of boxes, each for a letter; a wall or two may be lost.

    Args:
        table: in pixels of the page.
        mm: its pixels per millimetre.
    """
    widths = [cell.box.width for cell in table.cells]
    return len(widths) >= FEWEST and len({cell.row for cell in table.cells}) == 1 and median(widths) <= WIDEST_MM * mm


def bands_of(combs: Sequence[Box]) -> Boxes:
    """Return the middle of each comb's height, from its first wall to its last."""
    quarters = [comb.height // 4 for comb in combs]
    bands = [(b.x0, b.y0 + quarter, b.x1, b.y1 - quarter) for b, quarter in zip(combs, quarters, strict=True)]
    return np.asarray(bands, np.int32).reshape(-1, 4)


def with_labels(bands: Boxes, mm: float) -> Boxes:
    """Return the bands of combs with the space to the label before them: no gutter parts them."""
    return bands - np.asarray([round(LABEL_MM * mm), 0, 0, 0], np.int32)


def parted(parts: Numbers, letters: Boxes, bands: Boxes) -> Numbers:
    """Return numbers in the same order, for parts of lines cut where a comb begins and ends.

    Letters as far apart as in a comb would mislead readers about the spaces beside it.

    Args:
        parts: the part of each letter.
        letters: boxes around them.
        bands: middles of combs.
    """
    x, y = ((letters[:, side] + letters[:, side + 2]) / 2 for side in (0, 1))
    left, top, right, bottom = (side[:, None] for side in bands.T)
    level = (y > top) & (y < bottom)
    passed = (level & (x > left)).sum(axis=0) + (level & (x > right)).sum(axis=0)
    return np.asarray(parts * (2 * len(bands) + 1) + passed, np.intp)
