"""Stacks as scanners leave them at 300 dpi, drawn once and kept; and long files for a backlog."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from chaos import stacks
from chaos.stacks import Stack

from samples.batches import Batch, Side, draw_side
from samples.files import write_tiff
from samples.make import BILEVEL, FINE

KEPT = Path(__file__).parents[1] / "var" / "bench"
SCANNERS = (BILEVEL, FINE)
"""One bit a pixel and colour in turn, both A4 at 300 dpi."""


def draw(pages: int, seed: int) -> list[Stack]:
    """Return stacks of at most `pages` pages together, of invented dossiers, each page another.

    A page takes a second or two to be drawn: the files are kept for the next run.
    """
    folder = KEPT / f"stacks-{pages}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _drawn(replace(batch, scanner=SCANNERS[number % 2]), sides, folder, seed)
        for number, (batch, sides) in enumerate(stacks.deal(pages, seed))
    ]


def _drawn(batch: Batch, sides: Sequence[Side], folder: Path, seed: int) -> Stack:
    file = folder / f"{batch.name}.tif"
    if not file.exists():
        pages = [draw_side(side, batch, page_no, seed).image for page_no, side in enumerate(sides, start=1)]
        draft = file.with_suffix(".part.tif")
        write_tiff(pages, batch.scanner, draft)
        draft.rename(file)
    dossiers = tuple(case.dossier for case in batch.cases)
    return Stack(name=file.name, data=file.read_bytes(), dossiers=dossiers, places=tuple(stacks.places(sides)))


def prolonged(stack: Stack, pages: int, number: int) -> bytes:
    """Return a TIFF file of that many pages which show those of a stack's papers over and over, each kept once.

    Every page is decoded and read as any other; `number` makes files of the same pages differ.
    """
    tiff = stack.data
    tables = [table for table, place in zip(_tables(tiff), stack.places, strict=True) if place.position]
    head, body = bytearray(tiff[:8]), tiff[8:] + bytes(len(tiff) % 2) + number.to_bytes(4, "little")
    end = 8 + len(body)
    chosen = [tables[index % len(tables)] for index in range(pages)]
    places, place = [], end
    for table in chosen:
        places.append(place)
        place += len(table) + 4
    following = [*places[1:], 0]
    struct.pack_into("<I", head, 4, places[0])
    return bytes(head) + body + b"".join(t + struct.pack("<I", f) for t, f in zip(chosen, following, strict=True))


def _tables(tiff: bytes) -> Iterator[bytes]:
    """Yield the table of each page, without the place of the next one."""
    if tiff[:4] != b"II*\0":
        raise ValueError("no little-endian TIFF file")
    (place,) = struct.unpack_from("<I", tiff, 4)
    while place:
        (entries,) = struct.unpack_from("<H", tiff, place)
        size = 2 + 12 * entries
        yield tiff[place : place + size]
        (place,) = struct.unpack_from("<I", tiff, place + size)
