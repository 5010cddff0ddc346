"""The models of Tesseract that come with the program: `vie`, best_int and fast (docs/adr/0015-readers.md)."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from schemas.errors import MissingProgram

LANGUAGE: Final = "vie"
TESSDATA = Path(__file__).parent / "data"
FAST_TESSDATA = TESSDATA / "fast"
"""Folders of `vie.traineddata`; their origin and licence lie beside the first one."""
NAMES = MappingProxyType({TESSDATA: "best_int", FAST_TESSDATA: "fast"})


def model_name(tessdata: Path) -> str:
    """Return the name of a folder's model, as a reader's version says it.

    Raises:
        MissingProgram: there is no model in it.
    """
    if not (tessdata / f"{LANGUAGE}.traineddata").is_file():
        raise MissingProgram(f"Thiếu {tessdata}/{LANGUAGE}.traineddata: cài lại chương trình")
    return NAMES.get(tessdata, "installed")
