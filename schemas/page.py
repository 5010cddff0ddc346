"""One side of a sheet of paper, as scanned and as cleaned."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from schemas.geometry import IN_PLACE, Placing
from schemas.units import Resolution, Turn

Pixels = NDArray[np.uint8]
"""Height x width (grey, 0 = black) or height x width x 3 (RGB); 8 bits a sample."""


@dataclass(frozen=True)
class Stream:
    """A JPEG as it lies in the scanner's file.

    Attributes:
        data: the JPEG, whole.
        turn: clockwise; turned so, its pixels are those of the scan.
    """

    data: bytes
    turn: Turn = 0


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A page as the scanner gave it, EXIF rotation already applied.

    Attributes:
        pixels: grey or RGB; a bilevel scan is grey with the values 0 and 255 only.
        resolution: dots per inch of `pixels`.
        resolution_stated: False where the file had none and a default stands in.
        bilevel: True where the scanner delivered one bit a pixel.
        page_no: 1-based position within its file.
        stream: what the pixels were decoded from, where the delivered file could hold it as it is.
    """

    pixels: Pixels
    resolution: Resolution
    resolution_stated: bool = True
    bilevel: bool = False
    page_no: int = 1
    stream: Stream | None = None


class PageKind(StrEnum):
    """What a page turned out to be before anything was changed on it."""

    CONTENT = "content"
    BLANK = "blank"
    SEPARATOR = "separator"


NO_RULE, RULE, LEADER = 0, 1, 2
"""What a pixel of `Page.rules` belongs to: nothing, a ruling line, a dotted or dashed line to write on."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A cleaned page (trang): a picture for people and the same as food for the recognizer.

    Attributes:
        image: upright, straight, faithful in colour and ink; grey or RGB.
        resolution: dots per inch of `image`.
        bilevel: True where `image` holds 0 and 255 only.
        food: grey picture for recognition (no rules, no seals), same framing as `image`.
        food_scale: pixels of `food` per pixel of `image`, 0 < scale <= 1.
        rules: what was erased for `food`, in its size: `NO_RULE`, `RULE` or `LEADER`.
        turned: clockwise turn that was applied to the scan.
        skew: degrees by which the scan was straightened, counter-clockwise positive, -15..15; the mean over the page.
        bend: by how many degrees that differed within the page; 0 where one turn straightened all of it.
        blank: True where nothing but paper was found; `food` is then all white.
        placing: from pixels of the scan to those of `image`; where the page was bent, all but the bend.
    """

    image: Pixels
    resolution: Resolution
    bilevel: bool
    food: Pixels
    food_scale: float
    rules: Pixels
    turned: Turn
    skew: float
    bend: float = 0.0
    blank: bool
    placing: Placing = IN_PLACE
