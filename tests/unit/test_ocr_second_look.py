"""Another look at lines under seals and pens."""

import numpy as np

from pipeline.ocr.confidence import JudgedWord
from pipeline.ocr.second_look import cleared, worth

DARK, PALE, PAPER = 30, 165, 250


def word(text: str, probability: float) -> JudgedWord:
    return JudgedWord(text, 0, 10, ("a",), probability, verified=False, impossible=False)


def test_a_pale_stroke_vanishes_and_print_stays() -> None:
    crop = np.full((40, 200), PAPER, np.uint8)
    crop[10:30, 20:120] = DARK
    crop[:, 150:154] = PALE
    seen = cleared(crop)
    assert (seen[10:30, 20:120] == 0).all()
    assert (seen[:, 150:154] == 255).all()


def test_a_crop_of_hardly_any_ink_stays_as_it_is() -> None:
    crop = np.full((20, 20), PAPER, np.uint8)
    crop[3, 3] = DARK
    assert np.array_equal(cleared(crop), crop)


def test_what_is_left_out_is_no_gain_and_what_is_invented_none_either() -> None:
    whole = [word("Giang", 0.9), word("23/05/1977", 0.3)]
    assert worth(whole) > worth(whole[:1])
    assert worth([word("Giang", 0.9), word("Gialg=", 0.03)]) < worth(whole[:1])
