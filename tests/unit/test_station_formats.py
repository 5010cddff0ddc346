"""What `inspect` and `is_complete` say of good, bad and hostile files."""

import io
import struct
import tracemalloc
import unicodedata
import zlib
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.station.formats import inspect, is_complete
from pipeline.station.limits import check_pixels
from pipeline.station.names import stored_name
from schemas.errors import EncryptedFile, InputError, LimitExceeded, UnreadableFile, UnsupportedFile
from schemas.settings import StationSettings

LIMITS = StationSettings()


def picture(mode: str = "RGB", seed: int = 1) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 80, 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff(pages: int = 3, compression: str = "tiff_lzw") -> bytes:
    images = [picture(seed=seed) for seed in range(pages)]
    return saved(images[0], "TIFF", save_all=True, append_images=images[1:], compression=compression)


def pdf(pages: int = 2) -> bytes:
    layout = img2pdf.get_fixed_dpi_layout_fun((100, 100))
    jpegs = [saved(picture(seed=seed), "JPEG") for seed in range(pages)]
    return bytes(img2pdf.convert(jpegs, layout_fun=layout))


def changed_pdf(data: bytes, change: object, **options: object) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as opened:
        if callable(change):
            change(opened)
        opened.save(file, **options)  # type: ignore[arg-type] # options of `save`
    return file.getvalue()


FILES = {
    "image/tiff": tiff(),
    "image/jpeg": saved(picture(), "JPEG"),
    "image/png": saved(picture(), "PNG"),
    "application/pdf": pdf(),
}
PAGES = {"image/tiff": 3, "image/jpeg": 1, "image/png": 1, "application/pdf": 2}


@pytest.mark.parametrize("media_type", FILES)
def test_kind_is_told_by_content_whatever_the_name_says(media_type: str) -> None:
    found = inspect(FILES[media_type], "quet.docx", LIMITS)
    assert (found.media_type, found.pages, found.signed) == (media_type, PAGES[media_type], False)
    assert found.size == len(FILES[media_type])


@pytest.mark.parametrize("media_type", FILES)
def test_every_cut_of_a_file_is_unreadable_and_counts_as_still_written(media_type: str, tmp_path: Path) -> None:
    whole, path = FILES[media_type], tmp_path / "scan"
    for share in (0.02, 0.3, 0.6, 0.95):
        part = whole[: int(len(whole) * share)]
        with pytest.raises(UnreadableFile):
            inspect(part, "a", LIMITS)
        path.write_bytes(part)
        assert not is_complete(path, LIMITS)
    path.write_bytes(whole)
    assert is_complete(path, LIMITS)


@pytest.mark.parametrize("media_type", FILES)
def test_a_file_whose_room_is_set_aside_counts_as_still_written(media_type: str, tmp_path: Path) -> None:
    whole, path = FILES[media_type], tmp_path / "scan"
    for share in (0.0, 0.3, 0.6, 0.8):
        part = whole[: int(len(whole) * share)]
        path.write_bytes(part + bytes(len(whole) - len(part)))
        assert not is_complete(path, LIMITS), share


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "scan"
    path.touch()
    assert not is_complete(path, LIMITS)
    with pytest.raises(UnreadableFile, match="rỗng"):
        inspect(b"", "a.pdf", LIMITS)


def test_a_foreign_file_is_complete_and_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(b"PK\x03\x04 this is a word processor's")
    assert is_complete(path, LIMITS)
    with pytest.raises(UnsupportedFile):
        inspect(path.read_bytes(), path.name, LIMITS)


def test_bytes_are_limited_before_all_else() -> None:
    with pytest.raises(LimitExceeded):
        inspect(b"x" * 101, "a", StationSettings(max_file_bytes=100))


def huge_tiff(side: int) -> bytes:
    entries = [(256, 4, side), (257, 4, side), (258, 3, 8), (262, 3, 1), (273, 4, 8), (277, 3, 1), (279, 4, 100)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 200) + bytes(192) + struct.pack("<H", len(entries)) + body + bytes(4)


def huge_png(side: int) -> bytes:
    small = bytearray(saved(picture(), "PNG"))
    small[16:24] = struct.pack(">II", side, side)
    small[29:33] = struct.pack(">I", zlib.crc32(small[12:29]))
    return bytes(small)


