"""Strokes that the finished page lost, or shows where there were none.

They are looked for twice: sharply, for what is dark and small, and in cells, in which a pale line stands out from
the grain of the paper. Each is measured by its ink: one pixel as dark as the darkest of the place weighs 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.tiles import SPARSE, Pair, quantile
from schemas.geometry import Box
from schemas.page import Pixels

Mask = NDArray[np.uint8]

NEAR = np.ones((3, 3), np.uint8)
"""An edge may move by as much."""
KEPT = 0.6
"""Of the contrast of a stroke that is the same stroke."""
GRAIN = 6.0
"""How many times more than most pixels differ, one must differ."""
LOUDEST = 40
"""A difference that no grain of the paper explains."""
PALE = 40
"""Ink of less contrast weighs less than its pixels."""


@dataclass(frozen=True)
class Scale:
    """How closely two pictures are compared.

    Attributes:
        step: pixels, each way, of which the mean is compared.
        least: difference that is seen on paper without grain.
        sparse: every so many of them tell the grain.
        joined: differences no farther apart than half of it are one place.
        lightest: weight from which it is a stroke. Of three pixels softening and edges take a part.
    """

    step: int
    least: int
    sparse: int
    joined: int
    lightest: float


SHARP = Scale(step=1, least=16, sparse=SPARSE, joined=9, lightest=2.2)
CELLS = Scale(step=4, least=6, sparse=2, joined=3, lightest=10)


@dataclass(frozen=True, eq=False)
class View:
    """A tile of both pictures at one scale, and the least difference that counts there."""

    scale: Scale
    was: Pixels
    now: Pixels
    least: int
    paper: int


def look(pair: Pair) -> tuple[View, View]:
    """Return the tile sharply and in cells."""
    return _view(SHARP, *pair.soft, pair.paper), _view(CELLS, _cells(pair.was), _cells(pair.now), pair.paper)


def _view(scale: Scale, was: Pixels, now: Pixels, paper: int) -> View:
    apart = cv2.absdiff(was[:: scale.sparse, :: scale.sparse], now[:: scale.sparse, :: scale.sparse])
    least = min(LOUDEST, scale.least + GRAIN * quantile(cast("Pixels", apart), 0.5))
    return View(scale, was, now, round(least), paper)


def _cells(grey: Pixels) -> Pixels:
    for _ in range(2):  # a half is much faster than a quarter
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        grey = cast("Pixels", cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    return grey


def missing(view: View, ink: Pixels, other: Pixels, grey: Pixels) -> Iterator[Box]:
    """Yield the places where `ink` has strokes that `other` has not.

    Args:
        view: the scale and what counts.
        ink, other: the pictures of `view`, in either order.
        grey: `ink` in full.
    """
    if not cv2.countNonZero(cv2.compare(cv2.subtract(other, ink), view.least, cv2.CMP_GT)):
        return
    gone = cv2.subtract(cv2.erode(other, NEAR), ink)
    needed = np.maximum(view.least, (1 - KEPT) * (view.paper - np.arange(256))).clip(0, 255).astype(np.uint8)
    mask = cv2.compare(gone, cv2.LUT(ink, needed), cv2.CMP_GT)
    if not cv2.countNonZero(mask):
        return
    gone[mask == 0] = 0
    for box in _places(mask, view.scale.joined):
        if _weight(gone, box, grey, view) >= view.scale.lightest:
            yield box.scaled(view.scale.step, view.scale.step)


def _weight(gone: Pixels, box: Box, grey: Pixels, view: View) -> float:
    step = view.scale.step
    full = box.scaled(step, step)
    darkest = int(grey[full.y0 : full.y1, full.x0 : full.x1].min())
    return float(gone[box.y0 : box.y1, box.x0 : box.x1].sum()) * step**2 / max(PALE, view.paper - darkest)


def _places(mask: Mask, joined: int) -> Iterator[Box]:
    left, top, width, height = cv2.boundingRect(mask)
    part = cv2.copyMakeBorder(mask[top : top + height, left : left + width], *(joined // 2,) * 4, cv2.BORDER_CONSTANT)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(part, np.ones((joined, joined), np.uint8)))
    tall, wide = mask.shape
    for x, y, w, h in stats[1:, :4].tolist():
        x, y = x + left - joined // 2, y + top - joined // 2
        yield Box(max(0, x), max(0, y), min(wide, x + w), min(tall, y + h))
