"""What running processes cost: seconds of processor with all that they started, and memory."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

SAMPLE_S = 1.0


@dataclass(frozen=True)
class Cpu:
    """Seconds of processor of some programs.

    Attributes:
        own: of the programs themselves.
        below: of all that they started, also of what has ended since.
    """

    own: float = 0.0
    below: float = 0.0

    @property
    def all(self) -> float:
        """Both together."""
        return self.own + self.below

    def __add__(self, other: "Cpu") -> "Cpu":
        """Return the cost of both."""
        return Cpu(self.own + other.own, self.below + other.below)

    def __sub__(self, other: "Cpu") -> "Cpu":
        """Return what was added since `other`."""
        return Cpu(self.own - other.own, self.below - other.below)


def cpu_of(pids: Iterable[int]) -> Cpu:
    """Return what these programs have cost since they were started; none may be below another."""
    return sum((_cpu_of(pid) for pid in pids), Cpu())


def _cpu_of(pid: int) -> Cpu:
    # A process that ends hands its seconds to the one that waits for it: living and ended together miss nothing.
    root = psutil.Process(pid)
    times = root.cpu_times()
    below = times.children_user + times.children_system
    for process in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            below += sum(process.cpu_times()[:4])
    return Cpu(times.user + times.system, below)


@dataclass
class Memory:
    """The most bytes that some programs and all that they started held at one moment.

    Attributes:
        rss: pages that several of them share are counted for each.
        pss: they are counted once.
    """

    rss: int = 0
    pss: int = 0

    def look(self, pids: Iterable[int]) -> None:
        """Look once."""
        rss = pss = 0
        for process in trees(pids):
            with suppress(psutil.Error):
                held = process.memory_full_info()
                rss, pss = rss + held.rss, pss + held.pss
        self.rss, self.pss = max(self.rss, rss), max(self.pss, pss)


def trees(pids: Iterable[int]) -> "Iterator[psutil.Process]":
    """Yield these processes and all below them."""
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            yield from [root, *root.children(recursive=True)]


@dataclass
class Watch:
    """Looks at the memory of some programs now and then."""

    pids: Callable[[], Iterable[int]]
    every_s: float
    memory: Memory = field(default_factory=Memory)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(self.every_s):
            self.memory.look(self.pids())

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()


@contextmanager
def watched(pids: Iterable[int]) -> Iterator[Memory]:
    """Watch the memory of programs while the block runs."""
    known = list(pids)
    with _watching(Watch(lambda: known, SAMPLE_S)) as memory:
        yield memory


@contextmanager
def watched_children(every_s: float = SAMPLE_S) -> Iterator[Memory]:
    """Watch the memory of all that this process starts while the block runs."""
    with _watching(Watch(lambda: [child.pid for child in psutil.Process().children()], every_s)) as memory:
        yield memory


@contextmanager
def _watching(watch: Watch) -> Iterator[Memory]:
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch.memory
    finally:
        watch.stop()
        thread.join()
