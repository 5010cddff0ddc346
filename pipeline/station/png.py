"""The skeleton of a PNG file: every chunk with its checksum up to IEND, without decoding."""

import mmap
import struct
import zlib
from typing import Final

from schemas.errors import FileStillWritten, UnreadableFile

Buffer = bytes | mmap.mmap

MAGIC: Final = b"\x89PNG\r\n\x1a\n"


def size(data: Buffer) -> tuple[int, int]:
    """Return width and height in pixels after checking every chunk.

    Raises:
        FileStillWritten: the file ends before IEND.
        UnreadableFile: a checksum is wrong, or the picture is missing.
    """
    found, kinds, position = (0, 0), set(), len(MAGIC)
    while b"IEND" not in kinds:
        kind, start, end = _chunk(data, position)
        if kind == b"IHDR" and end - start == 13:
            found = struct.unpack_from(">II", data, start)
        kinds.add(kind)
        position = end + 4
    if not {b"IHDR", b"IDAT"} <= kinds:
        raise UnreadableFile("Tệp PNG không có ảnh")
    return found


def _chunk(data: Buffer, position: int) -> tuple[bytes, int, int]:
    if position + 12 > len(data):
        raise FileStillWritten("Tệp PNG thiếu phần cuối")
    length, kind = struct.unpack_from(">I4s", data, position)
    start, end = position + 8, position + 8 + length
    if end + 4 > len(data) or kind == bytes(4):
        raise FileStillWritten("Tệp PNG thiếu phần cuối")
    _check_sum(data, start, end)
    return kind, start, end


def _check_sum(data: Buffer, start: int, end: int) -> None:
    (stated,) = struct.unpack_from(">I", data, end)
    with memoryview(data) as view, view[start - 4 : end] as chunk:
        actual = zlib.crc32(chunk)
    if actual == stated:
        return
    if stated == 0:  # room was set aside and is being filled
        raise FileStillWritten("Tệp PNG đang được ghi")
    raise UnreadableFile("Tệp PNG sai tổng kiểm tra")
