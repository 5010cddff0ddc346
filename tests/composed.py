"""What the parts of a page look like, one painted over the other: a viewer for tests, made of Pillow and NumPy."""

import io
import struct
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from schemas.document import Coding, Part
from schemas.page import Pixels

LONG = 4


def compose(parts: Sequence[Part], width: int, height: int) -> Pixels:
    """Return the page in RGB."""
    page = np.full((height, width, 3), 255, np.uint8)
    for part in parts:
        there = page[part.box.y0 : part.box.y1, part.box.x0 : part.box.x1]
        if part.coding is Coding.CCITT_G4:
            there[stencil(part)] = np.array(part.colour)
        else:
            shown = picture(part)
            mask = stencil(part.mask) if part.mask else np.ones(shown.shape[:2], bool)
            there[mask] = shown[mask]
    return page


def picture(part: Part) -> Pixels:
    """Return a JPEG in the size of its box."""
    with Image.open(io.BytesIO(part.data)) as image:
        assert image.size == (part.width, part.height)
        assert image.mode == ("L" if part.grey else "RGB")
        pixels = np.asarray(image.convert("RGB"), np.uint8)
    return np.asarray(cv2.resize(pixels, (part.box.width, part.box.height)), np.uint8)


def stencil(part: Part) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return where it paints: fax black, as a TIFF file around its bare codes says."""
    assert (part.width, part.height) == (part.box.width, part.box.height)
    tags = {256: part.width, 257: part.height, 258: 1, 259: 4, 262: 0, 273: 8, 277: 1, 278: part.height}
    tags[279] = len(part.data)
    entries = b"".join(struct.pack("<HHII", tag, LONG, 1, value) for tag, value in sorted(tags.items()))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    data = part.data + bytes(len(part.data) % 2)
    with Image.open(io.BytesIO(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory)) as image:
        return np.asarray(image.convert("L")) < 128
