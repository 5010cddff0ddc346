"""The scanner's own image as the picture of a page: the very stream, placed upright and level."""

import io
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg
from PIL import Image

from pipeline.assemble.document import draw_page
from pipeline.assemble.render import render
from pipeline.cleanup.cleaning import clean
from pipeline.raster.scanned import keep_scan, suffices
from pipeline.station.formats import inspect
from pipeline.station.read import read_page
from schemas.document import Coding, PageLayers
from schemas.page import Page, Pixels, Scan
from schemas.settings import StationSettings
from schemas.text import PageText
from schemas.units import Resolution, Turn

SETTINGS = StationSettings()
ALIKE = 12.0
"""Mean difference of grey levels between a page drawn by a viewer and one turned by us; a wrong turn has 40."""


def lines_of_print(*, skew: float = 0.0) -> Pixels:
    """Return a colour page of 150 dpi with 20 lines, heavier at its head."""
    page = np.full((1754, 1240, 3), 255, np.uint8)
    for number in range(20):
        place, size = (160, 300 + 60 * number), 1.4 if number < 4 else 0.9
        cv2.putText(page, f"{number} giay khai sinh cua con em", place, cv2.FONT_HERSHEY_DUPLEX, size, (20, 20, 60), 2)
    matrix = cv2.getRotationMatrix2D((620, 877), skew, 1.0)
    return np.asarray(cv2.warpAffine(page, matrix, (1240, 1754), borderValue=(255, 255, 255)), np.uint8)


def scanned(pixels: Pixels, suffix: str = ".jpg", **options: object) -> Scan:
    """Return what is read from a file of `pixels`."""
    target = io.BytesIO()
    kind = {".jpg": "JPEG", ".png": "PNG", ".tif": "TIFF"}[suffix]
    Image.fromarray(pixels).save(target, kind, dpi=(150, 150), **options)
    data = target.getvalue()
    return read_page(data, inspect(data, f"a{suffix}", SETTINGS), 1, SETTINGS)


def cleaned(scan: Scan, turn: Turn = 0) -> Page:
    return clean(scan, blank=False, upright=lambda _: turn, unbend=False)


def kept(scan: Scan, page: Page) -> PageLayers:
    height, width = page.image.shape[:2]
    return keep_scan(scan, page, PageText(width=width, height=height, lines=(), reader=""))


def only_image(pdf: bytes) -> tuple[bytes, Pixels]:
    """Return the stream of the only image on the only page, and its pixels."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (stream,) = opened.pages[0].get_images().values()
        assert isinstance(stream, pikepdf.Stream)
        return stream.read_raw_bytes(), np.asarray(pikepdf.PdfImage(stream).as_pil_image())


def test_the_scanners_jpeg_is_delivered_byte_by_byte() -> None:
    pixels = lines_of_print(skew=1.2)
    data = simplejpeg.encode_jpeg(pixels, quality=80)
    scan = read_page(data, inspect(data, "a.jpg", SETTINGS), 1, SETTINGS)
    layers = kept(scan, cleaned(scan))
    assert layers.coding is Coding.SCAN
    assert only_image(draw_page(layers))[0] == data
    assert PageLayers.from_json(layers.to_json(), layers.picture).parts == layers.parts


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_it_stands_upright_however_it_was_scanned(turn: Turn) -> None:
    upright = lines_of_print()
    scan = scanned(np.ascontiguousarray(np.rot90(upright, turn // 90)), quality=90)
    page = cleaned(scan, turn)
    assert page.turned == turn
    drawn = render(draw_page(kept(scan, page)), 1240, 1754, grey=False)
    assert float(np.abs(drawn.astype(int) - upright).mean()) < ALIKE


def test_it_is_level_by_its_placing(tmp_path: Path) -> None:
    scan = scanned(lines_of_print(skew=2.0), quality=90)
    page = cleaned(scan)
    assert page.skew == pytest.approx(-2.0, abs=0.2)
    (tmp_path / "page.pdf").write_bytes(draw_page(kept(scan, page)))
    command = ["pdftoppm", "-r", "150", "-singlefile", str(tmp_path / "page.pdf"), str(tmp_path / "page")]
    subprocess.run(command, check=True, timeout=60)
    drawn = np.asarray(Image.open(tmp_path / "page.ppm"))
    assert drawn.shape == page.image.shape
    assert float(np.abs(drawn.astype(int) - page.image).mean()) < ALIKE


def test_without_a_jpeg_no_pixel_changes() -> None:
    noisy = lines_of_print() - np.random.default_rng(1).integers(0, 3, (1754, 1240, 3), np.uint8)
    scan = scanned(noisy, ".png")
    assert np.array_equal(only_image(draw_page(kept(scan, cleaned(scan))))[1], noisy)
    grey = scanned(np.ascontiguousarray(noisy[..., 0]), ".tif")
    assert np.array_equal(only_image(draw_page(kept(grey, cleaned(grey))))[1], noisy[..., 0])


def test_one_bit_stays_one_bit() -> None:
    black = np.where(lines_of_print()[..., 0] < 128, 0, 255).astype(np.uint8)
    scan = Scan(pixels=black, resolution=Resolution(150, 150), bilevel=True)
    layers = kept(scan, cleaned(scan))
    assert np.array_equal(np.where(only_image(draw_page(layers))[1], 255, 0), black)
    assert len(layers.picture) < 20_000


def test_it_suffices_only_where_it_is_smaller_and_lay_straight() -> None:
    scan = scanned(lines_of_print(), quality=90)
    layers = kept(scan, cleaned(scan))
    assert suffices(scan, layers)
    leaning = scanned(lines_of_print(skew=2.0), quality=90)
    assert not suffices(leaning, kept(leaning, cleaned(leaning)))
    assert not suffices(scanned(lines_of_print(), ".png"), layers)
