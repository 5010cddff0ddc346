"""The command `sohoa`: one module per group of commands, loaded only when it is called."""

import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from typer.core import TyperGroup

from schemas.errors import Interrupted, SohoaError
from workers import logs

COMMANDS: Final = {
    "demo": "demo:demo",
    "digitize": "digitize:digitize",
    "station": "station:app",
    "serve": "serve:serve",
    "work": "work:work",
    "status": "line:status",
    "quarantine": "quarantine:app",
    "deliveries": "deliveries:app",
    "intake": "intake:app",
    "documents": "documents:app",
    "verify": "verify:verify",
    "doctor": "doctor:doctor",
    "metrics": "metrics:metrics",
    "migrate": "migrate:migrate",
    "pki": "pki:app",
    "sandbox": "sandbox:sandbox",
}
"""Where each command is: module of this package, and its function or group."""


class LoadedWhenCalled(TyperGroup):
    """A group whose commands are imported when they are asked for: `status` need not wait for OpenCV."""

    def list_commands(self, _ctx: object) -> list[str]:
        """Return the names, in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, _ctx: object, cmd_name: str) -> Any:  # noqa: ANN401 - Typer keeps its command type to itself
        """Return a command, None where there is none of that name."""
        return load(cmd_name) if cmd_name in COMMANDS else None


def load(name: str) -> Any:  # noqa: ANN401 - Typer keeps its command type to itself
    """Import a command or group and return it as Typer runs it."""
    module, _, attribute = COMMANDS[name].partition(":")
    found = getattr(import_module(f"workers.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    return typer.main.get_command(single)


app = typer.Typer(
    name="sohoa",
    cls=LoadedWhenCalled,
    help="Sổ Hóa: từ giấy quét đến PDF/A có chữ ký trong kho dữ liệu của công dân.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def start(
    *, verbose: Annotated[bool, typer.Option("--verbose", help="Ghi nhật ký từng việc (JSON, trên stderr).")] = False
) -> None:
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
    console.print(f"{error.code}: {error.message}", style="bold red", markup=False, highlight=False, soft_wrap=True)
    console.print(f"→ {error.hint}", markup=False, highlight=False, soft_wrap=True)
