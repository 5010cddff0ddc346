"""Cover sheets: pages whose QR code says where the pages behind them belong."""

from typing import Final

import zxingcpp

from pipeline.station.reduce import grey_at
from schemas.dossier import CoverSheet
from schemas.errors import BadCoverSheet
from schemas.page import Scan

QR_CODES: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
SEARCH_DPI: Final = 150.0
"""Enough for the printed modules (0.8 mm, 5 pixels) and four times faster than the full picture."""


def find_cover(scan: Scan) -> CoverSheet | None:
    """Return what a cover sheet's QR code says; None on a page that bears none of ours.

    Codes of others are left alone. The page may lie in any direction and be skewed.

    Raises:
        BadCoverSheet: a code claims to be ours and is malformed, or two of them disagree.
    """
    codes = zxingcpp.read_barcodes(grey_at(scan, SEARCH_DPI), formats=QR_CODES, try_invert=False)
    covers = {cover for code in codes if (cover := CoverSheet.parse(code.text)) is not None}
    if len(covers) > 1:
        raise BadCoverSheet("Một trang có hai mã QR phân cách khác nhau")
    return covers.pop() if covers else None
