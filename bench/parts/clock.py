"""Seconds of processor of each thread, by what it is doing."""

import functools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Clock:
    """What is done within another part counts for the inner one alone."""

    seconds: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    _mine: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def at(self, part: str) -> Iterator[None]:
        """Count this thread's seconds within the block for `part`."""
        outer = getattr(self._mine, "inner", 0.0)
        self._mine.inner, begun = 0.0, time.thread_time()
        try:
            yield
        finally:
            took = time.thread_time() - begun
            with self._lock:
                self.seconds[part] += took - self._mine.inner
                self.calls[part] += 1
            self._mine.inner = outer + took

    def clocked(self, part: str, function: Callable[P, R]) -> Callable[P, R]:
        """Return the same function; what it costs counts for `part`."""

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.at(part):
                return function(*args, **kwargs)

        return run
