"""The smaller of Tesseract's two networks for Vietnamese: another opinion for little time."""

from pathlib import Path

from pipeline.ocr.models import FAST_TESSDATA
from pipeline.ocr.tessnet_lines import TessnetLines


class TessfastLines(TessnetLines):
    """Reads lines with Tesseract's fast network; satisfies `pipeline.ports.LineReader`."""

    name = "tessfast"

    def __init__(self, tessdata: Path = FAST_TESSDATA) -> None:
        """Load the weights and build the network.

        Args:
            tessdata: folder of `vie.traineddata`.

        Raises:
            MissingProgram: it is not there, damaged, or no model of lines.
        """
        super().__init__(tessdata)
