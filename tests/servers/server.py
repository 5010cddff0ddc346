"""What the servers have in common: they can be killed, wiped and started again, and nothing of them is left behind."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, TypeVar

import psutil

from servers.ports import free_port

START_S = 120.0
STOP_S = 60.0
KILL_S = 30.0


class Server(ABC):
    """A server on a port of its own, with all that it writes below `folder`: `data`, and what it says in `log`."""

    name: ClassVar[str]
    owner: ClassVar[str | None] = None  # whom it runs as when we are root; None: as we do
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Say whether it takes requests."""

    def environment(self) -> dict[str, str]:
        """Return what it finds in its environment; nothing of ours, so that nobody's settings change a test."""
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    @property
    def pid(self) -> int:
        """Its process id; all its other processes are below that one."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there, even if it does not answer."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, on the same port and with the data that are there, and wait until it answers.

        Raises:
            RuntimeError: it runs already, did not come up, or this is not the main thread: the kernel ends a server
                together with the *thread* that started it.
        """
        if self.is_running or threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self.name}: start it from the main thread, and while it is not running")
        with self.log.open("ab") as log:
            # Of its own session: Ctrl-C in the terminal is for us; we end the servers when we are done.
            self._process = subprocess.Popen(
                self.as_owner(self.command()),
                cwd="/",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_answer(self._process)

    def kill(self) -> None:
        """End it and all its children by SIGKILL, as a crash would. Nothing happens when it is not running."""
        if self._process is None or not self.is_running:
            return
        tree = self._stopped_tree(self._process)
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        _await_end(tree)

    def stop(self) -> None:
        """Ask it to end in order, and wait for that; subprocess.TimeoutExpired when it takes too long."""
        if self._process is not None and self.is_running:
            self._process.send_signal(self.stop_signal)
            self._process.wait(STOP_S)

    def wipe(self) -> None:
        """Delete all that it has kept, as if its disk were new. Only while it is not running."""
        if self.is_running:
            raise RuntimeError(f"{self.name} is running: kill or stop it before wiping")
        if self.data.exists():
            shutil.rmtree(self.data)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers, until `resume`."""
        if self._process is not None and self.is_running:
            self._stopped_tree(self._process)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        if self._process is not None and self.is_running:
            for process in _tree(self._process.pid):
                process.resume()

    def as_owner(self, command: Sequence[str]) -> list[str]:
        """Return `command` so that it runs as the server's user, and dies with the one who starts it."""
        change = ["--reuid", self.owner, "--regid", self.owner, "--init-groups"] if self.owner and _is_root() else []
        return ["setpriv", *change, "--pdeathsig", "KILL", "--", *command]

    def _stopped_tree(self, process: "subprocess.Popen[bytes]") -> "list[psutil.Process]":
        process.send_signal(signal.SIGSTOP)
        with suppress(ChildProcessError):
            os.waitpid(process.pid, os.WUNTRACED)  # from here on it starts no more children
        tree: list[psutil.Process] = _tree(process.pid)
        for child in tree:
            with suppress(psutil.NoSuchProcess):
                child.suspend()
        return tree

    def _await_answer(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < deadline:
            if self.answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start: {self.log.read_text(errors='replace')[-2000:]}")


AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def running(server: AnyServer) -> Iterator[AnyServer]:
    """Start `server`, and see to it that nothing of it is left; its folder stays."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def own_folder(kind: type[Server]) -> Iterator[Path]:
    """Return a new folder that belongs to the server's user, and delete it again.

    It lies in the system's temporary folder: another user does not reach into those that pytest makes.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"sohoa-{kind.name}-"))
    try:
        if kind.owner and _is_root():
            shutil.chown(folder, kind.owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_root() -> bool:
    return os.geteuid() == 0


def _tree(pid: int) -> "list[psutil.Process]":
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _await_end(processes: "Sequence[psutil.Process]") -> None:
    deadline = time.monotonic() + KILL_S
    while any(_is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            raise RuntimeError(f"these do not end: {processes}")
        time.sleep(0.01)


def _is_alive(process: "psutil.Process") -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
