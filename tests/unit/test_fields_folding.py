"""Spellings that are found in spite of misreading, names that are one person's, values by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from pipeline.fields.amounts import amount_in_words, amount_of
from pipeline.fields.folding import distance, fold, found_at
from pipeline.fields.names import Likeness, compare
from pipeline.fields.validators import JUDGES, birth_year
from schemas.fields import FieldKind, Verdict

LETTERS = st.text("abcdefgh", min_size=6, max_size=14)


@given(LETTERS, LETTERS, LETTERS, st.integers(0, 2), st.data())
def test_what_stands_there_with_few_letters_wrong_is_found(
    before: str, wanted: str, behind: str, wrong: int, data: st.DataObject
) -> None:
    spoiled = list(wanted)
    for place in data.draw(st.lists(st.integers(0, len(wanted) - 1), min_size=wrong, max_size=wrong)):
        spoiled[place] = "x"
    places = found_at(wanted, before + "".join(spoiled) + behind, 2)
    assert places
    assert min(place[2] for place in places) <= wrong
    assert all(start < end for start, end, _ in places)


@given(LETTERS, LETTERS)
def test_places_are_as_far_off_as_they_say(wanted: str, text: str) -> None:
    assert all(distance(wanted, text[start:end]) == wrong <= 2 for start, end, wrong in found_at(wanted, text, 2))


def test_folding_leaves_letters_and_digits() -> None:
    assert fold("Số ký hiệu: 12/QĐ-UBND") == "sokyhieu12qdubnd"


@pytest.mark.parametrize(
    ("printed", "known", "likeness"),
    [
        ("HOÀ THỊ THUÝ", "Hòa Thị Thúy", Likeness.SAME),
        ("Nguyễn Thị Ngọc Diễm", "Nguyễn Thị Ngọc Diêm", Likeness.LIKE),
        ("Nguyên Thi Ngoc Diem", "Nguyễn Thị Ngọc Diễm", Likeness.LIKE),
        ("Nguyễn ThịNgọc Diễm", "Nguyễn Thị Ngọc Diễm", Likeness.LIKE),
        ("Nguyễn Thị Phượug", "Nguyễn Thị Phượng", Likeness.LIKE),
        ("Nguyễn Văn An", "Nguyễn Văn Anh", Likeness.NEAR),
        ("Trần Thị Loan", "Trần Thị Lan", Likeness.NEAR),
        ("Lê Văn Hà", "Lê Thị Hà", Likeness.OTHER),
        ("Trịnh Công Phúc", "Lường Thị Bích Ngọc", Likeness.OTHER),
    ],
)
def test_names(printed: str, known: str, likeness: Likeness) -> None:
    assert compare(printed, known) is likeness


@pytest.mark.parametrize(
    ("kind", "text", "normalised", "verdict"),
    [
        (FieldKind.IDENTITY_NO, "044 194 408 883", "044194408883", Verdict.VALID),
        (FieldKind.IDENTITY_NO, "197123456", "197123456", Verdict.VALID),
        (FieldKind.IDENTITY_NO, "003194408883", "003194408883", Verdict.DOUBTFUL),
        (FieldKind.IDENTITY_NO, "04419440888", "04419440888", Verdict.INVALID),
        (FieldKind.IDENTITY_NO, "O44194408883", "O44194408883", Verdict.INVALID),
        (FieldKind.TAX_CODE, "0100109106", "0100109106", Verdict.VALID),
        (FieldKind.TAX_CODE, "0100109106-001", "0100109106-001", Verdict.VALID),
        (FieldKind.TAX_CODE, "0100109107", "0100109107", Verdict.INVALID),
        (FieldKind.BORN_ON, "29/02/2024", "2024-02-29", Verdict.VALID),
        (FieldKind.BORN_ON, "29/02/2023", "", Verdict.INVALID),
        (FieldKind.BORN_ON, "1994", "1994", Verdict.VALID),
        (FieldKind.ISSUED_ON, "ngày 05 tháng 9 năm 2026", "2026-09-05", Verdict.VALID),
        (FieldKind.NOTATION, "175/GCS", "175/GCS", Verdict.VALID),
        (FieldKind.NOTATION, "23/2026/NĐ-CP", "23/2026/NĐ-CP", Verdict.VALID),
        (FieldKind.NOTATION, "abc", "abc", Verdict.DOUBTFUL),
        (FieldKind.FULL_NAME, "NGUYỄN VĂN Ý", "NGUYỄN VĂN Ý", Verdict.VALID),
        (FieldKind.FULL_NAME, "Hồ Lan", "Hồ Lan", Verdict.VALID),
        (FieldKind.FULL_NAME, "Mỹ Vân", "Mỹ Vân", Verdict.DOUBTFUL),
        (FieldKind.SIGNER, "PHAM MỸ VÂN", "PHAM MỸ VÂN", Verdict.DOUBTFUL),
        (FieldKind.FULL_NAME, "Nguyễn văn Ý", "Nguyễn văn Ý", Verdict.DOUBTFUL),
        (FieldKind.AMOUNT, "250.000.000 đồng", "250000000", Verdict.VALID),
        (FieldKind.AMOUNT, "25.00", "", Verdict.INVALID),
        (FieldKind.DOSSIER_CODE, "H50.116-20261120-0000123", "H50.116-20261120-0000123", Verdict.VALID),
    ],
)
def test_values_are_judged_and_never_rewritten(kind: FieldKind, text: str, normalised: str, verdict: Verdict) -> None:
    told, judged, reason = JUDGES[kind](text)
    assert (told, judged) == (normalised, verdict)
    assert bool(reason) == (verdict is not Verdict.VALID)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Một trăm bốn mươi triệu đồng", 140_000_000),
        ("hai mươi lăm nghìn không trăm linh tư", 25_004),
        ("Một tỷ hai trăm năm mươi triệu đồng chẵn", 1_250_000_000),
        ("mười lăm triệu đồng Việt Nam", 15_000_000),
        ("Ba nghìn hai trăm tỷ đồng", 3_200_000_000_000),
        ("năm mươi mốt ngàn", 51_000),
        ("năm mươi con gà", None),
    ],
)
def test_amounts_in_words(words: str, number: int | None) -> None:
    assert amount_in_words(words) == number


@given(st.integers(0, 10**12))
def test_amounts_in_digits(number: int) -> None:
    assert amount_of(f"{number:,}".replace(",", ".")) == number


def test_the_year_of_birth_in_a_number() -> None:
    assert birth_year("044194408883") == 1994
    assert birth_year("044205408883") == 2005
    assert birth_year("197123456") is None


@given(st.text("abcd", max_size=9), st.text("abcd", max_size=9))
def test_the_distance_is_that_of_levenshtein(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) == Levenshtein.distance(one, other)
