"""How sure a word is, which words need no person, and which marks are restored."""

from dataclasses import replace

import pytest

from pipeline.ocr.confidence import JudgedWord, Jury, Scale, needs_more
from pipeline.ocr.evidence import AGREED, ALONE, DECIDED, RESTORED
from pipeline.ocr.ink import Ink
from pipeline.ocr.kinds import same_signs
from pipeline.ocr.marks import restored
from pipeline.ocr.signs import Pieces
from schemas.settings import Reader
from schemas.text import LineReading, ReadWord

WORD = JudgedWord("Luật", 0, 40, ("tesserocr",), 0.9, verified=False, impossible=False)


@pytest.fixture(scope="module")
def jury() -> Jury:
    return Jury.load()


def reading(text: str, sure: float = 0.96) -> LineReading:
    words = [ReadWord(word, 50 * place, 50 * place + 40, sure) for place, word in enumerate(text.split())]
    return LineReading(tuple(words))


def judged(jury: Jury, **texts: str) -> list[JudgedWord]:
    return list(jury.judge({name: reading(text) for name, text in texts.items()}, Ink()))


SENTENCE = "định này quy định chi tiết thi hành một số điều của Luật"


def test_words_that_readers_agree_on_are_surer_than_one_readers(jury: Jury) -> None:
    both = judged(jury, tesserocr=SENTENCE, trueocr=SENTENCE)
    alone = judged(jury, tesserocr=SENTENCE)
    assert all(word.probability > 0.95 and word.readers == ("tesserocr", "trueocr") for word in both)
    assert sum(word.probability for word in both) > sum(word.probability for word in alone)


def test_one_reader_verifies_nothing(jury: Jury) -> None:
    assert not any(word.verified for word in judged(jury, tesserocr=SENTENCE))


def test_a_word_in_dispute_is_less_sure_and_says_who_read_it(jury: Jury) -> None:
    words = judged(jury, tesserocr="một số diều của Luật", trueocr="một số điều của Luật")
    assert [word.text for word in words] == ["một", "số", "điều", "của", "Luật"]
    assert words[2].readers == ("trueocr",)
    assert words[2].probability < words[3].probability


def test_an_impossible_word_is_marked_never_verified_and_stands_as_read(jury: Jury) -> None:
    words = judged(jury, tesserocr="của Luaật này", trueocr="của Luaật này")
    assert [word.text for word in words] == ["của", "Luaật", "này"]
    assert [word.impossible for word in words] == [False, True, False]
    assert not words[1].verified


def test_an_unlikely_word_is_less_sure_though_all_agree(jury: Jury) -> None:
    likely, unlikely = (
        judged(jury, tesserocr=text, trueocr=text)[1] for text in ("sửa chữa, bổ sung", "sửa chửi, bổ sung")
    )
    assert unlikely.probability < likely.probability


def test_marks_that_all_readers_lost_are_restored_and_nobody_has_read_them(jury: Jury) -> None:
    words = judged(jury, tessnet="được sửa đối, bổ sung", trueocr="được sửa đôi, bổ sung")
    assert [word.text for word in words] == ["được", "sửa", "đổi,", "bổ", "sung"]
    assert (words[2].readers, words[2].verified) == ((), False)


@pytest.mark.parametrize(
    "line",
    [
        "tại tỉnh Khánh Hoà năm",
        "huyện Sơn Tịnh; huyện",
        "ông Đỗ Văn Đối bổ sung",
        "số 12/QD-UB ngày",
        "theo mẫu zxcv này",
    ],
)
def test_names_codes_and_places_of_tones_are_left(jury: Jury, line: str) -> None:
    words = line.split()
    assert [restored(words, place, jury.language) for place in range(len(words))] == [None] * len(words)


def test_restoring_keeps_capitals_and_signs(jury: Jury) -> None:
    assert restored("(SỬA ĐỐI, BỔ SUNG)".split(), 1, jury.language) is not None
    found = restored("ĐƯỢC SỬA ĐỐI, BỔ SUNG".split(), 2, jury.language)
    assert found is not None
    assert found[0] == "ĐỔI,"


def test_readings_that_saw_nothing_make_no_words(jury: Jury) -> None:
    assert judged(jury, tesserocr="", trueocr="") == []


def test_the_weights_that_come_along_know_every_manner_and_reader(jury: Jury) -> None:
    assert {ALONE, AGREED, DECIDED, RESTORED} == jury.scale.weights.keys()
    assert {*Reader} == jury.weights.trust.keys()
    assert ALONE not in jury.scale.verified
    assert RESTORED not in jury.scale.verified


def test_a_scale_is_a_logistic_curve_between_bounds() -> None:
    scale = Scale({ALONE: {"one": 1.0}}, {})
    chances = [scale.probability(ALONE, {"one": odds}) for odds in (-99.0, 0.0, 2.0, 99.0)]
    assert chances == sorted(chances)
    assert chances[1] == 0.5
    assert 0 < chances[0] < chances[-1] < 1


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ([], True),
        ([replace(WORD, verified=True, probability=0.99)], False),
        ([WORD], False),
        ([WORD, replace(WORD, probability=0.5)], True),
    ],
)
def test_which_lines_are_worth_another_reader(words: list[JudgedWord], more: bool) -> None:  # noqa: FBT001
    assert needs_more(words) is more


