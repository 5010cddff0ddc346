"""Pictures of places on pages, for a person who decides: the lines around each, its box drawn in red."""

from collections.abc import Sequence

import cv2
import numpy as np

from schemas.errors import DigestMismatch
from schemas.geometry import Box
from schemas.page import Pixels

AROUND = 3
"""Heights of a place that are shown above and below it."""
MOST_AROUND = 160
RED = (40, 40, 220)
PEN = 4


def picture_of_places(places: Sequence[tuple[bytes, Box]]) -> bytes:
    """Return one JPEG file with a strip of the page for each place.

    Args:
        places: coded pictures of pages, and boxes in their pixels.
    """
    strips = [_strip(picture, box) for picture, box in places]
    width = max(strip.shape[1] for strip in strips)
    padded = [
        cv2.copyMakeBorder(strip, 0, 12, 0, width - strip.shape[1], cv2.BORDER_CONSTANT, value=(160, 160, 160))
        for strip in strips
    ]
    coded = cv2.imencode(".jpg", np.vstack(padded), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return bytes(coded)


def _strip(picture: bytes, box: Box) -> Pixels:
    page = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if page is None:
        raise DigestMismatch("Ảnh trang trong kho không giải mã được")
    around = min(MOST_AROUND, AROUND * box.height) + PEN
    cv2.rectangle(page, (box.x0 - PEN, box.y0 - PEN), (box.x1 + PEN, box.y1 + PEN), RED, PEN)
    return np.asarray(page[max(0, box.y0 - around) : box.y1 + around], np.uint8)
