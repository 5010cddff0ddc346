"""What the station sees on a page before anything is changed on it."""

import hashlib

import numpy as np

from pipeline.station.blank import is_blank
from pipeline.station.likeness import likeness
from pipeline.station.reduce import for_looking
from pipeline.station.separators import find_cover
from schemas.batch import PageFinding
from schemas.dossier import CoverSheet
from schemas.errors import BadCoverSheet, SohoaError
from schemas.page import Scan


def find(scan: Scan) -> PageFinding:
    """Return what is on a page. A cover sheet with a spoiled code counts as rejected, never as a page."""
    look = for_looking(scan)
    try:
        cover = find_cover(look)
    except BadCoverSheet as error:
        return rejected(scan.page_no, error)
    blank = cover is None and is_blank(scan if scan.bilevel else look)
    return PageFinding(
        page_no=scan.page_no,
        blank=blank,
        cover=cover,
        fingerprint=fingerprint(scan),
        likeness=_likeness(look, cover, blank=blank),
    )


def rejected(page_no: int, error: BadCoverSheet) -> PageFinding:
    """Return the finding of a cover sheet whose code is spoiled."""
    return PageFinding(page_no=page_no, rejected=error.message)


def unreadable(page_no: int, error: SohoaError) -> PageFinding:
    """Return the finding of a page that nobody could look at, and why."""
    return PageFinding(page_no=page_no, unreadable=error.message)


def fingerprint(scan: Scan) -> str:
    """Return the SHA-256 of a page's shape and pixels in hexadecimal."""
    told = hashlib.sha256("x".join(str(side) for side in scan.pixels.shape).encode())
    told.update(np.ascontiguousarray(scan.pixels).data)
    return told.hexdigest()


def _likeness(scan: Scan, cover: CoverSheet | None, *, blank: bool) -> str:
    return "" if blank or cover else likeness(scan)
