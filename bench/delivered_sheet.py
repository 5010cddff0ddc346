"""A picture of crops at 200 %, side by side: the scan and what each system made of it, for a person to judge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.delivered_views import Pixels, Window, drawn, scan_of
from bench.ink import register

CROP = (300, 130)
"""Width and height of a crop, pixels of a scan at 300 dpi."""
ZOOM = 2
MARGIN, CAPTION = 8, 26
FEWEST = 150
"""Pixels that make a crop worth showing."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sheet:
    """A kind of pages: its scans, and file and page number (1-based) of each of them by system."""

    kind: str
    pictures: Sequence[Path]
    views: Mapping[str, Sequence[tuple[Path, int]]]


def draw_sheet(sheets: Sequence[Sheet], target: Path) -> None:
    """Write the picture: a row a place, a column a system."""
    rows = [row for sheet in sheets for row in _rows(sheet)]
    width = max(row.width for row in rows)
    whole = Image.new("RGB", (width, sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height
    whole.save(target)


def _rows(sheet: Sheet) -> Iterator[Image.Image]:
    """Yield a row for each sort of place, from the page that has most of it."""
    scans = [scan_of(picture) for picture in sheet.pictures]
    for name, measure in PLACES.items():
        found = [best(measure(scan)) for scan in scans]
        index = int(np.argmax([amount for amount, _ in found]))
        amount, window = found[index]
        if amount >= FEWEST:
            crops = {"scan": zoomed(scans[index], window)}
            crops |= {system: _crop(scans[index], window, *places[index]) for system, places in sheet.views.items()}
            yield _captioned(f"{sheet.kind}, {name}: {sheet.pictures[index].stem}", crops)


def best(mask: Mask) -> tuple[int, Window]:
    """Return the crop with most of what a mask shows, and how many pixels that are."""
    counts = cv2.boxFilter(mask.astype(np.float32), -1, CROP, normalize=False, borderType=cv2.BORDER_CONSTANT)
    height, width = mask.shape
    left, top = CROP[0] // 2, CROP[1] // 2
    inner = counts[top : max(top + 1, height - top), left : max(left + 1, width - left)]
    _, most, _, (x, y) = cv2.minMaxLoc(inner)
    return int(most), Window(x, y, min(CROP[0], width), min(CROP[1], height))


def red(scan: Pixels) -> Mask:
    """Return where a seal is."""
    if scan.ndim == 2:
        return np.zeros(scan.shape, np.bool_)
    rgb = scan.astype(np.int16)
    return (rgb[..., 0] - np.maximum(rgb[..., 1], rgb[..., 2])) > 50


def blue(scan: Pixels) -> Mask:
    """Return where a pen was."""
    if scan.ndim == 2:
        return np.zeros(scan.shape, np.bool_)
    rgb = scan.astype(np.int16)
    return (rgb[..., 2] - rgb[..., 0]) > 40


def small_print(scan: Pixels) -> Mask:
    """Return the edges of what is dark."""
    grey = _grey(scan)
    return np.asarray((cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 90) & (grey < 110))


def faint(scan: Pixels) -> Mask:
    """Return pale strokes that no dark ones are near to."""
    grey = cv2.GaussianBlur(_grey(scan), (3, 3), 0)
    contrast = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((15, 15), np.uint8))
    dark = cv2.dilate((contrast > 70).astype(np.uint8), np.ones((25, 25), np.uint8))
    pale = ((contrast > 18) & (dark == 0)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(pale, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0)


PLACES: Mapping[str, Callable[[Pixels], Mask]] = {"text": small_print, "seal": red, "pen": blue, "faint": faint}
"""Sorts of places that are shown, and what tells them."""


def zoomed(scan: Pixels, window: Window) -> Pixels:
    """Return a crop of a scan, each pixel as a square."""
    part = scan[window.y : window.y + window.height, window.x : window.x + window.width]
    return np.asarray(part.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))


def _crop(scan: Pixels, window: Window, file: Path, page_no: int) -> Pixels:
    """Return the same place of a delivered page, wherever straightening has moved it."""
    size = (scan.shape[1], scan.shape[0])
    matrix = register(_grey(scan), _grey(drawn(file, page_no, size)))
    middle = np.array([window.x + window.width / 2, window.y + window.height / 2, 1])
    x, y = (matrix @ middle - np.array([window.width, window.height]) / 2) * ZOOM
    place = Window(max(0, round(x)), max(0, round(y)), window.width * ZOOM, window.height * ZOOM)
    return drawn(file, page_no, (size[0] * ZOOM, size[1] * ZOOM), place)


def _captioned(title: str, crops: Mapping[str, Pixels]) -> Image.Image:
    wide, tall = CROP[0] * ZOOM + MARGIN, CROP[1] * ZOOM + MARGIN + 2 * CAPTION
    row = Image.new("RGB", (wide * len(crops), tall), "white")
    pen, font = ImageDraw.Draw(row), ImageFont.load_default(18)
    pen.text((2, 2), title, "black", font)
    for number, (name, pixels) in enumerate(crops.items()):
        pen.text((number * wide + 2, CAPTION), name, "black", font)
        row.paste(Image.fromarray(pixels).convert("RGB"), (number * wide, 2 * CAPTION))
    return row


def _grey(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
