"""Strokes that the finished page lost, or shows where there were none.

They are looked for twice: sharply, for what is dark and small, and in cells, in which a pale line stands out from
the grain of the paper. Each is weighed: a pixel as dark as the ink around it weighs 1, so that a pale speck that
stands alone is no stroke, and a row of them is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from pipeline.raster.masks import above, selected, without
from pipeline.raster.tiles import SPARSE, Pair
from schemas.geometry import Box
from schemas.page import Pixels

Mask = NDArray[np.uint8]

KEPT, KNOWN = 0.5, 0.75
"""Share of the contrast of a stroke that is left of it where it is not lost; that was there where it is not new."""
EDGE = 4
"""Pixels at a tile's edge that are judged with the next tile, which overlaps; at a page's edge there is no ink."""
SHADE = 0.5
"""Of the contrast of a stroke beside it has what is its shade, and no stroke itself."""
WEAK, GAP = 30, 0.45
"""Contrast, and share of that of the strokes around, of what is ink already, though paler than it was made."""
GRAIN = 3.0
"""How many times more than most pixels differ, one must differ."""
LOUDEST = 40
"""A difference that no grain of the paper explains."""
PALEST, PALE = 12, 40
"""Contrast of what nobody sees; and of ink that weighs less than its pixels even where nothing darker is near."""


@dataclass(frozen=True)
class Scale:
    """How closely two pictures are compared.

    Attributes:
        step: pixels, each way, of which the mean is compared.
        least: difference that is seen on paper without grain.
        sparse: every so many of them tell the grain.
        near: an edge may move, and a shade about it vanish, within as many, its own among them.
        around: within as many, strokes tell how dark a stroke is.
        joined: differences no farther apart than half of it are one place.
        lightest: weight from which it is a stroke. Of three pixels softening and edges take a part.
    """

    step: int
    least: int
    sparse: int
    near: int
    around: int
    joined: int
    lightest: float


SHARP = Scale(step=1, least=16, sparse=SPARSE, near=3, around=9, joined=17, lightest=2.2)
CELLS = Scale(step=4, least=4, sparse=2, near=5, around=7, joined=5, lightest=10)


@dataclass(frozen=True, eq=False)
class View:
    """A tile of both pictures at one scale, and the least difference that counts there."""

    scale: Scale
    was: Pixels
    now: Pixels
    least: int
    pair: Pair


def look(pair: Pair) -> tuple[View, View]:
    """Return the tile sharply and in cells."""
    return _view(SHARP, *pair.soft, pair), _view(CELLS, _cells(pair.was), _cells(pair.now), pair)


def _view(scale: Scale, was: Pixels, now: Pixels, pair: Pair) -> View:
    apart = cv2.absdiff(was[:: scale.sparse, :: scale.sparse], now[:: scale.sparse, :: scale.sparse])
    least = min(LOUDEST, scale.least + GRAIN * _median(apart))
    return View(scale, was, now, round(least), pair)


def _median(samples: MatLike) -> float:
    """Return the median as if whole numbers stood for all that are rounded to them: grain is often less than one."""
    counts = np.bincount(samples.reshape(-1))
    sums = np.cumsum(counts)
    middle = int(np.searchsorted(sums, samples.size / 2))
    return max(0.0, middle + 0.5 - float(sums[middle] - samples.size / 2) / float(counts[middle]))


def _cells(grey: Pixels) -> Pixels:
    cells = grey
    for _ in range(2):  # twice a half is much faster than a quarter
        height, width = cells.shape[0] // 2, cells.shape[1] // 2
        whole = cells[: 2 * height, : 2 * width]
        cells = cast("Pixels", cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))
    return cells


def lost(view: View) -> Iterator[Box]:
    """Yield the places where the page has strokes of which the finished page shows less than `KEPT`."""
    gone = _gone(view, view.was, view.now, KEPT)
    if gone is not None:
        yield from _strokes(gone, view, view.pair.soft[0])


def gained(view: View) -> Iterator[Box]:
    """Yield the places where the finished page has strokes and the page has none; what is but darker is none."""
    gone = _gone(view, view.now, view.was, KNOWN)
    if gone is not None:
        yield from _strokes(without(gone, _inked(view)), view, view.pair.soft[1])


def _inked(view: View) -> Mask:
    """Return where the page has ink, or gaps no lighter than those within its strokes."""
    usual = cv2.max(view.now, _darkest_near(view.was, view.scale.around))
    limits = np.minimum(_paled(usual, GAP, view.pair.paper), np.uint8(max(0, view.pair.paper - WEAK)))
    return cast("Mask", cv2.compare(view.was, limits, cv2.CMP_LE))


def _paled(pixels: MatLike, share: float, paper: int) -> MatLike:
    """Return pixels with a share of their contrast."""
    return cv2.convertScaleAbs(pixels, alpha=share, beta=(1 - share) * paper)


def _gone(view: View, ink: Pixels, other: Pixels, kept: float) -> Pixels | None:
    """Return by how much `other` is lighter where it has not the strokes of `ink`, elsewhere 0; None: nowhere."""
    if cv2.subtract(other, ink).max() <= view.least:
        return None
    gone, paper = cast("Pixels", cv2.subtract(_darkest_near(other, view.scale.near), ink)), view.pair.paper
    needed = np.maximum(cv2.convertScaleAbs(ink, alpha=kept - 1, beta=(1 - kept) * paper), np.uint8(view.least))
    missed = cv2.compare(gone, needed, cv2.CMP_GT)
    if not cv2.countNonZero(missed):
        return None
    dark = cv2.compare(ink, _paled(_darkest_near(other, view.scale.near + 2), SHADE, paper), cv2.CMP_LE)
    gone = selected(gone, cv2.bitwise_and(missed, dark))
    room = EDGE // view.scale.step
    gone[:room] = gone[-room:] = gone[:, :room] = gone[:, -room:] = 0
    return gone


def _strokes(gone: Pixels, view: View, soft: Pixels) -> Iterator[Box]:
    if not cv2.countNonZero(gone):
        return
    for box in _places(gone, view.scale.joined):
        if _weight(gone, box, view) >= view.scale.lightest and _is_seen(gone, box, soft, view):
            yield box.scaled(view.scale.step, view.scale.step)


def _darkest_near(pixels: Pixels, side: int) -> Pixels:
    return cast("Pixels", cv2.erode(pixels, np.ones((side, side), np.uint8)))


def _weight(gone: Pixels, box: Box, view: View) -> float:
    missed = float(gone[box.y0 : box.y1, box.x0 : box.x1].sum())
    return missed * view.scale.step**2 / max(PALE, view.pair.contrast)


def _is_seen(gone: Pixels, box: Box, soft: Pixels, view: View) -> bool:
    """Whether the darkest pixel that is missing stands out; what is dark beside it does not count."""
    x, y, w, h = cv2.boundingRect(gone[box.y0 : box.y1, box.x0 : box.x1])
    core = Box(box.x0 + x, box.y0 + y, box.x0 + x + w, box.y0 + y + h).scaled(view.scale.step, view.scale.step)
    return view.pair.paper - int(soft[core.y0 : core.y1, core.x0 : core.x1].min()) >= PALEST


def _places(mask: Pixels, joined: int) -> Iterator[Box]:
    """Yield the boxes of what differs, those that are near each other as one."""
    left, top, width, height = cv2.boundingRect(mask)
    room = joined // 2
    part = cv2.copyMakeBorder(
        above(mask[top : top + height, left : left + width], 0), *(room,) * 4, cv2.BORDER_CONSTANT
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(part, np.ones((joined, joined), np.uint8)))
    corner = np.array([left - room, top - room] * 2)
    boxes = np.concatenate([stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]], axis=1) + corner
    tall, wide = mask.shape
    for x0, y0, x1, y1 in boxes.clip(0, [wide, tall, wide, tall]).tolist():
        yield Box(x0, y0, x1, y1)
