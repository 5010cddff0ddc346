"""The job table: turns, claims, fencing, attempts, outbox, quarantine."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from pipeline.store.records import jobs
from pipeline.store.records.connect import Records
from pipeline.store.records.jobs import Holder
from schemas.errors import LeaseLost, NotFound, ReceiverUnavailable, SohoaError, UnreadableFile, WorkKilled
from schemas.jobs import TRANSITIONS, Claim, JobKind, JobState, Lane, NewJob
from schemas.settings import JobSettings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOLDER = Holder(owner="a", lease_s=60.0)
SETTINGS = JobSettings(max_attempts=3, backoff_s=2.0, backoff_max_s=60.0)
PAGE = NewJob(kind=JobKind.PAGE, subject="lo/1", batch="lo")


def page_jobs(batch: str, number: int) -> list[NewJob]:
    """Return what splitting makes of a batch."""
    return [NewJob(kind=JobKind.PAGE, subject=f"{batch}/{turn + 1}", batch=batch, turn=turn) for turn in range(number)]


def add(records: Records, *new: NewJob, at: datetime = NOW) -> None:
    with records.begin() as tx:
        jobs.add(tx, new, at)


def relay(records: Records) -> dict[Lane, int]:
    with records.begin() as tx:
        return jobs.take_outbox(tx)


def try_claim(records: Records, at: datetime = NOW, lane: Lane = Lane.LINE) -> Claim | None:
    with records.begin() as tx:
        return jobs.claim(tx, lane, HOLDER, at)


def claim(records: Records, at: datetime = NOW, lane: Lane = Lane.LINE) -> Claim:
    held = try_claim(records, at, lane)
    assert held
    return held


def finish(records: Records, held: Claim, *follow: NewJob, at: datetime = NOW) -> None:
    with records.begin() as tx:
        jobs.finish(tx, held, at, follow)


def fail(records: Records, held: Claim, error: SohoaError, at: datetime = NOW) -> JobState:
    with records.begin() as tx:
        return jobs.fail(tx, held, error, at, SETTINGS)


def state_of(records: Records, held: Claim) -> JobState:
    with records.begin() as tx:
        return jobs.show(tx, held.job_id).state


def test_a_job_is_added_once_and_so_is_its_wake_up(records: Records) -> None:
    add(records, PAGE, PAGE)
    assert relay(records) == {Lane.LINE: 1}
    add(records, PAGE)
    assert relay(records) == {}
    with records.begin() as tx:
        assert jobs.counts(tx) == {(Lane.LINE, JobState.WAITING): 1}
        assert jobs.unfinished(tx) == 1


def test_three_thousand_pages_are_added_in_a_few_statements(records: Records) -> None:
    seen: list[str] = []
    sa.event.listen(records.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    add(records, *page_jobs("lo", 3_000))
    assert len(seen) < 12
    assert relay(records) == {Lane.LINE: 3_000}


def test_jobs_of_other_lanes_are_not_handed_out(records: Records) -> None:
    batches = {Lane.LINE: Lane.LINE, Lane.URGENT: Lane.URGENT, Lane.BULK: Lane.BULK}
    for lane in batches:
        add(records, NewJob(kind=JobKind.PAGE, subject=f"{lane}/1", batch=lane, batch_lane=lane))
    add(records, NewJob(kind=JobKind.SEAL, subject="vb", batch="lo"))
    for lane in (Lane.URGENT, Lane.SEAL, Lane.BULK, Lane.LINE):
        assert claim(records, lane=lane).lane is lane
        assert try_claim(records, lane=lane) is None
    assert try_claim(records, lane=Lane.DELIVER) is None


def test_what_follows_stays_with_its_batch_and_urgent_ones_stay_urgent(records: Records) -> None:
    for batch_lane, lane in ((Lane.URGENT, Lane.URGENT), (Lane.LINE, Lane.SEAL)):
        add(records, NewJob(kind=JobKind.ASSEMBLE, subject=batch_lane, batch=f"lo {batch_lane}", batch_lane=batch_lane))
        held = claim(records, lane=batch_lane)
        finish(records, held, held.follow(JobKind.SEAL, batch_lane))
        following = claim(records, lane=lane)
        assert (following.kind, following.batch) == (JobKind.SEAL, f"lo {batch_lane}")


def test_batches_advance_together_whatever_their_size(records: Records) -> None:
    later = NOW + timedelta(seconds=10.5)
    add(records, *page_jobs("lon", 300))
    add(records, *page_jobs("nho", 4), at=later)
    order = [claim(records, later).subject for _ in range(304)]
    small = [order.index(f"nho/{number}") for number in (1, 2, 3, 4)]
    assert small == [11, 13, 15, 17]
    assert [place for place in order if place.startswith("lon")] == [f"lon/{number + 1}" for number in range(300)]


def test_nobody_starves_however_much_comes_later(records: Records) -> None:
    add(records, *page_jobs("lon", 30))
    done: list[tuple[str, datetime]] = []
    for second in range(90):  # each second two small batches come, and there is time for one page
        at = NOW + timedelta(seconds=second)
        add(records, *(NewJob(kind=JobKind.PAGE, subject=f"{second}.{n}", batch="x") for n in "ab"), at=at)
        held = claim(records, at)
        done.append((held.subject, at))
        finish(records, held)
    pages = [subject for subject, _ in done if subject.startswith("lon")]
    assert pages == [f"lon/{number + 1}" for number in range(30)]


def test_a_claim_counts_before_the_work_and_nobody_else_gets_the_job(records: Records) -> None:
    add(records, PAGE)
    first = claim(records)
    assert (first.attempt, first.charged, first.lease_until) == (1, 1, NOW + timedelta(seconds=60))
    assert try_claim(records) is None


def test_a_result_without_the_lease_is_rolled_back_with_all_that_follows(records: Records) -> None:
    add(records, PAGE)
    stale = claim(records)
    fail(records, stale, WorkKilled("chết"))
    fresh = claim(records, NOW + timedelta(minutes=5))
    assert fresh.attempt == 2
    following = stale.follow(JobKind.ASSEMBLE, "vb")
    with pytest.raises(LeaseLost), records.begin() as tx:
        jobs.add(tx, [following], NOW)
        jobs.finish(tx, stale, NOW)
    with records.begin() as tx:
        assert jobs.find(tx, JobKind.ASSEMBLE, "vb") is None
        jobs.finish(tx, fresh, NOW, [following])
        assert jobs.show(tx, fresh.job_id).state is JobState.DONE
        assert [state for (_, state) in jobs.counts(tx)].count(JobState.WAITING) == 1


def test_attempts_end_in_quarantine_and_a_person_frees_it(records: Records) -> None:
    add(records, PAGE)
    at = NOW
    for _ in range(SETTINGS.max_attempts):
        held = claim(records, at)
        state = fail(records, held, WorkKilled("quá bộ nhớ"), at)
        at += timedelta(hours=1)
    assert state is JobState.QUARANTINED
    assert try_claim(records, at) is None
    add(records, NewJob(kind=JobKind.PAGE, subject="lo/2", batch="lo"), at=NOW + timedelta(seconds=1))
    with records.begin() as tx:
        (found,) = jobs.quarantined(tx)
        assert (found.error_code, found.error_message) == ("work-killed", "quá bộ nhớ")
        assert jobs.release(tx, held.job_id, at)
    again = claim(records, at)
    assert (again.job_id, again.attempt) == (held.job_id, SETTINGS.max_attempts + 1), "before those that came later"


def test_bad_input_goes_to_quarantine_at_once(records: Records) -> None:
    add(records, PAGE)
    assert fail(records, claim(records), UnreadableFile("hỏng")) is JobState.QUARANTINED


def test_an_outage_of_a_day_costs_nothing_but_time(records: Records) -> None:
    add(records, NewJob(kind=JobKind.DELIVER, subject="d", batch="lo"))
    at = NOW
    for _ in range(200):
        held = claim(records, at, Lane.DELIVER)
        assert fail(records, held, ReceiverUnavailable("mất mạng"), at) is JobState.WAITING
        at += timedelta(seconds=SETTINGS.backoff_max_s)
    assert claim(records, at, Lane.DELIVER).attempt == 201


def test_backoff_doubles_up_to_its_limit() -> None:
    waits = [jobs.backoff(attempt, SETTINGS).total_seconds() for attempt in (1, 2, 3, 6, 7, 400)]
    assert waits == [2, 4, 8, 60, 60, 60]


def test_jobs_that_pause_keep_nobody_waiting(records: Records) -> None:
    add(records, *page_jobs("lo", 20))
    for _ in range(20):
        fail(records, claim(records), WorkKilled("chết"))
    assert try_claim(records) is None
    add(records, NewJob(kind=JobKind.PAGE, subject="khác", batch="khác", turn=1_000))
    assert claim(records).subject == "khác"


def test_an_expired_lease_is_found_and_a_renewed_one_is_not(records: Records) -> None:
    add(records, *page_jobs("lo", 2))
    held, silent = claim(records), claim(records)
    later = NOW + timedelta(seconds=HOLDER.lease_s + 1)
    with records.begin() as tx:
        assert jobs.renew(tx, held, later + timedelta(seconds=HOLDER.lease_s))
        assert [lost.job_id for lost in jobs.expired(tx, later)] == [silent.job_id]
        assert jobs.owners(tx) == ["a"]
        assert {lost.job_id for lost in jobs.owned_by(tx, "a")} == {held.job_id, silent.job_id}


def test_what_a_clock_ahead_put_off_too_far_is_brought_near(records: Records) -> None:
    ahead = NOW + timedelta(days=400)
    add(records, *page_jobs("lo", 2), at=ahead)
    held = claim(records, ahead)
    assert try_claim(records) is None
    with records.begin() as tx:
        jobs.set_right(tx, NOW, SETTINGS)
        assert jobs.expired(tx, NOW + timedelta(seconds=SETTINGS.lease_s + 1)) == [
            Claim(**{**vars(held), "lease_until": NOW + timedelta(seconds=SETTINGS.lease_s)})
        ]
    assert claim(records).subject == "lo/2"


def test_lost_wake_ups_are_mended_by_looking_for_due_jobs(records: Records) -> None:
    add(records, *page_jobs("lo", 20), NewJob(kind=JobKind.SEAL, subject="vb", batch="lo"))
    relay(records)
    with records.begin() as tx:
        assert jobs.due(tx, NOW, {Lane.LINE: 4, Lane.SEAL: 4, Lane.DELIVER: 2}) == {Lane.LINE: 4, Lane.SEAL: 1}
        assert jobs.due(tx, NOW - timedelta(seconds=1), {Lane.LINE: 4}) == {}
        assert jobs.due(tx, NOW, {Lane.LINE: 0}) == jobs.due(tx, NOW, {}) == {}


def test_wake_ups_that_come_twice_find_nothing_more_to_do(records: Records) -> None:
    add(records, PAGE)
    held = claim(records)
    assert try_claim(records) is None
    finish(records, held)
    assert try_claim(records, NOW + timedelta(days=1)) is None


def test_only_a_finished_job_is_repeated(records: Records) -> None:
    add(records, PAGE)
    held = claim(records)
    with records.begin() as tx:
        assert not jobs.repeat(tx, held.job_id, NOW)
        jobs.finish(tx, held, NOW)
    with records.begin() as tx:
        assert jobs.repeat(tx, held.job_id, NOW)
        assert not jobs.repeat(tx, held.job_id, NOW)
    assert claim(records).attempt == 2


def unfinished(records: Records) -> int:
    with records.begin() as tx:
        assert jobs.idle(tx) == (jobs.unfinished(tx) == 0)
        return jobs.unfinished(tx)


def test_idle_is_when_nothing_waits_or_runs(records: Records) -> None:
    assert unfinished(records) == 0
    add(records, PAGE)
    assert unfinished(records) == 1
    held = claim(records)
    assert unfinished(records) == 1
    fail(records, held, UnreadableFile("x"))
    assert unfinished(records) == 0


def test_a_crash_before_commit_leaves_no_trace(records: Records) -> None:
    with pytest.raises(ZeroDivisionError), records.begin() as tx:
        jobs.add(tx, [PAGE], NOW)
        raise ZeroDivisionError
    with records.begin() as tx:
        assert jobs.unfinished(tx) == 0


def test_a_beginning_of_an_id_names_a_job_only_if_it_is_the_only_one(records: Records) -> None:
    add(records, *page_jobs("lo", 40))
    held = claim(records)
    with records.begin() as tx:
        assert jobs.show(tx, held.job_id).id == jobs.show(tx, held.job_id[:20]).id == held.job_id
        for wrong in ("", "%", "zz", held.job_id + "0", held.job_id[:20] + "G"):
            with pytest.raises(NotFound):
                jobs.show(tx, wrong)
        ids = [jobs.find(tx, JobKind.PAGE, f"lo/{number}") for number in range(1, 18)]
        assert all(ids), "among 17 ids two begin with the same of 16 letters"
        twice = next(row.id[0] for row in ids if row and sum(r.id[0] == row.id[0] for r in ids if r) > 1)
        with pytest.raises(NotFound):
            jobs.show(tx, twice)


def test_every_change_of_state_is_a_declared_transition(records: Records) -> None:
    add(records, PAGE)
    hours = [NOW + timedelta(hours=number) for number in range(3)]
    seen = [JobState.WAITING]
    held = claim(records)
    seen.append(state_of(records, held))
    seen.append(fail(records, held, WorkKilled("x")))
    held = claim(records, hours[1])
    seen.append(state_of(records, held))
    seen.append(fail(records, held, UnreadableFile("x")))
    with records.begin() as tx:
        jobs.release(tx, held.job_id, NOW)
    seen.append(state_of(records, held))
    held = claim(records, hours[2])
    seen.append(state_of(records, held))
    finish(records, held)
    seen.append(state_of(records, held))
    with records.begin() as tx:
        jobs.repeat(tx, held.job_id, NOW)
    seen.append(state_of(records, held))
    assert set(pairwise(seen)) <= TRANSITIONS


def test_a_batch_that_is_moved_goes_on_in_its_new_lane_with_what_follows_from_work_at_hand(records: Records) -> None:
    add(records, *page_jobs("lo", 2), NewJob(kind=JobKind.SEAL, subject="vb", batch="lo"))
    add(records, *page_jobs("khac", 1), at=NOW + timedelta(seconds=5))
    at_hand = claim(records)
    with records.begin() as tx:
        assert jobs.move(tx, "lo", Lane.URGENT) == 3
    finish(records, at_hand, at_hand.follow(JobKind.ASSEMBLE, "vb-2"))
    with records.begin() as tx:
        numbers = jobs.counts(tx)
        assert jobs.move(tx, "lo", Lane.LINE) == 3
        back = jobs.counts(tx)
    waiting = {lane: number for (lane, state), number in numbers.items() if state is JobState.WAITING}
    assert waiting == {Lane.URGENT: 3, Lane.LINE: 1}
    assert {lane: number for (lane, state), number in back.items() if state is JobState.WAITING} == {
        Lane.LINE: 3,
        Lane.SEAL: 1,
    }
