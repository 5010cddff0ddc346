"""What commands print: data on standard output, talk on standard error; JSON lines on request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import CannotWrite
from schemas.units import VIETNAM
from workers.cli.words import NEEDS_A_PERSON, word

WIDE = 240
SHORTEST = 10
"""Characters that a column of sentences keeps at least, where words are as long."""
OutFile = Annotated[Path, typer.Option("--out", help="Tệp sẽ ghi; không được có sẵn.", show_default=False)]
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

    def add(self, text: str) -> None:
        """Add to a table what has no room in it; a machine has it in the rows."""
        if not self.as_json:
            self.out.print(text, markup=False, highlight=False, soft_wrap=True)

    def told(self, text: str, values: Mapping[str, Any]) -> None:
        """Say what was done, to a person as a sentence or to a machine as a JSON line."""
        if self.as_json:
            self.row(values)
        else:
            self.say(text)

    def row(self, values: Mapping[str, Any]) -> None:
        """Print one JSON line."""
        text = json.dumps(values, ensure_ascii=False, default=plain)
        # File names may hold bytes that are no UTF-8; JSON's own escape is the same as Python's.
        sayable = text.encode("utf-8", "backslashreplace").decode()
        self.out.print(sayable, markup=False, highlight=False, soft_wrap=True)

    def rows(self, title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Print rows as a table, or each as a JSON line with all its fields.

        Columns that hold nothing in any row are left out of the table.

        Args:
            title: heading of the table.
            columns: fields to show and their Vietnamese headings; line breaks part the fields of one column.
            rows: the data.
        """
        if self.as_json:
            for values in rows:
                self.row(values)
            return
        if not rows:
            self.out.print(f"{title}: không có.", markup=False, highlight=False)
            return
        told = [name for name in columns if any(fields_of(name, values) for values in rows)]
        cells = {name: [cell(fields_of(name, values) or [None]) for values in rows] for name in told}
        whole = unbroken({name: [columns[name], *map(str, cells[name])] for name in told}, self.out.width)
        table = Table(title=title, title_justify="left")
        for name in told:
            table.add_column(columns[name], overflow="fold", no_wrap=name in whole)
        for number in range(len(rows)):
            table.add_row(*(cells[name][number] for name in told))
        self.out.print(table)


def _console(*, stderr: bool) -> Console:
    # Where nobody looks at a screen, nothing is cut to the width of one.
    console = Console(stderr=stderr, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDE)


def save(path: Path, data: bytes) -> None:
    """Write a copy for a person; nothing that is there is replaced.

    Raises:
        CannotWrite: a file of that name is there, or none can be written.
    """
    try:
        with path.open("xb") as stream:
            stream.write(data)
    except FileExistsError as error:
        raise CannotWrite(f"Đã có tệp {path}; chọn tên khác") from error
    except OSError as error:
        raise CannotWrite(f"Không ghi được {path}: {error.strerror}") from error


def plain(value: object) -> str:
    """Return what JSON has no form for: times as ISO 8601, all else as it says itself."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def unbroken(columns: Mapping[str, Sequence[str]], width: int) -> set[str]:
    """Return the columns of codes (nothing with spaces in it) that can stand in one piece, short ones first.

    Args:
        columns: by name, the heading and then the texts below it.
        width: of the screen in characters; three a column go to the lines between.
    """
    codes = {name: longest_line(texts) for name, texts in columns.items() if not any(" " in text for text in texts[1:])}
    others = [longest_part(texts) for name, texts in columns.items() if name not in codes]
    room = width - 3 * len(columns) - 1 - sum(min(part, SHORTEST) for part in others)
    kept: set[str] = set()
    for name in sorted(codes, key=codes.__getitem__):
        room -= codes[name]
        if room >= 0:
            kept.add(name)
    return kept


def longest_part(texts: Sequence[str]) -> int:
    """Return the length of the longest piece without white space, 0 where there is none."""
    return max((len(part) for text in texts for part in text.split()), default=0)


def longest_line(texts: Sequence[str]) -> int:
    """Return the length of the longest line."""
    return max(len(line) for text in texts for line in text.split("\n"))


def fields_of(column: str, values: Mapping[str, Any]) -> list[object]:
    """Return what a column shows of a row, line by line; [] where that is nothing."""
    found = [values.get(name) for name in column.split("\n")]
    return [] if all(value in (None, "") for value in found) else found


def cell(values: Sequence[object]) -> Text:
    """Return values as the lines of a cell; what needs a person stands out. No markup is looked for."""
    return Text("\n").join(Text(shown(value), style="bold red" if is_bad(value) else "") for value in values)


def is_bad(value: object) -> bool:
    """Whether a value says that something has to be looked at."""
    return value is False or (isinstance(value, StrEnum) and value in NEEDS_A_PERSON)


def shown(value: object) -> str:
    """Return a value as a person reads it."""
    match value:
        case None:
            return "–"
        case bool():
            return "đạt" if value else "KHÔNG"
        case float():
            return f"{value:.3f}"
        case datetime():
            return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
        case StrEnum():
            return word(value)
        case _:
            return str(value)
