"""What commands print: data on standard output, talk on standard error; JSON lines on request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

WIDE = 240
JsonFlag = Annotated[bool, typer.Option("--json", help="In từng dòng JSON cho máy đọc.")]


@dataclass(frozen=True)
class Output:
    """Where a command's words go."""

    as_json: bool = False
    out: Console = field(default_factory=lambda: _console(stderr=False))
    talk: Console = field(default_factory=lambda: _console(stderr=True))

    def say(self, text: str) -> None:
        """Tell the person something; never data."""
        self.talk.print(text, markup=False, highlight=False, soft_wrap=True)

    def row(self, values: Mapping[str, Any]) -> None:
        """Print one JSON line."""
        text = json.dumps(values, ensure_ascii=False, default=str)
        # File names may hold bytes that are no UTF-8; JSON's own escape is the same as Python's.
        sayable = text.encode("utf-8", "backslashreplace").decode()
        self.out.print(sayable, markup=False, highlight=False, soft_wrap=True)

    def rows(self, title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Print rows as a table, or each as a JSON line with all its fields.

        Args:
            title: heading of the table.
            columns: fields to show and their Vietnamese headings.
            rows: the data.
        """
        if self.as_json:
            for values in rows:
                self.row(values)
            return
        table = Table(title=title, title_justify="left")
        for heading in columns.values():
            table.add_column(heading, overflow="fold")
        for values in rows:
            table.add_row(*(shown(values.get(name)) for name in columns))
        self.out.print(table)


def _console(*, stderr: bool) -> Console:
    # Where nobody looks at a screen, nothing is cut to the width of one.
    console = Console(stderr=stderr, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDE)


def shown(value: object) -> str:
    """Return a value as a person reads it."""
    match value:
        case None:
            return "–"
        case bool():
            return "đạt" if value else "KHÔNG"
        case float():
            return f"{value:.3f}"
        case _:
            return str(value)
