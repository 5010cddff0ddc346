"""The breaker in front of a receiver."""

import threading
from typing import NoReturn

import pytest

from pipeline.deliver.breaker import Breaker
from schemas.errors import ReceiverRefused, ReceiverUnavailable


class Receiver:
    """Fails as told and counts who came."""

    def __init__(self) -> None:
        self.calls = 0

    def fail(self) -> NoReturn:
        self.calls += 1
        raise ReceiverUnavailable("không trả lời")

    def refuse(self) -> NoReturn:
        self.calls += 1
        raise ReceiverRefused("từ chối")

    def answer(self) -> str:
        self.calls += 1
        return "nhận"


def broken(receiver: Receiver, reset_s: float) -> Breaker:
    breaker = Breaker("Bên nhận", failures=3, reset_s=reset_s)
    for _ in range(3):
        with pytest.raises(ReceiverUnavailable, match="không trả lời"):
            breaker.call(receiver.fail)
    return breaker


def test_failures_in_a_row_open_it_and_nobody_is_called_any_more() -> None:
    receiver = Receiver()
    breaker = broken(receiver, reset_s=3600)
    assert breaker.is_open
    with pytest.raises(ReceiverUnavailable, match="tạm ngừng gọi"):
        breaker.call(receiver.answer)
    assert receiver.calls == 3


def test_refusals_are_answers_and_end_a_row_of_failures() -> None:
    breaker = Breaker("Bên nhận", failures=2, reset_s=3600)
    receiver = Receiver()
    for _ in range(5):
        with pytest.raises(ReceiverUnavailable):
            breaker.call(receiver.fail)
        with pytest.raises(ReceiverRefused):
            breaker.call(receiver.refuse)
    assert not breaker.is_open


def test_one_call_that_succeeds_after_the_wait_closes_it() -> None:
    receiver = Receiver()
    breaker = broken(receiver, reset_s=0)
    assert breaker.call(receiver.answer) == "nhận"
    assert not breaker.is_open


def test_a_call_that_fails_after_the_wait_keeps_it_open() -> None:
    receiver = Receiver()
    breaker = broken(receiver, reset_s=0)
    with pytest.raises(ReceiverUnavailable, match="không trả lời"):
        breaker.call(receiver.fail)
    assert breaker.is_open


def test_other_errors_pass_through_and_do_not_count() -> None:
    breaker = Breaker("Bên nhận", failures=1, reset_s=3600)
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 // 0)
    assert not breaker.is_open


def test_calls_run_side_by_side_while_it_is_closed() -> None:
    breaker = Breaker("Bên nhận", failures=3, reset_s=3600)
    both_inside = threading.Barrier(2, timeout=20)
    threads = [threading.Thread(target=breaker.call, args=(both_inside.wait,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not both_inside.broken


def test_only_one_call_tries_while_it_is_open() -> None:
    receiver = Receiver()
    breaker = broken(receiver, reset_s=0)
    inside, go_on = threading.Event(), threading.Event()

    def slow_answer() -> None:
        inside.set()
        assert go_on.wait(20)

    trial = threading.Thread(target=breaker.call, args=(slow_answer,))
    trial.start()
    assert inside.wait(20)
    with pytest.raises(ReceiverUnavailable, match="tạm ngừng gọi"):
        breaker.call(receiver.answer)
    go_on.set()
    trial.join()
    assert breaker.call(receiver.answer) == "nhận"
