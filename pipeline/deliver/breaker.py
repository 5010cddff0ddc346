"""A breaker (cầu dao) per receiver: after failures in a row, nobody waits for it any more."""

import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

import pybreaker

from schemas.errors import ReceiverRefused, ReceiverUnavailable

ResultT = TypeVar("ResultT")


class Breaker:
    """Lets calls through while the receiver answers; may be shared by threads.

    pybreaker holds its lock for as long as a call lasts. Here calls run side by side while the
    breaker is closed and only their outcome is told to it; once open, one call at a time may try.
    """

    def __init__(self, receiver: str, failures: int, reset_s: float) -> None:
        """Start closed.

        Args:
            receiver: Vietnamese name for messages.
            failures: failures in a row that open the breaker.
            reset_s: seconds for which it then stays open.
        """
        self._receiver = receiver
        self._trial = threading.Lock()
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures,
            reset_timeout=reset_s,
            exclude=[lambda error: not isinstance(error, ReceiverUnavailable)],
            throw_new_error_on_trip=False,
        )

    @property
    def is_open(self) -> bool:
        """True while calls are turned away or only tried."""
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def call(self, work: Callable[[], ResultT]) -> ResultT:
        """Return what `work` returns. A refusal by the receiver is an answer, not a failure.

        Raises:
            ReceiverUnavailable: the breaker is open, or `work` raised it.
        """
        return self._try(work) if self.is_open else self._watch(work)

    def _watch(self, work: Callable[[], ResultT]) -> ResultT:
        try:
            result = work()
        except ReceiverUnavailable as error:
            self._tell(error)
            raise
        except ReceiverRefused:
            self._tell(None)
            raise
        self._tell(None)
        return result

    def _tell(self, failure: ReceiverUnavailable | None) -> None:
        def outcome() -> None:
            if failure is not None:
                raise failure

        # what comes in late, after the breaker has opened, changes nothing
        with contextlib.suppress(ReceiverUnavailable, pybreaker.CircuitBreakerError):
            self._breaker.call(outcome)

    def _try(self, work: Callable[[], ResultT]) -> ResultT:
        if not self._trial.acquire(blocking=False):
            raise self._turned_away()
        try:
            result: ResultT = self._breaker.call(work)
        except pybreaker.CircuitBreakerError as error:
            raise self._turned_away() from error
        finally:
            self._trial.release()
        return result

    def _turned_away(self) -> ReceiverUnavailable:
        return ReceiverUnavailable(f"{self._receiver} đang gián đoạn: tạm ngừng gọi")
