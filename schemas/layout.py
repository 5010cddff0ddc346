"""Where things stand on a page: lines of print, tables, and what no reader is asked about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from schemas.geometry import Box
from schemas.page import Pixels


class RegionKind(StrEnum):
    """What is on a page beside lines of print."""

    SEAL = "seal"
    SIGNATURE = "signature"
    HANDWRITING = "handwriting"
    PICTURE = "picture"
    FILL_IN = "fill-in"
    UNREAD = "unread"


@dataclass(frozen=True)
class Region:
    """A place on the page (vùng).

    Attributes:
        kind: what is there; `FILL_IN` is a dotted or ruled line to write on, `UNREAD` ink that looks like a line
            and in which no reader saw a word.
        box: pixels of the delivered page.
    """

    kind: RegionKind
    box: Box

    def to_json(self) -> dict[str, Any]:
        """Return the region in the published shape of `NAME.json`."""
        return {"kind": self.kind.value, "box": self.box.as_list()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(RegionKind(value["kind"]), Box(*value["box"]))


@dataclass(frozen=True)
class Cell:
    """A cell (ô) of a ruled table; row and column count from 0.

    Attributes:
        box: pixels of the delivered page, inside the rules.
        rows, columns: how many it spans.
    """

    row: int
    column: int
    box: Box
    rows: int = 1
    columns: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return the cell in the published shape of `NAME.json`."""
        place = {"row": self.row, "column": self.column, "rows": self.rows, "columns": self.columns}
        return {**place, "box": self.box.as_list()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(value["row"], value["column"], Box(*value["box"]), value["rows"], value["columns"])


@dataclass(frozen=True)
class Table:
    """A ruled table (bảng); its cells row by row, from left to right."""

    box: Box
    cells: tuple[Cell, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the table in the published shape of `NAME.json`."""
        return {"box": self.box.as_list(), "cells": [cell.to_json() for cell in self.cells]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(Box(*value["box"]), tuple(Cell.from_json(cell) for cell in value["cells"]))


@dataclass(frozen=True, eq=False)
class TextLine:
    """A line of print that is to be read, or a part of one.

    Wide gaps and walls of table cells part a line: readers lose the space beside a gap. Parts of one group follow each
    other in `Layout.lines` in the order in which they are read, and become one line of text: all of a table's row, too.

    Attributes:
        box: around its ink, pixels of the page's food.
        crop: grey, black on white, a few pixels of margin; the ink of other lines is painted over.
        origin: x and y of the crop's first pixel in the food; may lie outside by the margin.
        group: number of the line of text that it is part of.
        crossed: the crop with the strokes of a pen that lie on its letters; None where there are none.
    """

    box: Box
    crop: Pixels
    origin: tuple[int, int]
    group: int
    crossed: Pixels | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """What was found on a page before anything was read.

    Attributes:
        lines: in the order in which a person reads; a head of two columns left, then right; tables row by row.
        tables, regions: in pixels of the delivered page.
    """

    lines: tuple[TextLine, ...]
    tables: tuple[Table, ...] = ()
    regions: tuple[Region, ...] = ()
