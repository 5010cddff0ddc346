"""Whatever is in a stack, every page ends in exactly one place."""

import json
from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.station.ledger import balance
from schemas.batch import Disposition, PageFinding
from schemas.dossier import CoverSheet

COVERS = st.builds(
    CoverSheet,
    dossier_code=st.sampled_from(["H26-250101-0001", "H26-250101-0002"]),
    component_code=st.sampled_from(["A", "B"]),
    index=st.integers(1, 3),
    total=st.just(3),
)
LOOKS = st.one_of(
    st.builds(PageFinding, page_no=st.just(0), cover=COVERS),
    st.just(PageFinding(page_no=0, blank=True)),
    st.just(PageFinding(page_no=0, rejected="Mã hỏng")),
    st.just(PageFinding(page_no=0, unreadable="Ảnh hỏng")),
    st.builds(PageFinding, page_no=st.just(0), fingerprint=st.sampled_from("abc")),
)


@settings(max_examples=200, deadline=None)
@given(looks=st.lists(LOOKS, max_size=20), chance=st.randoms())
def test_every_page_is_in_exactly_one_place(looks: list[PageFinding], chance: Random) -> None:
    findings = [replace(look, page_no=number) for number, look in enumerate(looks, start=1)]
    chance.shuffle(findings)
    ledger = balance(findings)
    assert [entry.page_no for entry in ledger.entries] == list(range(1, len(looks) + 1))
    assert Counter(entry.disposition for entry in ledger.entries).total() == len(looks)
    in_documents = [(d.document_no, n, at) for d in ledger.documents for at, n in enumerate(d.page_nos, start=1)]
    by_entry = [
        (entry.document_no, entry.page_no, entry.position)
        for entry in ledger.entries
        if entry.disposition is Disposition.DOCUMENT
    ]
    assert in_documents == by_entry
    assert all(
        (entry.document_no is None) == (entry.disposition is not Disposition.DOCUMENT) for entry in ledger.entries
    )
    lost = any(e.disposition in (Disposition.UNASSIGNED, Disposition.REJECTED) for e in ledger.entries)
    assert not (lost and ledger.balances)
    assert len(ledger.documents) == sum(e.disposition is Disposition.SEPARATOR for e in ledger.entries)
    in_doubt = {f.page_no for f in findings if f.unreadable} & {page_no for _, page_no, _ in by_entry}
    assert len(ledger.remarks) == len(in_doubt)


@given(looks=st.lists(LOOKS, max_size=20))
def test_findings_are_kept_as_they_are(looks: list[PageFinding]) -> None:
    assert [PageFinding.from_json(json.loads(json.dumps(look.to_json()))) for look in looks] == looks
