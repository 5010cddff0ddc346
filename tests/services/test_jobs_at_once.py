"""The job table in the hands of many at once, on PostgreSQL: real transactions that overlap."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pipeline.store import tables
from pipeline.store.records import jobs
from pipeline.store.records.connect import Records
from pipeline.store.records.jobs import Holder
from schemas.errors import LeaseLost, WorkKilled
from schemas.jobs import JobKind, JobState, Lane, NewJob
from schemas.settings import JobSettings

pytestmark = [pytest.mark.service, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SETTINGS = JobSettings(max_attempts=50, backoff_s=0.0, backoff_max_s=0.0)
PATIENCE_S = 60.0


def holder(name: str) -> Holder:
    return Holder(owner=name, lease_s=60.0)


def add(records: Records, number: int, batch: str = "lo") -> None:
    with records.begin() as tx:
        jobs.add(
            tx, [NewJob(kind=JobKind.PAGE, subject=f"{batch}/{n}", batch=batch, turn=n) for n in range(number)], NOW
        )


class OnTheSide:
    """Transactions that were begun and are not ended, each in its own connection."""

    def __init__(self, records: Records, stack: ExitStack) -> None:
        self._records, self._stack = records, stack

    def begin(self) -> tuple[sa.Connection, ExitStack]:
        """Return an open transaction and what commits it."""
        end = self._stack.enter_context(ExitStack())
        return end.enter_context(self._records.begin()), end


@pytest.fixture
def side(records: Records) -> Iterator[OnTheSide]:
    with ExitStack() as stack:
        yield OnTheSide(records, stack)


@contextmanager
def undone(records: Records) -> Iterator[sa.Connection]:
    """A transaction whose process dies before it commits."""
    with pytest.raises(ZeroDivisionError), records.begin() as tx:
        yield tx
        raise ZeroDivisionError


def test_a_claim_passes_over_the_row_that_another_is_just_taking(records: Records, side: OnTheSide) -> None:
    add(records, 3)
    (first, end_first), (second, end_second) = side.begin(), side.begin()
    claims = [jobs.claim(tx, Lane.LINE, holder("a"), LATER) for tx in (first, second, first)]
    assert [claim and claim.subject for claim in claims] == ["lo/0", "lo/1", "lo/2"]
    assert jobs.claim(second, Lane.LINE, holder("b"), LATER) is None
    end_first.close()
    end_second.close()


def test_a_row_passed_over_is_not_lost_when_the_other_dies(records: Records) -> None:
    add(records, 2)
    with undone(records) as dying:
        assert jobs.claim(dying, Lane.LINE, holder("a"), LATER)
        with records.begin() as tx:
            claim = jobs.claim(tx, Lane.LINE, holder("b"), LATER)
            assert claim
            assert claim.subject == "lo/1"
    with records.begin() as tx:
        again = jobs.claim(tx, Lane.LINE, holder("b"), LATER)
        assert again
        assert (again.subject, again.attempt) == ("lo/0", 1)


def test_many_workers_do_every_job_once(records: Records) -> None:
    add(records, 240)
    done: Counter[str] = Counter()
    together = threading.Barrier(6)

    def work(name: str) -> None:
        together.wait(PATIENCE_S)
        while True:
            with records.begin() as tx:
                claim = jobs.claim(tx, Lane.LINE, holder(name), LATER)
            if claim is None:
                return
            with records.begin() as tx:
                jobs.finish(tx, claim, LATER, [claim.follow(JobKind.SEAL, claim.subject)])
            done[claim.subject] += 1

    in_threads(6, work)
    assert done == Counter(f"lo/{number}" for number in range(240))
    with records.begin() as tx:
        assert jobs.counts(tx) == {(Lane.LINE, JobState.DONE): 240, (Lane.SEAL, JobState.WAITING): 240}
        assert tx.execute(sa.select(sa.func.max(tables.job.c.attempt))).scalar_one() == 1


def test_workers_that_die_and_sweepers_that_meet_lose_and_double_nothing(records: Records) -> None:
    add(records, 60)
    results: Counter[str] = Counter()

    def work(name: str) -> None:
        for turn in range(200):
            with records.begin() as tx:
                claim = jobs.claim(tx, Lane.LINE, holder(name), LATER)
            if claim is None:
                return
            if turn % 3 == 0:  # dies; the sweeper finds it at once: its lease is long over
                sweep(records)
            with suppress(LeaseLost):
                with records.begin() as tx:
                    jobs.finish(tx, claim, LATER)
                results[claim.subject] += 1

    def sweep(records: Records) -> None:
        with records.begin() as tx:
            jobs.set_right(tx, LATER, SETTINGS)
            for lost in jobs.expired(tx, LATER + timedelta(minutes=2)):
                jobs.fail(tx, lost, WorkKilled("chết"), NOW, SETTINGS)

    in_threads(4, work)
    assert results == Counter(f"lo/{number}" for number in range(60))
    with records.begin() as tx:
        assert jobs.counts(tx) == {(Lane.LINE, JobState.DONE): 60}


def test_two_sweepers_at_once_put_a_lost_job_back_once(records: Records, side: OnTheSide) -> None:
    add(records, 1)
    with records.begin() as tx:
        claim = jobs.claim(tx, Lane.LINE, holder("a"), NOW)
    assert claim
    (one, end_one), (other, _) = side.begin(), side.begin()
    (lost,) = jobs.expired(one, LATER)
    assert jobs.expired(other, LATER) == jobs.owned_by(other, "a") == []
    jobs.set_right(other, NOW - timedelta(days=1), SETTINGS)
    assert jobs.fail(one, lost, WorkKilled("chết"), LATER, SETTINGS) is JobState.WAITING
    end_one.close()
    assert jobs.expired(other, LATER) == []
    with records.begin() as tx:
        assert jobs.fail(tx, lost, WorkKilled("chết"), LATER, SETTINGS) is JobState.RUNNING, (
            "too late: not held any more"
        )
        again = jobs.claim(tx, Lane.LINE, holder("b"), LATER)
    assert again
    assert (again.attempt, again.charged) == (2, 2)


def test_two_relays_at_once_hand_over_each_wake_up_once(records: Records, side: OnTheSide) -> None:
    add(records, 5)
    (one, end_one), (other, end_other) = side.begin(), side.begin()
    assert jobs.take_outbox(one) == {Lane.LINE: 5}
    add(records, 2, "khác")
    assert jobs.take_outbox(other) == {Lane.LINE: 2}
    end_one.close()
    end_other.close()
    with records.begin() as tx:
        assert jobs.take_outbox(tx) == {}


def test_a_wake_up_taken_by_a_relay_that_dies_is_there_for_the_next(records: Records) -> None:
    add(records, 5)
    with undone(records) as dying:
        assert jobs.take_outbox(dying) == {Lane.LINE: 5}
    with records.begin() as tx:
        assert jobs.take_outbox(tx) == {Lane.LINE: 5}


def test_the_same_jobs_added_at_once_are_there_once(records: Records) -> None:
    together = threading.Barrier(4)

    def split(_name: str) -> None:
        together.wait(PATIENCE_S)
        add(records, 500)

    in_threads(4, split)
    with records.begin() as tx:
        assert jobs.counts(tx) == {(Lane.LINE, JobState.WAITING): 500}
        assert jobs.take_outbox(tx) == {Lane.LINE: 500}


def in_threads(number: int, work: Callable[[str], None]) -> None:
    """Do it in so many threads at once."""
    with ThreadPoolExecutor(number) as pool:
        going: list[Future[None]] = [pool.submit(work, f"w{n}") for n in range(number)]
        for each in going:
            each.result(PATIENCE_S)
