"""Readings of one line made into one."""

from dataclasses import replace

import pytest

from pipeline.ocr.alignment import align
from pipeline.ocr.ink import Ink, Spacing
from pipeline.ocr.kinds import is_fixed, kind_of_difference, names_in
from pipeline.ocr.language import Language
from pipeline.ocr.voting import Weights, vote
from schemas.text import LineReading, ReadWord

PITCH = 10
WEIGHTS = Weights(
    trust={"tesserocr": {}, "trueocr": {}, "third": {}},
    surety={"tesserocr": 1, "trueocr": 1, "third": 1},
    language=1,
    impossible=-1,
    sign=1,
    parting=1,
)


@pytest.fixture(scope="module")
def language() -> Language:
    return Language.load()


def reading(text: str, sure: float = 0.9, start: int = 0) -> LineReading:
    """Return a reading of print of one pitch; the places of the words follow from the text."""
    words = []
    for word in text.split(" "):
        if word:
            words.append(ReadWord(word, start, start + PITCH * len(word), sure))
        start += PITCH * (len(word) + 1)
    return LineReading(tuple(words))


def spots(*texts: str) -> list[tuple[str, ...]]:
    return [spot.texts for spot in align([reading(text) for text in texts])]


def voted(language: Language, *readings: LineReading) -> str:
    names = ["tesserocr", "trueocr", "third"][: len(readings)]
    choices = vote(dict(zip(names, readings, strict=True)), language, WEIGHTS, Spacing())
    return " ".join(text for choice in choices for text in choice.candidate.texts)


def test_words_are_paired_where_they_agree() -> None:
    assert spots("được sửa đổi, bổ sung", "được sửa đối, bố sung") == [
        ("được", "được"), ("sửa", "sửa"), ("đổi,", "đối,"), ("bổ", "bố"), ("sung", "sung"),
    ]  # fmt: skip


def test_words_that_one_reader_joins_are_one_spot() -> None:
    assert spots("được ban hành theo luật", "đượe banhành theo luat") == [
        ("được", "đượe"), ("ban hành", "banhành"), ("theo", "theo"), ("luật", "luat"),
    ]  # fmt: skip


def test_words_that_one_reader_missed_stand_alone() -> None:
    assert spots("- Như trên; Luật", "  Như trên; Luật") == [
        ("-", ""),
        ("Như", "Như"),
        ("trên;", "trên;"),
        ("Luật", "Luật"),
    ]
    assert spots("Như trên; ./.", "Như trên;")[-1] == ("./.", "")


def test_an_empty_reading_loses_no_word() -> None:
    assert spots("Như trên", "") == [("Như trên", "")]
    assert spots("", "") == []


def test_three_readers_are_parted_where_all_three_can_be() -> None:
    assert spots("ban hành kèm theo", "banhành kèm theo", "ban hành kem theo") == [
        ("ban hành", "banhành", "ban hành"), ("kèm", "kèm", "kem"), ("theo", "theo", "theo"),
    ]  # fmt: skip


def test_words_are_told_by_the_words_beside_them(language: Language) -> None:
    assert (
        voted(language, reading("được sửa đỗi, bỗ sung"), reading("đuợc sửa đổi, bổ sung")) == "được sửa đổi, bổ sung"
    )


def test_two_readers_outvote_one_where_the_language_is_silent(language: Language) -> None:
    assert voted(language, reading("Zeta"), reading("Zera"), reading("Zera")) == "Zera"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("số 38/2025/NĐ-CP", "số 88/2025/NĐ-CP"),
        ("ngày 11 tháng", "ngày 17 tháng"),
        ("theo QĐ-TTg của", "theo QD-TTg của"),
    ],
)
def test_numbers_and_codes_go_to_the_surest(language: Language, right: str, wrong: str) -> None:
    assert voted(language, reading(right, 0.9), reading(wrong, 0.5)) == right
    assert voted(language, reading(wrong, 0.5), reading(right, 0.9)) == right


def test_names_go_to_the_surest_even_if_the_language_knows_better(language: Language) -> None:
    assert voted(language, reading("ông Lê Thị Diểm"), reading("ông Lê Thị Điểm", 0.5)) == "ông Lê Thị Diểm"


def test_dashes_and_quotes_of_a_small_alphabet_are_no_difference(language: Language) -> None:
    assert voted(language, reading("Độc lập – Tự do", 0.2), reading("Độc lập - Tự do")) == "Độc lập – Tự do"


def test_a_choice_says_who_read_it_so(language: Language) -> None:
    lines = {"tesserocr": reading("bỗ sung"), "trueocr": reading("bổ sung")}
    assert [choice.candidate.readers for choice in vote(lines, language, WEIGHTS, Spacing())] == [(1,), (0, 1)]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["bổ", "bỗ"], "marks"),
        (["sung,", "sung."], "signs"),
        (["ban hành", "banhành"], "spacing"),
        (["trên", ""], "missing"),
        (["12", "17"], "fixed"),
        (["trên", "trong"], "syllable"),
        (["trên", "trẽnn"], "letters"),
    ],
)
def test_in_what_readings_differ(texts: list[str], kind: str) -> None:
    assert kind_of_difference(texts) == kind


@pytest.mark.parametrize("word", ["12", "01/2025", "TT-BTC,", "XIV", "QH15", "a@b.vn", "(1)"])
def test_what_no_language_model_decides(word: str) -> None:
    assert is_fixed(word)


@pytest.mark.parametrize("word", ["Luật", "và/hoặc", "UBND", "-", "CỘNG"])
def test_what_it_may_decide(word: str) -> None:
    assert not is_fixed(word)


def test_names_of_people_are_found_in_running_text() -> None:
    words = "Giao ông Nguyễn Văn An, Trưởng phòng".split()
    assert [word for word, name in zip(words, names_in(words), strict=True) if name] == ["Nguyễn", "Văn", "An,"]
    assert names_in("TRẦN THỊ LAN".split()) == [True] * 3
    assert not any(names_in("SỬA ĐỔI CỦA CHÍNH PHỦ VỀ VĂN THƯ".split()))


@pytest.mark.parametrize(("gap", "expected"), [(10, ("số", "liệu")), (1, ("sốliệu",))])
def test_a_space_is_there_where_the_ink_has_one(language: Language, gap: int, expected: tuple[str, ...]) -> None:
    apart = LineReading((ReadWord("số", 0, 20, 0.9), ReadWord("liệu", 20 + gap, 60 + gap, 0.9)))
    joined = LineReading((ReadWord("sốliệu", 0, 60 + gap, 0.9),))
    spacing = Spacing(Ink(((0, 20), (20 + gap, 60 + gap)), 30), 10)
    (choice,) = vote({"tesserocr": joined, "trueocr": apart}, language, replace(WEIGHTS, parting=20), spacing)
    assert choice.candidate.texts == expected


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("30/11/1983", "39/11/1983"), ("23/05/1977", "23Ø5/1977"), ("045175464015", "945175464015")],
)
def test_a_date_of_the_calendar_and_a_citizens_number_go_before_what_is_none(
    language: Language, right: str, wrong: str
) -> None:
    assert voted(language, reading(wrong, 0.95), reading(right, 0.6)) == right
