"""`sohoa migrate`: the tables as this version wants them."""

from pipeline.store.migrate import upgrade
from workers import tables
from workers.cli.output import JsonFlag, Output


def migrate(*, as_json: JsonFlag = False) -> None:
    """Đưa các bảng của cơ sở dữ liệu lên phiên bản này; chạy lại không hại gì."""
    with tables.opened() as records:
        revision = upgrade(records.engine)
    Output(as_json).told(f"Bảng ở phiên bản {revision}.", {"revision": revision})
