"""The page ledger of a batch (sổ trang): every scanned page in exactly one place, or a reason.

Cover sheets cut the stack: the pages behind one, up to the next, are its document. Behind a cover
sheet whose code is spoiled pages are given to nobody, up to the next one. A page that nobody could
look at counts as content: as long as it cannot be read its document waits, and where it can be after
all, `workers.actors.page` first makes sure that it is no cover sheet. So no citizen's paper ends in
another's dossier.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.station.likeness import twins
from schemas.batch import Disposition, Ledger, LedgerEntry, PageFinding, PlannedDocument
from schemas.dossier import CoverSheet

BEFORE_COVER = "Trang đứng trước tờ phân cách đầu tiên nên chưa biết thuộc hồ sơ nào"
BEHIND_REJECTED = "Trang đứng sau một trang không đọc được nên chưa biết thuộc hồ sơ nào"

Twins = Callable[[Sequence[str]], Mapping[int, int]]
Held = Mapping[str, Collection[int]]
NOWHERE: Held = MappingProxyType({})


@dataclass
class _Cut:
    """Where the cutting stands; lives within `balance` only."""

    cover: CoverSheet | None = None
    after_rejected: bool = False
    entries: list[LedgerEntry] = field(default_factory=list)
    documents: list[tuple[CoverSheet, int, list[int]]] = field(default_factory=list)


def balance(findings: Sequence[PageFinding], find_twins: Twins = twins, elsewhere: Held = NOWHERE) -> Ledger:
    """Account for every page of a batch.

    Args:
        findings: one for each scanned page, in any order; page numbers are unique.
        find_twins: tells which likenesses show the same sheet as an earlier one.
        elsewhere: by dossier, the components that other batches hold. A batch without any of these
            supplements them; any other must be complete by itself.

    Returns:
        Entries in page order; documents in stack order; and the problems that keep the batch open.
        Blank pages are set aside. A page scanned twice stays in its document and is flagged in its
        entry: two same pages may be right, so that alone does not hold up a batch.
    """
    ordered = sorted(findings, key=lambda finding: finding.page_no)
    originals = _duplicates(ordered, find_twins)
    cut = _Cut()
    for finding in ordered:
        cut.entries.append(_place(cut, finding, originals.get(finding.page_no)))
    documents = tuple(
        PlannedDocument(document_no=number, cover=cover, page_nos=tuple(pages))
        for number, (cover, _, pages) in enumerate(cut.documents, start=1)
    )
    problems = (*_page_problems(cut.entries), *_document_problems(cut), *_dossier_problems(documents, elsewhere))
    remarks = tuple(_remarks(cut, {finding.page_no: finding.unreadable for finding in ordered}))
    return Ledger(entries=tuple(cut.entries), documents=documents, problems=problems, remarks=remarks)


def _place(cut: _Cut, finding: PageFinding, duplicate_of: int | None) -> LedgerEntry:
    spoiled = finding.rejected or (finding.unreadable if cut.cover is None else "")
    if spoiled:
        cut.cover, cut.after_rejected = None, True
        return LedgerEntry(page_no=finding.page_no, disposition=Disposition.REJECTED, reason=spoiled)
    if finding.cover is not None:
        cut.cover, cut.after_rejected = finding.cover, False
        cut.documents.append((finding.cover, finding.page_no, []))
        return LedgerEntry(page_no=finding.page_no, disposition=Disposition.SEPARATOR)
    if finding.blank:
        return LedgerEntry(page_no=finding.page_no, disposition=Disposition.BLANK)
    return _assign(cut, finding, duplicate_of)


def _assign(cut: _Cut, finding: PageFinding, duplicate_of: int | None) -> LedgerEntry:
    page_no = finding.page_no
    if cut.cover is None:
        reason = BEHIND_REJECTED if cut.after_rejected else BEFORE_COVER
        return LedgerEntry(
            page_no=page_no, disposition=Disposition.UNASSIGNED, duplicate_of=duplicate_of, reason=reason
        )
    pages = cut.documents[-1][2]
    pages.append(page_no)
    return LedgerEntry(
        page_no=page_no,
        disposition=Disposition.DOCUMENT,
        document_no=len(cut.documents),
        position=len(pages),
        duplicate_of=duplicate_of,
        reason=_doubt(finding, duplicate_of),
    )


def _doubt(finding: PageFinding, duplicate_of: int | None) -> str:
    if finding.unreadable:
        return f"Không đọc được: {finding.unreadable}"
    return f"Trang giống trang {duplicate_of}: có thể đã quét hai lần" if duplicate_of else ""


def _duplicates(ordered: Sequence[PageFinding], find_twins: Twins) -> dict[int, int]:
    """Return for each page that shows the same as an earlier one that page's number."""
    pages = [page for page in ordered if not (page.blank or page.cover or page.rejected or page.unreadable)]
    alike = find_twins([page.likeness for page in pages])
    first_of: dict[str, int] = {}
    originals: dict[int, int] = {}
    for index, page in enumerate(pages):
        twin = first_of.setdefault(page.fingerprint, index) if page.fingerprint else index
        twin = twin if twin < index else alike.get(index, index)
        if twin < index:
            originals[page.page_no] = originals.get(pages[twin].page_no, pages[twin].page_no)
    return originals


