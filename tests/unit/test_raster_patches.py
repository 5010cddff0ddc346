"""Places that are shown as they are: few, small, and none left out."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis.strategies import builds, integers, lists

from pipeline.raster.patches import joined, patches
from schemas.geometry import Box
from schemas.page import Pixels

BOXES = builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h), integers(0, 900), integers(0, 900), integers(1, 200), integers(1, 200)
)


def sheet() -> Pixels:
    """A page of white paper with print at the left and red ink at the right."""
    image = np.full((400, 600, 3), 255, np.uint8)
    cv2.putText(image, "So 41/QD", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 3)
    cv2.circle(image, (480, 100), 40, (200, 30, 40), 4)
    return image


def contains(outer: Box, inner: Box) -> bool:
    return Box.around((outer, inner)) == outer


@given(lists(BOXES, max_size=12))
def test_every_place_lies_in_one_of_those_that_were_joined(boxes: list[Box]) -> None:
    done = joined(boxes)
    assert len(done) <= len(boxes)
    assert all(any(contains(place, box) for place in done) for box in boxes)


def test_places_beside_each_other_are_one_and_far_ones_are_not() -> None:
    near = [Box(10, 10, 40, 40), Box(44, 10, 80, 40)]
    assert joined(near) == [Box(10, 10, 80, 40)]
    assert len(joined([*near, Box(900, 900, 940, 940)])) == 2


def test_a_place_is_shown_with_its_margin_within_the_page() -> None:
    (part,) = patches(sheet(), [Box(0, 80, 30, 110)])
    assert part.box == Box(0, 76, 34, 114)
    assert (part.width, part.height) == (34, 38)


def test_only_what_has_colour_is_shown_in_colour() -> None:
    shown = {part.box.x0 < 300: part.grey for part in patches(sheet(), [Box(20, 70, 120, 110), Box(440, 60, 520, 140)])}
    assert shown == {True: True, False: False}


def test_a_patch_looks_as_the_page_does() -> None:
    image = sheet()
    (part,) = patches(image, [Box(440, 60, 520, 140)])
    opened = np.asarray(cv2.imdecode(np.frombuffer(part.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    decoded = opened[..., ::-1].astype(int)
    place = image[part.box.y0 : part.box.y1, part.box.x0 : part.box.x1]
    assert np.abs(decoded - place).mean() < 4
