"""A page that lost ink when it was coded is coded with more care, and kept as it was in the end."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipeline.flow import MOST_TRIES, PageStages, Places, digitize_page
from schemas.document import Coding, PageLayers
from schemas.geometry import Box
from schemas.layout import Layout
from schemas.page import Page, Scan
from schemas.text import PageText
from schemas.units import Resolution

WHITE = np.full((40, 30), 255, np.uint8)
SCAN = Scan(pixels=WHITE, resolution=Resolution(300, 300))
TEXT = PageText(width=30, height=40, lines=(), reader="")
LOST = Box(3, 4, 5, 6)
PAGE = Page(
    image=WHITE,
    resolution=Resolution(300, 300),
    bilevel=False,
    food=WHITE,
    food_scale=1.0,
    rules=np.zeros_like(WHITE),
    turned=0,
    skew=0.0,
    blank=False,
)


def layers(coding: Coding, safer: Places = ()) -> PageLayers:
    return PageLayers(
        picture=b"",
        coding=coding,
        width=30,
        height=40,
        resolution=Resolution(300, 300),
        text=TEXT,
        turned=0,
        skew=0.0,
        blank=False,
        safer=safer,
    )


def stages(losses: Iterator[Places], *, suffices: bool = False) -> PageStages:
    return PageStages(
        is_blank=lambda _: False,
        clean=lambda *_: PAGE,
        find_layout=lambda _: Layout(lines=()),
        read=lambda *_: TEXT,
        encode=lambda _page, _text, safer: layers(Coding.MIXED, safer),
        find_losses=lambda *_: next(losses),
        keep=lambda *_: layers(Coding.SCAN),
        suffices=lambda *_: suffices,
    )


def test_a_faithful_page_is_coded_once() -> None:
    assert digitize_page(SCAN, stages(iter([()]))) == layers(Coding.MIXED)


def test_a_place_that_lost_ink_is_coded_with_more_care() -> None:
    other = Box(7, 7, 9, 9)
    found = digitize_page(SCAN, stages(iter([(LOST,), (other,), ()])))
    assert found == layers(Coding.MIXED, (LOST, other))


def test_a_page_that_goes_on_losing_ink_is_kept_as_it_was_and_says_so() -> None:
    found = digitize_page(SCAN, stages(iter([(LOST,)] * (MOST_TRIES + 1))))
    assert found.coding is Coding.SCAN
    assert LOST in found.safer


def test_the_scanners_image_serves_where_it_suffices_or_is_wanted() -> None:
    assert digitize_page(SCAN, stages(iter([]), suffices=True)) == layers(Coding.SCAN)
    assert digitize_page(SCAN, replace(stages(iter([])), keeps_all=True)) == layers(Coding.SCAN)
