"""Ink that has not the tone of the page's print: seals, blue pens, coloured heads, pencil, faint toner.

Each stroke stands to the pixel in a mask; its colour is that of cells of a few pixels.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.ink import EDGE, Ink, least_contrast, tidied
from pipeline.raster.paper import CELL, Sheet, cut, spread, whitened
from pipeline.raster.tones import find_tones
from schemas.geometry import Box
from schemas.page import Pixels

LEAST_CHROMA = 24
LEAST_PURITY = 0.25
"""Chroma as a share of darkness. Black print has less than 0.12."""
FEWEST_CELLS = 3
"""Coloured cells of the nine around one: fewer are fringes of black letters."""
FRAME = 16
"""Pixels to which the box of all such ink is widened: blocks of a JPEG."""
OTHER_TONE = 0.25
"""Ink whose contrast differs from that of print by a larger share of it has a tone of its own."""
FEWEST_TILES = 3
"""Tiles of such ink of the nine around one: a single one is a full stop."""
SEEN_TOGETHER = 3
"""Cells, each way, over which colours are averaged."""

Planes = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Inks:
    """Ink of other tones on a page.

    Attributes:
        box: around all of it.
        mask: 255 where it is, in the size of the box.
        colours: grey or RGB, a cell a pixel, painted on beyond the strokes.
    """

    box: Box
    mask: Pixels
    colours: Pixels


def find_inks(sheet: Sheet, ink: Ink) -> Inks | None:
    """Return the ink that is not of print's tone, which is taken out of `ink`'s mask."""
    coloured, toned = coloured_cells(sheet), toned_tiles(ink)
    box = _box(coloured, toned, ink.tones.side, sheet.size)
    if box is None:
        return None
    print_ = cut(ink.mask, box)
    mask = cv2.bitwise_and(print_, cut(ink.tones.spread(toned, cv2.INTER_NEAREST), box))
    if coloured.any():
        mask = cv2.bitwise_or(mask, _coloured(sheet, coloured, box, print_))
    print_[mask > 0] = 0
    return Inks(box, cast("Pixels", mask), cell_colours(sheet, box, cast("Pixels", mask), print_))


def coloured_cells(sheet: Sheet) -> Pixels:
    """Return 255 where cells, and those around them, hold ink of a colour."""
    if sheet.image.ndim == 2:
        return np.zeros(sheet.small.shape, np.uint8)
    pure, _ = _pure(whitened(sheet.small, sheet.paper))
    return cast("Pixels", cv2.dilate(_crowded(pure, FEWEST_CELLS), np.ones((5, 5), np.uint8)))


def toned_tiles(ink: Ink) -> Pixels:
    """Return 255 where tiles hold ink that is much paler or darker than the print of the page."""
    tones = ink.tones.values
    other = (tones > 0) & (np.abs(tones - ink.contrast) > OTHER_TONE * ink.contrast)
    return _crowded(np.where(other, np.uint8(255), np.uint8(0)), FEWEST_TILES)


def _crowded(cells: Pixels, fewest: int) -> Pixels:
    near = cv2.boxFilter(cv2.bitwise_and(cells, 1), -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return cast("Pixels", cv2.bitwise_and(cells, cv2.compare(near, fewest, cv2.CMP_GE)))


def _coloured(sheet: Sheet, cells: Pixels, box: Box, print_: Pixels) -> Pixels:
    """Return where coloured ink is within a box; its pale edges are taken out of `print_`."""
    places = cut(cv2.resize(cells, sheet.size, interpolation=cv2.INTER_NEAREST), box)
    paper = None if sheet.paper is None else cut(spread(sheet.paper, sheet.size), box)
    pure, darkest = _pure(whitened(cut(sheet.image, box), paper))
    pure = cast("Pixels", cv2.bitwise_and(pure, places))
    print_[pure > 0] = 0
    tones = find_tones(darkest, sheet.dpi).filled(least_contrast(sheet.noise))
    return tidied(cast("Pixels", cv2.bitwise_and(pure, tones.below(EDGE, darkest))))


def _pure(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """Return where colour outweighs blackness, and the darkest channel."""
    red, green, blue = cv2.split(pixels)
    lightest, darkest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    chroma = cv2.subtract(lightest, darkest)
    share = cv2.convertScaleAbs(cv2.bitwise_not(darkest), alpha=LEAST_PURITY)
    pure = cv2.bitwise_and(cv2.compare(chroma, share, cv2.CMP_GE), cv2.compare(chroma, LEAST_CHROMA, cv2.CMP_GE))
    return cast("Pixels", pure), cast("Pixels", darkest)


def cell_colours(sheet: Sheet, box: Box, mask: Pixels, print_: Pixels) -> Pixels:
    """Return with which colours strokes look as they do on the page, their soft edges gathered into them.

    Cells without strokes take the colour of those around them, that the picture is smooth.
    """
    size = (mask.shape[1] // CELL, mask.shape[0] // CELL)
    beside = cv2.bitwise_not(cv2.dilate(print_, np.ones((5, 5), np.uint8)))
    crop = cut(sheet.image, box)
    paper = np.full_like(crop, 255) if sheet.paper is None else cut(spread(sheet.paper, sheet.size), box)
    lacking = cv2.copyTo(
        cv2.subtract(paper, crop), cv2.dilate(cv2.bitwise_and(mask, beside), np.ones((5, 5), np.uint8))
    )
    lacking = _means(cast("Pixels", cv2.copyTo(lacking, beside)), size)
    share = _means(cast("Pixels", cv2.bitwise_and(mask, beside)), size) / 255
    drawn = _shared(lacking, share)
    white = cv2.resize(paper, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip(white - drawn, 0, 255).astype(np.uint8)


def _means(pixels: Pixels, size: tuple[int, int]) -> Planes:
    return cast("Planes", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32))


def _shared(lacking: Planes, share: Planes) -> Planes:
    """Return what strokes lack of white, so that cells lack in all what they do: from near, or from farther away."""
    found = np.zeros_like(lacking)
    known = np.zeros(share.shape, bool)
    for side in (SEEN_TOGETHER, 9, 33, 129, 513):
        weight = cv2.blur(share, (side, side))
        sums = cv2.blur(lacking, (side, side))
        near = sums / np.maximum(weight, 1e-6).reshape(*weight.shape, *(1,) * (lacking.ndim - 2))
        fresh = ~known & (weight > 0.02)
        found[fresh] = near[fresh]
        known |= fresh
    return found


def _box(cells: Pixels, tiles: Pixels, side: int, size: tuple[int, int]) -> Box | None:
    """Return a box of whole cells around both, or None where there are none."""
    found = [(cv2.boundingRect(mask), step) for mask, step in ((cells, CELL), (tiles, side)) if mask.any()]
    if not found:
        return None
    box = Box.around(Box(x, y, x + w, y + h).scaled(step, step) for (x, y, w, h), step in found)
    right, bottom = (side // CELL * CELL for side in size)
    x0, y0 = box.x0 // FRAME * FRAME, box.y0 // FRAME * FRAME
    return Box(x0, y0, min(-(-box.x1 // FRAME) * FRAME, right), min(-(-box.y1 // FRAME) * FRAME, bottom))
