"""`sohoa work` as an installation runs it: started, made ready, counted and stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import line_stack
import psutil
from chaos.stacks import Stack
from costs import Cpu, cpu_of
from line import LOOK_S, Line

from schemas.jobs import Lane

ROOT: Final = Path(__file__).parents[1]
PROGRAM: Final = ("-m", "workers.cli")
FORK_SERVER = "multiprocessing.forkserver"
WARMING_ROUNDS = 8
LIMIT_S = 180.0


@dataclass(frozen=True)
class Hands:
    """Worker processes of one command.

    Attributes:
        processes: how many, each with `pages_at_once` children that read pages.
    """

    processes: int
    pages_at_once: int
    root: "subprocess.Popen[bytes]"

    def workers(self) -> "list[psutil.Process]":
        """Return the processes that claim jobs: the one started, or those that it looks after."""
        root = psutil.Process(self.root.pid)
        return [root] if self.processes == 1 else [one for one in root.children() if "--under" in one.cmdline()]

    def cpu(self) -> Cpu:
        """Return what the claiming processes cost, and all below them; one that looks after them counts as they do."""
        workers = [process.pid for process in self.workers()]
        cost = cpu_of(workers)
        if self.processes == 1:
            return cost
        times = psutil.Process(self.root.pid).cpu_times()
        return cost + Cpu(times.user + times.system)

    def pin(self) -> None:
        """Give each worker, and all below it, one core: then one worker is one core's work, no more."""
        cores = sorted(os.sched_getaffinity(0))
        for number, worker in enumerate(self.workers()):
            for process in [worker, *worker.children(recursive=True)]:
                for thread in process.threads():
                    os.sched_setaffinity(thread.id, {cores[number % len(cores)]})

    def readers(self) -> list[int]:
        """Return for each worker how many children it has that work on pages."""
        return [sum(len(server.children()) for server in self._fork_servers(one)) for one in self.workers()]

    def _fork_servers(self, worker: "psutil.Process") -> "Iterator[psutil.Process]":
        return (child for child in worker.children() if FORK_SERVER in " ".join(child.cmdline()))

    def make_ready(self, line: Line, lane: Lane = Lane.LINE) -> None:
        """Let them work on small stacks until each has all its children: libraries are loaded, connections open.

        Raises:
            TimeoutError: one of them never takes a page.
        """
        for number in range(WARMING_ROUNDS):
            if self.is_ready():
                return
            line.finish(line.feed(small_stacks(number, 2 * self.processes * self.pages_at_once), lane), LIMIT_S)
        raise TimeoutError(f"after {WARMING_ROUNDS} stacks the workers have {self.readers()} children")

    def is_ready(self) -> bool:
        """Whether all processes run, and each has its children."""
        readers = self.readers()
        return len(readers) == self.processes and min(readers) >= self.pages_at_once


def small_stacks(round_no: int, number: int) -> Iterator[Stack]:
    """Yield stacks of a cover sheet, a page and a blank back, of dossiers that no other stack is of."""
    for serial in range(round_no * number + 1, (round_no + 1) * number + 1):
        of = line_stack.dossier(serial)
        yield Stack(name=f"warming-{serial}.tif", data=line_stack.stack(of), dossiers=(of,), places=())


@contextmanager
def working(line: Line, processes: int, pages_at_once: int, program: Sequence[str] = PROGRAM) -> Iterator[Hands]:
    """Run `sohoa work` on a line while the block runs; its words go into the line's folder."""
    share = ["--processes", str(processes), "--pages-at-once", str(pages_at_once)]
    with (line.folder / "work.jsonl").open("ab") as talk:
        root = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, *program, "work", *share],
            cwd=ROOT,
            env=environment(line.variables),
            stdin=subprocess.DEVNULL,
            stdout=talk,
            stderr=talk,
            start_new_session=True,
        )
    hands = Hands(processes, pages_at_once, root)
    try:
        await_start(hands)
        yield hands
    finally:
        root.terminate()
        root.wait(LIMIT_S)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with the settings of a line and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}  # noqa: TID251 - passed on, not read
    return ours | {"PYTHONPATH": str(Path(__file__).parent)} | dict(variables)


def await_start(hands: Hands) -> None:
    """Wait until all worker processes are there.

    Raises:
        TimeoutError: they do not come.
    """
    end = time.monotonic() + LIMIT_S
    while hands.root.poll() is None and time.monotonic() < end:
        # Each starts its fork server before it claims anything.
        if len(found := hands.workers()) == hands.processes and all(one.children() for one in found):
            return
        time.sleep(LOOK_S)
    raise TimeoutError("the workers do not start")