def test_one_kind_of_dash_and_quote() -> None:
    assert same_signs("“A” – b…") == '"A" - b...'


def test_three_readers_that_agree_verify_a_sentence(jury: Jury) -> None:
    assert all(word.verified for word in judged(jury, tessnet=SENTENCE, trueocr=SENTENCE, tessfast=SENTENCE))


@pytest.mark.parametrize(
    ("seen", "missed", "beside"),
    [
        ("Căn cứ Quyết định số 12 ngày", "Căn cứ Quyết định số ngày", ("số", "ngày")),
        ("Quyết định này có hiệu lực", "định này có hiệu lực", ("định",)),
    ],
)
def test_what_stands_beside_a_word_that_somebody_missed_is_for_people(
    jury: Jury, seen: str, missed: str, beside: tuple[str, ...]
) -> None:
    for texts in ((seen, missed, missed), (seen, seen, missed)):
        words = judged(jury, **dict(zip(("tessnet", "trueocr", "tessfast"), texts, strict=True)))
        assert not any(word.verified for word in words if word.text in beside)


def test_readers_of_one_kin_do_not_verify_a_name_against_another(jury: Jury) -> None:
    words = judged(jury, tessnet="ông Nguyễn Văn Hùng", trueocr="ông Nguyễn Văn Hưng", tessfast="ông Nguyễn Văn Hùng")
    assert not words[-1].verified


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("tư này. .", "."),
        ("điểm nguy'cơ cao", "nguy'cơ"),
        ("bà Quoc ký", "Quoc"),
        ("là 43.4 tỷ đồng", "43.4"),
        ("bà Pham Thị Phúc", "Pham"),
    ],
)
def test_what_is_no_ordinary_word_is_for_people(jury: Jury, text: str, word: str) -> None:
    words = judged(jury, tessnet=text, trueocr=text, tessfast=text)
    assert [one.verified for one in words if one.text == word] == [False]


def test_numbers_that_readers_differ_in_are_for_people(jury: Jury) -> None:
    words = judged(jury, tessnet="ngày 15 tháng 8", trueocr="ngày 16 tháng 8", tessfast="ngày 15 tháng 8")
    assert not words[1].verified


def test_ink_that_is_in_no_word_leaves_its_neighbours_to_people(jury: Jury) -> None:
    readings = dict.fromkeys(("tessnet", "trueocr", "tessfast"), reading(SENTENCE))
    solid = tuple((word.start, word.end) for word in readings["tessnet"].words)
    more = (*solid, (solid[-1][1] + 10, solid[-1][1] + 40))
    assert [jury.judge(readings, Ink(runs, 30))[-1].verified for runs in (solid, more)] == [True, False]


@pytest.mark.parametrize(("foot", "verified"), [(20, True), (25, False)])
def test_a_stop_whose_ink_is_a_comma_is_for_people(jury: Jury, foot: int, *, verified: bool) -> None:
    text = f"{SENTENCE}."
    readings = dict.fromkeys(("tessnet", "trueocr", "tessfast"), reading(text))
    words = readings["tessnet"].words
    letters = [(word.start, 0, word.end - (5 if word is words[-1] else 0), 20) for word in words]
    ink = Ink.made_of(Pieces((*letters, (words[-1].end - 4, 15, words[-1].end, foot))), 30)
    assert jury.judge(readings, ink)[-1].verified == verified


def test_a_stop_within_a_sentence_is_for_people(jury: Jury) -> None:
    assert not judged(jury, **dict.fromkeys(("tessnet", "trueocr", "tessfast"), "Căn cứ. luật tổ chức"))[1].verified


def test_a_gap_within_a_word_may_hide_one(jury: Jury) -> None:
    readings = dict.fromkeys(("tessnet", "trueocr", "tessfast"), reading(SENTENCE))
    solid = [(word.start, word.end) for word in readings["tessnet"].words]
    gapped = [*solid[:3], (150, 160), (175, 190), *solid[4:]]
    found = [[word.verified for word in jury.judge(readings, Ink(tuple(runs), 30))] for runs in (solid, gapped)]
    assert found[0][3]
    assert not found[1][3]


@pytest.mark.parametrize("kin", [("tessnet", "tessfast"), ("tessnet", "tesserocr"), ("tesserocr", "pytesseract")])
def test_readers_of_one_kin_verify_nothing_among_themselves(jury: Jury, kin: tuple[str, str]) -> None:
    text = "Căn cứ Luật Tổ chức chính quyền địa phương"
    assert all(word.verified for word in jury.judge(dict.fromkeys(("tessnet", "trueocr"), reading(text)), Ink()))
    assert not any(word.verified for word in jury.judge(dict.fromkeys(kin, reading(text)), Ink()))