def huge_jpeg(side: int) -> bytes:
    data = bytearray(saved(picture(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def huge_pdf(side: int) -> bytes:
    def enlarge(opened: pikepdf.Pdf) -> None:
        image = next(iter(opened.pages[0].get_images().values()))
        image.Width, image.Height = side, side

    return changed_pdf(pdf(), enlarge)


def test_a_strip_longer_than_a_jpeg_can_be_is_refused() -> None:
    check_pixels(65_000, 2, LIMITS)
    with pytest.raises(LimitExceeded, match="65001"):
        check_pixels(2, 65_001, LIMITS)


@pytest.mark.parametrize("make", [huge_tiff, huge_png, huge_jpeg, huge_pdf])
def test_forty_thousand_pixels_square_are_refused_from_the_header(make: object) -> None:
    assert callable(make)
    data = make(40_000)
    tracemalloc.start()
    with pytest.raises(LimitExceeded, match="40000"):
        inspect(data, "a", LIMITS)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def chained_tiff(pages: int, last: int = 0) -> bytes:
    entries = [(256, 4, 10), (257, 4, 10), (273, 4, 8), (279, 4, 100)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    size, start = 2 + len(body) + 4, 200
    links = [start + size * (page + 1) for page in range(pages - 1)] + [last]
    return (
        b"II*\0"
        + struct.pack("<I", start)
        + bytes([1] * 192)
        + b"".join(struct.pack("<H", len(entries)) + body + struct.pack("<I", link) for link in links)
    )


def test_ten_thousand_pages_are_refused_by_number() -> None:
    assert inspect(chained_tiff(3), "a", LIMITS).pages == 3
    with pytest.raises(LimitExceeded, match="3000"):
        inspect(chained_tiff(10_000), "a", LIMITS)


def test_a_loop_of_pages_is_broken_not_endless() -> None:
    with pytest.raises(UnreadableFile, match="vòng"):
        inspect(chained_tiff(3, last=200), "a", LIMITS)


def test_thumbnails_in_a_tiff_are_no_pages() -> None:
    images = [picture(seed=1), picture(seed=2)]
    images[1].encoderinfo = {"tiffinfo": {254: 1}}
    data = saved(images[0], "TIFF", save_all=True, append_images=images[1:])
    assert inspect(data, "a", LIMITS).pages == 1


def test_a_png_with_a_wrong_checksum_is_broken() -> None:
    data = bytearray(FILES["image/png"])
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(UnreadableFile, match="kiểm tra"):
        inspect(bytes(data), "a", LIMITS)


def test_a_pdf_that_needs_a_password() -> None:
    locked = changed_pdf(pdf(), None, encryption=pikepdf.Encryption(owner="chu", user="mo"))
    with pytest.raises(EncryptedFile):
        inspect(locked, "a", LIMITS)


def test_a_pdf_that_only_restricts_changes_is_taken() -> None:
    restricted = changed_pdf(pdf(), None, encryption=pikepdf.Encryption(owner="chu", user=""))
    assert inspect(restricted, "a", LIMITS).pages == 2


def signature(opened: pikepdf.Pdf) -> None:
    value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=b"x")
    field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="a", V=opened.make_indirect(value))
    parent = pikepdf.Dictionary(T="p", Kids=[opened.make_indirect(field)])
    opened.Root.AcroForm = pikepdf.Dictionary(Fields=[opened.make_indirect(parent)], SigFlags=3)


def test_signatures_are_seen_in_nested_fields() -> None:
    assert inspect(changed_pdf(pdf(), signature), "a", LIMITS).signed


def test_an_empty_signature_field_is_no_signature() -> None:
    def unsigned(opened: pikepdf.Pdf) -> None:
        signature(opened)
        del opened.Root.AcroForm.Fields[0].Kids[0].V

    assert not inspect(changed_pdf(pdf(), unsigned), "a", LIMITS).signed


def test_fields_that_contain_themselves_end() -> None:
    def loop(opened: pikepdf.Pdf) -> None:
        field = opened.make_indirect(pikepdf.Dictionary(T="a"))
        field.Kids = pikepdf.Array([field])
        opened.Root.AcroForm = pikepdf.Dictionary(Fields=[field])

    assert not inspect(changed_pdf(pdf(), loop), "a", LIMITS).signed


def test_a_pdf_with_a_spoiled_cross_reference_is_not_repaired_silently() -> None:
    data = pdf()
    at = data.rindex(b"startxref")
    with pytest.raises(UnreadableFile):
        inspect(data[:at] + b"startxref\n17\n%%EOF\n", "a", LIMITS)


def test_a_pdf_page_limit() -> None:
    with pytest.raises(LimitExceeded):
        inspect(pdf(3), "a", StationSettings(max_pages=2))


def test_names_are_kept_in_one_safe_form() -> None:
    name = unicodedata.normalize("NFD", "Giấy khai\nsinh.pdf")
    assert inspect(FILES["image/png"], name, LIMITS).name == "Giấy khai_sinh.pdf"
    assert stored_name("-rf.tif") == "_rf.tif"
    assert stored_name("../../etc/passwd") == "_._.._etc_passwd"
    assert stored_name("qu\udce9t.tif") == "qu\ufffdt.tif"
    assert stored_name("\n") == "_"
    assert stored_name("  ") == "khong-ten"
    long = stored_name("ữ" * 200 + ".pdf")
    assert len(long.encode()) <= 255
    assert long.endswith("ữ.pdf")


def test_messages_tell_what_and_hints_tell_what_to_do() -> None:
    with pytest.raises(InputError) as raised:
        inspect(b"", "a", LIMITS)
    assert raised.value.message
    assert "quét lại" in raised.value.hint
