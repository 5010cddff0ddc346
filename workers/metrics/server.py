"""The page that Prometheus asks for, and two that say whether all is well: plain HTTP for the machine's own network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from schemas.errors import ServiceError, SohoaError

TEXT = "text/plain; charset=utf-8"
Page = tuple[int, str, bytes]
Listening = ThreadingHTTPServer


class Pages(BaseHTTPRequestHandler):
    """Answers GET; made anew for each request, bound to what it shows by `serving`."""

    timeout = 10
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sohoa", ""
    shown: ClassVar[dict[str, Callable[[], Page]]] = {}

    def do_GET(self) -> None:
        """Send the page of that path."""
        show = self.shown.get(self.path.partition("?")[0])
        status, kind, body = show() if show else (404, TEXT, b"")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: these pages are asked for every few seconds."""


def metrics_page(registry: CollectorRegistry) -> Page:
    """Return all metrics in Prometheus' text format."""
    return 200, CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


def live_page() -> Page:
    """Say that this process answers."""
    return 200, TEXT, b"live\n"


def ready_page(check: Callable[[], object]) -> Page:
    """Say whether what is needed is there; where not, the error's code."""
    try:
        check()
    except SohoaError as error:
        return 503, TEXT, f"{error.code}\n".encode()
    return 200, TEXT, b"ready\n"


def pages(collectors: list[Collector], check: Callable[[], object]) -> dict[str, Callable[[], Page]]:
    """Return what is shown at which path."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return {
        "/metrics": lambda: metrics_page(registry),
        "/health/live": live_page,
        "/health/ready": lambda: ready_page(check),
    }


@contextmanager
def listening(host: str, port: int, shown: dict[str, Callable[[], Page]]) -> Iterator[Listening]:
    """Yield a server at that address; who takes it lets it serve.

    Raises:
        ServiceError: the address is taken, or none of this machine's.
    """
    handler = type("BoundPages", (Pages,), {"shown": shown})
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise ServiceError(f"Không mở được cổng {port} tại {host} cho số đo") from error
    server.daemon_threads = True
    with server:
        yield server
