"""No bytes make the station do anything but read a page or say why not."""

import io
import tempfile
from contextlib import suppress
from pathlib import Path

import img2pdf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.station.formats import inspect, is_complete
from pipeline.station.names import stored_name
from pipeline.station.read import read_page
from schemas.errors import InputError
from schemas.settings import StationSettings

LIMITS = StationSettings(max_page_pixels=1_000_000, max_pages=20)


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (24, 32, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind, **options)
    return file.getvalue()


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[274], tags[282], tags[283], tags[296] = 6, 300.0, 300.0, 2
    return tags


SEEDS = [
    saved("JPEG", exif=exif()),
    saved("JPEG", "CMYK", dpi=(300, 300)),
    saved("JPEG", "L", progressive=True),
    saved("PNG", "RGBA", dpi=(300, 300), exif=exif()),
    saved("PNG", "P"),
    saved("TIFF", "1", compression="group4", dpi=(300, 300)),
    saved("TIFF", compression="jpeg"),
    saved("TIFF", "P", compression="tiff_lzw"),
    saved("TIFF", tiffinfo={274: 5}),
    img2pdf.convert(saved("JPEG"), saved("PNG", "L")),
    img2pdf.convert(saved("TIFF", "1", compression="group4")),
]


def read_all(data: bytes) -> None:
    """Raise anything but an InputError."""
    with suppress(InputError):
        original = inspect(data, "a", LIMITS)
        for page_no in range(1, original.pages + 1):
            scan = read_page(data, original, page_no, LIMITS)
            assert scan.pixels.dtype == np.uint8
            assert scan.pixels.ndim in (2, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seeds_are_readable(seed: bytes) -> None:
    assert read_page(seed, inspect(seed, "a", LIMITS), 1, LIMITS).pixels.size


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=6),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_changed_files_are_read_or_refused(seed: bytes, changes: list[tuple[float, bytes]], cut: float) -> None:
    data = bytearray(seed)
    for place, what in changes:
        at = int(place * len(data))
        data[at : at + len(what)] = what
    read_all(bytes(data[: int(len(data) * cut)]))


@settings(max_examples=150, deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"]
    ),
    tail=st.binary(max_size=200),
)
def test_random_bytes_are_refused(head: bytes, tail: bytes) -> None:
    read_all(head + tail)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(head + tail)
        assert is_complete(path, LIMITS) in (True, False)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(40, 255))
def test_stored_names_are_tame_and_stay_as_they_are(name: str, room: int) -> None:
    tame = stored_name(name, room)
    assert stored_name(tame, room) == tame
    assert 1 <= len(tame.encode()) <= room
    assert not set(tame) & set("/\\\n\r\0")
    assert not tame.startswith(("-", "."))
