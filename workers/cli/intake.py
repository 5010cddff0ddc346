"""`sohoa intake`: register the dossiers that the counter accepted."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.intake import read_dossiers
from pipeline.store.records import dossiers
from workers import bootstrap
from workers.bootstrap import Services, now
from workers.cli.output import JsonFlag, Output

app = typer.Typer(help="Hồ sơ đã tiếp nhận tại quầy.", no_args_is_help=True, add_completion=False)


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="Tệp JSON: danh sách hồ sơ.")], *, as_json: JsonFlag = False
) -> None:
    """Nạp hồ sơ từ tệp JSON; hồ sơ đã có được thay bằng bản mới."""
    with bootstrap.opened() as services:
        new, known = register(file, services)
    Output(as_json).told(f"Đã nạp {new} hồ sơ mới, cập nhật {known} hồ sơ.", {"new": new, "updated": known})


def register(file: Path, services: Services) -> tuple[int, int]:
    """Register all dossiers of a file, or none; return how many are new and how many were known."""
    found = read_dossiers(file)
    with services.migrated_records.begin() as tx:
        fresh = [dossiers.save(tx, dossier, now()) for dossier in found]
    return sum(fresh), len(fresh) - sum(fresh)
