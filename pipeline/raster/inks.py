"""Ink that has not the tone of the page's print: seals, blue pens, coloured heads, pencil, faint toner.

Each stroke stands to the pixel in a mask; its colour is that of cells of a few pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.raster.ink import EDGE, Ink, least_contrast
from pipeline.raster.masks import (
    Size,
    above,
    averaged,
    below,
    both,
    channels,
    darkened,
    either,
    grown,
    luma,
    selected,
    stretched,
    tidied,
    without,
)
from pipeline.raster.paper import CELL, Sheet, cells, cut, paper_in, whitened
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
PALER, DARKER = 0.82, 1.25
THIN_PALER = 0.72
"""Ink of a contrast beyond these shares of that of print has its own tone. Thin strokes are paler by themselves."""
STROKE = 5
"""Pixels, each way, in which a stroke shows its tone."""
AROUND = 11, 11
MOST = 0.6
MUCH = 12
"""Ink of another tone is more than `MOST` of all ink in so many cells around, or covers `MUCH` of 255 of them.

There are thin letters in print that are not."""
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


def find_inks(sheet: Sheet, ink: Ink) -> Inks | None:
    """Return the ink that is not of print's tone, which is taken out of `ink`'s mask."""
    coloured, toned = coloured_cells(sheet), _toned(sheet.seen, ink)
    box = _box(either(coloured, averaged(toned, cells(toned))), sheet)
    if box is None:
        return None
    print_, mask = cut(ink.mask, box), cut(toned, box)
    if coloured.any():
        mask = either(mask, _coloured(sheet, coloured, box, print_))
    print_[mask > 0] = 0
    inks = Inks(box, mask, cell_colours(sheet, box, mask, print_))
    _give_back(inks, cut(sheet.grey, box), print_)
    return inks


def coloured_cells(sheet: Sheet) -> Pixels:
    """Return 255 where cells, and those around them, hold ink of a colour."""
    if sheet.image.ndim == 2:
        return np.zeros_like(sheet.small)
    pure, _ = _pure(whitened(sheet.small, sheet.paper))
    return grown(tidied(pure, FEWEST_CELLS), 5)


def _toned(seen: Pixels, ink: Ink) -> Pixels:
    """Return ink that is much paler or darker than the page's print, where most ink is so."""
    if not ink.contrast:
        return np.zeros_like(ink.mask)
    like_print = _like_print(seen, ink)
    other, all_ink = (
        cv2.blur(averaged(mask, cells(mask)), AROUND) for mask in (without(ink.mask, like_print), ink.mask)
    )
    most = below(np.minimum(cv2.convertScaleAbs(all_ink, alpha=MOST), MUCH), other)
    places = without(stretched(most, seen.shape[::-1], cv2.INTER_NEAREST), like_print)
    return tidied(both(places, ink.tones.darker(PALE_EDGE, seen)))


def _like_print(seen: Pixels, ink: Ink) -> Pixels:
    """Return where strokes have the tone of print, as far as their width lets them."""
    core = darkened(seen, STROKE)
    darker, paler, thin = (float(np.clip(255 - share * ink.contrast, 0, 255)) for share in (DARKER, PALER, THIN_PALER))
    slender = cv2.bitwise_not(grown(darkened(ink.mask, STROKE), STROKE + 2))
    near, nearly = (cv2.inRange(core, np.array(darker), np.array(limit)) for limit in (paler, thin))
    return either(near, both(nearly, slender))


def _coloured(sheet: Sheet, coloured: Pixels, box: Box, print_: Pixels) -> Pixels:
    """Return where coloured ink is within a box; its pale edges are taken out of `print_`."""
    paper = None if sheet.paper is None else paper_in(sheet, box)
    pure, darkest = _pure(whitened(cut(sheet.image, box), paper))
    pure = both(pure, cut(stretched(coloured, sheet.size, cv2.INTER_NEAREST), box))
    print_[pure > 0] = 0
    tones = find_tones(darkest, sheet.dpi).filled(least_contrast(sheet.noise))
    return tidied(both(pure, tones.darker(EDGE, darkest)))


def _pure(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """Return where colour outweighs blackness, and the darkest channel."""
    lightest, darkest = channels(pixels)
    chroma = cv2.subtract(lightest, darkest)
    share = cv2.convertScaleAbs(cv2.bitwise_not(darkest), alpha=LEAST_PURITY)
    return without(above(chroma, LEAST_CHROMA - 1), below(chroma, share)), darkest


def _give_back(inks: Inks, grey: Pixels, print_: Pixels) -> None:
    """Put into `print_` what crosses a seal: strokes nearer to print in brightness than to the colour around them."""
    tone = np.full_like(grey, round(cv2.mean(grey, print_)[0]))
    shown = stretched(luma(inks.colours), (grey.shape[1], grey.shape[0]))
    far = above(cv2.subtract(shown, grey), CROSSING)
    nearer = below(cv2.absdiff(grey, tone), cv2.absdiff(grey, shown))
    back = tidied(both(both(far, nearer), inks.mask))
    cv2.bitwise_or(print_, back, dst=print_)
    inks.mask[back > 0] = 0


def cell_colours(sheet: Sheet, box: Box, mask: Pixels, print_: Pixels) -> Pixels:
    """Return with which colours strokes look as they do on the page, their soft edges gathered into them.

    Cells without strokes take the colour of those around them, that the picture is smooth.
    """
    crop, paper, size = cut(sheet.image, box), paper_in(sheet, box), cells(mask)
    bare = without(mask, grown(print_, 5))
    strokes = without(grown(bare, 5), grown(print_, 5))
    lacking = _means(selected(cv2.subtract(paper, crop), strokes), size)
    share = _means(bare, size) / np.float32(255)
    colours: Pixels = np.clip(averaged(paper, size) - _shared(lacking, share), 0, 255).astype(np.uint8)
    darkest = stretched(darkened(crop, 3 * CELL + 1), size, cv2.INTER_NEAREST)
    colours[share > 0] = np.maximum(colours, darkest)[share > 0]
    return colours


def _means(pixels: Pixels, size: Size) -> Planes:
    return averaged(pixels, size).astype(np.float32)


def _shared(lacking: Planes, share: Planes) -> Planes:
    """Return what strokes lack of white, so that cells lack in all what they do: from near, or from farther away."""
    found = np.zeros_like(lacking)
    known = np.zeros(share.shape, bool)
    for side in (SEEN_TOGETHER, 9, 33, 129, 513):
        weight = cv2.blur(share, (side, side))
        fresh = ~known & (weight > 0.02)
        found[fresh] = (cv2.blur(lacking, (side, side))[fresh].T / weight[fresh]).T
        known |= fresh
    return found


def _box(marked: Pixels, sheet: Sheet) -> Box | None:
    """Return a box of whole cells around those that are marked, or None where there are none."""
    left, top, width, height = (CELL * value for value in cv2.boundingRect(marked))
    if not width:
        return None
    right, bottom = (side // CELL * CELL or side for side in sheet.size)
    x1, y1 = -(-(left + width + CELL) // FRAME) * FRAME, -(-(top + height + CELL) // FRAME) * FRAME
    return Box(left // FRAME * FRAME, top // FRAME * FRAME, min(x1, right), min(y1, bottom))
