"""What the chaos audit calls lost, doubled, sealed twice or stuck; a run in which all is well has no fault."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from chaos.audit import RECEIVERS, Kind, Truth, judge, truth_of
from chaos.facts import Facts, Objects, Version
from chaos.plan import SERVERS, Target, plan
from chaos.stacks import draw

from schemas.batch import Disposition
from schemas.document import SealLevel

Spoil = Callable[[Facts], Facts]


@pytest.fixture(scope="module")
def truth() -> Truth:
    return truth_of(draw(24, 3))


@pytest.fixture(scope="module")
def good(truth: Truth) -> Facts:
    """All that is found where nothing is wrong."""
    papers = sorted(truth.papers)
    versions = [Version(*paper, truth.papers[paper], 1, f"seal{at}", SealLevel.B_T) for at, paper in enumerate(papers)]
    digests = {version.digest for version in versions}
    numbered = enumerate([(receiver, paper) for receiver in RECEIVERS for paper in papers])
    return Facts(
        pages=set(truth.pages),
        batches=Counter(closed=len(truth.stacks)),
        versions=versions,
        kept=digests | {"page"},
        deliveries=[(receiver, paper[0], "accepted", str(number)) for number, (receiver, paper) in numbered],
        out_of_turn=0,
        unfinished=[],
        outbox=0,
        objects=Objects(spoilt=[], rewritten=[], digests=digests | {"page"}, signed=digests, seals=len(digests)),
        papers={receiver: Counter(papers) for receiver in RECEIVERS},
        hashes=digests,
    )


def test_all_is_well(truth: Truth, good: Facts) -> None:
    assert judge(truth, good) == []


def without_a_page(facts: Facts) -> Facts:
    return replace(facts, pages=set(sorted(facts.pages, key=str)[1:]))


def without_a_document(facts: Facts) -> Facts:
    return replace(facts, versions=facts.versions[1:], hashes=facts.hashes - {facts.versions[0].digest})


def with_a_paper_twice(facts: Facts) -> Facts:
    store = facts.papers["citizen-store"]
    return replace(facts, papers=facts.papers | {"citizen-store": store + Counter(list(store)[:1])})


def with_other_objects(**change: object) -> Spoil:
    return lambda facts: replace(facts, objects=replace(facts.objects, **change))  # type: ignore[arg-type] # by name


def with_a_second_version(level: SealLevel) -> Spoil:
    def spoil(facts: Facts) -> Facts:
        first, *others = facts.versions
        second = replace(first, number=2, digest="second")
        changed = replace(facts, versions=[replace(first, level=level), second, *others])
        return with_other_objects(signed=facts.objects.signed | {"second"})(changed)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (without_a_page, Kind.LOST),
        (without_a_document, Kind.LOST),
        (lambda facts: replace(facts, kept=facts.kept | {"gone"}), Kind.LOST),
        (with_other_objects(spoilt=["ab/cd/abcd"]), Kind.LOST),
        (with_a_paper_twice, Kind.DOUBLED),
        (with_other_objects(rewritten=["ab/cd/abcd"]), Kind.DOUBLED),
        (lambda facts: replace(facts, batches=Counter(closed=99)), Kind.DOUBLED),
        (with_a_second_version(SealLevel.B_T), Kind.SEALED_TWICE),
        (with_other_objects(seals=99), Kind.SEALED_TWICE),
        (lambda facts: with_other_objects(signed=facts.objects.signed | {"x"})(facts), Kind.SEALED_TWICE),
        (lambda facts: replace(facts, unfinished=[("page", "quarantined", "x", 5, "unexpected")]), Kind.STUCK),
        (lambda facts: replace(facts, outbox=1), Kind.STUCK),
        (lambda facts: replace(facts, deliveries=[("citizen-store", "x", "pending", "7")]), Kind.STUCK),
        (lambda facts: replace(facts, out_of_turn=1), Kind.WRONG),
        (lambda facts: replace(facts, hashes=set()), Kind.WRONG),
        (lambda facts: replace(facts, deliveries=[("citizen-store", "x", "accepted", None)]), Kind.WRONG),
    ],
)
def test_every_fault_is_seen(truth: Truth, good: Facts, spoil: Spoil, kind: Kind) -> None:
    assert kind in {fault.kind for fault in judge(truth, spoil(good))}


def test_a_time_stamp_that_came_later_is_no_second_seal(truth: Truth, good: Facts) -> None:
    assert judge(truth, with_a_second_version(SealLevel.B_B)(good)) == []


def test_a_page_that_went_elsewhere_is_seen(truth: Truth, good: Facts) -> None:
    gone = min(good.pages, key=str)
    moved = good.pages - {gone} | {(*gone[:2], Disposition.REJECTED, None, None, None)}
    assert {fault.kind for fault in judge(truth, replace(good, pages=moved))} == {Kind.WRONG}


def test_stacks_have_the_pages_that_were_asked_for_and_are_repeatable() -> None:
    drawn = draw(30, 1)
    assert sum(len(stack.places) for stack in drawn) == 30
    assert {place.disposition for stack in drawn for place in stack.places} == {
        Disposition.DOCUMENT,
        Disposition.SEPARATOR,
        Disposition.BLANK,
    }
    assert [stack.data for stack in drawn] == [stack.data for stack in draw(30, 1)]


def test_a_plan_hits_every_server_once_and_workers_as_often_as_asked() -> None:
    for seed in range(20):
        hit = Counter(blow.target for blow in plan(7, seed))
        assert [hit[server] for server in SERVERS] == [1, 1, 1]
        assert hit[Target.WORKER] + hit[Target.SUPERVISOR] == 7
    assert plan(7, 1) == plan(7, 1) != plan(7, 2)
