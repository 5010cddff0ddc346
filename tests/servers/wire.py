"""A line to a server that can be cut, or change a byte on the way."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Fate = Callable[[int, bytes], bytes | None]
"""From how many bytes have gone to the server since the line was laid, and the next ones, to what arrives.

None cuts the connection; the next one counts on.
"""


@contextmanager
def wire(port: int, fate: Fate) -> Iterator[str]:
    """Lead connections on to `port` of this machine; return the address to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_serve, args=(listener, port, _Meter(fate)))
        server.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        server.join()


class _Meter:
    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._gone = 0
        self._lock = threading.Lock()

    def pass_on(self, data: bytes) -> bytes | None:
        with self._lock:
            self._gone += len(data)
            return self._fate(self._gone - len(data), data)


def _serve(listener: socket.socket, port: int, meter: _Meter) -> None:
    with suppress(OSError):
        while True:
            near, _ = listener.accept()
            threading.Thread(target=_lead, args=(near, port, meter), daemon=True).start()


def _lead(near: socket.socket, port: int, meter: _Meter) -> None:
    with near, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as far:
        back = threading.Thread(target=_pump, args=(far, near, bytes), daemon=True)
        back.start()
        _pump(near, far, meter.pass_on)
        back.join()


def _pump(source: socket.socket, target: socket.socket, passed: Callable[[bytes], bytes | None]) -> None:
    with suppress(OSError):
        while (data := source.recv(1 << 16)) and (arriving := passed(data)) is not None:
            target.sendall(arriving)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
