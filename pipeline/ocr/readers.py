"""Which readers of lines there are, and opening those that are wanted and here."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from pipeline.ports import LineReader
from schemas.errors import MissingProgram

READERS: Mapping[str, str] = MappingProxyType(
    {
        "tesserocr": "TesserocrLines",
        "trueocr": "TrueocrLines",
        "pytesseract": "PytesseractLines",
        "asterocr": "AsterocrLines",
    }
)
"""Names that can be wanted, each with its class in the module `NAME_lines`."""


def open_readers(wanted: Sequence[str]) -> tuple[tuple[LineReader, ...], tuple[str, ...]]:
    """Return the readers that can be used, in the order of `wanted`, and the names of those that cannot.

    Args:
        wanted: names out of `READERS`; the first is asked about every line.
    """
    opened: list[LineReader] = []
    missing: list[str] = []
    for name in wanted:
        try:
            opened.append(open_reader(name))
        except MissingProgram:
            missing.append(name)
    return tuple(opened), tuple(missing)


def open_reader(name: str) -> LineReader:
    """Return one reader with its model loaded.

    Its module is imported only now: its libraries may be missing, and cost memory where they are not.

    Raises:
        MissingProgram: its library, program or model is not installed.
    """
    try:
        module = import_module(f"pipeline.ocr.{name}_lines")
    except ImportError as error:
        raise MissingProgram(
            f"Thiếu bộ đọc {name} ({error.name}): chạy «make setup», hoặc bỏ khỏi SOHOA_READERS"
        ) from error
    reader: LineReader = getattr(module, READERS[name])()
    return reader
