"""What a file is, by its content: kind, completeness, pages and limits, before anything is decoded."""

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pipeline.station import jpeg, pdf, png, tiff
from pipeline.station.limits import check_bytes, check_pixels, final
from pipeline.station.names import stored_name
from schemas.batch import Original
from schemas.document import digest_of
from schemas.errors import FileStillWritten, InputError, UnreadableFile, UnsupportedFile
from schemas.settings import StationSettings

Buffer = bytes | mmap.mmap


class Kind(StrEnum):
    """The formats that the station takes; the value is the media type."""

    TIFF = "image/tiff"
    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


@dataclass(frozen=True)
class _Skeleton:
    kind: Kind
    pages: int


def inspect(data: bytes, name: str, limits: StationSettings) -> Original:
    """Tell what a file is, from its content alone; `name` is kept in a safe form and not trusted.

    Raises:
        LimitExceeded: more bytes, pages, or pixels on a page than `limits` allow.
        UnreadableFile: empty, truncated or damaged.
        EncryptedFile: a PDF that needs a password. One that only restricts changes is taken.
        UnsupportedFile: none of the formats.
    """
    check_bytes(len(data), limits)
    if not data:
        raise UnreadableFile("Tệp rỗng, không có byte nào")
    with final():
        skeleton = _skeleton(data, limits)
    found = pdf.survey(data, limits) if skeleton.kind is Kind.PDF else pdf.Survey(skeleton.pages, signed=False)
    return Original(
        digest=digest_of(data),
        name=stored_name(name),
        media_type=skeleton.kind.value,
        size=len(data),
        pages=found.pages,
        signed=found.signed,
    )


def is_complete(path: Path, limits: StationSettings) -> bool:
    """Tell whether a file's structure reaches its end.

    False where somebody may still be writing it: empty, cut off, or with zeros where structure
    must be. True for everything else, broken and foreign files included: waiting will not mend
    those, and `inspect` says what is wrong with them. Reads through a memory map.

    Raises:
        OSError: the file cannot be opened, or is gone.
    """
    size = path.stat().st_size
    if size == 0:
        return False
    if size > limits.max_file_bytes:
        return True
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _reaches_its_end(data, limits)


def _reaches_its_end(data: Buffer, limits: StationSettings) -> bool:
    try:
        _skeleton(data, limits)
    except FileStillWritten:
        return False
    except InputError:
        return True
    return True


def _skeleton(data: Buffer, limits: StationSettings) -> _Skeleton:
    kind = kind_of(data)
    return _Skeleton(kind, PAGES_OF[kind](data, limits))


def kind_of(data: Buffer) -> Kind:
    """Return the format of a file by its first bytes.

    Raises:
        FileStillWritten: the file starts with zeros: room was set aside for it.
        UnsupportedFile: none of the formats.
    """
    head = data[: pdf.HEAD_BYTES]
    if head[:4] in tiff.MAGICS:
        return Kind.TIFF
    if head.startswith(jpeg.MAGIC):
        return Kind.JPEG
    if head.startswith(png.MAGIC):
        return Kind.PNG
    if pdf.MAGIC in head:
        return Kind.PDF
    if not any(head[:16]) or _is_cut_magic(head):
        raise FileStillWritten("Tệp chưa có nội dung")
    raise UnsupportedFile("Tệp không phải TIFF, JPEG, PNG hay PDF")


def _is_cut_magic(head: bytes) -> bool:
    return any(magic.startswith(head) for magic in (*tiff.MAGICS, jpeg.MAGIC, png.MAGIC, pdf.MAGIC))


def _tiff_pages(data: Buffer, limits: StationSettings) -> int:
    return len(tiff.pages(data, limits))


def _jpeg_pages(data: Buffer, limits: StationSettings) -> int:
    found = jpeg.frame(data)
    check_pixels(found.width, found.height, limits)
    return 1


def _png_pages(data: Buffer, limits: StationSettings) -> int:
    check_pixels(*png.size(data), limits)
    return 1


def _pdf_pages(data: Buffer, _limits: StationSettings) -> int:
    pdf.check_tail(data)
    return 0  # counted by `pdf.survey`, which needs the whole file in memory


PAGES_OF: Final[dict[Kind, Callable[[Buffer, StationSettings], int]]] = {
    Kind.TIFF: _tiff_pages,
    Kind.JPEG: _jpeg_pages,
    Kind.PNG: _png_pages,
    Kind.PDF: _pdf_pages,
}
