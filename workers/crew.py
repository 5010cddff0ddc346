"""The worker threads of this process, lane by lane: how many there are, how many are free."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from schemas.jobs import Lane


@dataclass(frozen=True)
class Crew:
    """Threads at work and at rest. Nobody is in it before `hire`."""

    _threads: dict[Lane, int] = field(default_factory=dict)
    _busy: Counter[Lane] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leaving: threading.Event = field(default_factory=threading.Event)

    def hire(self, threads: Mapping[Lane, int]) -> None:
        """Note how many threads of each lane there are."""
        self._threads.update(threads)

    def dismiss(self) -> None:
        """Let everyone go once the job at hand is done."""
        self._leaving.set()

    @property
    def leaving(self) -> bool:
        """Whether no further job may be begun here."""
        return self._leaving.is_set()

    @contextmanager
    def at_work(self, lane: Lane) -> Iterator[None]:
        """Count the calling thread among the busy ones of `lane`."""
        with self._lock:
            self._busy[lane] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[lane] -= 1

    def may_go_on(self, lane: Lane) -> bool:
        """Whether the calling thread, which is at work in `lane`, may begin a further job."""
        with self._lock:
            return not self.leaving and self._left_over(lane) >= 0

    def free(self) -> dict[Lane, int]:
        """Return the number of threads of each lane that could begin a job now, where there are any."""
        if self.leaving:
            return {}
        with self._lock:
            idle = {lane: self._left_over(lane) for lane in self._threads}
        return {lane: number for lane, number in idle.items() if number > 0}

    def _left_over(self, lane: Lane) -> int:
        rivals = BEFORE_BULK if lane is Lane.BULK else ()
        return self._threads.get(lane, 0) - sum(self._busy[other] for other in (lane, *rivals))


BEFORE_BULK = (Lane.URGENT, Lane.LINE)
"""While these have work for every core of a process, bulk begins nothing there.

A page of bulk that is begun nevertheless would hold memory, and hardly get on.
"""


def lane_threads(lanes: Iterable[Lane], page_workers: int) -> dict[Lane, int]:
    """Return the worker threads of each lane of a process.

    Lanes in which pages are read have one per core; which of them gets the cores is decided by `NICENESS`.
    Sealing waits for the time-stamping authority and delivering for receivers.
    """
    wanted = {
        Lane.URGENT: page_workers,
        Lane.LINE: page_workers,
        Lane.SEAL: 1,
        Lane.DELIVER: 2,
        Lane.BULK: page_workers,
    }
    return {lane: wanted[lane] for lane in lanes}


PATIENCE = {Lane.BULK: 10.0}
"""How many times longer than elsewhere a page of a lane may take: one that steps back waits for cores, too."""
NICENESS = {Lane.URGENT: 0, Lane.LINE: 5, Lane.SEAL: 5, Lane.DELIVER: 5, Lane.BULK: 19}
"""How far the work on pages steps back where cores are short (`nice`): bulk takes what others leave over."""
