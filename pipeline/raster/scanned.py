"""The scanner's own image as the picture of a page: upright and level by the way it is placed, no pixel changed."""

import struct
from dataclasses import replace

import cv2

from pipeline.raster.g4 import g4_stream
from schemas.document import Coding, PageLayers, Part
from schemas.geometry import Box, Placing, after, turning
from schemas.page import Page, Pixels, Scan
from schemas.text import PageText

PNG_HEADER = 8
FASTEST = 1
"""Level of deflate: a third of the bytes for a tenth of the time."""


def keep_scan(scan: Scan, page: Page, text: PageText) -> PageLayers:
    """Return the page with the scanner's image: its own JPEG stream where it has one, else coded without loss.

    Args:
        scan: as the scanner gave it.
        page: the same, cleaned; where it was bent as well, words lie off the ink by the bend.
        text: in pixels of `page.image`.
    """
    height, width = page.image.shape[:2]
    part = replace(_part(scan), box=Box(0, 0, width, height))
    part = replace(part, placing=after(_turning(scan, part), page.placing))
    return PageLayers(
        picture=part.joined(),
        coding=Coding.SCAN,
        width=width,
        height=height,
        resolution=page.resolution,
        text=text,
        turned=page.turned,
        skew=page.skew,
        bend=page.bend,
        blank=page.blank,
        parts=(part,),
    )


def suffices(scan: Scan, layers: PageLayers) -> bool:
    """Decide whether the scanner's JPEG takes no more bytes than the layers, on a page that lay straight."""
    level = not layers.skew and not layers.bend
    return level and scan.stream is not None and len(scan.stream.data) <= len(layers.picture)


def _turning(scan: Scan, part: Part) -> Placing:
    return turning(scan.stream.turn if scan.stream else 0, part.width, part.height)


def _part(scan: Scan) -> Part:
    """Return the image, nothing said yet of its place."""
    height, width = scan.pixels.shape[:2]
    grey = scan.pixels.ndim == 2
    nowhere = Box(0, 0, 0, 0)
    if scan.bilevel:
        data = g4_stream(scan.pixels)
        return Part(coding=Coding.CCITT_G4, data=data, width=width, height=height, box=nowhere, grey=True)
    if scan.stream is None:
        return Part(coding=Coding.FLATE, data=flate(scan.pixels), width=width, height=height, box=nowhere, grey=grey)
    wide, high = (height, width) if scan.stream.turn in (90, 270) else (width, height)
    return Part(coding=Coding.JPEG, data=scan.stream.data, width=wide, height=high, box=nowhere, grey=grey)


def flate(pixels: Pixels) -> bytes:
    """Return pixels, grey or RGB, coded without loss: the deflated rows of a PNG, filtered as it does."""
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    png = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, FASTEST])[1].tobytes()
    data, position = [], PNG_HEADER
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        if kind == b"IDAT":
            data.append(png[position + 8 : position + 8 + length])
        position += length + 12
    return b"".join(data)
