"""A page in parts looks as the page does: ink stays, colours stay, bytes do not."""

import zlib

import cv2
import numpy as np
import pytest
from composed import compose
from PIL import Image, ImageDraw, ImageFont

from pipeline.raster.mixed import split
from schemas.document import Coding, Part
from schemas.geometry import Box
from schemas.layout import Region, RegionKind
from schemas.page import Page, Pixels
from schemas.units import Resolution

SIZE = 1240, 880
"""A5 at 150 dpi's width; at 300 dpi a part of a page."""
INK, RED, BLUE = (20, 20, 22), (205, 35, 45), (40, 60, 170)
SEAL = Box(700, 400, 1000, 700)
SIGNATURE = Box(200, 560, 560, 700)


def page_of(image: Pixels, dpi: float = 300) -> Page:
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    return Page(
        image=image,
        resolution=Resolution(dpi, dpi),
        bilevel=False,
        food=grey,
        food_scale=1.0,
        rules=np.zeros_like(grey),
        turned=0,
        skew=0.0,
        blank=False,
    )


def drawn(noise: float = 3.0, paper: tuple[int, int, int] = (255, 255, 255), strength: float = 1.0) -> Pixels:
    """Return print with a red seal over it, a blue signature and pencil, blurred and noisy as a scanner sees it."""
    image = Image.new("RGB", SIZE, (255, 255, 255))
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(44)
    for row in range(9):
        pen.text((60, 40 + 90 * row), f"Dieu {row}. Co quan, to chuc, ca nhan; so 4{row}7/QD", fill=INK, font=font)
    pen.line([(210, 690), (330, 570), (420, 680), (550, 575)], fill=BLUE, width=5)
    pen.line([(60, 860), (640, 852)], fill=(150, 150, 150), width=3)
    over = Image.new("RGB", SIZE, (255, 255, 255))
    ring = ImageDraw.Draw(over)
    ring.ellipse((705, 405, 995, 695), outline=RED, width=12)
    ring.regular_polygon((850, 550, 60), 5, fill=RED)
    flat = np.minimum(np.asarray(image), np.asarray(over)).astype(np.float32)
    lit = (255 - (255 - flat) * strength) * np.asarray(paper, np.float32) / 255
    grain = np.random.default_rng(5).normal(0, noise, lit.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(lit, (0, 0), 0.8) + grain, 0, 255), np.uint8)


def crop(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.y0 : box.y1, box.x0 : box.x1]


def difference(one: Pixels, other: Pixels) -> float:
    """Return the mean ΔE (CIE76) as seen from a step away: between means of 8 x 8 pixels."""
    size = (one.shape[1] // 8, one.shape[0] // 8)
    seen = [cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255 for pixels in (one, other)]
    first, second = (cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB) for pixels in seen)
    return float(np.linalg.norm(first - second, axis=2).mean())


