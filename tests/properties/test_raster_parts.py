"""Whatever is on a page: its parts can be decoded, cover it, and show its ink."""

import numpy as np
from composed import compose
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.raster.mixed import split
from schemas.document import Part
from schemas.geometry import Box
from schemas.page import Page, Pixels
from schemas.units import Resolution

SIDES = st.integers(1, 150)
COLOURS = st.sampled_from([(0, 0, 0), (200, 20, 30), (30, 50, 160), (150, 150, 150)])
STROKES = st.lists(
    st.tuples(st.integers(8, 120), st.integers(8, 120), st.integers(4, 24), st.integers(4, 24), COLOURS), max_size=6
)


def page_of(image: Pixels, dpi: int) -> Page:
    grey = image if image.ndim == 2 else image.min(axis=2)
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


def split_and_shown(image: Pixels, dpi: int = 300) -> tuple[tuple[Part, ...], Pixels]:
    height, width = image.shape[:2]
    parts = split(page_of(image, dpi), ())
    return parts, compose(parts, width, height)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), width=SIDES, height=SIDES, grey=st.booleans(), dpi=st.sampled_from([100, 200, 300, 600]))
def test_parts_of_any_picture_decode_and_lie_on_the_page(
    data: st.DataObject, width: int, height: int, *, grey: bool, dpi: int
) -> None:
    shape = (height, width) if grey else (height, width, 3)
    image = data.draw(arrays(np.uint8, shape, elements=st.integers(0, 255), fill=st.just(255)))
    parts, _ = split_and_shown(image, dpi)
    assert parts[0].box == Box(0, 0, width, height)
    assert all(part.box.x1 <= width and part.box.y1 <= height for part in parts)
    assert all(part.grey == grey for part in parts if part.colour is None)


@settings(max_examples=40, deadline=None)
@given(strokes=STROKES)
def test_ink_on_white_paper_stays(strokes: list[tuple[int, int, int, int, tuple[int, int, int]]]) -> None:
    image = np.full((160, 160, 3), 255, np.uint8)
    for left, top, wide, high, colour in strokes:
        image[top : top + high, left : left + wide] = colour
    _, shown = split_and_shown(image)
    dark = image.min(axis=2) < 128
    assert np.count_nonzero(shown.min(axis=2)[dark] > 190) <= 0.02 * np.count_nonzero(dark)
    light = np.ones_like(dark)
    for left, top, wide, high, _ in strokes:
        light[max(0, top - 5) : top + high + 5, max(0, left - 5) : left + wide + 5] = False
    assert shown[light].min(initial=255) > 200
