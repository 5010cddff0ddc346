"""Damage planted on a page, and a guard that has to see it; and a page coded well, of which it has nothing to say."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers
from PIL import Image, ImageDraw, ImageFont

from pipeline.raster.drift import find_shift
from pipeline.raster.guard import LossKind, find_losses
from samples.typeface import Face, font_path
from schemas.geometry import Box
from schemas.page import Page, Pixels
from schemas.units import Resolution

PAPER, INK, RED = (255, 255, 255), (24, 22, 28), (200, 30, 48)
LINES = ("Căn cứ Luật Tổ chức chính quyền địa phương", "người được bổ nhiệm, điều động; ngày 8 tháng 6 năm 2026")
SIZE = (1100, 620)


@pytest.fixture(scope="module")
def sheet() -> Pixels:
    """A piece of a page at 300 dpi: print, a red ring, a pale line of pencil, as soft and noisy as from a scanner."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_path(Face.SERIF)), 50)
    for number, text in enumerate(LINES * 2):
        pen.text((30, 30 + 80 * number), text[:40], font=font, fill=INK)
    pen.ellipse((760, 380, 960, 580), outline=RED, width=9)
    pen.line((60, 450, 500, 456), fill=(225, 225, 228), width=2)
    soft = cv2.GaussianBlur(np.asarray(picture), (0, 0), 0.7)
    grain = np.random.default_rng(3).normal(0, 2.0, soft.shape)
    return np.asarray(np.clip(soft + grain, 0, 255), np.uint8)


def page(image: Pixels) -> Page:
    food = np.full((1, 1), 255, np.uint8)
    return Page(
        image=image,
        resolution=Resolution(300, 300),
        bilevel=False,
        food=food,
        food_scale=0.5,
        rules=np.zeros_like(food),
        turned=0,
        skew=0.0,
        blank=False,
    )