def _page_problems(entries: Sequence[LedgerEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.disposition is Disposition.REJECTED:
            yield f"Trang {entry.page_no} không dùng được: {entry.reason}"
        elif entry.disposition is Disposition.UNASSIGNED:
            yield f"Trang {entry.page_no}: {entry.reason}"


def _document_problems(cut: _Cut) -> Iterator[str]:
    for cover, page_no, pages in cut.documents:
        if not pages:
            yield f"Tờ phân cách ở trang {page_no} (hồ sơ {cover.dossier_code}, {_place_of(cover)}) không có trang nào"


def _remarks(cut: _Cut, unreadable: Mapping[int, str]) -> Iterator[str]:
    for cover, cover_page, pages in cut.documents:
        for page_no in filter(unreadable.get, pages):
            sheets = f"quét lại các tờ từ trang {cover_page} đến trang {pages[-1]}"
            whose = f"hồ sơ {cover.dossier_code}, {_place_of(cover)}"
            yield f"Trang {page_no} không đọc được ({unreadable[page_no]}): {sheets} ({whose}) thành xấp mới"


def _dossier_problems(documents: Sequence[PlannedDocument], elsewhere: Held) -> Iterator[str]:
    by_dossier: dict[str, list[CoverSheet]] = defaultdict(list)
    for document in documents:
        by_dossier[document.cover.dossier_code].append(document.cover)
    for code, covers in by_dossier.items():
        yield from _problems_of(code, covers, elsewhere.get(code, ()))


def _problems_of(code: str, covers: Sequence[CoverSheet], elsewhere: Collection[int]) -> Iterator[str]:
    totals = sorted({cover.total for cover in covers})
    if len(totals) > 1:
        stated = " và ".join(str(total) for total in totals)
        yield f"Hồ sơ {code}: các tờ phân cách ghi tổng số thành phần khác nhau ({stated})"
    seen = Counter(cover.index for cover in covers)
    held = set(seen) if any(index in elsewhere for index in seen) else {*seen, *elsewhere}
    missing = [str(index) for index in range(1, totals[-1] + 1) if index not in held]
    if missing:
        yield f"Hồ sơ {code} thiếu thành phần {', '.join(missing)} trên {totals[-1]}"
    for index, times in sorted(seen.items()):
        if times > 1:
            yield f"Hồ sơ {code}: thành phần {index} có {times} tờ phân cách"
    for component, places in sorted(_indices(covers).items()):
        if len(places) > 1:
            listed = ", ".join(str(place) for place in sorted(places))
            yield f"Hồ sơ {code}: giấy tờ {component} được ghi ở nhiều thành phần ({listed})"


def _indices(covers: Sequence[CoverSheet]) -> dict[str, set[int]]:
    places: dict[str, set[int]] = defaultdict(set)
    for cover in covers:
        places[cover.component_code].add(cover.index)
    return places


def _place_of(cover: CoverSheet) -> str:
    return f"thành phần {cover.index} trên {cover.total}"
