"""`sohoa serve`: the centre's door, to which stations upload."""

from pathlib import Path
from typing import Annotated

import typer

from workers import bootstrap
from workers.centre.server import Address
from workers.centre.server import serve as run_server
from workers.cli.output import Output
from workers.metrics import slots


def serve(
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Cổng; 0 là cổng trống bất kỳ.")] = 8098,
    cert: Annotated[Path | None, typer.Option(help="Chứng thư TLS và chuỗi của nó, tệp PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Khóa của chứng thư TLS, tệp PEM.")] = None,
    *,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="Phía trước đã có máy chủ TLS.")] = False,
) -> None:
    """Mở cửa của trung tâm cho các trạm quét gửi tệp tới; Ctrl-C để dừng. Việc tiếp theo do «sohoa work» làm."""
    address = Address(host=host, port=port, cert=cert, key=key, behind_proxy=behind_proxy)
    address.check()
    with bootstrap.opened() as services, slots.reported(services.metrics_folder, services.meters.registry):
        Output().say("Trung tâm đang nhận tệp của các trạm; Ctrl-C để dừng.")
        run_server(services, address)
