"""Run a program and count what it and everything it started used."""

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Use:
    """Seconds of processor and of clock."""

    cpu_s: float
    wall_s: float

    def __add__(self, other: "Use") -> "Use":
        """Return the use of two runs, one after the other."""
        return Use(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s)


class RunFailed(Exception):
    """A program ended with an error; `use` is what it used until then."""

    def __init__(self, told: str, use: Use) -> None:
        super().__init__(told)
        self.use = use


def adopt_orphans() -> None:
    """Make this process the parent of what its programs leave behind, so that its use is counted, too."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Use:
    """Run a program to its end, and to the end of all it started; its words go to `log`.

    Raises:
        RunFailed: it ended with an error.
    """
    before, start = _children_s(), time.monotonic()
    with log.open("wb") as words:
        process = subprocess.Popen(command, env=dict(environ), stdout=words, stderr=words, stdin=subprocess.DEVNULL)
        code = _wait_for_all(process.pid)
        process.returncode = code  # reaped here, not by Popen
    use = Use(_children_s() - before, time.monotonic() - start)
    if code:
        raise RunFailed(f"{command[0]} ended with {code}: {log.read_text(errors='replace')[-500:]}", use)
    return use


def _wait_for_all(pid: int) -> int:
    code = 0
    while True:
        try:
            ended, status = os.wait()
        except ChildProcessError:
            return code
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)


def _children_s() -> float:
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime
