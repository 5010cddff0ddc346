"""A finished page as a viewer shows it."""

from typing import cast

import pypdfium2 as pdfium
from pypdfium2 import raw

from schemas.page import Pixels

WHITE = (255, 255, 255, 255)


def render(pdf: bytes, width: int, height: int, *, grey: bool) -> Pixels:
    """Return the first page of `pdf` in `width` by `height` pixels on white: RGB, or grey where that is asked for."""
    document = pdfium.PdfDocument(pdf)
    page = document[0]
    try:
        return _drawn(page, width, height, grey=grey)
    finally:
        page.close()
        document.close()


def _drawn(page: pdfium.PdfPage, width: int, height: int, *, grey: bool) -> Pixels:
    """Draw into whole pixels: pdfium fits the page into them, so that nothing is shifted."""
    bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray if grey else raw.FPDFBitmap_BGR)
    bitmap.fill_rect(WHITE, 0, 0, width, height)
    # With its bytes in the order of RGB pdfium draws nothing into a grey bitmap.
    raw.FPDF_RenderPageBitmap(bitmap.raw, page.raw, 0, 0, width, height, 0, 0 if grey else raw.FPDF_REVERSE_BYTE_ORDER)
    return cast("Pixels", bitmap.to_numpy())
