"""The picture of a page as it lies in the delivered file."""

from dataclasses import replace

import cv2
import numpy as np
import simplejpeg

from pipeline.raster.g4 import encode_g4
from pipeline.raster.mixed import split
from schemas.document import Coding, PageLayers
from schemas.geometry import Box
from schemas.page import Page, Pixels
from schemas.text import PageText
from schemas.units import Resolution

LARGE = 200_000
"""Bytes from which a page in parts may have become larger than one JPEG: pictures all over it."""
COLOUR_GRAIN = 4
"""Colour is looked for in squares of so many pixels: fringes of black letters do not count."""
COLOURED = 24
FEWEST_COLOURED = 4
JFIF = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def encode(page: Page, text: PageText, safer: tuple[Box, ...], quality: int) -> PageLayers:
    """Return the coded picture of `page`, in as few bytes as show every stroke, with its text.

    Args:
        page: the cleaned page.
        text: its words, in pixels of `page.image`.
        safer: places that lost or gained ink when coded before: to be coded with the greatest care.
        quality: of a page that is delivered as one JPEG, 30..95.
    """
    if page.bilevel or page.blank:
        return encode_whole(page, text, quality)
    parts = split(page, text.regions, safer)
    mixed = b"".join(part.joined() for part in parts)
    if len(mixed) > LARGE:
        whole = encode_whole(page, text, quality)
        if len(whole.picture) < len(mixed):
            return replace(whole, safer=safer)
    return replace(_layers(page, text, mixed, Coding.MIXED), parts=parts, safer=safer)


def encode_whole(page: Page, text: PageText, quality: int) -> PageLayers:
    """Return the picture of `page` coded as one at full resolution, with its text.

    One-bit pages are coded as CCITT G4 without loss; others as JPEG, in grey where there is no colour.

    Args:
        page: the cleaned page.
        text: its words, in pixels of `page.image`.
        quality: of JPEG, 30..95.
    """
    coding = Coding.CCITT_G4 if page.bilevel else Coding.JPEG
    picture = (
        encode_g4(page.image, page.resolution) if page.bilevel else encode_jpeg(page.image, page.resolution, quality)
    )
    return _layers(page, text, picture, coding)


def _layers(page: Page, text: PageText, picture: bytes, coding: Coding) -> PageLayers:
    height, width = page.image.shape[:2]
    return PageLayers(
        picture=picture,
        coding=coding,
        width=width,
        height=height,
        resolution=page.resolution,
        text=text,
        turned=page.turned,
        skew=page.skew,
        bend=page.bend,
        blank=page.blank,
    )


def encode_jpeg(pixels: Pixels, resolution: Resolution, quality: int) -> bytes:
    """Return a JFIF file with its resolution; grey where the picture has no colour."""
    if pixels.ndim == 3 and not has_colour(pixels):
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    if pixels.ndim == 2:
        samples = np.ascontiguousarray(pixels[..., None])
        coded = simplejpeg.encode_jpeg(samples, quality=quality, colorspace="GRAY", colorsubsampling="Gray")
    else:
        samples = np.ascontiguousarray(pixels)
        coded = simplejpeg.encode_jpeg(samples, quality=quality, colorspace="RGB", colorsubsampling="420")
    return with_resolution(bytes(coded), resolution)


def has_colour(pixels: Pixels) -> bool:
    """Decide whether a picture shows any colour, be it one stroke of a blue pen."""
    height, width = pixels.shape[:2]
    size = (max(1, width // COLOUR_GRAIN), max(1, height // COLOUR_GRAIN))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    red, green, blue = cv2.split(small)
    lightest, darkest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return int((cv2.subtract(lightest, darkest) > COLOURED).sum()) >= FEWEST_COLOURED


def with_resolution(jpeg: bytes, resolution: Resolution) -> bytes:
    """Return the JFIF file with its density set, in whole dots per inch."""
    if not jpeg.startswith(JFIF):
        return jpeg
    start = len(JFIF) + 2  # after the version
    density = b"\x01" + round(resolution.x).to_bytes(2) + round(resolution.y).to_bytes(2)
    return jpeg[:start] + density + jpeg[start + len(density) :]
