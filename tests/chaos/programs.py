"""The worker processes: started, killed, started again, asked to stop."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from chaos.plan import Target

ROOT = Path(__file__).parents[2]
PAUSE_S = 1.0
"""How long a program that ended stays away, as a service manager has it."""
STOP_LIMIT_S = 160.0
"""A program that was asked to stop lets its jobs end: two minutes at most, under a supervisor a little longer."""


@dataclass
class Program:
    """One command that is to run all the time."""

    command: Sequence[str]
    variables: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    due: float = 0.0
    asked: float = 0.0

    def start(self) -> None:
        """Start it; it dies with us."""
        stated = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
        with self.log.open("ab") as talk:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command],
                cwd=ROOT,
                env=stated | dict(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=talk,
                start_new_session=True,
            )

    def ask_to_stop(self) -> None:
        """Send SIGTERM, once."""
        if self.process and self.process.poll() is None and not self.asked:
            self.asked = time.monotonic()
            self.process.terminate()

    def ended(self) -> int | None:
        """Return its exit code where it ended since the last look; it is due again after a pause."""
        code = self.process.poll() if self.process else None
        if code is not None:
            self.process = None
            self.due = time.monotonic() + PAUSE_S
        return code

    def stopped_after(self) -> float | None:
        """Return the seconds from the request to stop until now, once; None where it was not asked."""
        if not self.asked:
            return None
        took, self.asked = time.monotonic() - self.asked, 0.0
        return took


@dataclass
class Programs:
    """All worker processes of a run.

    Attributes:
        stops: seconds that each program took to stop when it was asked to.
        exits: exit codes of those that ended though nobody killed or stopped them.
    """

    all: list[Program]
    mark: str
    stops: list[float] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)

    @property
    def has_supervisor(self) -> bool:
        """Whether any of them looks after others."""
        return any(looks_after_others(program.command) for program in self.all)

    def look_after(self) -> None:
        """Start what is not running and due."""
        for program in self.all:
            self.notice_end(program)
            if program.process is None and time.monotonic() >= program.due:
                program.start()

    def notice_end(self, program: Program) -> None:
        """Write down why a program is not running any more: it was asked to stop, was killed, or ended by itself."""
        code = program.ended()
        if code is None:
            return
        took = program.stopped_after()
        if took is not None:
            self.stops.append(took)
        elif code != -signal.SIGKILL:
            self.exits.append(code)

    def kill(self, target: Target, dice: random.Random) -> int | None:
        """Kill a worker, or the program that looks after several; return its process id, None where none runs."""
        running = sorted(self.running(), key=lambda found: found.pid)
        supervisors: list[int] = [found.pid for found in running if is_supervisor(found)]
        workers: list[int] = [found.pid for found in running if found.pid not in supervisors]
        hit = supervisors if target is Target.SUPERVISOR and self.has_supervisor else workers
        if not hit:
            return None
        pid = dice.choice(hit)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    def ask_one_to_stop(self, dice: random.Random) -> None:
        """Ask one of the programs to stop; it is started again when it did."""
        dice.choice(self.all).ask_to_stop()

    def running(self) -> "Iterator[psutil.Process]":
        """Yield the worker processes and supervisors, also those whose supervisor was killed."""
        return (process for process in self.left() if is_worker(process))

    def left(self) -> "Iterator[psutil.Process]":
        """Yield every process that has our settings, children that work on pages included."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("SOHOA_DATA_DIR") == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    def stop(self) -> list[int]:
        """Ask all to stop; kill what does not in time, and return the process ids of that."""
        for program in self.all:
            program.ask_to_stop()
        end = time.monotonic() + STOP_LIMIT_S
        while (left := list(self.left())) and time.monotonic() < end:
            for program in self.all:
                self.notice_end(program)
            time.sleep(0.2)
        self.kill_left()
        return [process.pid for process in left]

    def kill_left(self) -> None:
        """Leave nothing running, whatever happened."""
        for process in self.left():
            with suppress(psutil.Error):
                process.kill()
        for program in self.all:
            if program.process:
                program.process.wait()
            self.notice_end(program)


def employ(workers: int, variables: Mapping[str, str], folder: Path) -> Programs:
    """Return the programs that make up so many workers: one alone, and one more or the others under a supervisor."""
    folder.mkdir()
    programs = [
        Program(work(size), variables, folder / f"work-{number}.jsonl")
        for number, size in enumerate((1, workers - 1), start=1)
        if size
    ]
    return Programs(programs, mark=variables["SOHOA_DATA_DIR"])


def work(processes: int) -> list[str]:
    """Return the command of one program."""
    return [sys.executable, "-m", "workers.cli", "--verbose", "work", "--processes", str(processes)]


def is_worker(process: "psutil.Process") -> bool:
    """Whether this is a `sohoa work`, no child that works on pages."""
    with suppress(psutil.Error):
        words = process.cmdline()
        return "workers.cli" in words and "work" in words
    return False


def is_supervisor(process: "psutil.Process") -> bool:
    """Whether it looks after others."""
    with suppress(psutil.Error):
        return looks_after_others(process.cmdline())
    return False


def looks_after_others(words: Sequence[str]) -> bool:
    """Whether this is the command of a supervisor."""
    return "--processes" in words and words[words.index("--processes") + 1] != "1"
