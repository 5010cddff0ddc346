"""Ink that has not the tone of the page's print: seals, blue pens, coloured heads, pencil, faint toner.

Each stroke stands to the pixel in a mask; its colour is that of cells of a few pixels.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
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
PALER, DARKER = 0.68, 1.25
"""Ink of a contrast beyond these shares of that of print has a tone of its own. Thin strokes are paler by themselves."""
STROKE = 5
"""Pixels, each way, in which a stroke shows its tone."""
AROUND = 11, 11
MOST = 0.6
MUCH = 12
"""Ink of another tone is more than `MOST` of all ink in so many cells around, or covers `MUCH` of 255 of them: there are
thin letters in print that are not.
"""
PALE_EDGE = 0.36
"""Share of the contrast at which a stroke of such ink ends: it is less even than print."""
CROSSING = 40
"""By how much darker a stroke is than the colour that it would be shown in, if it is given back to print."""
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


def find_inks(sheet: Sheet, seen: Pixels, ink: Ink) -> Inks | None:
    """Return the ink that is not of print's tone, which is taken out of `ink`'s mask.

    Args:
        sheet: the page.
        seen: its brightness on white paper.
        ink: all ink as dark as print, or nearly so.
    """
    coloured, toned = coloured_cells(sheet), _toned(seen, ink)
    box = _box(cv2.bitwise_or(coloured, cv2.resize(toned, coloured.shape[::-1], interpolation=cv2.INTER_AREA)), sheet)
    if box is None:
        return None
    print_, mask = cut(ink.mask, box), cut(toned, box)
    if coloured.any():
        mask = cv2.bitwise_or(mask, _coloured(sheet, coloured, box, print_))
    print_[mask > 0] = 0
    inks = Inks(box, cast("Pixels", mask), cell_colours(sheet, box, cast("Pixels", mask), print_))
    _give_back(inks, cut(sheet.grey, box), print_)
    return inks


def coloured_cells(sheet: Sheet) -> Pixels:
    """Return 255 where cells, and those around them, hold ink of a colour."""
    if sheet.image.ndim == 2:
        return np.zeros(sheet.small.shape, np.uint8)
    pure, _ = _pure(whitened(sheet.small, sheet.paper))
    return cast("Pixels", cv2.dilate(_crowded(pure, FEWEST_CELLS), np.ones((5, 5), np.uint8)))


def _toned(seen: Pixels, ink: Ink) -> Pixels:
    """Return ink that is much paler or darker than the page's print, where most ink is so."""
    if not ink.contrast:
        return np.zeros_like(ink.mask)
    core = cv2.erode(seen, np.ones((STROKE, STROKE), np.uint8))
    lower, upper = (float(np.clip(255 - share * ink.contrast, 0, 255)) for share in (DARKER, PALER))
    beside = cv2.bitwise_not(cv2.inRange(core, lower, upper))
    other = cv2.bitwise_and(ink.mask, beside)
    size = (max(1, seen.shape[1] // CELL), max(1, seen.shape[0] // CELL))
    around = [cv2.blur(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), AROUND) for mask in (other, ink.mask)]
    most = cv2.compare(around[0], cv2.min(cv2.convertScaleAbs(around[1], alpha=MOST), MUCH), cv2.CMP_GT)
    places = cv2.bitwise_and(beside, cv2.resize(most, seen.shape[::-1], interpolation=cv2.INTER_NEAREST))
    return tidied(cast("Pixels", cv2.bitwise_and(places, ink.tones.below(PALE_EDGE, seen))))


def _give_back(inks: Inks, grey: Pixels, print_: Pixels) -> None:
    """Put into `print_` what crosses a seal: strokes nearer to print in brightness than to the colour around them."""
    tone = cv2.mean(grey, print_)[0]
    size = (grey.shape[1], grey.shape[0])
    colours = inks.colours if inks.colours.ndim == 2 else cv2.cvtColor(inks.colours, cv2.COLOR_RGB2GRAY)
    shown = cv2.resize(colours, size, interpolation=cv2.INTER_LINEAR)
    far = cv2.compare(cv2.subtract(shown, grey), CROSSING, cv2.CMP_GT)
    nearer = cv2.compare(cv2.absdiff(grey, tone), cv2.absdiff(grey, shown), cv2.CMP_LT)
    back = tidied(cast("Pixels", cv2.bitwise_and(cv2.bitwise_and(far, nearer), inks.mask)))
    cv2.bitwise_or(print_, back, dst=print_)
    inks.mask[back > 0] = 0


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
    colours = np.clip(white - drawn, 0, 255).astype(np.uint8)
    darkest = cv2.resize(cv2.erode(crop, np.ones((3 * CELL + 1,) * 2, np.uint8)), size, interpolation=cv2.INTER_NEAREST)
    inked = (share > 0).reshape(*share.shape, *(1,) * (crop.ndim - 2))
    return np.where(inked, np.maximum(colours, darkest), colours)


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


def _box(cells: MatLike, sheet: Sheet) -> Box | None:
    """Return a box of whole cells around those that are set, or None where there are none."""
    left, top, width, height = (CELL * value for value in cv2.boundingRect(cells))
    if not width:
        return None
    right, bottom = (side // CELL * CELL for side in sheet.size)
    x1, y1 = -(-(left + width + CELL) // FRAME) * FRAME, -(-(top + height + CELL) // FRAME) * FRAME
    return Box(left // FRAME * FRAME, top // FRAME * FRAME, min(x1, right), min(y1, bottom))
