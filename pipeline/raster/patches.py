"""Places that are shown as they are on the page: small JPEG of full resolution, laid over all other parts."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from pipeline.raster.jpeg import FINE, jpeg
from pipeline.raster.masks import averaged, channels
from pipeline.raster.paper import cut
from schemas.document import Coding, Part
from schemas.geometry import Box
from schemas.page import Pixels

QUALITY = 80
MARGIN = 4
"""Pixels around a place that are shown with it."""
WORTH = 4096
"""Pixels of paper that cost what the head of a JPEG does: places are joined over as many."""
GRAIN = 8
COLOURED = 10
"""Chroma, in squares of `GRAIN` pixels, from which a place is shown in colour."""


def patch(image: Pixels, box: Box, quality: int, sampling: int, *, plain: bool = False) -> Part:
    """Return a place of the page as a JPEG, in grey if it is `plain`."""
    crop = np.ascontiguousarray(cut(image, box))
    shown = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8) if plain and crop.ndim == 3 else crop
    data, grey = jpeg(shown, quality, sampling), shown.ndim == 2
    return Part(coding=Coding.JPEG, data=data, width=box.width, height=box.height, box=box, grey=grey)


def patches(image: Pixels, places: Sequence[Box]) -> Iterator[Part]:
    """Yield parts that show the places as they are: those near each other as one, those without colour in grey."""
    height, width = image.shape[:2]
    for box in joined([_widened(place, width, height) for place in places]):
        yield patch(image, box, QUALITY, FINE, plain=not _has_colour(cut(image, box)))


def joined(boxes: Sequence[Box]) -> list[Box]:
    """Return boxes that cover the given ones; as few as take little more room."""
    done: list[Box] = []
    waiting = list(boxes)
    while waiting:
        box = waiting.pop()
        near = next((other for other in done if _wasted(box, other) <= WORTH), None)
        if near is None:
            done.append(box)
        else:
            done.remove(near)
            waiting.append(Box.around((box, near)))
    return done


def _wasted(box: Box, other: Box) -> int:
    return _area(Box.around((box, other))) - _area(box) - _area(other)


def _area(box: Box) -> int:
    return box.width * box.height


def _widened(box: Box, width: int, height: int) -> Box:
    x1, y1 = min(width, box.x1 + MARGIN), min(height, box.y1 + MARGIN)
    return Box(max(0, box.x0 - MARGIN), max(0, box.y0 - MARGIN), x1, y1)


def _has_colour(crop: Pixels) -> bool:
    if crop.ndim == 2:
        return False
    size = max(1, crop.shape[1] // GRAIN), max(1, crop.shape[0] // GRAIN)
    lightest, darkest = channels(averaged(crop, size))
    return int(cv2.subtract(lightest, darkest).max()) >= COLOURED
