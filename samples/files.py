"""Drawn pages become the files that scanners leave."""

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
from PIL import Image

from samples.scanner import Scanner
from schemas.units import px_to_pt


def write_tiff(pages: Sequence[Image.Image], scanner: Scanner, path: Path) -> None:
    """Write a TIFF file of many pages: CCITT G4 for one bit a pixel, else JPEG (colour as YCbCr)."""
    first, *rest = (page.convert("YCbCr") if page.mode == "RGB" else page for page in pages)
    dpi = (scanner.dpi, scanner.dpi)
    if scanner.mode == "1":
        first.save(path, save_all=True, append_images=rest, compression="group4", dpi=dpi)
    else:
        first.save(path, save_all=True, append_images=rest, compression="jpeg", quality=scanner.quality, dpi=dpi)


def write_pdf(pages: Sequence[Image.Image], scanner: Scanner, path: Path) -> None:
    """Write a PDF file that holds nothing but one JPEG picture a page, in the paper's size."""
    layout = img2pdf.get_layout_fun(pagesize=_paper_pt(pages[0], scanner))
    pictures = [jpeg_bytes(page, scanner) for page in pages]
    path.write_bytes(img2pdf.convert(pictures, layout_fun=layout, nodate=True, engine=img2pdf.Engine.internal))


def _paper_pt(page: Image.Image, scanner: Scanner) -> tuple[float, float]:
    return px_to_pt(page.width, scanner.dpi), px_to_pt(page.height, scanner.dpi)


def jpeg_bytes(page: Image.Image, scanner: Scanner) -> bytes:
    """Return `page` as a JPEG file with its resolution."""
    target = io.BytesIO()
    page.save(target, "JPEG", quality=scanner.quality, dpi=(scanner.dpi, scanner.dpi))
    return target.getvalue()


def write_jpeg(pages: Sequence[Image.Image], scanner: Scanner, path: Path) -> None:
    """Write a JPEG file of exactly one page.

    Raises:
        ValueError: there are more pages.
    """
    (page,) = pages
    path.write_bytes(jpeg_bytes(page, scanner))


WRITERS = {".tif": write_tiff, ".pdf": write_pdf, ".jpg": write_jpeg}
