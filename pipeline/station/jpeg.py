"""The skeleton of a JPEG file: every marker from SOI to EOI, and its size, without decoding."""

import mmap
import re
import struct
from dataclasses import dataclass
from typing import Final

from schemas.errors import FileStillWritten, UnreadableFile, UnsupportedFile

Buffer = bytes | mmap.mmap

MAGIC: Final = b"\xff\xd8\xff"
NEXT_MARKER: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""The end of entropy-coded data: a marker that is neither stuffing nor a restart."""
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SOS, EOI, TEM = 0xDA, 0xD9, 0x01


@dataclass(frozen=True)
class Frame:
    """What the frame header (SOF) says: sizes in pixels, bits a sample, number of colours."""

    width: int
    height: int
    bits: int
    colours: int


def frame(data: Buffer) -> Frame:
    """Return the size of a JPEG after walking all its segments.

    Whatever follows the end marker is left alone: cameras keep previews there.

    Raises:
        FileStillWritten: the end marker is missing.
        UnreadableFile: a segment is not where it must be.
        UnsupportedFile: more than 8 bits a sample.
    """
    position, found, scans = 2, None, 0
    while True:
        marker, position = _marker(data, position)
        if marker == EOI:
            break
        start, position = position, position if marker == TEM else _segment_end(data, position)
        if marker in FRAMES:
            found = _parse(data[start:position])
        if marker == SOS:
            scans += 1
            position = _scan_end(data, position)
    if found is None or not scans:
        raise UnreadableFile("Tệp JPEG không có ảnh")
    return found


def _marker(data: Buffer, position: int) -> tuple[int, int]:
    if position + 2 > len(data) or data[position] == 0:
        raise FileStillWritten("Tệp JPEG thiếu phần cuối")
    found = NEXT_MARKER.match(data, position)
    if not found:
        raise UnreadableFile("Cấu trúc tệp JPEG sai")
    return found[1][0], found.end()


def _segment_end(data: Buffer, position: int) -> int:
    length = int.from_bytes(data[position : position + 2], "big")
    if position + max(length, 2) > len(data):
        raise FileStillWritten("Tệp JPEG thiếu phần cuối")
    if length < 2:
        raise UnreadableFile("Cấu trúc tệp JPEG sai")
    return position + length


def _scan_end(data: Buffer, position: int) -> int:
    found = NEXT_MARKER.search(data, position)
    if not found:
        raise FileStillWritten("Tệp JPEG thiếu phần cuối")
    return found.start()


def _parse(segment: bytes) -> Frame:
    try:
        bits, height, width, colours = struct.unpack_from(">BHHB", segment, 2)
    except struct.error as error:
        raise UnreadableFile("Cấu trúc tệp JPEG sai") from error
    if bits != 8:
        raise UnsupportedFile(f"Ảnh JPEG {bits} bit mỗi màu chưa được hỗ trợ")
    return Frame(width, height, bits, colours)
