"""A line between station and centre that the test can cut: a TCP proxy that counts, slows down and hangs up."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PIECE = 16 * 1024
RESET = struct.pack("ii", 1, 0)


@dataclass
class CutLine:
    """Passes bytes between a port of its own and the centre.

    Attributes:
        target: the centre's port on the loopback.
        bytes_per_s: towards the centre, 0 for as fast as it goes.
        sent: bytes that went towards the centre.
    """

    target: int
    bytes_per_s: int = 0
    sent: int = 0
    port: int = 0
    _is_cut: bool = False
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator["CutLine"]:
        """Listen for as long as the block runs."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield self
            finally:
                self.cut()

    def cut(self) -> None:
        """Hang up on everybody in the middle of what they say, and on all who call from now on."""
        with self._lock:
            self._is_cut = True
            for end in self._open:
                hang_up(end)
            self._open.clear()

    def mend(self) -> None:
        """Let callers through again."""
        self._is_cut = False

    def wait_for(self, sent: int, longest_s: float = 120.0) -> None:
        """Wait until so many bytes have gone towards the centre."""
        until = time.monotonic() + longest_s
        while self.sent < sent:
            assert time.monotonic() < until, f"only {self.sent} of {sent} bytes were sent"
            time.sleep(0.01)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listener.accept()
                self._connect(caller)

    def _connect(self, caller: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                hang_up(caller)
                return
            centre = socket.create_connection(("127.0.0.1", self.target))
            self._open += [caller, centre]
        threading.Thread(target=self._pass, args=(caller, centre), kwargs={"up": True}, daemon=True).start()
        threading.Thread(target=self._pass, args=(centre, caller), kwargs={"up": False}, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, *, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                target.sendall(data)
                if up:
                    self.sent += len(data)
                    time.sleep(len(data) / self.bytes_per_s if self.bytes_per_s else 0)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def hang_up(end: socket.socket) -> None:
    """Reset a connection: whoever is at the other end hears of it at once, and nothing under way arrives."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
