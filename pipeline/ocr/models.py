"""The model of Tesseract that comes with the program: `vie`, best_int (docs/adr/0015-readers.md)."""

from pathlib import Path
from typing import Final

from schemas.errors import MissingProgram

LANGUAGE: Final = "vie"
TESSDATA = Path(__file__).parent / "data"
"""Folder of `vie.traineddata`; its origin and licence lie beside it."""


def model_name(tessdata: Path) -> str:
    """Return the name of a folder's model, as a reader's version says it.

    Raises:
        MissingProgram: there is no model in it.
    """
    if not (tessdata / f"{LANGUAGE}.traineddata").is_file():
        raise MissingProgram(f"Thiếu {tessdata}/{LANGUAGE}.traineddata: cài lại chương trình")
    return "best_int" if tessdata == TESSDATA else "installed"
