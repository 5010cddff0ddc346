"""What turning and straightening promise for any page."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cleanup import geometry
from schemas.units import Turn

TURNS: st.SearchStrategy[Turn] = st.sampled_from([0, 90, 180, 270])
SIDES = st.integers(3, 60)


@given(SIDES, SIDES, TURNS)
def test_a_turn_and_its_opposite_change_nothing(height: int, width: int, by: Turn) -> None:
    pixels = np.random.default_rng(height * width).integers(0, 255, (height, width, 3), np.uint8)
    back: Turn = {0: 0, 90: 270, 180: 180, 270: 90}[by]  # type: ignore[assignment]
    assert np.array_equal(geometry.turn(geometry.turn(pixels, by), back), pixels)


@given(st.floats(-15, 15), st.tuples(st.integers(10, 150), st.integers(10, 150), st.integers(2, 40)))
@settings(deadline=None)
def test_planned_rotations_keep_all_ink_inside(skew: float, blot: tuple[int, int, int]) -> None:
    x, y, side = blot
    ink = np.array([(x, y), (x + side, y), (x, y + side), (x + side, y + side)], np.float64)
    matrix = geometry.plan_rotation(ink, (200, 200), skew)
    assert matrix is not None
    corners = cv2.transform(ink[None], matrix)[0]
    assert corners.min() >= -1e-6
    assert corners.max() <= 199 + 1e-6


@given(st.floats(-15, 15), st.integers(1, 6), st.tuples(st.floats(0, 99), st.floats(0, 99)))
def test_large_and_small_pictures_move_alike(skew: float, factor: int, point: tuple[float, float]) -> None:
    small = np.asarray(cv2.getRotationMatrix2D((40, 60), skew, 1.0), np.float64)
    large = geometry.enlarge(small, factor)
    middle = (factor - 1) / 2
    moved_small = small @ [*point, 1]
    moved_large = large @ [*(np.asarray(point) * factor + middle), 1]
    assert np.allclose(moved_small * factor + middle, moved_large)


def test_ink_wider_than_the_page_stops_the_rotation() -> None:
    ink = np.array([(0, 0), (99, 0), (0, 99), (99, 99)], np.float64)
    assert geometry.plan_rotation(ink, (100, 100), 3.0) is None
