"""PDF files: are they whole, how many pages, are they signed, and is a page one scanned image.

Nothing in a PDF is ever executed: scripts and launch actions are data that is not looked at.
"""

import io
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pikepdf
from pikepdf import Name

from pipeline.station.limits import check_pages, check_pixels
from pipeline.station.pdf_page import xobjects
from schemas.errors import EncryptedFile, FileStillWritten, UnreadableFile
from schemas.settings import StationSettings

Buffer = bytes | mmap.mmap

MAGIC: Final = b"%PDF-"
END: Final = b"%%EOF"
HEAD_BYTES = 1024
LINEARIZED: Final = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,12})\b")
STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
MAX_FIELDS = 10_000


@dataclass(frozen=True)
class Survey:
    """What a PDF is, without looking at its pictures."""

    pages: int
    signed: bool


def check_tail(data: Buffer) -> None:
    """Check that the end of a PDF is there.

    Raises:
        FileStillWritten: it is not: no end mark, or offsets and lengths beyond the file.
    """
    if data.rfind(END, max(0, len(data) - HEAD_BYTES)) < 0:
        raise FileStillWritten("Tệp PDF thiếu phần cuối")
    stated = [int(found[1]) for found in STARTXREF.finditer(data[-2 * HEAD_BYTES :])]
    first = LINEARIZED.search(data[:HEAD_BYTES])
    if any(offset >= len(data) for offset in stated) or (first and int(first[1]) > len(data)):
        raise FileStillWritten("Tệp PDF thiếu dữ liệu")


@contextmanager
def opened(data: bytes) -> Iterator[pikepdf.Pdf]:
    """Open a PDF as it stands; damage is not repaired, because repairing may lose pages.

    A PDF with an owner password only opens for reading as any viewer opens it. Errors of the
    library are translated within the whole block.

    Raises:
        EncryptedFile: a password is needed.
        UnreadableFile: it is damaged.
    """
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            yield pdf
    except pikepdf.PasswordError as error:
        raise EncryptedFile("Tệp PDF có mật khẩu") from error
    except (pikepdf.PikepdfError, ValueError, TypeError, AttributeError, KeyError, IndexError, RuntimeError) as error:
        # pikepdf raises the built-in ones where an object is not of the kind that the format demands
        raise UnreadableFile("Tệp PDF hỏng cấu trúc") from error


def survey(data: bytes, limits: StationSettings) -> Survey:
    """Return how many pages a PDF has and whether it is signed.

    Raises:
        EncryptedFile: a password is needed.
        LimitExceeded: too many pages, or an image on a page is too large.
        UnreadableFile: it is damaged.
    """
    with opened(data) as pdf:
        count = len(pdf.pages)
        check_pages(count, limits)
        if count == 0:
            raise UnreadableFile("Tệp PDF không có trang nào")
        for page in pdf.pages:
            for width, height in _image_sizes(page):
                check_pixels(width, height, limits)
        return Survey(count, signed=_is_signed(pdf))


def _image_sizes(page: pikepdf.Page) -> Iterator[tuple[int, int]]:
    for stream in xobjects(page).values():
        if isinstance(stream, pikepdf.Stream) and stream.get(Name.Subtype) == Name.Image:
            yield int(stream.get(Name.Width, 0)), int(stream.get(Name.Height, 0))


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    form = pdf.Root.get(Name.AcroForm)
    waiting = list(form.get(Name.Fields, [])) if isinstance(form, pikepdf.Dictionary) else []
    for _ in range(MAX_FIELDS):
        if not waiting:
            return False
        field = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary):
            continue
        value = field.get(Name.V)
        if isinstance(value, pikepdf.Dictionary) and Name.ByteRange in value:
            return True
        waiting.extend(field.get(Name.Kids, []))
    return False
