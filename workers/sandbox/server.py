"""Running the sandbox: in this process until it is stopped, in a thread, or in a child process."""

import contextlib
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uvicorn

from schemas.errors import ServiceError
from workers.sandbox.app import create_app
from workers.sandbox.faults import Faults
from workers.sandbox.sessions import Access

HOST: Final = "127.0.0.1"


def serve(database: Path, host: str, port: int, faults: Faults, access: Access | None = None) -> None:
    """Serve until SIGINT or SIGTERM; print the address as one JSON line once connections are taken.

    Args:
        database: SQLite file, made where it is missing.
        host, port: port 0 takes a free one.
        faults: what goes wrong from the start.
        access: what callers have to show; None for the development account.

    Raises:
        ServiceError: the address is taken.
    """
    with _listening(host, port) as listener:
        server = _server(database, faults, access)
        sys.stdout.write(json.dumps({"url": _address(listener)}) + "\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


@contextlib.contextmanager
def running(database: Path, faults: Faults | None = None, access: Access | None = None) -> Iterator[str]:
    """Serve in a thread on a free port of the loopback; yield the address, stop at the end."""
    with _listening(HOST, 0) as listener:
        server = _server(database, faults or Faults(), access)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox")
        thread.start()
        try:
            # connections made before the server accepts wait in the listener's backlog
            yield _address(listener)
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def spawned(database: Path, faults: Faults | None = None, port: int = 0) -> Iterator[str]:
    """Serve in a child process with the development account; yield the address, end it at the end.

    The child also ends when this process is killed: its standard input ends then.

    Raises:
        ServiceError: it did not start.
    """
    command = [sys.executable, "-m", "workers.sandbox", "--database", str(database), "--port", str(port)]
    values = json.dumps((faults or Faults()).to_json())
    with subprocess.Popen(
        [*command, "--faults", values, "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the caller, who may still want to deliver
    ) as child:
        try:
            yield _announced(child)
        finally:
            child.terminate()


def _announced(child: "subprocess.Popen[str]") -> str:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise ServiceError("Bên nhận giả lập không khởi động được")
    url: str = json.loads(line)["url"]
    return url


def _listening(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), backlog=128)
        # asyncio sets this on sockets that state their protocol only; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise ServiceError(f"Không mở được cổng {port} cho bên nhận giả lập") from error
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _server(database: Path, faults: Faults, access: Access | None) -> uvicorn.Server:
    logging.getLogger("uvicorn.error").addFilter(_is_no_hang_up)
    config = uvicorn.Config(
        create_app(database, faults, access),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _is_no_hang_up(record: logging.LogRecord) -> bool:
    """An answer that is not completed is the fault "drop", made on purpose."""
    return "without completing response" not in record.getMessage()
