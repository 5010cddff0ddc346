"""The sign at a word's end, told by its ink."""

import numpy as np
import pytest

from pipeline.ocr.signs import Pieces
from schemas.page import Pixels

BASE, HIGH, WIDE = 40, 20, 12
DOT, TAIL = 5, 5
AFTER = 60
"""Column where the letters end and the sign begins."""


def line(*sign: tuple[int, int], mark: tuple[int, int] | None = None) -> Pixels:
    """Return letters standing on a line, and behind them pieces from one row to another; a mark at the first letter."""
    crop = np.full((60, 120), 255, np.uint8)
    for left in range(0, AFTER, WIDE + 3):
        crop[BASE - HIGH : BASE, left : left + WIDE] = 0
    for upper, lower in sign:
        crop[upper:lower, AFTER : AFTER + DOT] = 0
    if mark:
        crop[mark[0] : mark[1], 2 : 2 + DOT] = 0
    return crop


LOW, HANGING, RAISED = (BASE - DOT, BASE), (BASE - DOT, BASE + TAIL), (BASE - HIGH + 2, BASE - HIGH + 2 + DOT)


@pytest.mark.parametrize(
    ("pieces", "sign"),
    [
        ([], ""),
        ([LOW], "."),
        ([HANGING], ","),
        ([RAISED, LOW], ":"),
        ([RAISED, HANGING], ";"),
        ([(BASE - 4, BASE + 1)], "."),
        ([(BASE - 4, BASE + 2)], None),
        ([(BASE - 9, BASE - 4)], None),
    ],
)
def test_a_sign_is_told_by_its_pieces_and_how_low_they_reach(pieces: list[tuple[int, int]], sign: str | None) -> None:
    assert Pieces.of(line(*pieces)).sign_at(0, AFTER + 10) == sign


def test_a_speck_and_a_mark_above_are_no_sign() -> None:
    assert Pieces.of(line((BASE - 2, BASE))).sign_at(0, AFTER + 10) == ""
    assert Pieces.of(line(RAISED)).sign_at(0, AFTER + 10) == ""


def test_nothing_is_told_where_no_ink_is_known() -> None:
    assert Pieces().sign_at(0, 100) is None
    assert Pieces.of(np.full((20, 20), 255, np.uint8)) == Pieces()


@pytest.mark.parametrize(("mark", "count"), [(None, 0), ((12, 17), 1), ((BASE + 2, BASE + 7), 1)])
def test_marks_above_and_below_letters_are_counted(mark: tuple[int, int] | None, count: int) -> None:
    assert Pieces.of(line(LOW, mark=mark)).marks(0, AFTER) == count
