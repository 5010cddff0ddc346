"""What happens by the clock, where the clock or the database does not behave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.store import migrate
from pipeline.store.records import jobs
from pipeline.store.records.connect import Records, open_records
from pipeline.store.records.jobs import Holder
from pipeline.store.tables import job
from schemas.jobs import Claim, JobKind, JobState, Lane, NewJob
from schemas.settings import JobSettings
from workers.crew import Crew
from workers.owner import own_name
from workers.schedule import MOST_WOKEN, Leases, Schedule, attempt

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SETTINGS = JobSettings(lease_s=60, backoff_max_s=600)
PAGE = NewJob(kind=JobKind.PAGE, subject="lo/1", batch="lo")
ME = Holder(owner=own_name(), lease_s=60)


@dataclass
class World:
    """A clock that is set by hand, a database that lets one wait, and a queue that only notes."""

    file: Path
    now: datetime = NOW
    wait_s: float = 0
    woken: list[tuple[Lane, int]] = field(default_factory=list)
    crew: Crew = field(default_factory=Crew)

    def __post_init__(self) -> None:
        self.engine = open_records("", self.file).engine
        migrate.upgrade(self.engine)
        records = SlowRecords(self.engine, self)
        self.crew.hire({Lane.LINE: 2})
        self.schedule = Schedule(
            records=records, queue=self, clock=self.tell, settings=SETTINGS, leases=Leases(), crew=self.crew
        )

    def tick(self) -> None:
        for look in (self.schedule.compare_clocks, self.schedule.sweep, self.schedule.call):
            attempt(look)

    def tell(self) -> datetime:
        return self.now

    def wake(self, lane: Lane, times: int = 1) -> None:
        self.woken.append((lane, times))

    def add(self, subject: str, at: datetime) -> str:
        with Records(self.engine).begin() as tx:
            jobs.add(tx, [NewJob(kind=JobKind.PAGE, subject=subject, batch="lo")], at)
            jobs.take_outbox(tx)
            found = jobs.find(tx, JobKind.PAGE, subject)
        assert found
        return found.id

    def claimed(self) -> Claim:
        with Records(self.engine).begin() as tx:
            jobs.add(tx, [PAGE], self.now)
            jobs.take_outbox(tx)
            claim = jobs.claim(tx, Lane.LINE, ME, self.now)
        assert claim
        return claim

    def state(self, job_id: str) -> JobState:
        with Records(self.engine).begin() as tx:
            return jobs.show(tx, job_id).state


@dataclass(frozen=True)
class SlowRecords(Records):
    """A database whose lock somebody else holds for a while, each time it is asked for."""

    world: World

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        self.world.now += timedelta(seconds=self.world.wait_s)
        with super().begin() as tx:
            yield tx


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "sohoa.db")
    yield made
    made.engine.dispose()


def test_work_that_goes_on_keeps_its_lease_though_the_database_lets_its_owner_wait(world: World) -> None:
    claim = world.claimed()
    world.schedule.leases.hold(claim)
    world.wait_s = SETTINGS.lease_s + 1
    world.tick()
    assert world.state(claim.job_id) is JobState.RUNNING
    world.schedule.leases.drop(claim)
    world.tick()
    assert world.state(claim.job_id) is JobState.WAITING


def test_a_lease_is_written_anew_when_a_third_of_it_is_over(world: World) -> None:
    claim = world.claimed()
    world.schedule.leases.hold(claim)
    for elapsed, ends in ((15, 60), (25, 85), (40, 85), (50, 110)):
        world.now = NOW + timedelta(seconds=elapsed)
        world.tick()
        assert lease_ends(world) == NOW + timedelta(seconds=ends)


def test_a_lease_is_written_anew_when_the_clock_was_set_back(world: World) -> None:
    claim = world.claimed()
    world.schedule.leases.hold(claim)
    world.now = NOW - timedelta(hours=1)
    world.tick()
    world.now += timedelta(seconds=25)
    world.tick()
    assert lease_ends(world) == world.now + timedelta(seconds=60)
    world.schedule.leases.drop(claim)
    assert world.schedule.leases.held() == []


def lease_ends(world: World) -> datetime:
    with Records(world.engine).begin() as tx:
        ends: datetime = tx.execute(sa.select(job.c.lease_until)).scalar_one()
    return ends


def test_an_attempt_that_lost_its_lease_does_not_let_go_of_the_next_ones() -> None:
    leases = Leases()
    first, second = (
        Claim(
            job_id="j",
            kind=JobKind.PAGE,
            subject="lo/1",
            batch="lo",
            lane=Lane.LINE,
            attempt=attempt,
            lease_until=NOW,
        )
        for attempt in (1, 2)
    )
    leases.hold(first)
    leases.hold(second)
    leases.drop(first)
    assert second in leases.held()
    leases.drop(second)
    assert leases.held() == []


def test_a_clock_that_was_a_year_ahead_leaves_nothing_waiting_for_that_year(world: World) -> None:
    world.now = NOW + timedelta(days=365)
    running = world.claimed()
    world.add("lo/2", world.now)
    world.now = NOW
    world.tick()
    assert world.woken == [(Lane.LINE, 1)]
    assert world.state(running.job_id) is JobState.RUNNING
    world.now += timedelta(seconds=SETTINGS.lease_s + 1)
    world.tick()
    assert world.state(running.job_id) is JobState.WAITING


def test_a_pause_that_was_meant_is_kept(world: World) -> None:
    world.add("lo/1", world.now + timedelta(seconds=SETTINGS.backoff_max_s))
    world.tick()
    assert world.woken == []


def test_deaths_of_the_whole_program_count_up_to_a_limit_of_their_own(tmp_path: Path) -> None:
    world = World(tmp_path / "sohoa.db")
    held = world.claimed()
    for death in range(1, SETTINGS.max_deaths + 1):
        world.now += timedelta(seconds=SETTINGS.lease_s + 1)
        world.schedule.sweep()
        dead_often = death == SETTINGS.max_deaths
        assert world.state(held.job_id) is (JobState.QUARANTINED if dead_often else JobState.WAITING)
        if not dead_often:
            world.now += timedelta(seconds=10)
            with Records(world.engine).begin() as tx:
                again = jobs.claim(tx, Lane.LINE, ME, world.now)
            assert again, death
            assert again.attempt == death + 1


def test_only_idle_workers_are_woken_however_much_waits(world: World) -> None:
    for number in range(9):
        world.add(f"lo/{number}", world.now)
    with world.crew.at_work(Lane.LINE):
        world.tick()
        assert world.woken == [(Lane.LINE, 1)]
        with world.crew.at_work(Lane.LINE):
            world.tick()
    assert world.woken == [(Lane.LINE, 1)]
    world.tick()
    assert world.woken[1:] == [(Lane.LINE, 2)]


def test_nobody_is_woken_for_a_lane_that_is_not_worked_on_here(world: World) -> None:
    with Records(world.engine).begin() as tx:
        jobs.add(tx, [NewJob(kind=JobKind.SEAL, subject="vb", batch="lo")], world.now)
        jobs.take_outbox(tx)
    world.tick()
    assert world.woken == []


def test_new_jobs_wake_as_many_workers_elsewhere_too(world: World) -> None:
    with Records(world.engine).begin() as tx:
        jobs.add(tx, (NewJob(kind=JobKind.PAGE, subject=f"lo/{n}", batch="lo") for n in range(500)), world.now)
        jobs.add(tx, [NewJob(kind=JobKind.SEAL, subject="vb", batch="lo")], world.now)
    world.schedule.call()
    assert sorted(world.woken) == [(Lane.LINE, MOST_WOKEN), (Lane.SEAL, 1)]
    world.schedule.call()
    assert world.woken[2:] == [(Lane.LINE, 2)], "from then on, for those that are idle here"


def test_who_is_leaving_wakes_nobody(world: World) -> None:
    world.add("lo/1", world.now)
    world.crew.dismiss()
    world.tick()
    assert world.woken == []
