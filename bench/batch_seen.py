"""What is seen of a program at work: which of its processes want a core, and how much memory each holds."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean

import psutil

from bench.costs import cpu_of, trees
from bench.tables import table

LOOK_S, WEIGH_EVERY, SPELL = 0.1, 10, 10
"""Seconds between two looks; looks between two at the memory; looks to either side that make a moment."""
RUNNING = {psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP}


@dataclass
class Watched:
    """What was seen of a program and all below it.

    Attributes:
        busy: moment, and how many of its processes then ran or wanted to.
        memory: by process, moments and bytes: those that are its own, and shared pages by share.
        spent: moment, and seconds of processor until then.
    """

    busy: list[tuple[float, int]] = field(default_factory=list)
    memory: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    spent: list[tuple[float, float]] = field(default_factory=list)

    def look(self, pid: int, at: float, *, weigh: bool) -> None:
        """Look once; memory only if asked for, for it takes time to be counted."""
        running = 0
        for process in trees([pid]):
            try:
                running += process.status() in RUNNING
                if weigh:
                    self.memory[named(process, pid)].append((at, process.memory_full_info().pss))
            except psutil.Error:
                continue
        self.busy.append((at, running))
        if weigh:
            self.spent.append((at, cpu_of([pid]).all))


def named(process: psutil.Process, root: int) -> str:
    """Return what a process is within the program."""
    if process.pid == root:
        return "program"
    words = " ".join(process.cmdline())
    kind = (
        "child" if process.ppid() != root and "forkserver" in words else "fork server" if "fork" in words else "other"
    )
    return f"{kind} {process.pid}"


@contextmanager
def watched(pid: int) -> Iterator[Watched]:
    """Watch a program while the block runs."""
    seen, ended, begun = Watched(), threading.Event(), time.monotonic()

    def look() -> None:
        number = 0
        while not ended.wait(LOOK_S):
            seen.look(pid, time.monotonic() - begun, weigh=number % WEIGH_EVERY == 0)
            number += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


@dataclass(frozen=True)
class Stretch:
    """Seconds before both cores were busy, while they were, and after; and the share of cores in each."""

    seconds: tuple[float, float, float]
    shares: tuple[float, float, float]
    whole: float


def stretch(busy: Sequence[tuple[float, int]], cores: int) -> Stretch:
    """Tell start, middle and tail of a run: in the middle every core is in use, but for moments."""
    steady = [
        number for number in range(len(busy)) if share(busy[max(0, number - SPELL) : number + SPELL], cores) > 0.9
    ]
    first, last = (steady[0], steady[-1]) if steady else (0, len(busy) - 1)
    parts = busy[:first], busy[first : last + 1], busy[last + 1 :]
    return Stretch(
        seconds=tuple(part[-1][0] - part[0][0] if part else 0.0 for part in parts),  # type: ignore[arg-type]
        shares=tuple(share(part, cores) for part in parts),  # type: ignore[arg-type]
        whole=share(busy, cores),
    )


def share(busy: Sequence[tuple[float, int]], cores: int) -> float:
    """Return the share of cores that were in use, or wanted."""
    return mean(min(cores, running) for _, running in busy) / cores if busy else 0.0


def spent_since(spent: Sequence[tuple[float, float]], moment: float) -> float:
    """Return the seconds of processor from a moment to the end."""
    return spent[-1][1] - max((seconds for at, seconds in spent if at <= moment), default=0.0)


def thirds(samples: Sequence[tuple[float, int]]) -> tuple[float, float, float]:
    """Return mean MB in the first and in the last third of a process's life, and the most."""
    third = max(1, len(samples) // 3)
    sizes = [size / 1e6 for _, size in samples]
    return mean(sizes[:third]), mean(sizes[-third:]), max(sizes)


def told(seen: Watched, pages: int, cores: int) -> str:
    """Return the figures as tables in Markdown."""
    times, seconds = stretch(seen.busy, cores), seen.busy[-1][0]
    figures = [
        ["pages", str(pages)],
        ["CPU s/page", f"{(seen.spent[-1][1] - seen.spent[0][1]) / pages:.2f}"],
        ["pages a minute", f"{pages / seconds * 60:.1f}"],
        ["cores busy or wanted, first to last page", f"{100 * times.shares[1]:.1f} %"],
        ["from start to end", f"{100 * times.whole:.1f} %"],
        ["start, middle, tail: s of the clock", ", ".join(f"{part:.1f}" for part in times.seconds)],
        ["tail: s of processor", f"{spent_since(seen.spent, seconds - times.seconds[2]):.1f}"],
    ]
    rows = [
        [name, *(f"{size:.0f}" for size in thirds(samples))] for name, samples in sorted(seen.memory.items())
        if len(samples) > len(seen.spent) // 2
    ]  # fmt: skip
    return "\n\n".join((table(["figure", "value"], figures), table(["MB", "first third", "last third", "most"], rows)))
