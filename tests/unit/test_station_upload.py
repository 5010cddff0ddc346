"""What a station decides about a file on its way; and how any bad line ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.station.centre import problem
from pipeline.station.upload import Await, Keep, LetGo, Send, backlog, in_turn, next_step, pause
from schemas.batch import Disposition
from schemas.document import Digest
from schemas.errors import (
    CentreUnavailable,
    DigestMismatch,
    LimitExceeded,
    RecordsUnavailable,
    RefusedByCentre,
    StationRefused,
    UnexpectedFailure,
    UploadDamaged,
    UploadOutOfStep,
)
from schemas.jobs import Lane
from schemas.upload import Manifest, PageReceipt, Upload, UploadState

TAKEN = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
FILE = Manifest(
    digest=Digest("a" * 64),
    size=2500,
    name="xấp.tif",
    lane=Lane.LINE,
    page_digests=("p1", "p2", ""),
    taken_at=TAKEN,
    folder="/quet",
    claim="c",
)
SEEN = (
    PageReceipt(page_no=1, digest="p1", place=Disposition.SEPARATOR),
    PageReceipt(page_no=2, digest="p2", place=Disposition.DOCUMENT),
    PageReceipt(page_no=3, digest="", place=Disposition.REJECTED, reason="không đọc được"),
)


def known(state: UploadState, *pages: PageReceipt, offset: int = 0) -> Upload:
    return Upload(digest=FILE.digest, state=state, offset=offset, batch="a" * 32, total=3, pages=pages)


def test_what_the_centre_lacks_is_sent_from_where_it_ends() -> None:
    assert next_step(FILE, known(UploadState.ABSENT), 1000) == Send(0, 1000)
    assert next_step(FILE, known(UploadState.PARTIAL, offset=2000), 1000) == Send(2000, 500)
    assert next_step(FILE, known(UploadState.PARTIAL, offset=2500), 1000) == Send(2500, 0)


def test_a_file_is_let_go_only_when_every_page_has_its_place() -> None:
    assert next_step(FILE, known(UploadState.RECEIVED)) == Await(0)
    unplaced = tuple(replace(page, place=None) for page in SEEN)
    assert next_step(FILE, known(UploadState.RECEIVED, *unplaced)) == Await(0)
    assert next_step(FILE, known(UploadState.RECEIVED, *SEEN[:2])) == Await(2)
    assert next_step(FILE, known(UploadState.CLOSED, *SEEN)) == LetGo()
    assert next_step(FILE, known(UploadState.OPEN, *SEEN)) == LetGo()


def test_other_pixels_than_the_station_saw_keep_the_file() -> None:
    other = replace(SEEN[1], digest="anders")
    assert next_step(FILE, known(UploadState.CLOSED, SEEN[0], other, SEEN[2])) == Keep((2,))


def test_more_pages_or_fewer_than_the_station_counted_keep_the_file() -> None:
    more = PageReceipt(page_no=4, digest="p4", place=Disposition.DOCUMENT)
    assert next_step(FILE, known(UploadState.CLOSED, *SEEN, more)) == Keep((4,))
    assert next_step(FILE, replace(known(UploadState.CLOSED, *SEEN), total=4)) == Await(3)


@pytest.mark.parametrize("unread", ["here", "there"])
def test_a_page_that_one_side_cannot_read_is_no_difference(unread: str) -> None:
    own = replace(FILE, page_digests=("", "p2", "")) if unread == "here" else FILE
    theirs = replace(SEEN[0], digest="" if unread == "there" else "p1")
    assert next_step(own, known(UploadState.CLOSED, theirs, *SEEN[1:])) == LetGo()


def test_who_waits_at_the_counter_goes_first_then_the_oldest() -> None:
    def at(minute: int, lane: Lane) -> Manifest:
        return replace(FILE, taken_at=TAKEN + timedelta(minutes=minute), lane=lane)

    files = [at(0, Lane.BULK), at(3, Lane.LINE), at(1, Lane.LINE), at(9, Lane.URGENT)]
    assert in_turn(files) == [files[3], files[2], files[1], files[0]]
    assert (backlog(files).files, backlog(files).pages, backlog(files).oldest_at) == (4, 12, TAKEN)
    assert backlog([]).oldest_at is None


@given(st.integers(1, 10_000), st.floats(0.1, 3600), st.floats(0, 1))
def test_pauses_grow_to_their_ceiling_and_never_beyond(failures: int, longest: float, thrown: float) -> None:
    waited = pause(failures, longest, lambda: thrown)
    assert 0 < waited <= longest
    assert waited <= pause(failures + 1, longest, lambda: thrown)
    assert pause(10_000, longest, lambda: 1.0) == longest


def test_what_is_kept_on_disk_is_read_back() -> None:
    assert Manifest.from_json(FILE.to_json()) == FILE


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "station-refused", StationRefused),
        (413, "limit-exceeded", LimitExceeded),
        (422, "some-new-code", RefusedByCentre),
        (409, "upload-out-of-step", UploadOutOfStep),
        (400, "upload-damaged", UploadDamaged),
        (400, "bad-input", CentreUnavailable),
        (404, "not-found", CentreUnavailable),
        (503, "records-unavailable", RecordsUnavailable),
        (507, "cannot-write", CentreUnavailable),
        (500, "unexpected", UnexpectedFailure),
        (500, "digest-mismatch", DigestMismatch),
    ],
)
def test_each_answer_of_the_centre_has_its_meaning(status: int, code: str, kind: type[Exception]) -> None:
    assert type(problem(status, {"code": code, "detail": "x"})) is kind


@pytest.mark.parametrize("status", [200, 302, 401, 404, 413, 422, 502])
def test_what_a_gateway_on_the_way_says_never_costs_a_file(status: int) -> None:
    assert type(problem(status, {})) is CentreUnavailable
