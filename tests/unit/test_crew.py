"""Who may begin work in a process."""

from contextlib import ExitStack

import pytest

from schemas.jobs import Lane
from workers.crew import Crew, lane_threads


@pytest.fixture
def crew() -> Crew:
    made = Crew()
    made.hire(lane_threads(Lane, page_workers=2))
    return made


def busy(stack: ExitStack, crew: Crew, *lanes: Lane) -> None:
    for lane in lanes:
        stack.enter_context(crew.at_work(lane))


def test_bulk_begins_nothing_while_others_have_work_for_every_core(crew: Crew) -> None:
    with ExitStack() as stack:
        busy(stack, crew, Lane.BULK)
        assert crew.may_go_on(Lane.BULK)
        busy(stack, crew, Lane.URGENT)
        assert crew.may_go_on(Lane.BULK)
        busy(stack, crew, Lane.LINE)
        assert not crew.may_go_on(Lane.BULK)
        assert Lane.BULK not in crew.free()
    assert crew.free()[Lane.BULK] == 2


def test_others_go_on_whatever_bulk_does(crew: Crew) -> None:
    with ExitStack() as stack:
        busy(stack, crew, Lane.BULK, Lane.BULK, Lane.URGENT, Lane.LINE)
        assert crew.may_go_on(Lane.URGENT)
        assert crew.may_go_on(Lane.LINE)
        assert crew.free() == {Lane.URGENT: 1, Lane.LINE: 1, Lane.SEAL: 1, Lane.DELIVER: 2}


def test_sealing_and_delivering_leave_the_cores_to_bulk(crew: Crew) -> None:
    with ExitStack() as stack:
        busy(stack, crew, Lane.SEAL, Lane.DELIVER, Lane.DELIVER, Lane.BULK, Lane.BULK)
        assert crew.may_go_on(Lane.BULK)


def test_a_process_for_bulk_alone_works_on_it() -> None:
    alone = Crew()
    alone.hire(lane_threads([Lane.BULK], page_workers=1))
    with alone.at_work(Lane.BULK):
        assert alone.may_go_on(Lane.BULK)


def test_who_is_leaving_begins_nothing(crew: Crew) -> None:
    crew.dismiss()
    with crew.at_work(Lane.URGENT):
        assert not crew.may_go_on(Lane.URGENT)
    assert crew.free() == {}
