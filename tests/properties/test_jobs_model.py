"""The job table against a model of it: whatever order things happen in, and whoever dies when.

Workers claim, renew, finish and fail, also long after they lost the job; they die with a job in hand, or in the
middle of a transaction; wake-ups come twice, too early or not at all; sweepers and relays look twice; persons
release and repeat; time passes, and clocks are set back. In the end, when nobody dies any more, nothing is stuck.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pipeline.store import tables
from pipeline.store.records import jobs
from pipeline.store.records.connect import Records, open_records
from pipeline.store.records.jobs import Holder
from schemas.errors import LeaseLost, ReceiverUnavailable, SohoaError, UnreadableFile, WorkKilled
from schemas.jobs import TRANSITIONS, Claim, JobKind, JobState, Lane, NewJob
from schemas.settings import JobSettings

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SETTINGS = JobSettings(max_attempts=3, backoff_s=2.0, backoff_max_s=30.0, lease_s=10.0)
LEASE, LONGEST = timedelta(seconds=SETTINGS.lease_s), timedelta(seconds=SETTINGS.backoff_max_s)
LANES = (Lane.LINE, Lane.URGENT, Lane.SEAL)
MANY = dict.fromkeys(LANES, 10_000)
DEATH = WorkKilled("chết")
ERRORS = st.sampled_from([DEATH, ReceiverUnavailable("mất mạng"), UnreadableFile("hỏng")])
NEXT = {JobKind.PAGE: JobKind.ASSEMBLE, JobKind.ASSEMBLE: JobKind.SEAL}
NUMBERS = st.integers(0, 30)
NEW = st.builds(
    NewJob,
    kind=st.sampled_from(list(NEXT)),
    subject=st.sampled_from("abc"),
    batch=st.just("lo"),
    batch_lane=st.sampled_from([Lane.LINE, Lane.URGENT]),
    turn=st.integers(0, 40),
)
OWNERS = st.sampled_from("xy")


class Died(Exception):
    """A process ended in the middle of a transaction."""


@dataclass
class Known:
    """What the model knows of a job."""

    id: str
    lane: Lane
    created_at: datetime
    available_at: datetime
    order_at: datetime
    state: JobState = JobState.WAITING
    attempt: int = 0
    charged: int = 0
    lease_until: datetime | None = None
    owner: str | None = None

    def become(self, state: JobState) -> None:
        assert (self.state, state) in TRANSITIONS
        self.state = state
        self.lease_until = self.owner = None

    def failed(self, error: SohoaError, now: datetime) -> None:
        self.charged -= error.outage
        again = error.retryable and self.charged < SETTINGS.max_attempts
        self.become(JobState.WAITING if again else JobState.QUARANTINED)
        self.available_at = self.order_at = now + min(timedelta(seconds=2**self.attempt), LONGEST)

    def is_due(self, now: datetime) -> bool:
        return self.state is JobState.WAITING and self.available_at <= now


COLUMNS = ("id", "state", "attempt", "charged", "available_at", "order_at", "lease_until", "owner")


class JobTable(RuleBasedStateMachine):
    """Rules are what processes and persons do; invariants hold after each."""

    claims: Bundle[Claim] = Bundle("claims")

    records: Records

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.known: dict[tuple[JobKind, str], Known] = {}
        self.unsent: Counter[Lane] = Counter()
        with self.records.begin() as tx:
            tx.execute(tables.job.delete())
            tx.execute(tables.outbox.delete())
        for subject in "ab":
            self.add(NewJob(kind=JobKind.PAGE, subject=subject, batch="lo"))

    def note(self, tx: sa.Connection, new: NewJob) -> None:
        """What the model makes of a job that was added."""
        if (new.kind, new.subject) not in self.known:
            found = jobs.find(tx, new.kind, new.subject)
            assert found
            turn = self.now + timedelta(seconds=new.turn)
            self.known[new.kind, new.subject] = Known(found.id, new.lane, self.now, self.now, turn)
            self.unsent[new.lane] += 1

    def holds(self, claim: Claim) -> Known | None:
        known = self.known[claim.kind, claim.subject]
        return known if (known.state, known.attempt) == (JobState.RUNNING, claim.attempt) else None

    def any_job(self, number: int, preferred: set[JobState]) -> Known:
        known = list(self.known.values())
        among = [job for job in known if job.state in preferred and number % 5] or known
        return among[number % len(among)]

    @rule(new=NEW)
    def add(self, new: NewJob) -> None:
        with self.records.begin() as tx:
            jobs.add(tx, [new, new], self.now)
            self.note(tx, new)

    @rule()
    def relay(self) -> None:
        """Relays meet: what one has taken, no other finds."""
        with self.records.begin() as tx:
            assert jobs.take_outbox(tx) == self.unsent
            assert jobs.take_outbox(tx) == {}
        self.unsent.clear()

    @rule(target=claims, lane=st.sampled_from(LANES), owner=OWNERS, patient=st.sampled_from([True, True, False]))
    def wake(self, lane: Lane, owner: str, *, patient: bool) -> Any:
        """Wake somebody in a lane; often when something is due there, and sometimes twice in a row."""
        waiting = [
            job.available_at for job in self.known.values() if job.state is JobState.WAITING and job.lane is lane
        ]
        self.now = max(self.now, min(waiting)) if patient and waiting else self.now
        due = {job.id: job for job in self.known.values() if job.lane is lane and job.is_due(self.now)}
        with self.records.begin() as tx:
            claim = jobs.claim(tx, lane, Holder(owner=owner, lease_s=SETTINGS.lease_s), self.now)
        if claim is None:
            assert not due
            return multiple()
        known = due[claim.job_id]
        assert known.order_at == min(job.order_at for job in due.values()), "not its turn"
        known.become(JobState.RUNNING)
        known.attempt, known.charged = known.attempt + 1, known.charged + 1
        known.lease_until, known.owner = self.now + LEASE, owner
        assert (claim.attempt, claim.charged, claim.lease_until) == (known.attempt, known.charged, known.lease_until)
        return claim

    @rule(claim=claims)
    def renew(self, claim: Claim) -> None:
        known = self.holds(claim)
        with self.records.begin() as tx:
            assert jobs.renew(tx, claim, self.now + LEASE) == (known is not None)
        if known:
            known.lease_until = self.now + LEASE

    @rule(claim=claims, turn=st.integers(0, 3))
    def finish(self, claim: Claim, turn: int) -> None:
        known = self.holds(claim)
        following = [claim.follow(NEXT[claim.kind], claim.subject, turn)] if claim.kind in NEXT else []
        result = [NewJob(kind=JobKind.SPLIT, subject=f"{new.kind} {new.subject}", batch="lo") for new in following]
        try:
            with self.records.begin() as tx:
                jobs.add(tx, result, self.now)
                jobs.finish(tx, claim, self.now, following)
        except LeaseLost:
            assert known is None
            return
        assert known
        known.become(JobState.DONE)
        with self.records.begin() as tx:
            for new in (*result, *following):
                self.note(tx, new)

    @rule(claim=claims, lane=st.sampled_from(LANES))
    def die_in_the_middle(self, claim: Claim, lane: Lane) -> None:
        """What a transaction did that was never committed leaves no trace."""
        with suppress(Died, LeaseLost), self.records.begin() as tx:
            jobs.take_outbox(tx)
            jobs.claim(tx, lane, Holder(owner="z", lease_s=SETTINGS.lease_s), self.now)
            jobs.finish(tx, claim, self.now, [claim.follow(JobKind.STAMP, claim.subject)])
            raise Died

    @rule(claim=claims, error=ERRORS)
    def fail(self, claim: Claim, error: SohoaError) -> None:
        known = self.holds(claim)
        with self.records.begin() as tx:
            told = jobs.fail(tx, claim, error, self.now, SETTINGS)
        if known:
            known.failed(error, self.now)
        assert told == (known.state if known else JobState.RUNNING)

    @rule(owner=OWNERS)
    def bury(self, owner: str) -> None:
        """A process died, and another on its machine sees it."""
        held = [known for known in self.known.values() if known.owner == owner]
        with self.records.begin() as tx:
            assert (owner in jobs.owners(tx)) == bool(held)
            self.give_up(tx, jobs.owned_by(tx, owner), held)
            assert jobs.owned_by(tx, owner) == []

    @rule(seconds=st.integers(0, 40))
    def sweep(self, seconds: int) -> None:
        """Some time later, sweepers look for what died, one right after the other."""
        self.now += timedelta(seconds=seconds)
        for known in self.known.values():
            if known.state is JobState.WAITING and known.available_at > self.now + LONGEST:
                known.available_at = known.order_at = self.now
            if known.lease_until:
                known.lease_until = min(known.lease_until, self.now + LEASE)
        dead = [known for known in self.known.values() if known.lease_until and known.lease_until < self.now]
        with self.records.begin() as tx:
            jobs.set_right(tx, self.now, SETTINGS)
            self.give_up(tx, jobs.expired(tx, self.now), dead)
        with self.records.begin() as tx:
            jobs.set_right(tx, self.now, SETTINGS)
            assert jobs.expired(tx, self.now) == []

    def give_up(self, tx: sa.Connection, lost: list[Claim], dead: list[Known]) -> None:
        assert {claim.job_id for claim in lost} == {known.id for known in dead}
        for claim in lost:
            jobs.fail(tx, claim, DEATH, self.now, SETTINGS)
        for known in dead:
            known.failed(DEATH, self.now)

    @rule(seconds=st.sampled_from([-5000, -20, -1, 1, 9, 11, 60]))
    def let_time_pass(self, seconds: int) -> None:
        """Nothing happens by itself; clocks may be set back."""
        self.now += timedelta(seconds=seconds)

    @rule(number=NUMBERS, act=st.sampled_from([jobs.release, jobs.repeat]))
    def let_a_person_act(self, number: int, act: Callable[[sa.Connection, str, datetime], bool]) -> None:
        states = {JobState.DONE} if act is jobs.repeat else {JobState.QUARANTINED, JobState.WAITING}
        known = self.any_job(number, states)
        with self.records.begin() as tx:
            assert act(tx, known.id, self.now) == (known.state in states)
        if known.state in states:
            if known.state is not JobState.WAITING:
                known.become(JobState.WAITING)
            known.charged, known.available_at, known.order_at = 0, self.now, known.created_at

    @rule(new=NEW)
    def ask(self, new: NewJob) -> None:
        with self.records.begin() as tx:
            jobs.ask(tx, [new], self.now)
            self.note(tx, new)
        known = self.known[new.kind, new.subject]
        if known.state is JobState.DONE:
            known.become(JobState.WAITING)
            known.charged, known.available_at, known.order_at = 0, self.now, known.created_at

    @rule(new=NEW)
    def close(self, new: NewJob) -> None:
        """Whoever is at work on it will find its lease lost."""
        known = self.known.get((new.kind, new.subject))
        with self.records.begin() as tx:
            jobs.close(tx, new.kind, [new.subject, "unknown"], self.now)
        if known and known.state is not JobState.DONE:
            known.become(JobState.DONE)

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        with self.records.begin() as tx:
            rows = tx.execute(sa.select(*(tables.job.c[name] for name in COLUMNS))).all()
            due, idle = jobs.due(tx, self.now, MANY), jobs.idle(tx)
            counts, unfinished = jobs.counts(tx), jobs.unfinished(tx)
        known = list(self.known.values())
        assert {row.id: tuple(row) for row in rows} == {
            job.id: tuple(getattr(job, name) for name in COLUMNS) for job in known
        }
        assert due == Counter(job.lane for job in known if job.is_due(self.now))
        assert counts == Counter((job.lane, job.state) for job in known)
        assert unfinished == sum(job.state in (JobState.WAITING, JobState.RUNNING) for job in known)
        assert idle == (unfinished == 0)

    def teardown(self) -> None:
        """From now on nobody dies, and some wake-up comes now and then: everything is done, or waits for a person."""
        for _ in range(2 * len(self.known)):
            self.sweep(40)
            for lane in LANES:
                while isinstance(claim := self.wake(lane, "x", patient=False), Claim):
                    self.finish(claim, 0)
        stuck = [known for known in self.known.values() if known.state in (JobState.WAITING, JobState.RUNNING)]
        assert stuck == []


def run(there: Records, examples: int, steps: int) -> None:
    class Here(JobTable):
        records = there

    run_state_machine_as_test(Here, settings=hypothesis_settings(max_examples=examples, stateful_step_count=steps))


def test_the_job_table_does_what_its_model_does() -> None:
    opened = open_records("sqlite://", Path("unused"))
    with opened.begin() as tx:
        tables.metadata.create_all(tx, tables=[tables.job, tables.outbox])
    run(opened, examples=60, steps=40)
    opened.engine.dispose()


@pytest.mark.service
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_job_table_on_postgresql_does_what_its_model_does(records: Records) -> None:
    run(records, examples=10, steps=30)
