"""How a stack is cut into documents, and what keeps a batch open."""

import pytest

from pipeline.station.ledger import balance
from schemas.batch import Disposition, Ledger, PageFinding
from schemas.dossier import CoverSheet

CODE, OTHER = "H26.7-250101-0001", "H26.7-250101-0002"
Stack = tuple[PageFinding | CoverSheet | str, ...]


def cover(index: int = 1, total: int = 1, component: str = "", code: str = CODE) -> CoverSheet:
    return CoverSheet(dossier_code=code, component_code=component or f"GT{index}", index=index, total=total)


def ledger(*pages: PageFinding | CoverSheet | str) -> Ledger:
    """Account for covers; "" a blank, "!" a spoiled cover, "?" an unreadable page, other text a page of that look."""
    return balance(findings(*pages))


def findings(*pages: PageFinding | CoverSheet | str) -> list[PageFinding]:
    return [finding(page_no, page) for page_no, page in enumerate(pages, start=1)]


def finding(page_no: int, page: PageFinding | CoverSheet | str) -> PageFinding:
    if isinstance(page, PageFinding):
        return page
    if isinstance(page, CoverSheet):
        return PageFinding(page_no=page_no, cover=page, fingerprint=page.payload)
    if page == "!":
        return PageFinding(page_no=page_no, rejected="Mã hỏng")
    if page == "?":
        return PageFinding(page_no=page_no, unreadable="Ảnh hỏng")
    return PageFinding(page_no=page_no, blank=page == "", fingerprint=page)


def places(found: Ledger) -> str:
    return "".join(entry.disposition.value[0] for entry in found.entries)


def test_cover_sheets_cut_and_blanks_are_set_aside() -> None:
    found = ledger(cover(1, 2), "a", "", "b", cover(2, 2), "c", "")
    assert places(found) == "sdbdsdb"
    assert [(item.document_no, item.page_nos) for item in found.documents] == [(1, (2, 4)), (2, (6,))]
    assert [entry.position for entry in found.entries] == [None, 1, None, 2, None, 1, None]
    assert found.balances


def test_pages_before_the_first_cover_belong_to_nobody() -> None:
    found = ledger("a", cover(), "b")
    assert found.entries[0].disposition is Disposition.UNASSIGNED
    assert found.documents[0].page_nos == (3,)
    assert not found.balances
    assert "Trang 1" in found.problems[0]


def test_a_blank_before_the_first_cover_is_no_problem() -> None:
    assert ledger("", cover(), "b").balances


def test_a_cover_without_pages() -> None:
    found = ledger(cover(1, 2), "", cover(2, 2), "a")
    assert found.problems == (f"Tờ phân cách ở trang 1 (hồ sơ {CODE}, thành phần 1 trên 2) không có trang nào",)


def test_an_unreadable_page_is_content_of_its_document_and_the_batch_may_close() -> None:
    found = ledger(cover(1, 2), "a", "?", "b", "", cover(2, 2), "c")
    assert places(found) == "sdddbsd"
    assert [item.page_nos for item in found.documents] == [(2, 3, 4), (7,)]
    assert found.balances
    assert found.entries[2].reason == "Không đọc được: Ảnh hỏng"
    (remark,) = found.remarks
    assert "Trang 3 không đọc được (Ảnh hỏng)" in remark
    assert "từ trang 1 đến trang 4" in remark
    assert "thành phần 1 trên 2" in remark


def test_a_document_may_consist_of_an_unreadable_page_alone() -> None:
    found = ledger(cover(), "?")
    assert found.documents[0].page_nos == (2,)
    assert found.balances


def test_an_unreadable_page_that_hides_a_component_keeps_the_batch_open() -> None:
    found = ledger(cover(1, 2), "a", "?", "b")
    assert found.problems == (f"Hồ sơ {CODE} thiếu thành phần 2 trên 2",)


