"""A small scanned stack, drawn for tests: cover sheet, one page of text, a blank back."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import segno
from PIL import Image, ImageDraw, ImageFont

from schemas.dossier import Component, CoverSheet, Dossier, Owner

DPI = 150
A4 = (1240, 1754)
FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "ĐƠN ĐỀ NGHỊ XÁC NHẬN",
    "Họ và tên: Lường Thị Bích Ngọc",
    "Nơi cư trú: thôn Đông Hải, xã Hải Lăng, tỉnh Quảng Trị",
    "Tôi xin cam đoan những lời khai trên đây là đúng sự thật.",
)

DOSSIER = Dossier(
    code="H50.116-20261122-0000777",
    procedure_code="1.004222",
    procedure_name="Xác nhận thông tin về cư trú",
    field_code="G01-CT01",
    field_name="Đăng ký, quản lý cư trú",
    agency_code="H50.116",
    agency_name="Ủy ban nhân dân xã Hải Lăng",
    owner=Owner(name="Lường Thị Bích Ngọc", identity_no="045190001234"),
    components=(Component(code="000.00.00.G01-KQ000001", name="Đơn đề nghị xác nhận"),),
    received_at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
    due_at=datetime(2026, 11, 27, 1, 0, tzinfo=UTC),
)


def dossier(number: int) -> Dossier:
    """Return the dossier under another code."""
    return replace(DOSSIER, code=f"H50.116-20261122-{number:07d}")


def cover(of: Dossier, index: int = 1, total: int = 1) -> Image.Image:
    """Return the cover sheet of a dossier's component."""
    sheet = CoverSheet(dossier_code=of.code, component_code=of.components[index - 1].code, index=index, total=total)
    buffer = io.BytesIO()
    segno.make(sheet.payload, error="m").save(buffer, kind="png", scale=8, border=4)
    page = Image.new("L", A4, 255)
    page.paste(Image.open(buffer).convert("L"), (300, 400))
    return page


def text_page(lines: tuple[str, ...] = LINES) -> Image.Image:
    """Return a printed page."""
    page = Image.new("L", A4, 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, 30)
    for number, line in enumerate(lines):
        draw.text((150, 250 + 70 * number), line, font=font, fill=0)
    return page


def blank() -> Image.Image:
    """Return an empty back."""
    return Image.new("L", A4, 250)


def tiff(*pages: Image.Image) -> bytes:
    """Return pages as one multi-page TIFF, deflate."""
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate", dpi=(DPI, DPI))
    return buffer.getvalue()


def stack(of: Dossier = DOSSIER) -> bytes:
    """Return cover, page and blank back as a scanner would leave them."""
    return tiff(cover(of), text_page(), blank())


def spoiled(data: bytes, page_no: int) -> bytes:
    """Return a stack with the compressed pixels of a page overwritten."""
    with Image.open(io.BytesIO(data)) as image:
        image.seek(page_no - 1)
        start: int = image.tag_v2[273][0]  # type: ignore[attr-defined]
    return data[: start + 20] + b"\xff" * 400 + data[start + 420 :]
