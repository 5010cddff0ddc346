"""`sohoa metrics`: show Prometheus and health probes how the line stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from pipeline.store import revision
from workers import __version__, bootstrap
from workers.bootstrap import Services, now
from workers.cli.output import Output
from workers.metrics import server
from workers.metrics.gauges import OfBuild, OfProcesses, OfTables


def metrics(
    *,
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe; chỉ mở cho mạng nội bộ.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Cổng; 0 là cổng trống bất kỳ.")] = 9108,
    processes_only: Annotated[
        bool,
        typer.Option("--processes-only", help="Chỉ số đo của các tiến trình trên máy này, không hỏi cơ sở dữ liệu."),
    ] = False,
) -> None:
    """Cho Prometheus xem số đo (/metrics), cho bộ giám sát biết còn sống (/health/live) và sẵn sàng (/health/ready)."""
    output = Output()
    with bootstrap.opened() as services, shown(services, host, port, processes_only=processes_only) as page:
        output.say(f"Số đo ở cổng {page.server_port}, đường dẫn /metrics; Ctrl-C để dừng.")
        page.serve_forever()


@contextmanager
def shown(services: Services, host: str, port: int, *, processes_only: bool = False) -> Iterator[server.Listening]:
    """Yield the server, bound to what `services` can tell."""
    of_processes = [OfBuild(__version__), OfProcesses(services.metrics_folder)]
    if processes_only:
        pages = server.pages(of_processes, lambda: None)
    else:
        tables = OfTables(services.records, now)
        pages = server.pages([*of_processes, tables], lambda: revision.check(services.records.engine))
    with server.listening(host, port, pages) as page:
        yield page
