"""`sohoa sandbox`: both receivers, simulated, with faults on request."""

import json
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import SettingsError
from workers import bootstrap
from workers.bootstrap import Services
from workers.cli.output import Output
from workers.sandbox.faults import Faults
from workers.sandbox.server import serve


def sandbox(
    database: Annotated[Path | None, typer.Option(help="Tệp SQLite; mặc định trong thư mục dữ liệu.")] = None,
    *,
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Cổng; 0 là cổng trống bất kỳ.")] = 8099,
    faults: Annotated[str, typer.Option(help='Lỗi giả lập, JSON, ví dụ {"all": 0.1, "seed": 7}.')] = "{}",
) -> None:
    """Giả lập kho của công dân và hệ thống hồ sơ; mở địa chỉ bằng trình duyệt để xem những gì đã tới."""
    place = database or Services(bootstrap.read_settings()).data_dir / "sandbox.db"
    place.parent.mkdir(parents=True, exist_ok=True)
    Output().say("Bên nhận giả lập; Ctrl-C để dừng.")
    serve(place, host, port, Faults().changed(parse(faults)))


def parse(text: str) -> dict[str, float]:
    """Return the faults that a JSON object names.

    Raises:
        SettingsError: it is no JSON object.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise SettingsError("--faults phải là JSON") from error
    if not isinstance(values, dict):
        raise SettingsError("--faults phải là một đối tượng JSON")
    return values
