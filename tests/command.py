"""The command line as a program of its own, its memory watched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """A command that has ended; `peak` are the most bytes that it and all its children had at once."""

    code: int
    rows: list[dict[str, Any]]
    talk: str
    peak: int

    def row(self, name: str) -> dict[str, Any]:
        """The one JSON line on `name`."""
        (found,) = [row for row in self.rows if row.get("name") == name]
        return found


def start(arguments: Sequence[str | Path], folder: Path) -> "subprocess.Popen[bytes]":
    """Start `sohoa` with its data and its words in `folder`."""
    stated = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
    environ = stated | {"SOHOA_DATA_DIR": str(folder / "data"), "SOHOA_STABLE_S": "0.2"}
    command = [sys.executable, "-m", "workers.cli", *map(str, arguments)]
    with (folder / ".stdout").open("wb") as out, (folder / ".stderr").open("wb") as talk:
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=talk, start_new_session=True)


def finish(program: "subprocess.Popen[bytes]", folder: Path) -> Ran:
    """Wait for a command that `start` started."""
    peak = 0
    with program:
        while program.poll() is None:
            peak = max(peak, memory_of(program.pid))
            time.sleep(0.1)
    rows = [json.loads(line) for line in (folder / ".stdout").read_text(encoding="utf-8").splitlines()]
    return Ran(program.returncode, rows, (folder / ".stderr").read_text(encoding="utf-8"), peak)


def run(arguments: Sequence[str | Path], folder: Path) -> Ran:
    """Run `sohoa` to its end."""
    return finish(start(arguments, folder), folder)


def memory_of(pid: int) -> int:
    """Resident bytes of a process and all below it; what they share counts for each."""
    total = 0
    try:
        for process in (whole := psutil.Process(pid), *whole.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0
    return total
