"""The job table: claims, fencing, attempts, outbox, quarantine."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.store.records import jobs
from pipeline.store.records.connect import Records
from schemas.errors import LeaseLost, NotFound, ReceiverUnavailable, UnreadableFile, WorkKilled
from schemas.jobs import TRANSITIONS, Claim, JobKind, JobState, Lane, NewJob
from schemas.settings import JobSettings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LEASE_S = 60.0
SETTINGS = JobSettings(max_attempts=3, backoff_s=2.0, backoff_max_s=60.0)
PAGE = NewJob(kind=JobKind.PAGE, subject="lo/1")


def add(records: Records, *new: NewJob) -> list[str]:
    with records.begin() as tx:
        jobs.add(tx, new, NOW)
        return [job_id for job_id, _ in jobs.take_outbox(tx)]


def try_claim(records: Records, job_id: str, at: datetime = NOW) -> Claim | None:
    with records.begin() as tx:
        return jobs.claim(tx, job_id, "a", at, LEASE_S)


def claim(records: Records, job_id: str, at: datetime = NOW) -> Claim:
    held = try_claim(records, job_id, at)
    assert held
    return held


def test_a_job_is_added_once_and_so_is_its_wake_up(records: Records) -> None:
    assert len(add(records, PAGE, PAGE)) == 1
    assert add(records, PAGE) == []
    with records.begin() as tx:
        assert jobs.counts(tx) == {(Lane.LINE, JobState.WAITING): 1}


def test_only_one_of_two_claims_wins_and_counts_before_the_work(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    first, second = claim(records, job_id), try_claim(records, job_id)
    assert first.attempt == 1
    assert second is None


def test_a_result_without_the_lease_is_rolled_back_with_all_that_follows(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    stale = claim(records, job_id)
    with records.begin() as tx:
        jobs.fail(tx, stale, WorkKilled("chết"), NOW, SETTINGS)
    fresh = claim(records, job_id, NOW + timedelta(minutes=5))
    assert fresh.attempt == 2
    following = NewJob(kind=JobKind.ASSEMBLE, subject="vb")
    with pytest.raises(LeaseLost), records.begin() as tx:
        jobs.add(tx, [following], NOW)
        jobs.finish(tx, stale, NOW)
    with records.begin() as tx:
        assert jobs.find(tx, JobKind.ASSEMBLE, "vb") is None
        jobs.finish(tx, fresh, NOW, [following])
        assert jobs.show(tx, job_id).state is JobState.DONE
        assert [state for (_, state) in jobs.counts(tx)].count(JobState.WAITING) == 1


def test_attempts_end_in_quarantine_and_a_person_frees_it(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    at = NOW
    for _ in range(SETTINGS.max_attempts):
        held = claim(records, job_id, at)
        with records.begin() as tx:
            state = jobs.fail(tx, held, WorkKilled("quá bộ nhớ"), at, SETTINGS)
        at += timedelta(hours=1)
    assert state is JobState.QUARANTINED
    assert try_claim(records, job_id, at) is None
    with records.begin() as tx:
        (found,) = jobs.quarantined(tx)
        assert (found.error_code, found.error_message) == ("work-killed", "quá bộ nhớ")
        assert jobs.release(tx, job_id, at)
    assert claim(records, job_id, at).attempt == SETTINGS.max_attempts + 1


def test_bad_input_goes_to_quarantine_at_once(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    held = claim(records, job_id)
    with records.begin() as tx:
        assert jobs.fail(tx, held, UnreadableFile("hỏng"), NOW, SETTINGS) is JobState.QUARANTINED


def test_an_outage_of_a_day_costs_nothing_but_time(records: Records) -> None:
    (job_id,) = add(records, NewJob(kind=JobKind.DELIVER, subject="d"))
    at = NOW
    for _ in range(200):
        held = claim(records, job_id, at)
        with records.begin() as tx:
            assert jobs.fail(tx, held, ReceiverUnavailable("mất mạng"), at, SETTINGS) is JobState.WAITING
        at += timedelta(seconds=SETTINGS.backoff_max_s)
    assert claim(records, job_id, at).attempt == 201


def test_backoff_doubles_up_to_its_limit() -> None:
    waits = [jobs.backoff(attempt, SETTINGS).total_seconds() for attempt in (1, 2, 3, 6, 7, 400)]
    assert waits == [2, 4, 8, 60, 60, 60]


def test_an_expired_lease_is_found_and_a_renewed_one_is_not(records: Records) -> None:
    first, second = add(records, PAGE, NewJob(kind=JobKind.PAGE, subject="lo/2"))
    held = claim(records, first)
    claim(records, second)
    later = NOW + timedelta(seconds=LEASE_S + 1)
    with records.begin() as tx:
        assert jobs.renew(tx, held, later + timedelta(seconds=LEASE_S))
        assert [lost.job_id for lost in jobs.expired(tx, later)] == [second]


def test_a_lost_outbox_is_mended_by_looking_for_due_jobs(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    with records.begin() as tx:
        assert jobs.take_outbox(tx) == []
        assert jobs.due(tx, NOW) == [(job_id, Lane.LINE)]


def test_a_backlog_in_one_lane_hides_no_due_job_of_another(records: Records) -> None:
    with records.begin() as tx:
        jobs.add(tx, (NewJob(kind=JobKind.PAGE, subject=f"lo/{number}") for number in range(20)), NOW)
        jobs.add(tx, [NewJob(kind=JobKind.SEAL, subject="vb"), NewJob(kind=JobKind.DELIVER, subject="d")], NOW)
        lanes = [lane for _, lane in jobs.due(tx, NOW, limit=10)]
    assert {lane: lanes.count(lane) for lane in lanes} == {Lane.LINE: 10, Lane.SEAL: 1, Lane.DELIVER: 1}


def test_only_a_finished_job_is_repeated(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    held = claim(records, job_id)
    with records.begin() as tx:
        assert not jobs.repeat(tx, job_id, NOW)
        jobs.finish(tx, held, NOW)
    with records.begin() as tx:
        assert jobs.repeat(tx, job_id, NOW)
        assert not jobs.repeat(tx, job_id, NOW)
    assert claim(records, job_id).attempt == 2


def test_a_crash_before_commit_leaves_no_trace(records: Records) -> None:
    with pytest.raises(ZeroDivisionError), records.begin() as tx:
        jobs.add(tx, [PAGE], NOW)
        raise ZeroDivisionError
    with records.begin() as tx:
        assert jobs.unfinished(tx) == 0


def test_a_beginning_of_an_id_names_a_job_only_if_it_is_the_only_one(records: Records) -> None:
    ids = add(records, *(NewJob(kind=JobKind.PAGE, subject=f"lo/{number}") for number in range(40)))
    with records.begin() as tx:
        assert jobs.show(tx, ids[0]).id == ids[0]
        for wrong in ("", "%", "zz"):
            with pytest.raises(NotFound):
                jobs.show(tx, wrong)


def test_every_change_of_state_is_a_declared_transition(records: Records) -> None:
    (job_id,) = add(records, PAGE)
    seen = [JobState.WAITING]

    def note() -> None:
        with records.begin() as tx:
            seen.append(jobs.show(tx, job_id).state)

    held = claim(records, job_id)
    note()
    with records.begin() as tx:
        jobs.fail(tx, held, WorkKilled("x"), NOW, SETTINGS)
    note()
    held = claim(records, job_id, NOW + timedelta(hours=1))
    note()
    with records.begin() as tx:
        jobs.fail(tx, held, UnreadableFile("x"), NOW, SETTINGS)
    note()
    with records.begin() as tx:
        jobs.release(tx, job_id, NOW)
    note()
    held = claim(records, job_id, NOW + timedelta(hours=2))
    note()
    with records.begin() as tx:
        jobs.finish(tx, held, NOW)
    note()
    with records.begin() as tx:
        jobs.repeat(tx, job_id, NOW)
    note()
    assert set(pairwise(seen)) <= TRANSITIONS
