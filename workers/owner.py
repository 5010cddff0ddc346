"""Who holds a lease: a process, named so that others on its machine can tell that it is dead."""

import os
import socket
from pathlib import Path


def own_name() -> str:
    """Return this process's name: place, process id, start time."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Whether the process is known to be gone. Of other machines nothing is known: False."""
    place, _, rest = owner.rpartition("/")
    place, _, pid = place.rpartition("/")
    return place == _place() and _started(int(pid)) != rest


def _place() -> str:
    # Host names repeat among containers; boot and process-id namespace tell them apart.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    return f"{socket.gethostname()}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116 - no path, a namespace


def _started(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "gone"
    # Fields after the parenthesised name; the 20th of them is the start time in ticks.
    fields = text.rpartition(")")[2].split()
    return "gone" if fields[0] == "Z" else fields[19]
