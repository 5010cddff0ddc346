"""Tesseract's file of a language: the network that reads lines, and the characters it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from pathlib import Path

from pipeline.ocr.tessnet.binary import Cursor, damaged
from pipeline.ocr.tessnet.layers import Layer, read_layer
from schemas.errors import MissingProgram

MOST_PARTS = 1000
RECODED = 64
"""Flag of a network whose outputs are codes, not characters by number."""
SPACE = "NULL"
"""How the list of characters writes a space: it parts its columns by spaces."""
NAMELESS = ("Joined", "|Broken")
"""Characters that stand for no character."""


class Part(IntEnum):
    """Places in the file's table of contents."""

    NETWORK = 17
    CHARACTERS = 21
    CODES = 22
    VERSION = 23


@dataclass(frozen=True, eq=False)
class LineModel:
    """What is needed to read lines.

    Attributes:
        network: from the picture to the outputs at each step.
        alphabet: the character of each output; "" for the one that stands for none.
        null: the output that stands for no character.
        version: of the file, as it says itself.
    """

    network: Layer
    alphabet: tuple[str, ...]
    null: int
    version: str


def load(path: Path) -> LineModel:
    """Return what a language's file holds.

    Raises:
        MissingProgram: it is not there, damaged, or does not hold a reader of lines.
    """
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise MissingProgram(f"Không đọc được {path.name}: cài lại chương trình") from error


def parse(data: bytes) -> LineModel:
    """Return what the bytes of such a file hold.

    Raises:
        MissingProgram: they are damaged, or do not hold a reader of lines.
    """
    parts = _parts(data)
    missing = [part.name for part in (Part.NETWORK, Part.CHARACTERS, Part.CODES) if part not in parts]
    if missing:
        raise damaged(f"thiếu phần {', '.join(missing)}")
    cursor = Cursor(parts[Part.NETWORK])
    network = read_layer(cursor)
    flags, null = _ending(cursor)
    if not flags & RECODED:
        raise damaged("không có mã ký tự")
    alphabet = _alphabet(_characters(parts[Part.CHARACTERS]), _codes(parts[Part.CODES]), null)
    version = parts.get(Part.VERSION, b"").decode("ascii", "replace")
    return LineModel(network, alphabet, null, version.split(":")[0].strip())


def _parts(data: bytes) -> dict[int, bytes]:
    cursor = Cursor(data)
    count = cursor.number("I")
    if count > MOST_PARTS:
        raise damaged("không phải .traineddata")
    starts = [cursor.number("q") for _ in range(count)]
    present = sorted({start for start in starts if start >= 0} | {len(data)})
    if present[0] < 0 or present[-1] > len(data):
        raise damaged("mục lục sai")
    ends = dict(pairwise(present))
    return {place: data[start : ends[start]] for place, start in enumerate(starts) if start >= 0 and start in ends}


def _ending(cursor: Cursor) -> tuple[int, int]:
    """Return the flags and the null output, which stand after the network."""
    cursor.text()
    flags, _, _, null = (cursor.number("i") for _ in range(4))
    return flags, null


def _characters(data: bytes) -> list[str]:
    """Return the characters by number."""
    count, *lines = data.decode("utf-8", "replace").splitlines() or [""]
    if not count.isdecimal() or len(lines) < int(count):
        raise damaged("bảng ký tự")
    names = [line.split(" ", 1)[0] for line in lines[: int(count)]]
    return [" " if name == SPACE else "" if name.startswith(NAMELESS) else name for name in names]


def _codes(data: bytes) -> list[tuple[bool, int]]:
    """Return, for each character, whether it is the one that its output is read as, and the output."""
    cursor = Cursor(data)
    codes = []
    for _ in range(cursor.number("I")):
        own, length, code = (cursor.number(form) for form in "bii")
        if length != 1:
            raise damaged("ký tự nhiều mã")
        codes.append((bool(own), code))
    return codes


def _alphabet(characters: Sequence[str], codes: Sequence[tuple[bool, int]], null: int) -> tuple[str, ...]:
    """Return the character of each output: Đ, not the Icelandic Ð that looks the same and shares its output."""
    outputs = [code for _, code in codes]
    if len(codes) > len(characters) or min(outputs, default=-1) < 0 or max(outputs) > len(characters):
        raise damaged("bảng mã")
    found: dict[int, str] = {}
    for character, (own, code) in zip(characters, codes, strict=False):
        if own or code not in found:
            found[code] = character
    if not 0 <= null <= max(found) or found.get(null):
        raise damaged("ký tự rỗng")
    return tuple(found.get(code, "") for code in range(max(found) + 1))
