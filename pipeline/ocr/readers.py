"""The readers of lines: opening those that are wanted and here."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from types import MappingProxyType

from pipeline.ports import LineReader
from schemas.errors import MissingProgram
from schemas.settings import Reader

CLASSES: Mapping[Reader, str] = MappingProxyType(
    {
        Reader.TESSEROCR: "TesserocrLines",
        Reader.TRUEOCR: "TrueocrLines",
        Reader.PYTESSERACT: "PytesseractLines",
        Reader.ASTEROCR: "AsterocrLines",
        Reader.TESSNET: "TessnetLines",
        Reader.TESSFAST: "TessfastLines",
    }
)
"""Each reader's class in the module `NAME_lines`."""

STAND_INS: Mapping[Reader, Sequence[Reader]] = MappingProxyType(
    {Reader.TESSNET: (Reader.TESSEROCR, Reader.PYTESSERACT), Reader.TESSEROCR: (Reader.PYTESSERACT,)}
)
"""Who reads where another one is missing, the first that is here: the same network, run by somebody else."""


def open_readers(wanted: Sequence[Reader]) -> tuple[tuple[LineReader, ...], tuple[str, ...]]:
    """Return the readers that can be used, in the order of `wanted`, and the names of those that cannot.

    Raises:
        MissingProgram: none can be used.
    """
    opened: dict[Reader, LineReader] = {}
    missing: list[str] = []
    for name in wanted:
        try:
            opened[name] = open_reader(name)
        except MissingProgram:
            missing.append(name.value)
            opened |= _stand_in(name, [*opened, *wanted])
    if not opened:
        raise MissingProgram(f"Không dùng được bộ đọc nào ({', '.join(missing)}): chạy «make setup»")
    return tuple(opened.values()), tuple(missing)


def open_reader(name: Reader) -> LineReader:
    """Return one reader with its model loaded.

    Its module is imported only now: its libraries may be missing, and cost memory where they are not.

    Raises:
        MissingProgram: its library, program or model is not installed.
    """
    try:
        module = import_module(f"pipeline.ocr.{name}_lines")
    except ImportError as error:
        raise MissingProgram(f"Thiếu bộ đọc {name}: chạy «make setup», hoặc bỏ khỏi SOHOA_READERS") from error
    reader: LineReader = getattr(module, CLASSES[name])()
    return reader


def _stand_in(name: Reader, taken: Sequence[Reader]) -> dict[Reader, LineReader]:
    for other in STAND_INS.get(name, ()):
        if other in taken:
            return {}
        with suppress(MissingProgram):
            return {other: open_reader(other)}
    return {}
