"""Child processes for work that can hang, crash or eat memory: the parent can always kill it.

Each thread that asks gets one child and keeps it, so that libraries load once. The child leads
its own process group: killing the group ends the programs it started, too.
"""

import contextlib
import ctypes
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from schemas.errors import SohoaError, UnexpectedFailure, WorkKilled

P = ParamSpec("P")
R = TypeVar("R")

PR_SET_PDEATHSIG = 1
PRELOADED = ["workers.page_work"]


@dataclass(frozen=True)
class Answer:
    """What a child sends back: a value or an error."""

    value: Any = None
    error: SohoaError | None = None


@dataclass
class Child:
    """One process, started when first needed and again after it was killed.

    It belongs to one thread; of its methods only `stop` is for others.
    """

    memory_bytes: int
    niceness: int = 0
    stopped: bool = False
    _process: BaseProcess | None = None
    _pipe: Connection | None = None

    def call(self, deadline_s: float, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a module-level function in the child and return its result.

        Raises:
            WorkKilled: it overran `deadline_s`, died, from lack of memory for example, or was stopped.
            SohoaError: whatever the function raised; `UnexpectedFailure` for any other exception.
        """
        pipe = self._ready()
        pid = self._process.pid if self._process else None
        try:
            pipe.send((function, args, kwargs))
            answer = _receive(pipe, deadline_s)
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            self.kill()
            raise WorkKilled(f"Tiến trình {pid} chết giữa chừng (có thể thiếu bộ nhớ)") from error
        except BaseException:
            self.kill()
            raise
        if answer.error:
            raise answer.error
        return answer.value  # type: ignore[no-any-return] # the pipe carries what `function` returned

    def kill(self) -> None:
        """End the child and all it started, at once; the next call starts another."""
        if self._process and self._process.pid:
            _kill_group(self._process.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.join(5)
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None

    def stop(self) -> None:
        """End the child for good, from any thread: its own finds the pipe at its end and puts everything away."""
        self.stopped = True
        process = self._process
        if process and process.pid:
            _kill_group(process.pid)

    def _ready(self) -> Connection:
        if self._process and self._process.is_alive() and self._pipe:
            return self._pipe
        self.kill()
        context = multiprocessing.get_context("forkserver")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self.memory_bytes, self.niceness), daemon=True)
        self._process.start()
        theirs.close()
        if self.stopped:
            self.kill()
            raise WorkKilled("Chương trình đang dừng")
        return self._pipe


@dataclass(frozen=True)
class Children:
    """A child for every thread that asks.

    Attributes:
        niceness: how far they step back from others where cores are short, 0..19.
    """

    memory_bytes: int
    niceness: int = 0
    _mine: threading.local = field(default_factory=threading.local)
    _all: list[Child] = field(default_factory=list)

    def call(self, deadline_s: float, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function in this thread's child; see `Child.call`."""
        if not hasattr(self._mine, "child"):
            self._mine.child = Child(self.memory_bytes, self.niceness)
            self._all.append(self._mine.child)
        child: Child = self._mine.child
        return child.call(deadline_s, function, *args, **kwargs)

    def close(self) -> None:
        """End all children, from any thread."""
        for child in list(self._all):
            child.stop()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _receive(pipe: Connection, deadline_s: float) -> Answer:
    if not pipe.poll(deadline_s):
        raise WorkKilled(f"Quá {deadline_s:g} giây; tiến trình bị dừng")
    answer: Answer = pipe.recv()
    return answer


def warm_up() -> None:
    """Start the server that children are forked from; call it before any thread is started."""
    multiprocessing.set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()


def start_service(target: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> BaseProcess:
    """Start a server in a process of its own that ends with this one; the caller may end it sooner."""
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=_serve_until_orphaned, args=(os.getpid(), target, args, kwargs), daemon=True)
    process.start()
    return process


def _serve_until_orphaned(
    parent: int, target: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    _end_with(parent)
    target(*args, **kwargs)


def serve(pipe: Connection, memory_bytes: int, niceness: int = 0) -> None:
    """Be a child: answer calls until the parent is gone, and leave without a word."""
    _settle_in(memory_bytes)
    _step_back(niceness)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        while True:
            function, args, kwargs = pipe.recv()
            pipe.send(_attempt(function, args, kwargs))


def _settle_in(memory_bytes: int) -> None:
    _end_with(os.getppid())
    # What a library says in words may quote the page it works on; what matters comes back as an error.
    logging.getLogger().addHandler(logging.NullHandler())
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _step_back(niceness: int) -> None:
    os.nice(niceness)
    # Where the kernel groups processes by session, it weighs the groups: this child's has only itself.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def _end_with(parent: int) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The process that forked this one is the fork server, which ends when its owner does.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_follow, args=(parent, os.getppid()), daemon=True).start()


def _follow(parent: int, forker: int) -> None:
    # Where either dies before prctl took hold, no signal comes; so look.
    while os.getppid() == forker and os.path.exists(f"/proc/{parent}"):  # noqa: PTH110 - polled, no path object needed
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


def _attempt(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
    try:
        return Answer(function(*args, **kwargs))
    except SohoaError as error:
        return Answer(error=error)
    except MemoryError:
        return Answer(error=WorkKilled("Trang cần nhiều bộ nhớ hơn mức cho phép"))
    except Exception as error:  # noqa: BLE001 - edge of a process: whatever it was, the parent must hear of it
        return Answer(error=UnexpectedFailure(f"{type(error).__name__} tại {_where(error)}"))


def _where(error: BaseException) -> str:
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}" if frame else "?"  # noqa: PTH119 - a name, no file access