@pytest.mark.parametrize("stack", [("?", "a", cover(), "b"), (cover(), "a", "!", "?", cover(1, 1, code=OTHER), "b")])
def test_an_unreadable_page_that_stands_behind_no_cover_sheet_keeps_the_batch_open(stack: Stack) -> None:
    found = ledger(*stack)
    page_no = stack.index("?") + 1
    assert found.entries[page_no - 1].disposition is Disposition.REJECTED
    assert any(f"Trang {page_no} " in problem for problem in found.problems)
    assert not found.remarks


def test_unreadable_pages_are_no_duplicates_of_each_other() -> None:
    assert all(entry.duplicate_of is None for entry in ledger(cover(), "?", "?").entries)


def test_a_stack_may_supplement_what_other_stacks_hold() -> None:
    assert balance(findings(cover(2, 3), "a"), elsewhere={CODE: {1, 3}}).balances
    found = balance(findings(cover(2, 3), "a"), elsewhere={CODE: {1}, OTHER: {3}})
    assert found.problems == (f"Hồ sơ {CODE} thiếu thành phần 3 trên 3",)


def test_a_stack_that_repeats_what_others_hold_must_be_complete_by_itself() -> None:
    found = balance(findings(cover(1, 3), "a", cover(3, 3), "b"), elsewhere={CODE: {1, 2, 3}})
    assert found.problems == (f"Hồ sơ {CODE} thiếu thành phần 2 trên 3",)


def test_pages_behind_a_spoiled_cover_sheet_are_given_to_nobody() -> None:
    found = ledger(cover(1, 2), "a", "!", "b", cover(2, 2), "c")
    assert places(found) == "sdrusd"
    assert [item.page_nos for item in found.documents] == [(2,), (6,)]
    assert len(found.problems) == 2


def test_a_page_scanned_twice_is_flagged_and_the_batch_may_close() -> None:
    found = ledger(cover(), "a", "b", "a", "a")
    assert [entry.duplicate_of for entry in found.entries] == [None, None, None, 2, 2]
    assert "giống trang 2" in found.entries[3].reason
    assert found.documents[0].page_nos == (2, 3, 4, 5)
    assert found.balances


def test_likeness_counts_where_fingerprints_differ() -> None:
    pages = [PageFinding(page_no=n, fingerprint=str(n), likeness=look) for n, look in ((2, "x"), (3, "y"), (4, "x"))]
    found = balance([finding(1, cover()), *pages], find_twins=lambda looks: {looks.index("x", 1): 0})
    assert [entry.duplicate_of for entry in found.entries] == [None, None, None, 2]


def test_blanks_and_covers_are_never_duplicates() -> None:
    assert all(entry.duplicate_of is None for entry in ledger(cover(), "a", "", "").entries)


def test_missing_components_keep_the_batch_open() -> None:
    found = ledger(cover(1, 4), "a", cover(3, 4), "b")
    assert found.problems == (f"Hồ sơ {CODE} thiếu thành phần 2, 4 trên 4",)


def test_a_component_twice() -> None:
    found = ledger(cover(1, 1), "a", cover(1, 1), "b")
    assert found.problems == (f"Hồ sơ {CODE}: thành phần 1 có 2 tờ phân cách",)


def test_a_paper_code_in_two_places() -> None:
    found = ledger(cover(1, 2, "GT"), "a", cover(2, 2, "GT"), "b")
    assert found.problems == (f"Hồ sơ {CODE}: giấy tờ GT được ghi ở nhiều thành phần (1, 2)",)


def test_totals_that_contradict() -> None:
    found = ledger(cover(1, 2), "a", cover(2, 3), "b")
    assert any("tổng số thành phần khác nhau (2 và 3)" in problem for problem in found.problems)


def test_dossiers_are_judged_apart() -> None:
    found = ledger(cover(1, 1), "a", cover(1, 2, code=OTHER), "b", cover(2, 2, code=OTHER), "c")
    assert found.balances
    assert [item.cover.dossier_code for item in found.documents] == [CODE, OTHER, OTHER]


def test_findings_may_come_in_any_order() -> None:
    pages = [finding(3, "b"), finding(1, cover()), finding(2, "a")]
    assert balance(pages) == balance(sorted(pages, key=lambda page: page.page_no))


def test_an_empty_batch_balances() -> None:
    assert ledger().balances
