"""Where the bytes of a PDF go: its pictures, its words with their fonts, and all else."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf

FONT_STREAMS = ("/FontFile", "/FontFile2", "/FontFile3", "/CIDSet", "/ToUnicode", "/CIDToGIDMap", "/Encoding")


@dataclass(frozen=True)
class Parts:
    """Bytes of a file, streams as they are stored.

    Attributes:
        picture: images, masks among them.
        text: what pages draw, words for the most, and fonts.
        rest: tables of objects, metadata, colour profile, seal.
    """

    picture: int
    text: int
    rest: int


def parts(data: bytes) -> Parts:
    """Return the parts of a PDF file.

    Raises:
        pikepdf.PdfError: it is none.
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        streams = [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]
        words = {item.objgen for item in _words(pdf)}
        picture = sum(map(_bytes, filter(_is_picture, streams)))
        text = sum(_bytes(item) for item in streams if item.objgen in words)
    return Parts(picture, text, len(data) - picture - text)


def _words(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Yield streams of contents and of fonts, some of them more than once."""
    for page in pdf.pages:
        contents = page.obj.get("/Contents", pikepdf.Array())
        yield from contents if isinstance(contents, pikepdf.Array) else (contents,)
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form":
            yield item
        elif isinstance(item, pikepdf.Dictionary):
            yield from (item[key] for key in FONT_STREAMS if isinstance(item.get(key), pikepdf.Stream))


def _is_picture(stream: pikepdf.Stream) -> bool:
    return bool(stream.get("/Subtype") == "/Image")


def _bytes(stream: pikepdf.Stream) -> int:
    return len(stream.read_raw_bytes())
