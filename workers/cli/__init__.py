"""The command `sohoa`: one module per group of commands."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from rich.console import Console

from schemas.errors import Interrupted, SohoaError
from workers import logs
from workers.cli import deliveries, demo, digitize, doctor, intake, line, pki, quarantine, sandbox, station, verify

app = typer.Typer(
    name="sohoa",
    help="Sổ Hóa: từ giấy quét đến PDF/A có chữ ký trong kho dữ liệu của công dân.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("digitize")(digitize.digitize)
app.command("work")(line.work)
app.command("status")(line.status)
app.command("migrate")(line.migrate)
app.command("verify")(verify.verify)
app.command("doctor")(doctor.doctor)
app.command("sandbox")(sandbox.sandbox)
app.add_typer(station.app, name="station")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(pki.app, name="pki")
app.add_typer(intake.app, name="intake")


@app.callback()
def start(*, verbose: bool = typer.Option(default=False, help="Ghi nhật ký từng việc (JSON, trên stderr).")) -> None:
    """Set up logging before any command."""
    logs.configure(verbose=verbose)


def main() -> None:
    """Run the command line; the only place that turns errors into exit codes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        app()
    except SohoaError as error:
        report(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(Interrupted.exit_code)


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Turn a signal into an error, so that everything is put away on the way out."""
    raise Interrupted("Đã dừng theo yêu cầu; mọi việc đã xong được giữ lại")


def report(error: SohoaError) -> None:
    """Tell a person what happened and what to do."""
    console = Console(stderr=True)
    console.print(f"{error.code}: {error.message}", style="bold red", markup=False, highlight=False)
    console.print(f"→ {error.hint}", markup=False, highlight=False)