def coded(pixels: Pixels, quality: int = 80) -> Pixels:
    """Return the picture as JPEG leaves it."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    opened = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(opened, cv2.COLOR_BGR2RGB), np.uint8)


def seen(sheet: Pixels, damaged: Pixels, place: Box) -> set[LossKind]:
    """Return of what kinds the losses at `place` are; everywhere else there must be none."""
    losses = find_losses(coded(damaged), page(sheet))
    for loss in losses:
        near = loss.box.x0 < place.x1 + 12 and place.x0 - 12 < loss.box.x1
        assert near and loss.box.y0 < place.y1 + 12 and place.y0 - 12 < loss.box.y1, loss  # noqa: PT018
    return {loss.kind for loss in losses}


def pieces(sheet: Pixels) -> list[Box]:
    """Return the pieces of print, the smallest first."""
    ink = (sheet[:360].max(axis=2) < 128).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    return [Box(x, y, x + w, y + h) for x, y, w, h, _ in sorted(stats[1:].tolist(), key=lambda row: row[4])]


def painted(sheet: Pixels, box: Box, colour: tuple[int, int, int]) -> Pixels:
    out = sheet.copy()
    out[box.y0 : box.y1, box.x0 : box.x1] = colour
    return out


def test_the_same_picture_has_no_loss(sheet: Pixels) -> None:
    assert find_losses(sheet, page(sheet)) == ()


@pytest.mark.parametrize("quality", [60, 80, 95])
def test_jpeg_loses_nothing(sheet: Pixels, quality: int) -> None:
    assert find_losses(coded(sheet, quality), page(sheet)) == ()


def test_print_as_a_stencil_loses_nothing(sheet: Pixels) -> None:
    stencil = np.where((sheet.max(axis=2) < 150)[..., None], np.array(INK, np.uint8), coded(sheet))
    assert find_losses(stencil, page(sheet)) == ()


def test_every_piece_that_is_erased_is_found(sheet: Pixels) -> None:
    found = pieces(sheet)
    assert len(found) > 100
    for box in found[::9]:
        around = Box(box.x0 - 3, box.y0 - 3, box.x1 + 3, box.y1 + 3)
        assert LossKind.LOST in seen(sheet, painted(sheet, around, PAPER), around), box


def test_a_speck_of_one_pixel_is_no_stroke(sheet: Pixels) -> None:
    assert find_losses(sheet, page(painted(sheet, Box(600, 500, 601, 501), (60, 60, 60)))) == ()


@pytest.mark.parametrize("contrast", [20, 40, 90])
def test_a_pale_line_that_vanished_is_found(sheet: Pixels, contrast: int) -> None:
    line = Box(80, 520, 400, 522)
    drawn = painted(sheet, line, (255 - contrast,) * 3)
    assert seen(drawn, sheet, line) == {LossKind.LOST}


def test_a_pale_dotted_line_that_vanished_is_found(sheet: Pixels) -> None:
    drawn = sheet.copy()
    for x in range(80, 400, 12):
        cv2.circle(drawn, (x, 520), 2, (205, 205, 205), -1, cv2.LINE_AA)
    assert seen(drawn, sheet, Box(78, 518, 402, 523)) == {LossKind.LOST}


def test_a_hole_that_was_filled_and_letters_that_were_joined_are_found(sheet: Pixels) -> None:
    paper = (sheet[:360].max(axis=2) >= 128).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    holes = [number for number in range(1, len(stats)) if 30 <= stats[number, 4] <= 400]
    assert len(holes) > 10
    for number in holes[::4]:
        x, y, w, h = stats[number, :4].tolist()
        filled = sheet.copy()
        filled[:360][labels == number] = INK
        assert LossKind.GAINED in seen(sheet, filled, Box(x, y, x + w, y + h))


def test_grain_that_became_ink_is_found(sheet: Pixels) -> None:
    assert seen(sheet, painted(sheet, Box(600, 520, 603, 522), INK), Box(600, 520, 603, 522)) == {LossKind.GAINED}


def test_a_stroke_in_a_wrong_colour_is_found(sheet: Pixels) -> None:
    blue = sheet.copy()
    blue[370:590, 750:970] = blue[370:590, 750:970, ::-1]
    assert LossKind.COLOUR in seen(sheet, blue, Box(750, 370, 970, 590))


@pytest.mark.parametrize(("across", "down"), [(2, 0), (0, 2)])
def test_a_place_that_was_shifted_is_found(sheet: Pixels, across: int, down: int) -> None:
    moved = sheet.copy()
    moved[20:340, 200:840] = np.roll(sheet, (down, across), (0, 1))[20:340, 200:840]
    assert LossKind.SHIFTED in {loss.kind for loss in find_losses(moved, page(sheet))}


@pytest.mark.parametrize("shift", [-3, 0, 1, 4])
def test_a_shift_is_measured(shift: int) -> None:
    profile = np.random.default_rng(4).normal(0, 30, 128)
    assert find_shift(profile, np.roll(profile, shift)) == pytest.approx(shift, abs=0.3)


def test_a_grey_rendering_of_a_colour_page_lost_its_colour(sheet: Pixels) -> None:
    grey = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY), np.uint8)
    assert {loss.kind for loss in find_losses(grey, page(sheet))} == {LossKind.COLOUR}


def test_pictures_of_other_sizes_are_refused(sheet: Pixels) -> None:
    with pytest.raises(ValueError, match="rendered as"):
        find_losses(sheet[1:], page(sheet))


def test_a_loss_is_told_in_json(sheet: Pixels) -> None:
    box = pieces(sheet)[-1]
    told = [loss.to_json() for loss in find_losses(painted(sheet, box, PAPER), page(sheet))]
    assert told[0]["kind"] == "lost"
    assert len(told[0]["box"]) == 4


def test_a_stroke_that_is_but_darker_is_no_new_one(sheet: Pixels) -> None:
    dark = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY), np.uint8)
    pale = np.asarray(255 - (255 - dark.astype(np.int32)) // 2, np.uint8)
    assert find_losses(dark, page(pale)) == ()


def test_a_seal_that_is_a_little_paler_is_found_at_its_worst_places_only(sheet: Pixels) -> None:
    faded = sheet.copy()
    ring = faded[370:590, 750:970]
    ring[..., 1:] = np.minimum(ring[..., 1:].astype(np.int32) + 40, 255)
    losses = find_losses(faded, page(sheet))
    assert {loss.kind for loss in losses} == {LossKind.COLOUR}
    assert all(loss.box.x0 >= 750 - 8 and loss.box.x1 <= 970 + 8 for loss in losses)


@settings(max_examples=25, deadline=None)
@given(
    seed=integers(0, 999),
    contrast=integers(120, 240),
    x=integers(40, 340),
    y=integers(40, 340),
    side=integers(2, 20),
)
def test_any_piece_that_is_erased_is_found(seed: int, contrast: int, x: int, y: int, side: int) -> None:
    grain = np.random.default_rng(seed).normal(0, 1.5, (400, 400))
    paper = np.clip(250 + grain, 0, 255).astype(np.uint8)
    drawn = paper.copy()
    cv2.line(drawn, (20, 20), (380, 22), 250 - contrast, 3)
    drawn[y : y + side, x : x + side] = 250 - contrast
    erased = drawn.copy()
    erased[y : y + side, x : x + side] = paper[y : y + side, x : x + side]
    assert find_losses(drawn, page(drawn)) == ()
    losses = find_losses(erased, page(drawn))
    assert {loss.kind for loss in losses} == {LossKind.LOST}
    assert all(loss.box.x0 <= x + side and loss.box.x1 >= x for loss in losses)