def lost_strokes(before: Pixels, after: Pixels, contrast: int = 90) -> int:
    """Return how many pieces of ink of 3 pixels or more are not half as dark any more."""
    was, now = (255 - pixels.min(axis=2) for pixels in (before, after))
    near = cv2.dilate(now, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((was >= contrast).astype(np.uint8))
    darkest = [near[labels == piece].max() / was[labels == piece].max() for piece in range(1, count)]
    return sum(kept < 0.5 for kept, size in zip(darkest, stats[1:, cv2.CC_STAT_AREA], strict=True) if size >= 3)


def deflated(parts: tuple[Part, ...]) -> int:
    return sum(len(zlib.compress(part.joined(), 9)) for part in parts)


def test_colour_page_keeps_strokes_and_colours_in_few_bytes() -> None:
    image = drawn()
    parts = split(page_of(image), ())
    shown = compose(parts, *SIZE)
    assert lost_strokes(image, shown) == 0
    assert lost_strokes(shown, image) == 0
    assert difference(crop(image, SEAL), crop(shown, SEAL)) < 3
    assert difference(crop(image, SIGNATURE), crop(shown, SIGNATURE)) < 3
    assert deflated(parts) < 16_000


def test_ground_is_of_the_resolution_and_colour_that_the_law_asks_for() -> None:
    ground = split(page_of(drawn()), ())[0]
    assert ground.coding is Coding.JPEG
    assert not ground.grey
    assert ground.box == Box(0, 0, *SIZE)
    assert ground.width / SIZE[0] * 300 >= 200


@pytest.mark.parametrize("dpi", [150, 200])
def test_ground_is_never_finer_than_the_page(dpi: int) -> None:
    ground = split(page_of(drawn(), dpi), ())[0]
    assert (ground.width, ground.height) == SIZE


def test_print_under_a_seal_stays_black_and_the_seal_red() -> None:
    image = drawn()
    shown = compose(split(page_of(image), ()), *SIZE)
    star = shown[530:570, 835:865]
    red = star[(star[..., 0] > 150)]
    assert red.size
    assert red[:, 1].mean() < 90
    black = crop(image, SEAL).max(axis=2) < 60
    assert crop(shown, SEAL)[black].max(axis=1).mean() < 60


def test_grey_page_has_grey_parts_and_keeps_pale_ink_pale() -> None:
    colour = drawn()
    image = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.uint8)
    parts = split(page_of(image), ())
    assert all(part.grey for part in parts if part.coding is Coding.JPEG)
    shown = compose(parts, *SIZE)
    assert lost_strokes(np.dstack([image] * 3), shown) == 0
    star = shown[540:560, 840:860].mean()
    assert abs(star - image[540:560, 840:860].mean()) < 12


def test_pencil_stays_and_is_not_made_black() -> None:
    image = drawn()
    shown = compose(split(page_of(image), ()), *SIZE)
    was, now = image[850:864, 100:600].min(axis=0).mean(), shown[850:864, 100:600].min(axis=0).mean()
    assert now < 200
    assert now > was - 45


@pytest.mark.parametrize("strength", [0.35, 0.6])
def test_faint_print_stays(strength: float) -> None:
    image = drawn(strength=strength)
    shown = compose(split(page_of(image), ()), *SIZE)
    assert lost_strokes(image, shown, contrast=50) == 0


def test_tinted_paper_keeps_its_tint() -> None:
    image = drawn(paper=(250, 236, 190))
    shown = compose(split(page_of(image), ()), *SIZE)
    assert difference(image, shown) < 3
    assert lost_strokes(image, shown, contrast=130) == 0


def test_noise_costs_few_bytes() -> None:
    still, noisy = (deflated(split(page_of(drawn(noise)), ())) for noise in (2.0, 9.0))
    assert noisy < 1.8 * still


def test_photograph_is_a_jpeg_of_its_own() -> None:
    image = drawn()
    across, down = np.meshgrid(np.arange(240), np.arange(300))
    photo = np.dstack([90 + across // 3, 60 + down // 3, 120 - across // 5]).astype(np.uint8)
    image[80:380, 900:1140] = cv2.add(photo, np.random.default_rng(2).integers(0, 30, photo.shape, dtype=np.uint8))
    box = Box(900, 80, 1140, 380)
    parts = split(page_of(image), [Region(RegionKind.PICTURE, box)])
    assert [part.box for part in parts].count(box) == 1
    assert difference(crop(image, box), crop(compose(parts, *SIZE), box)) < 2


def test_picture_that_is_only_tinted_paper_is_none() -> None:
    image = drawn(paper=(205, 226, 240))
    parts = split(page_of(image), [Region(RegionKind.PICTURE, Box(0, 0, *SIZE))])
    assert parts[-1].coding is Coding.CCITT_G4
    assert sum(part.box == Box(0, 0, *SIZE) and part.coding is Coding.JPEG for part in parts) == 1


def test_safer_place_shows_the_page_as_it_is() -> None:
    image = drawn(noise=8)
    parts = split(page_of(image), (), (SEAL,))
    assert Box.around((parts[-1].box, SEAL)) == parts[-1].box
    shown = crop(compose(parts, *SIZE), SEAL).astype(int)
    assert np.abs(shown - crop(image, SEAL)).mean() < 5


def test_empty_page_is_its_ground_alone() -> None:
    (ground,) = split(page_of(np.full((600, 500, 3), 255, np.uint8)), ())
    assert len(zlib.compress(ground.data)) < 1_000
