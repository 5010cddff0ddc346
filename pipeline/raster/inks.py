"""Inks of a colour: seals, blue pens, coloured heads; each stroke to the pixel, its colour in cells."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from pipeline.raster.ink import EDGE, LEAST_CONTRAST, SURE_OF_NOISE, Ink, filled, limits, tidied, tile_contrast
from pipeline.raster.paper import CELL, Sheet, spread
from schemas.geometry import Box
from schemas.page import Pixels

LEAST_CHROMA = 24
LEAST_PURITY = 0.25
"""Chroma as a share of darkness. Black print has less than 0.12."""
FEWEST_CELLS = 3
"""Coloured cells of the nine around one: fewer are fringes of black letters."""
FRAME = 16
"""Pixels to which the box of all coloured ink is widened: blocks of a JPEG."""


@dataclass(frozen=True, eq=False)
class Inks:
    """Coloured ink on a page.

    Attributes:
        box: around all of it.
        mask: 255 where it is, in the size of the box.
        colours: RGB, a cell a pixel, painted on beyond the strokes.
    """

    box: Box
    mask: Pixels
    colours: Pixels


def find_inks(sheet: Sheet, ink: Ink) -> Inks | None:
    """Return the coloured ink of the page, which is taken out of `ink`'s mask."""
    if sheet.image.ndim == 2:
        return None
    cells = coloured_cells(_white(sheet.small, sheet.paper))
    if not cells.any():
        return None
    box = _box(cells, sheet.size)
    crop = np.ascontiguousarray(sheet.image[box.y0 : box.y1, box.x0 : box.x1])
    paper = None if sheet.paper is None else _cut(spread(sheet.paper, sheet.size), box)
    places = cv2.resize(cells, sheet.size, interpolation=cv2.INTER_NEAREST)[box.y0 : box.y1, box.x0 : box.x1]
    pure, darkest = _pure(_white(crop, paper))
    pure = cast("Pixels", cv2.bitwise_and(pure, places))
    least = max(LEAST_CONTRAST, SURE_OF_NOISE * sheet.noise)
    tone = filled(tile_contrast(darkest, sheet.dpi), least)
    mask = tidied(cast("Pixels", cv2.bitwise_and(pure, cv2.compare(darkest, limits(darkest, tone, EDGE), cv2.CMP_LT))))
    black = ink.mask[box.y0 : box.y1, box.x0 : box.x1]
    black[pure > 0] = 0
    return Inks(box, mask, cell_colours(crop, mask))


def coloured_cells(small: Pixels) -> Pixels:
    """Return 255 where cells, and those around them, hold ink of a colour."""
    pure, _ = _pure(small)
    near = cv2.boxFilter(cv2.bitwise_and(pure, 1), -1, (3, 3), normalize=False)
    sure = cv2.bitwise_and(pure, cv2.compare(near, FEWEST_CELLS, cv2.CMP_GE))
    return cast("Pixels", cv2.dilate(sure, np.ones((5, 5), np.uint8)))


def _pure(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """Return where colour outweighs blackness, and the darkest channel."""
    red, green, blue = cv2.split(pixels)
    lightest, darkest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    chroma = cv2.subtract(lightest, darkest)
    share = cv2.convertScaleAbs(cv2.bitwise_not(darkest), alpha=LEAST_PURITY)
    pure = cv2.bitwise_and(cv2.compare(chroma, share, cv2.CMP_GE), cv2.compare(chroma, LEAST_CHROMA, cv2.CMP_GE))
    return cast("Pixels", pure), cast("Pixels", darkest)


def cell_colours(crop: Pixels, mask: Pixels) -> Pixels:
    """Return the mean colour of the masked pixels of each cell, and beyond them that of the nearest ones."""
    size = (mask.shape[1] // CELL, mask.shape[0] // CELL)
    held = cv2.resize(cv2.copyTo(crop, mask), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    painted = held / np.maximum(share, 1e-3)[..., None]
    known = share > 0
    for side in (5, 17, 65, 257):
        weight = cv2.blur(share, (side, side))
        around = cv2.blur(held, (side, side)) / np.maximum(weight, 1e-6)[..., None]
        painted = np.where(known[..., None], painted, around)
        known |= weight > 1e-4
    return np.clip(painted, 0, 255).astype(np.uint8)


def _white(pixels: Pixels, paper: Pixels | None) -> Pixels:
    if paper is None:
        return pixels
    return cast("Pixels", cv2.divide(pixels, spread(paper, (pixels.shape[1], pixels.shape[0])), scale=255))


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.y0 : box.y1, box.x0 : box.x1]


def _box(cells: Pixels, size: tuple[int, int]) -> Box:
    left, top, width, height = (CELL * value for value in cv2.boundingRect(cells))
    return Box(
        left // FRAME * FRAME,
        top // FRAME * FRAME,
        min(-(-(left + width) // FRAME) * FRAME, size[0] // CELL * CELL),
        min(-(-(top + height) // FRAME) * FRAME, size[1] // CELL * CELL),
    )
