"""The job table against a model of it: whatever order things happen in, and whoever dies when.

Workers claim, renew, finish and fail, also long after they lost the job, or never come back;
wake-ups come twice or not at all; persons release and repeat; time passes, and clocks are set back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
from pipeline.store.records.connect import open_records
from schemas.errors import LeaseLost, ReceiverUnavailable, SohoaError, UnreadableFile, WorkKilled
from schemas.jobs import TRANSITIONS, Claim, JobKind, JobState, NewJob
from schemas.settings import JobSettings

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SETTINGS = JobSettings(max_attempts=3, backoff_s=2.0, backoff_max_s=30.0, lease_s=10.0)
LEASE, LONGEST = timedelta(seconds=SETTINGS.lease_s), timedelta(seconds=SETTINGS.backoff_max_s)
DEATH = WorkKilled("chết")
ERRORS = st.sampled_from([DEATH, ReceiverUnavailable("mất mạng"), UnreadableFile("hỏng")])
NEXT = {JobKind.PAGE: JobKind.ASSEMBLE, JobKind.ASSEMBLE: JobKind.SEAL}
NUMBERS = st.integers(0, 30)
NEW = st.builds(NewJob, kind=st.sampled_from(list(NEXT)), subject=st.sampled_from("ab"))


@dataclass
class Known:
    """What the model knows of a job."""

    id: str
    available_at: datetime
    state: JobState = JobState.WAITING
    attempt: int = 0
    charged: int = 0
    lease_until: datetime | None = None

    def turn(self, state: JobState) -> None:
        assert (self.state, state) in TRANSITIONS
        self.state = state
        self.lease_until = None

    def failed(self, error: SohoaError, now: datetime) -> None:
        self.charged -= error.outage
        again = error.retryable and self.charged < SETTINGS.max_attempts
        self.turn(JobState.WAITING if again else JobState.QUARANTINED)
        self.available_at = now + min(timedelta(seconds=2**self.attempt), LONGEST)

    def row(self) -> tuple[Any, ...]:
        owner = "a" if self.state is JobState.RUNNING else None
        return self.id, self.state, self.attempt, self.charged, self.available_at, self.lease_until, owner


class JobTable(RuleBasedStateMachine):
    """Rules are what processes and persons do; invariants hold after each."""

    claims: Bundle[Claim] = Bundle("claims")

    @initialize()
    def open(self) -> None:
        self.records = open_records("sqlite://", Path("unused"))
        with self.records.begin() as tx:
            tables.metadata.create_all(tx, tables=[tables.job, tables.outbox])
        self.now = START
        self.known: dict[tuple[JobKind, str], Known] = {}
        self.unsent: list[str] = []
        for subject in "ab":
            self.add(NewJob(kind=JobKind.PAGE, subject=subject))

    def teardown(self) -> None:
        self.records.engine.dispose()

    def note(self, tx: sa.Connection, new: NewJob) -> None:
        """What the model makes of a job that was added."""
        if (new.kind, new.subject) not in self.known:
            found = jobs.find(tx, new.kind, new.subject)
            assert found
            self.known[new.kind, new.subject] = Known(found.id, self.now)
            self.unsent.append(found.id)

    def holds(self, claim: Claim) -> Known | None:
        known = self.known[claim.kind, claim.subject]
        return known if (known.state, known.attempt) == (JobState.RUNNING, claim.attempt) else None

    @rule(new=NEW)
    def add(self, new: NewJob) -> None:
        with self.records.begin() as tx:
            jobs.add(tx, [new, new], self.now)
            self.note(tx, new)

    @rule()
    def relay(self) -> None:
        with self.records.begin() as tx:
            assert [job_id for job_id, _ in jobs.take_outbox(tx)] == self.unsent
        self.unsent = []

    def any_job(self, number: int, preferred: set[JobState]) -> Known:
        known = list(self.known.values())
        among = [job for job in known if job.state in preferred and number % 5] or known
        return among[number % len(among)]

    @rule(target=claims, number=NUMBERS, patient=st.sampled_from([True, True, False]))
    def wake(self, number: int, *, patient: bool) -> Any:
        """Wake somebody for some job, twice; often when its time has come."""
        known = self.any_job(number, {JobState.WAITING})
        self.now = max(self.now, known.available_at) if patient else self.now
        can_be_had = known.state is JobState.WAITING and known.available_at <= self.now
        with self.records.begin() as tx:
            first, second = (jobs.claim(tx, known.id, "a", self.now, SETTINGS.lease_s) for _ in range(2))
        assert second is None
        assert (first is not None) == can_be_had
        if first is None:
            return multiple()
        known.turn(JobState.RUNNING)
        known.attempt, known.charged = known.attempt + 1, known.charged + 1
        known.lease_until = self.now + LEASE
        assert (first.attempt, first.charged, first.lease_until) == (known.attempt, known.charged, known.lease_until)
        return first

    @rule(claim=claims)
    def renew(self, claim: Claim) -> None:
        known = self.holds(claim)
        with self.records.begin() as tx:
            assert jobs.renew(tx, claim, self.now + LEASE) == (known is not None)
        if known:
            known.lease_until = self.now + LEASE

    @rule(claim=claims)
    def finish(self, claim: Claim) -> None:
        known = self.holds(claim)
        follow = [NewJob(kind=NEXT[claim.kind], subject=claim.subject)] if claim.kind in NEXT else []
        try:
            with self.records.begin() as tx:
                jobs.add(tx, [NewJob(kind=JobKind.SPLIT, subject=f"{claim.job_id}/{claim.attempt}")], self.now)
                jobs.finish(tx, claim, self.now, follow)
        except LeaseLost:
            assert known is None
            return
        assert known
        known.turn(JobState.DONE)
        with self.records.begin() as tx:
            for new in (NewJob(kind=JobKind.SPLIT, subject=f"{claim.job_id}/{claim.attempt}"), *follow):
                self.note(tx, new)

    @rule(claim=claims, error=ERRORS)
    def fail(self, claim: Claim, error: SohoaError) -> None:
        known = self.holds(claim)
        with self.records.begin() as tx:
            told = jobs.fail(tx, claim, error, self.now, SETTINGS)
        if known:
            known.failed(error, self.now)
        assert told == (known.state if known else JobState.RUNNING)

    @rule(seconds=st.integers(0, 40))
    def sweep(self, seconds: int) -> None:
        """Some time later, another process looks for what died."""
        self.now += timedelta(seconds=seconds)
        with self.records.begin() as tx:
            jobs.set_right(tx, self.now, SETTINGS)
            lost = jobs.expired(tx, self.now)
            for claim in lost:
                jobs.fail(tx, claim, DEATH, self.now, SETTINGS)
        for known in self.known.values():
            if known.state is JobState.WAITING and known.available_at > self.now + LONGEST:
                known.available_at = self.now
            if known.lease_until:
                known.lease_until = min(known.lease_until, self.now + LEASE)
        dead = [known for known in self.known.values() if known.lease_until and known.lease_until < self.now]
        assert {claim.job_id for claim in lost} == {known.id for known in dead}
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
                known.turn(JobState.WAITING)
            known.charged, known.available_at = 0, self.now

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        columns = ("id", "state", "attempt", "charged", "available_at", "lease_until", "owner")
        with self.records.begin() as tx:
            rows = tx.execute(sa.select(*(tables.job.c[name] for name in columns))).all()
            due = {job_id for job_id, _ in jobs.due(tx, self.now)}
        wanted = {known.id: known.row() for known in self.known.values()}
        assert {row.id: tuple(row) for row in rows} == wanted
        assert len(rows) == len(wanted)
        waiting = [known for known in self.known.values() if known.state is JobState.WAITING]
        assert due == {known.id for known in waiting if known.available_at <= self.now}


def test_the_job_table_does_what_its_model_does() -> None:
    run_state_machine_as_test(JobTable, settings=hypothesis_settings(max_examples=70, stateful_step_count=40))
