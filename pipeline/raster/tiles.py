"""Two pictures of one page, tile by tile, as the guard compares them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np

from schemas.geometry import Box
from schemas.page import Pixels

SIDE = 512
"""Pixels; a tile and what is made of it stay in a processor's cache."""
MARGIN = 8
"""Pixels around a tile that are looked at with it, so that its edge is like its middle."""
ALIKE = 6
"""Samples that differ by no more differ in no way that anybody sees."""
SPARSE = 8
"""The paper is judged by every so many pixels, across and down."""
PAPER_SHARE, INK_SHARE = 0.9, 0.02
"""Of a tile is darker than its paper, ink and grain together; and as dark as its ink."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A tile of the cleaned picture, and the same tile of the finished page.

    Attributes:
        image, rendered: its pixels with `MARGIN` of its neighbours, both grey or both RGB.
        place: the tile with its margin, in pixels of the page.
    """

    image: Pixels
    rendered: Pixels
    place: Box

    @cached_property
    def was(self) -> Pixels:
        """The cleaned picture in grey."""
        return _grey(self.image)

    @cached_property
    def now(self) -> Pixels:
        """The finished page in grey."""
        return _grey(self.rendered)

    @cached_property
    def soft(self) -> tuple[Pixels, Pixels]:
        """Both, each pixel the mean of itself and its neighbours."""
        return cast("Pixels", cv2.blur(self.was, (3, 3))), cast("Pixels", cv2.blur(self.now, (3, 3)))

    @cached_property
    def paper(self) -> int:
        """Brightness of the paper."""
        return quantile(self.was[::SPARSE, ::SPARSE], PAPER_SHARE)

    @cached_property
    def contrast(self) -> int:
        """How much darker than the paper most of the ink is."""
        return self.paper - quantile(self.was[::SPARSE, ::SPARSE], INK_SHARE)

    def on_page(self, box: Box) -> Box:
        """Return a box of the tile in pixels of the page."""
        x, y = self.place.x0, self.place.y0
        return Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)


def cut(image: Pixels, rendered: Pixels) -> Iterator[Pair]:
    """Yield the tiles of a page that differ at all."""
    height, width = image.shape[:2]
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            y0, y1 = max(0, top - MARGIN), min(height, top + SIDE + MARGIN)
            x0, x1 = max(0, left - MARGIN), min(width, left + SIDE + MARGIN)
            one, other = image[y0:y1, x0:x1], rendered[y0:y1, x0:x1]
            pair = Pair(_coloured_like(one, other), _coloured_like(other, one), Box(x0, y0, x1, y1))
            if cv2.norm(pair.image, pair.rendered, cv2.NORM_INF) > ALIKE:
                yield pair


def quantile(samples: Pixels, share: float) -> int:
    """Return the sample that `share` of them do not exceed."""
    counts = np.bincount(samples.reshape(-1), minlength=256)
    return int(np.searchsorted(np.cumsum(counts), share * samples.size))


def _coloured_like(tile: Pixels, other: Pixels) -> Pixels:
    """Return the tile in colour where the other is in colour."""
    return cast("Pixels", cv2.cvtColor(tile, cv2.COLOR_GRAY2RGB)) if tile.ndim < other.ndim else tile


def _grey(tile: Pixels) -> Pixels:
    return tile if tile.ndim == 2 else cast("Pixels", cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY))
