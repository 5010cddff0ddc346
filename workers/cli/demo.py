"""`sohoa demo`: scanned stacks of invented citizens through the whole line."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.store import migrate
from schemas.batch import Disposition
from schemas.errors import ChecksFailed
from schemas.jobs import Receiver
from workers import demonstration, isolation
from workers.cli.jobs_bar import JobsBar
from workers.cli.output import JsonFlag, Output
from workers.cli.words import Sum, word
from workers.demonstration import Place

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
COLUMNS = {
    "name\ncomponent": "tệp PDF\ngiấy tờ",
    "pages\nconfidence": "trang\ntin cậy",
    "bytes\nshort": "byte\nSHA-256",
    "pdfa\nsignature": "PDF/A\nchữ ký",
    f"{Receiver.CITIZEN_STORE}\n{Receiver.DOSSIER_SYSTEM}": "kho công dân\nhệ thống hồ sơ",
}
PLACES = {place.value: place for place in (*Disposition, *Sum)}


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Thư mục của bản chạy thử.")] = Path("var/demo"),
    *,
    as_json: JsonFlag = False,
) -> None:
    """Chạy thử cả dây chuyền trên các xấp giấy mẫu; bị dừng giữa chừng thì chạy lại để làm tiếp."""
    isolation.warm_up()
    place, output = Place(folder.absolute()), Output(as_json)
    demonstration.prepare(place)
    with demonstration.surroundings(place) as services:
        migrate.upgrade(services.records.engine)
        stacks = demonstration.feed(place, SAMPLES, services)
        output.say(f"{stacks} xấp giấy vào máy quét: làm sạch, đọc, dựng PDF/A, ký, lưu, giao…")
        bar = JobsBar(services, output.talk)
        try:
            demonstration.work(place, services, stacks, bar)
        finally:
            bar.close()
        ledger = demonstration.check_ledgers(services)
        rows = demonstration.export(place, services)
    demonstration.write_summary(place, rows)
    if not rows:
        raise ChecksFailed("Không có văn bản nào được giao")
    show(rows, ledger, place, output)
    if not all(map(demonstration.is_good, rows)):
        raise ChecksFailed("Có văn bản chưa đạt; xem bảng trên")


def show(rows: list[dict[str, Any]], ledger: dict[str, int], place: Place, output: Output) -> None:
    """Print the results."""
    output.rows(
        "Văn bản đã giao", COLUMNS, [row | {"name": Path(row["file"]).stem, "short": row["digest"][:8]} for row in rows]
    )
    pages = ", ".join(f"{word(PLACES[name])} {number}" for name, number in ledger.items())
    output.say(f"Sổ trang cân: {pages}. Tệp nằm ở {place.delivered}, tóm tắt ở {place.summary}")
    output.say(f"Tự kiểm tra một tệp: SOHOA_DATA_DIR={place.data} sohoa verify {place.delivered / rows[0]['file']}")
