"""Running the centre's door until it is stopped."""

import contextlib
import ipaddress
import json
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from schemas.errors import ServiceError, SettingsError
from workers.bootstrap import Services
from workers.centre.app import create_app
from workers.centre.door import Door
from workers.centre.incoming import Incoming

MOST_CONNECTIONS = 1000
STOP_S = 5
"""For requests under way; one that is cut off is sent again."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where to listen, and how.

    Attributes:
        port: 0 takes a free one.
        cert, key: PEM files; None where something else ends TLS, or on a loopback address.
        behind_proxy: something else ends TLS before the requests come here.
    """

    host: str = "127.0.0.1"
    port: int = 8098
    cert: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False

    def check(self) -> None:
        """Refuse what would carry papers and tokens in the clear.

        Raises:
            SettingsError: it would, or the certificate or its key cannot be read.
        """
        if (self.cert is None) != (self.key is None):
            raise SettingsError("--cert và --key phải đi cùng nhau")
        if self.cert and self.key:
            _check_pair(self.cert, self.key)
        elif not (self.behind_proxy or _is_loopback(self.host)):
            raise SettingsError(
                f"Không mở cửa ở {self.host} khi không có TLS: thêm --cert và --key, "
                "hoặc --behind-proxy nếu phía trước có máy chủ TLS"
            )


def serve(services: Services, address: Address) -> None:
    """Serve until SIGINT or SIGTERM; print the address as one JSON line once connections are taken.

    Raises:
        SettingsError: the address would let papers out in the clear.
        SchemaOutdated: the tables must be migrated first.
        ServiceError: the address is taken.
    """
    address.check()
    server = _server(services, address)
    with _listening(address) as listener:
        sys.stdout.write(json.dumps({"url": _url(listener, address)}) + "\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


@contextlib.contextmanager
def running(services: Services, address: Address) -> Iterator[str]:
    """Serve in a thread; yield the address, stop at the end."""
    server = _server(services, address)
    with _listening(address) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="centre")
        thread.start()
        try:
            yield _url(listener, address)
        finally:
            server.should_exit = True
            thread.join()


def _server(services: Services, address: Address) -> uvicorn.Server:
    _ = services.migrated_records
    incoming = Incoming(services.data_dir / "incoming", services.settings.centre.reserve_bytes)
    config = uvicorn.Config(
        create_app(Door(services, incoming)),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",  # tracebacks may quote names; problems are logged by `problems`
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=address.cert,
        ssl_keyfile=address.key,
    )
    return uvicorn.Server(config)


def _listening(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family, backlog=256)
        # asyncio sets this on sockets that state their protocol only; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise ServiceError(f"Không mở được {address.host}:{address.port}: {error.strerror}") from error
    return listener


def _url(listener: socket.socket, address: Address) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if address.cert else 'http'}://{shown}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_pair(cert: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError("Không dùng được --cert, --key: cần hai tệp PEM hợp nhau") from error
