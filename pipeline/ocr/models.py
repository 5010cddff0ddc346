"""The model of Tesseract that comes with the program: `vie`, best_int (docs/adr/0015-readers.md)."""

from pathlib import Path
from typing import Final

LANGUAGE: Final = "vie"
TESSDATA = Path(__file__).parent / "data"
"""Folder of `vie.traineddata`; its origin and licence lie beside it."""


def model_name(tessdata: Path) -> str:
    """Return the name under which a folder's model is known: as words say who read them."""
    return "best_int" if tessdata == TESSDATA else "installed"
