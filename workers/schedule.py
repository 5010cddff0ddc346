"""What happens by the clock: call workers for new and due jobs, renew leases, sweep dead ones."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from pipeline.ports import Clock, Queue
from pipeline.store.records import jobs
from pipeline.store.records.connect import Records
from schemas.errors import ServiceError, SohoaError, WorkKilled
from schemas.jobs import Claim, JobState, Lane
from schemas.settings import JobSettings
from workers.crew import Crew
from workers.metrics.meters import Meters
from workers.owner import is_dead

log = structlog.get_logger()
LONGEST_WAIT_AFTER_DEATH_S = 10.0
RENEWED_AFTER = 1 / 3
"""Share of a lease after which it is renewed: time for several attempts, and few writes for long work."""
SWEPT_EVERY = 2
"""Looks for new and due jobs between two for dead workers: the dead can wait a moment longer than the living."""
CLOCKS_COMPARED_S = 60.0
MOST_WOKEN = 64
"""Workers woken at once for new jobs; more than these find the rest by their own clock."""


@dataclass(frozen=True)
class Leases:
    """The leases that this process holds, so that they are renewed while the work goes on."""

    _held: dict[str, Claim] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, claim: Claim) -> None:
        """Renew this lease from now on."""
        with self._lock:
            self._held[claim.job_id] = claim

    def drop(self, claim: Claim) -> None:
        """Renew it no more. A later attempt of this process at the same job keeps its own."""
        with self._lock:
            if self._holds(claim):
                del self._held[claim.job_id]

    def prolong(self, claim: Claim, until: datetime) -> None:
        """Note until when a lease lasts now, if it is still held."""
        with self._lock:
            if self._holds(claim):
                self._held[claim.job_id] = replace(claim, lease_until=until)

    def held(self) -> list[Claim]:
        """Return the leases held now."""
        with self._lock:
            return list(self._held.values())

    def worn(self, until: datetime, wear: timedelta) -> list[Claim]:
        """Return those that end more than `wear` before `until`; also those beyond it: a clock was set back."""
        return [claim for claim in self.held() if abs(until - claim.lease_until) > wear]

    def _holds(self, claim: Claim) -> bool:
        held = self._held.get(claim.job_id)
        return held is not None and held.attempt == claim.attempt


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One look at the job table after the other; any number of these may run at once."""

    records: Records
    queue: Queue
    clock: Clock
    settings: JobSettings
    leases: Leases
    crew: Crew
    meters: Meters = field(default_factory=Meters)
    _news: threading.Event = field(default_factory=threading.Event)

    def relay(self) -> None:
        """Wake workers for new jobs. A crash in between loses wake-ups only: `call` mends that."""
        with self.records.begin() as tx:
            new = jobs.take_outbox(tx)
        self._wake(new)

    def call(self) -> None:
        """Wake workers for new jobs, and for those that are due and that nobody has taken.

        The latter mends wake-ups that were lost, by the queue or by a crash before they were sent, and begins
        what was put off until now. Bounded by the idle threads of each process, it never floods the queue,
        however much is waiting.
        """
        with self.records.begin() as tx:
            new = jobs.take_outbox(tx)
            missed = jobs.due(tx, self.clock(), self.crew.free())
        self._wake(new | missed)

    def _wake(self, wanted: Counter[Lane]) -> None:
        for lane, number in wanted.items():
            self.queue.wake(lane, min(number, MOST_WOKEN))

    def sweep(self) -> None:
        """Prolong the leases of work that goes on here; put back, or into quarantine, the jobs of workers that died.

        One transaction: this process may have waited longer for it than a lease lasts.
        """
        with self.records.begin() as tx:
            lease = timedelta(seconds=self.settings.lease_s)
            until = self.clock() + lease
            worn = self.leases.worn(until, lease * RENEWED_AFTER)
            for claim in worn:
                jobs.renew(tx, claim, until)
            for claim in self._lost(tx):
                self._put_back(tx, claim)
        for claim in worn:
            self.leases.prolong(claim, until)

    def _lost(self, tx: sa.Connection) -> list[Claim]:
        dead = filter(is_dead, jobs.owners(tx))
        return jobs.expired(tx, self.clock()) + [claim for owner in dead for claim in jobs.owned_by(tx, owner)]

    def _put_back(self, tx: sa.Connection, claim: Claim) -> None:
        error = WorkKilled("Tiến trình giữ việc đã chết giữa chừng")
        state = jobs.fail(tx, claim, error, self.clock(), after_death(self.settings))
        self.meters.lease_lost(claim.kind)
        told = {"batch": claim.batch, "job": claim.job_id, "kind": claim.kind, "attempt": claim.attempt}
        log.warning("lease lost", **told, state=state)

    def compare_clocks(self) -> None:
        """Bring near what a clock that was ahead has put far off."""
        with self.records.begin() as tx:
            jobs.set_right(tx, self.clock(), self.settings)

    def hurry(self) -> None:
        """Let new jobs be relayed now, not only when the clock comes round."""
        self._news.set()

    def keep_leases(self, stop: threading.Event) -> None:
        """Sweep until told to stop, and compare clocks now and then."""
        compared = -CLOCKS_COMPARED_S
        while not stop.wait(self.settings.sweep_s * SWEPT_EVERY):
            if time.monotonic() - compared >= CLOCKS_COMPARED_S:
                compared = time.monotonic()
                attempt(self.compare_clocks)
            attempt(self.sweep)

    def call_workers(self, stop: threading.Event) -> None:
        """Call until told to stop: the only thread of a process that talks to the queue.

        It has nothing else to do: a broker that is frozen holds up neither leases nor workers.
        """
        called = -self.settings.sweep_s
        while not stop.is_set():
            self._news.wait(self.settings.sweep_s)
            self._news.clear()
            if time.monotonic() - called < self.settings.sweep_s:
                attempt(self.relay)
                continue
            called = time.monotonic()
            attempt(self.call)


def attempt(look: Callable[[], None]) -> None:
    """Look once; an outage of the database or the queue is logged and waited out."""
    try:
        look()
    except ServiceError as error:
        log.warning("schedule waits", code=error.code)
    except Exception as error:  # noqa: BLE001 - edge of a thread: without its clock the process loses its leases
        where = getattr(look, "__name__", "")
        log.error("schedule stumbled", exception=type(error).__name__, where=where)  # noqa: TRY400 - no traceback text: it may quote personal data


def after_death(settings: JobSettings) -> JobSettings:
    """Return the limits for jobs whose holder died as a whole.

    Pages are worked on in child processes; what kills the parent is seldom the job's fault. Such
    attempts count, but up to a limit of their own, and the next one does not wait for long.
    """
    soon = min(settings.backoff_max_s, LONGEST_WAIT_AFTER_DEATH_S)
    return replace(settings, max_attempts=max(settings.max_attempts, settings.max_deaths), backoff_max_s=soon)


def settle(schedule: Schedule, claim: Claim, error: SohoaError) -> JobState:
    """Record that an attempt failed: back to waiting, or into quarantine; return which."""
    with schedule.records.begin() as tx:
        state = jobs.fail(tx, claim, error, schedule.clock(), schedule.settings)
    report = log.error if state is JobState.QUARANTINED else log.warning
    report("job failed", job=claim.job_id, kind=claim.kind, attempt=claim.attempt, code=error.code, state=state)
    return state
