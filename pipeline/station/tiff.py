"""The skeleton of a TIFF file, read without decoding a pixel: directories, sizes, extents.

Classic TIFF and BigTIFF, both byte orders. A file that another program is still writing points
past its own end (or, with libtiff, still has 0 as its first directory's offset): that raises
FileStillWritten, so that the hot folder can tell "wait" from "broken".
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.station.limits import check_pages, check_pixels
from schemas.errors import FileStillWritten, UnreadableFile
from schemas.settings import StationSettings

Buffer = bytes | mmap.mmap

MAGICS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
CODES: Final = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
"""numpy codes of the field types that offsets, counts and sizes may have."""

SUBFILE_TYPE, WIDTH, HEIGHT = 254, 256, 257
STRIPS: Final = ((273, 279), (324, 325))
"""(offsets, byte counts) of strips and of tiles."""
THUMBNAIL_OR_MASK = 0b101
MAX_STRIPS = 1_000_000


@dataclass(frozen=True)
class Frame:
    """One directory (IFD): `index` counts from 0 as Pillow's `seek` does; sizes in pixels."""

    index: int
    width: int
    height: int


@dataclass(frozen=True)
class _Shape:
    """How numbers are written in this file."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry_bytes(self) -> int:
        return 20 if self.big else 12

    @property
    def inline_bytes(self) -> int:
        return 8 if self.big else 4


@dataclass(frozen=True)
class _Directory:
    """One IFD's numeric fields, and where the next IFD stands (0: nowhere)."""

    fields: dict[int, NDArray[np.unsignedinteger]]
    following: int

    def number(self, tag: int) -> int:
        values = self.fields.get(tag)
        return int(values[0]) if values is not None and len(values) else 0


def pages(data: Buffer, limits: StationSettings) -> list[Frame]:
    """Return the pages of a TIFF file: every directory but thumbnails and masks.

    Raises:
        LimitExceeded: too many directories, or a page has too many pixels.
        FileStillWritten: something points past the end of the file.
        UnreadableFile: directories form a loop, or one has no picture.
    """
    shape = _shape(data)
    found = []
    for index, directory in enumerate(_directories(data, shape)):
        check_pages(index + 1, limits)
        if directory.number(SUBFILE_TYPE) & THUMBNAIL_OR_MASK:
            continue
        found.append(Frame(index, directory.number(WIDTH), directory.number(HEIGHT)))
        check_pixels(found[-1].width, found[-1].height, limits)
        _check_extents(directory, len(data))
    if not found:
        raise UnreadableFile("Tệp TIFF không có trang nào")
    return found


def _shape(data: Buffer) -> _Shape:
    return _Shape("<" if data[:2] == b"II" else ">", big=data[2:4] in (b"+\0", b"\0+"))


def _directories(data: Buffer, shape: _Shape) -> Iterator[_Directory]:
    (offset,) = _unpack(shape.offset, data, 8 if shape.big else 4)
    if offset == 0:
        raise FileStillWritten("Tệp TIFF chưa có mục lục trang")
    seen = set()
    while offset:
        if offset in seen:
            raise UnreadableFile("Mục lục trang của tệp TIFF quay vòng")
        seen.add(offset)
        directory = _directory(data, shape, offset)
        yield directory
        offset = directory.following


def _directory(data: Buffer, shape: _Shape, offset: int) -> _Directory:
    (entries,) = _unpack(shape.count, data, offset)
    if entries == 0:
        raise FileStillWritten("Mục lục trang của tệp TIFF còn trống")
    start = offset + struct.calcsize(shape.count)
    end = start + entries * shape.entry_bytes
    (following,) = _unpack(shape.offset, data, end)
    fields = {}
    for position in range(start, end, shape.entry_bytes):
        tag, kind = _unpack(shape.order + "HH", data, position)
        if kind in CODES:
            fields[tag] = _values(data, shape, position, CODES[kind])
    return _Directory(fields, following)


def _values(data: Buffer, shape: _Shape, position: int, code: str) -> NDArray[np.unsignedinteger]:
    (count,) = _unpack(shape.offset, data, position + 4)
    dtype = np.dtype(shape.order + code)
    place = position + 4 + struct.calcsize(shape.offset)
    if count * dtype.itemsize > shape.inline_bytes:
        (place,) = _unpack(shape.offset, data, place)
    if count > MAX_STRIPS:
        count = 0  # no field of a page is that long but colour maps and private data, which are not needed
    if place + count * dtype.itemsize > len(data):
        raise FileStillWritten("Tệp TIFF thiếu dữ liệu ở cuối")
    return np.frombuffer(data[place : place + count * dtype.itemsize], dtype=dtype)


def _check_extents(directory: _Directory, size: int) -> None:
    places = [(directory.fields.get(o), directory.fields.get(c)) for o, c in STRIPS if o in directory.fields]
    if not places:
        raise UnreadableFile("Một trang của tệp TIFF không có ảnh")
    for offsets, counts in places:
        starts = np.zeros(0, np.uint64) if offsets is None else offsets.astype(np.float64)
        lengths = np.ones(1) if counts is None else counts.astype(np.float64)
        if len(starts) == 0 or len(lengths) not in (1, len(starts)):
            raise UnreadableFile("Một trang của tệp TIFF có danh mục dữ liệu ảnh sai")
        if bool((starts + lengths > size).any()):
            raise FileStillWritten("Tệp TIFF thiếu dữ liệu ảnh ở cuối")
        if bool((starts == 0).all()):
            raise FileStillWritten("Tệp TIFF chưa có dữ liệu ảnh")


def _unpack(form: str, data: Buffer, offset: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, data, offset)
    except (struct.error, OverflowError) as error:
        raise FileStillWritten("Tệp TIFF thiếu dữ liệu ở cuối") from error
