"""What is erased before a page is read, and what must stay: drawn at 200 dpi."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.cleanup.food import erase_dots, mend
from pipeline.cleanup.rulings import erase_rules
from samples.typeface import Face, font_path
from schemas.page import Pixels

DPI = 200


def lettered(text: str, size: int = 36) -> Pixels:
    """Return a strip with a line of print from (40, 60) on."""
    picture = Image.new("L", (1200, 200), 255)
    ImageDraw.Draw(picture).text((40, 60), text, font=ImageFont.truetype(str(font_path(Face.SERIF)), size), fill=0)
    return np.asarray(picture)


def worn(grey: Pixels, share: float) -> Pixels:
    """Return the picture with a share of its ink fallen off in specks."""
    lost = np.random.default_rng(7).random(grey.shape) < share
    return np.where(lost, np.uint8(255), grey)


@pytest.mark.parametrize(("size", "apart"), [(44, 0), (52, -1)])
def test_joined_bars_of_capitals_are_no_rules(size: int, apart: int) -> None:
    grey = lettered("").copy()
    for letter in range(2):
        left = 100 + letter * (size + apart)
        grey[60:64, left : left + size] = 0
        grey[60 : 60 + size, left + size // 2 - 3 : left + size // 2 + 3] = 0
    assert np.array_equal(erase_rules(grey, DPI)[0], grey)


def test_a_short_rule_below_letters_is_erased() -> None:
    letters = lettered("CÔNG")
    ruled = letters.copy()
    ruled[110:113, 60:140] = 0
    assert np.array_equal(erase_rules(ruled, DPI)[0], letters)


def test_a_worn_rule_is_erased_and_worn_print_is_not() -> None:
    letters = worn(lettered("Nguyễn Thị Diễm quyết định"), 0.1)
    ruled = letters.copy()
    ruled[140:143, 20:1100] = worn(np.zeros((3, 1080), np.uint8), 0.25)
    ruled[140:143, 200:1000:60] = 255
    ruled[140:143, 201:1000:60] = 255
    assert np.array_equal(erase_rules(ruled, DPI)[0], letters)


@pytest.mark.parametrize("gaps", [0, 3])
def test_walls_between_letters_are_erased_and_digits_stay(gaps: int) -> None:
    letters = lettered("1      0      7      1      1      l      I", 28)
    combed = letters.copy()
    combed[52:54, 30:600] = combed[100:102, 30:600] = 0
    clear = np.convolve((letters[:, 30:600] < 255).any(axis=0), np.ones(13), "same") == 0
    free = np.flatnonzero(clear) + 30
    for x in free[np.linspace(0, len(free) - 1, 12).astype(int)]:
        combed[52:102, x : x + 2] = 0
        combed[60 : 60 + gaps, x : x + 2] = 255
    assert np.array_equal(erase_rules(combed, DPI)[0] < 128, letters < 128)


def test_dirt_is_erased_and_marks_stay() -> None:
    letters = lettered("Ủy ban: số 1. Nghị định; người ký -")
    dirty = letters.copy()
    for x, y in ((30, 20), (500, 160), (900, 30), (1150, 180)):
        dirty[y : y + 4, x : x + 4] = 0
    assert np.array_equal(erase_dots(dirty, DPI)[0], letters)


def test_specks_in_print_are_erased_where_white_paper_is_full_of_them() -> None:
    letters = lettered("Ủy ban: số 1. Nghị định; người ký -")
    white = cv2.erode(letters, np.ones((9, 9), np.uint8)) == 255
    places = np.random.default_rng(7).random(letters.shape) < 0.002
    dirty = np.where(places & white, np.uint8(0), letters)
    assert np.array_equal(erase_dots(dirty, DPI)[0] < 128, letters < 128)


def test_print_that_is_broken_into_pieces_is_no_dirt() -> None:
    broken = lettered("quyết định số 12").copy()
    broken[:, ::5] = 255
    kept = erase_dots(broken, DPI)[0]
    assert (kept < 128).sum() > 0.97 * (broken < 128).sum()


def test_what_remains_of_a_leader_goes_and_the_full_stop_stays() -> None:
    letters = lettered("Họ tên.")
    ruled = letters.copy()
    stop = np.flatnonzero((letters < 128).any(axis=0)).max()
    foot = np.flatnonzero((letters[:, stop - 3 : stop] < 128).any(axis=1)).max()
    for x in [*range(stop + 60, stop + 400, 9), stop + 440, stop + 470]:
        ruled[foot - 3 : foot + 1, x : x + 4] = 0
    assert np.array_equal(erase_dots(ruled, DPI)[0], letters)


def test_print_broken_into_crumbs_is_mended_and_whole_print_stays() -> None:
    letters = lettered("Nguyễn Thị Diễm: số 12. Quyết định")
    broken = np.where(np.arange(1200) % 5 < 2, np.uint8(255), letters)
    broken[::4] = 255
    assert np.array_equal(mend(letters, DPI), letters)
    mended = mend(broken, DPI)
    assert (mended <= broken).all()
    assert np.count_nonzero(mended < 128) > 1.5 * np.count_nonzero(broken < 128)
