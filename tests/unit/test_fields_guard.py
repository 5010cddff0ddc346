"""The cross-citizen guard: every wrong owner is held, no right one, among papers that are misread."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from drawn_text import Reader

from pipeline.fields.extraction import find_fields
from pipeline.fields.guard import Says, by_name, by_number, conflicts
from pipeline.fields.template import library
from samples.cases import Case, Paper
from samples.make import any_case
from schemas.dossier import Dossier, Owner
from schemas.fields import Conflict, Field, FieldKind, PaperFields, Verdict
from schemas.geometry import Box

CASES = 24
"""Of these there are 120 in the figures of docs/adr/0017."""
WELL_READ, BADLY_READ = Reader(rate=0.02, sure=0.8), Reader(rate=0.12, sure=0.5)


@cache
def cases() -> tuple[Case, ...]:
    return tuple(any_case(7, serial) for serial in range(1, CASES + 1))


def against(papers: Sequence[Paper], dossier: Dossier, reader: Reader) -> tuple[Conflict, ...]:
    pages = [reader.read(leaf) for paper in papers for leaf in paper.leaves]
    return conflicts(find_fields(pages, library(), papers[0].component.code), dossier, library())


def stranger_to(case: Case) -> Dossier:
    """Return the dossier of somebody else, of any procedure."""
    return next(other.dossier for other in cases() if other.dossier.owner.name != case.dossier.owner.name)


def is_guarded(paper: Paper) -> bool:
    (found,) = find_fields([Reader().read(leaf) for leaf in paper.leaves], library(), paper.component.code)
    return bool(library().named(found.template).owner)


@pytest.mark.parametrize("reader", [WELL_READ, BADLY_READ], ids=["well read", "badly read"])
def test_every_wrong_owner_is_held_and_no_right_one(reader: Reader) -> None:
    held: list[Conflict] = []
    missed: list[str] = []
    guarded = 0
    for number, case in enumerate(cases()):
        seen = replace(reader, seed=str(number))
        for paper in case.papers:
            held += against([paper], case.dossier, seen)
            if is_guarded(paper):
                guarded += 1
                missed += [] if against([paper], stranger_to(case), seen) else [paper.component.name]
    assert (held, missed) == ([], [])
    assert guarded > 2 * CASES


def test_a_paper_of_another_citizen_behind_the_right_one_is_found() -> None:
    for case in cases()[:8]:
        other = next(each for each in cases() if each.dossier.owner.name != case.dossier.owner.name)
        strange = next(paper for paper in other.papers if is_guarded(paper))
        own = case.papers[0]
        found = against([own, strange], case.dossier, WELL_READ)
        assert {conflict.field.page_no > len(own.leaves) for conflict in found} == {True}


def test_papers_that_cannot_say_whose_they_are_are_never_held() -> None:
    case = next(case for case in cases() for paper in case.papers if paper.component.name == "Giấy chứng sinh")
    certificate = next(paper for paper in case.papers if paper.component.name == "Giấy chứng sinh")
    assert against([certificate], stranger_to(case), Reader()) == ()


def test_either_party_of_a_contract_may_be_the_owner() -> None:
    case = next(case for case in cases() if case.dossier.procedure_code == "1.001612")
    lease = next(paper for paper in case.papers if paper.component.name == "Hợp đồng thuê mặt bằng")
    (found,) = find_fields([Reader().read(leaf) for leaf in lease.leaves], library())
    lessor = {field.kind: field.value for field in found.fields if field.role == "lessor"}
    owner = Owner(name=lessor[FieldKind.FULL_NAME], identity_no=lessor[FieldKind.IDENTITY_NO])
    assert against([lease], replace(case.dossier, owner=owner), Reader()) == ()


def said(kind: FieldKind, value: str, *, verified: bool = False, verdict: Verdict = Verdict.VALID) -> Field:
    return Field(
        kind=kind,
        role="applicant",
        value=value,
        normalised=value,
        page_no=1,
        box=Box(0, 0, 1, 1),
        confidence=0.9,
        verified=verified,
        verdict=verdict,
    )


def unsure(name: str, confidence: float = 0.2) -> Field:
    """Return a name of which a word may be misread."""
    return replace(said(FieldKind.FULL_NAME, name, verdict=Verdict.DOUBTFUL), confidence=confidence)


OWNER = Owner(name="Lường Thị Bích Ngọc", identity_no="045190001234")
NAME, NUMBER = FieldKind.FULL_NAME, FieldKind.IDENTITY_NO
STRANGE_NUMBER = said(NUMBER, "044171650932")


@pytest.mark.parametrize(
    ("field", "says"),
    [
        (said(NUMBER, "045190001234"), Says.OWNER),
        (said(NUMBER, "045190001284"), Says.LIKE),
        (said(NUMBER, "197123456"), Says.NOTHING),
        (STRANGE_NUMBER, Says.OTHER),
        (said(NUMBER, "0441716509", verdict=Verdict.INVALID), Says.UNLIKE),
    ],
)
def test_numbers(field: Field, says: Says) -> None:
    assert by_number(field, OWNER.identity_no) is says


@pytest.mark.parametrize(
    ("field", "says"),
    [
        (said(NAME, "LƯỜNG THỊ BÍCH NGỌC"), Says.OWNER),
        (said(NAME, "Luờng Thi Bích Ngoc", verified=True), Says.LIKE),
        (said(NAME, "Lưòug Thi Bíeh Ngoe"), Says.UNLIKE),
        (said(NAME, "Trịnh Công Phúc"), Says.OTHER),
        (said(NAME, "T:nh C", verdict=Verdict.DOUBTFUL), Says.UNLIKE),
        (unsure("Trịnh Công Phúc"), Says.OTHER),
        (unsure("Lường Văn Phúc"), Says.OTHER),
        (unsure("Lường Thị Phúc"), Says.UNLIKE),
        (unsure("Trịnh Công Phúc", confidence=0.01), Says.UNLIKE),
        (unsure("Tri nl Cvn ghuc"), Says.UNLIKE),
        (said(NAME, "Lường Thị"), Says.UNLIKE),
        (said(NAME, "Lường Thị Bích Ngân", verified=True), Says.OTHER),
    ],
)
def test_names(field: Field, says: Says) -> None:
    assert by_name(field, OWNER.name) is says


def judged(*fields: Field, owner: Owner = OWNER, template: str = "application") -> bool:
    paper = PaperFields(template=template, first_page_no=1, last_page_no=2, fields=fields)
    return bool(conflicts([paper], replace(cases()[0].dossier, owner=owner), library()))


def test_what_outweighs_what() -> None:
    right, wrong = said(NAME, OWNER.name), said(NAME, "Trịnh Công Phúc")
    assert not judged(wrong, said(NUMBER, OWNER.identity_no)), "a name changes, a number does not"
    assert judged(right, STRANGE_NUMBER), "another person of the same name"
    assert not judged(right, said(NUMBER, "197123456")), "the old number says nothing of the new one"
    assert not judged(said(NUMBER, "045190001284"), wrong), "almost the number, badly read"
    assert judged(said(NUMBER, "045190001284", verified=True), wrong), "almost the number, read for sure: a twin"
    assert not judged(said(NAME, "", verdict=Verdict.HANDWRITTEN)), "nothing was read"
    assert not judged(wrong, template="form"), "a paper that may be anybody's"


def test_another_signature_on_a_later_page_is_held() -> None:
    signed = replace(said(FieldKind.SIGNER, "Trịnh Công Phúc"), page_no=2)
    assert judged(said(NAME, OWNER.name), signed)
    assert not judged(said(NAME, OWNER.name), replace(signed, page_no=1))


def test_a_body_is_not_compared_with_whoever_signs_for_it() -> None:
    company = Owner(name="Công ty TNHH Thịnh Phát", identity_no="")
    assert not judged(said(NAME, "Trịnh Công Phúc"), STRANGE_NUMBER, owner=company)


def test_a_slip_with_the_code_of_another_dossier_is_held() -> None:
    slip = said(FieldKind.DOSSIER_CODE, "H50.142-20261120-0000999")
    assert judged(said(NAME, OWNER.name), slip, template="tiep-nhan")
    own = said(FieldKind.DOSSIER_CODE, cases()[0].dossier.code)
    assert not judged(said(NAME, OWNER.name), own, template="tiep-nhan")


def test_a_place_names_nobody() -> None:
    assert Conflict(STRANGE_NUMBER).place == "trang 1, số định danh"
