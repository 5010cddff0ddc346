"""Several worker processes on one machine: start them, start again those that die, stop them together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from schemas.jobs import Lane

PR_SET_PDEATHSIG = 1
STEADY_S = 30.0
"""A process that lived that long died of something new: it is started again at once."""
LONGEST_PAUSE_S = 30.0
STOP_S = 140.0
"""A little longer than a process takes to let its jobs end."""
log = structlog.get_logger()


def share(page_workers: int, processes: int) -> int:
    """Return how many pages each of `processes` works on at once, so that together they fill the cores."""
    return max(1, page_workers // processes)


def command(lanes: Iterable[Lane], pages_at_once: int, *, verbose: bool = False) -> list[str]:
    """Return the command of one worker process under the present one."""
    options = ["--lanes", ",".join(lanes), "--pages-at-once", str(pages_at_once), "--under", str(os.getpid())]
    return [sys.executable, "-m", "workers.cli", *(["--verbose"] if verbose else []), "work", *options]


def stay_under(parent: int) -> None:
    """Stop as on SIGTERM when `parent`, which started this process, is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the line above took hold
        signal.raise_signal(signal.SIGTERM)


def pause_before(deaths: int) -> float:
    """Return for how many seconds to wait after so many deaths in a row, doubled each time."""
    return min(float(2 ** (deaths - 1)), LONGEST_PAUSE_S) if deaths > 1 else 0.0


@dataclass
class Place:
    """One worker process, and its successors."""

    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0

    def look(self, now: float) -> None:
        """Notice a death; start the process where it is due."""
        if self.process is not None and self.process.poll() is not None:
            self.deaths = 1 if now - self.started > STEADY_S else self.deaths + 1
            self.due = now + pause_before(self.deaths)
            log.warning("worker died", number=self.process.returncode, attempt=self.deaths)
            self.process = None
        if self.process is None and now >= self.due:
            self.started = now
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)


@dataclass
class Supervisor:
    """Keeps a number of equal worker processes running."""

    places: list[Place] = field(default_factory=list)

    def look(self) -> None:
        """Look after all of them once."""
        for place in self.places:
            place.look(time.monotonic())

    def pids(self) -> list[int]:
        """Return the ids of the processes that run."""
        return [place.process.pid for place in self.places if place.process]

    def stop(self) -> None:
        """Let all of them finish their jobs at hand; end those that do not in time."""
        running = [place.process for place in self.places if place.process]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + STOP_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End what is left at once."""
        for place in self.places:
            if place.process and place.process.poll() is None:
                place.process.kill()
                place.process.wait()


@contextlib.contextmanager
def supervised(worker: Sequence[str], processes: int) -> Iterator[Callable[[], None]]:
    """Run `processes` of `worker` while the block runs; yield what has to be called again and again."""
    supervisor = Supervisor([Place(worker) for _ in range(processes)])
    try:
        supervisor.look()
        yield supervisor.look
    finally:
        try:
            supervisor.stop()
        finally:  # also where a second signal cuts the waiting short
            supervisor.kill()
