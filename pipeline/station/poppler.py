"""The poppler programs: pages that are not one scanned image, and the text of signed files."""

import math
import subprocess
from typing import Final

import pdf2image
from pdf2image.exceptions import (
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
    PopplerNotInstalledError,
)

from pipeline.station.pictures import decoding, pixels_of, without_colour
from schemas.errors import LimitExceeded, MissingProgram, UnreadableFile
from schemas.page import Pixels
from schemas.settings import StationSettings
from schemas.text import nfc

TIMEOUT_S: Final = 90
TEXT_TIMEOUT_S: Final = 300
LOWEST_DPI: Final = 50.0


def fitting_dpi(width_in: float, height_in: float, settings: StationSettings) -> float:
    """Return the default dpi, lowered so that a page of that many inches stays within the pixel limit.

    Raises:
        LimitExceeded: the page is too large for any useful resolution.
        UnreadableFile: the page has no size.
    """
    if not (width_in > 0 and height_in > 0 and math.isfinite(width_in * height_in)):
        raise UnreadableFile("Trang PDF không có kích thước")
    dpi = min(settings.default_dpi, math.sqrt(settings.max_page_pixels / (width_in * height_in)))
    if dpi < LOWEST_DPI:
        raise LimitExceeded(f"Trang PDF khổ {width_in:.0f} × {height_in:.0f} inch là quá lớn")
    return dpi


def rasterise(
    data: bytes, page_no: int, size: tuple[int, int], settings: StationSettings, *, bare: bool = False
) -> Pixels:
    """Return a PDF page drawn at `size` (width, height in pixels), grey where it has no colour.

    Args:
        data: the file.
        page_no: 1-based.
        size: width and height in pixels.
        settings: what may be decoded.
        bare: without its annotations.

    Raises:
        UnreadableFile: poppler cannot draw it.
        LimitExceeded: it takes longer than TIMEOUT_S.
        MissingProgram: poppler is not installed.
    """
    try:
        with decoding(settings):
            drawn = pdf2image.convert_from_bytes(
                data,
                first_page=page_no,
                last_page=page_no,
                size=size,
                use_cropbox=True,
                hide_annotations=bare,
                timeout=TIMEOUT_S,
            )
            if not drawn:
                raise UnreadableFile("Không dựng được hình của trang PDF")
            return without_colour(pixels_of(drawn[0]))
    except PDFPopplerTimeoutError as error:
        raise LimitExceeded(f"Trang PDF cần hơn {TIMEOUT_S} giây để dựng hình") from error
    except PopplerNotInstalledError as error:
        raise MissingProgram("Thiếu gói poppler-utils") from error
    except (PDFPageCountError, PDFSyntaxError) as error:
        raise UnreadableFile("Không dựng được hình của trang PDF") from error


def read_text_layer(data: bytes) -> tuple[str, ...]:
    """Return the text that a PDF carries, one NFC string a page, "" for a page without text.

    Raises:
        UnreadableFile: pdftotext cannot read the file.
        LimitExceeded: it takes longer than TEXT_TIMEOUT_S.
        MissingProgram: poppler is not installed.
    """
    command = ["pdftotext", "-q", "-enc", "UTF-8", "-", "-"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=TEXT_TIMEOUT_S)
    except FileNotFoundError as error:
        raise MissingProgram("Thiếu gói poppler-utils") from error
    except subprocess.TimeoutExpired as error:
        raise LimitExceeded(f"Tệp PDF cần hơn {TEXT_TIMEOUT_S} giây để lấy chữ") from error
    except subprocess.CalledProcessError as error:
        raise UnreadableFile("Không lấy được chữ của tệp PDF") from error
    pages = nfc(done.stdout.decode("utf-8", "replace")).split("\f")
    return tuple(page.strip("\n") for page in pages[:-1])
