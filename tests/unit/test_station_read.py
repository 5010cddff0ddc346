"""Pixels come out as they went in, upright, with the dpi that the file states."""

import io
import threading
from collections.abc import Callable

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.station.formats import inspect
from pipeline.station.poppler import fitting_dpi, read_text_layer
from pipeline.station.read import read_page
from schemas.errors import LimitExceeded, NotFound, UnreadableFile, UnsupportedFile
from schemas.page import Pixels, Scan
from schemas.settings import StationSettings

LIMITS = StationSettings()
CORNERED = np.full((60, 80), 255, np.uint8)
CORNERED[:20, :30] = 0
CORNERED[30:34, 50:] = 0


def smooth() -> Pixels:
    y, x = np.mgrid[0:96, 0:128]
    return np.stack(((x * 2) % 256, (y * 2) % 256, (x + y) % 256), axis=2).astype(np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def scan_of(data: bytes, page_no: int = 1, settings: StationSettings = LIMITS) -> Scan:
    return read_page(data, inspect(data, "a", settings), page_no, settings)


def dpi_of(scan: Scan) -> tuple[float, float, bool]:
    return round(scan.resolution.x, 1), round(scan.resolution.y, 1), scan.resolution_stated


IMAGES = {
    "bilevel": Image.fromarray(CORNERED).convert("1"),
    "grey": Image.fromarray(smooth()[..., 0]),
    "colour": Image.fromarray(smooth()),
}
CODINGS = [
    *(("bilevel", coding) for coding in ("group4", "group3", "tiff_lzw", "packbits", "raw")),
    *(("grey", coding) for coding in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "raw")),
    *(("colour", coding) for coding in ("tiff_lzw", "tiff_adobe_deflate", "raw")),
]


@pytest.mark.parametrize(("kind", "coding"), CODINGS)
def test_tiff_loses_no_pixel(kind: str, coding: str) -> None:
    image = IMAGES[kind]
    scan = scan_of(saved(image, "TIFF", compression=coding, dpi=(300, 200)))
    assert np.array_equal(scan.pixels, np.asarray(image.convert("L") if kind == "bilevel" else image))
    assert dpi_of(scan) == (300, 200, True)
    assert scan.bilevel == (kind == "bilevel")


def test_tiff_with_white_as_zero() -> None:
    image = Image.fromarray(CORNERED)
    bilevel = saved(image.convert("1"), "TIFF", compression="group4", tiffinfo={262: 0})
    assert np.array_equal(scan_of(bilevel).pixels, CORNERED)
    grey = scan_of(saved(image, "TIFF", tiffinfo={262: 0})).pixels
    assert grey[0, 0] == 0
    assert grey[-1, -1] == 255


def test_jpeg_in_tiff_is_what_the_decoder_gives() -> None:
    data = saved(IMAGES["colour"], "TIFF", compression="jpeg")
    assert np.array_equal(scan_of(data).pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert abs(scan_of(data).pixels.astype(int) - smooth())[:, :100].mean() < 12


def test_tiff_pages_come_one_by_one_with_their_own_dpi() -> None:
    images = [Image.fromarray(np.full((40 + page, 50), page * 60, np.uint8)) for page in range(4)]
    data = saved(images[0], "TIFF", save_all=True, append_images=images[1:], dpi=(150, 150))
    original = inspect(data, "a", LIMITS)
    scans = [read_page(data, original, page_no, LIMITS) for page_no in range(1, original.pages + 1)]
    assert [(scan.page_no, scan.pixels.shape[0], int(scan.pixels[0, 0])) for scan in scans] == [
        (1, 40, 0),
        (2, 41, 60),
        (3, 42, 120),
        (4, 43, 180),
    ]
    assert np.array_equal(read_page(data, original, 3, LIMITS).pixels, scans[2].pixels)


def test_tiff_in_centimetres_and_without_unit() -> None:
    grey = IMAGES["grey"]
    assert dpi_of(scan_of(saved(grey, "TIFF", resolution_unit=3, resolution=100))) == (254, 254, True)
    assert dpi_of(scan_of(saved(grey, "TIFF", resolution_unit=1, resolution=100))) == (300, 300, False)


SIZES_AND_DPI = {
    "A4 at 200, a converter's 72": ((1673, 2344), (72, 72), 200, False),
    "A4 at 300, lying, a window system's 96": ((3508, 2464), (96, 96), 300, False),
    "A4 at 72, rightly so": ((595, 842), (72, 72), 72, True),
    "A5 at 300, unstated": ((1748, 2480), None, 300, False),
    "A4 at 240, unstated": ((1984, 2806), None, 240, False),
    "a strip of paper, unstated": ((900, 3000), None, 300, False),
}


@pytest.mark.parametrize("case", SIZES_AND_DPI)
def test_what_programs_write_without_knowing_gives_way_to_the_size_of_the_sheet(case: str) -> None:
    size, stated, dpi, is_stated = SIZES_AND_DPI[case]
    options = {"dpi": stated} if stated else {}
    found = dpi_of(scan_of(saved(Image.new("1", size, 1), "TIFF", compression="group4", **options)))
    assert found == (dpi, dpi, is_stated)


def test_sixteen_bits_palette_and_cmyk() -> None:
    deep = np.linspace(0, 65535, 4800).reshape(60, 80).astype(np.uint16)
    assert np.array_equal(scan_of(saved(Image.fromarray(deep), "TIFF")).pixels, (deep >> 8).astype(np.uint8))
    assert np.array_equal(scan_of(saved(Image.fromarray(deep), "PNG")).pixels, (deep >> 8).astype(np.uint8))
    palette = IMAGES["colour"].quantize(16)
    assert np.array_equal(scan_of(saved(palette, "TIFF")).pixels, np.asarray(palette.convert("RGB")))
    cmyk = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    assert scan_of(saved(cmyk, "TIFF")).pixels[5, 5].tolist() == [255, 0, 0]
    assert scan_of(saved(cmyk, "JPEG", quality=95)).pixels[5, 5, 0] > 240


def test_floating_point_pixels_are_unsupported() -> None:
    with pytest.raises(UnsupportedFile):
        scan_of(saved(Image.new("F", (10, 10), 0.5), "TIFF"))


@pytest.mark.parametrize("coding", ["group4", "raw", "tiff_lzw"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation_is_baked_in(orientation: int, coding: str) -> None:
    stored = unapplied(CORNERED, orientation)
    data = saved(
        Image.fromarray(stored).convert("1"),
        "TIFF",
        compression=coding,
        dpi=(100, 200) if orientation < 5 else (200, 100),
        tiffinfo={274: orientation},
    )
    assert np.array_equal(scan_of(data).pixels, CORNERED)
    assert dpi_of(scan_of(data)) == (100, 200, True)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_baked_in(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(Image.fromarray(unapplied(CORNERED, orientation)), kind, exif=exif, quality=95)
    got = scan_of(data).pixels
    assert got.shape == CORNERED.shape
    assert abs(got.astype(int) - CORNERED).mean() < 8


def unapplied(upright: Pixels, orientation: int) -> Pixels:
    """Return the pixels that `orientation` makes upright: Pillow's own rule, run backwards."""
    image, undo = Image.fromarray(upright), Image.Transpose
    moves = {
        2: undo.FLIP_LEFT_RIGHT,
        3: undo.ROTATE_180,
        4: undo.FLIP_TOP_BOTTOM,
        5: undo.TRANSPOSE,
        6: undo.ROTATE_90,
        7: undo.TRANSVERSE,
        8: undo.ROTATE_270,
    }
    return np.asarray(image.transpose(moves[orientation]) if orientation in moves else image)


@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_jpeg_is_what_the_reference_decoder_gives(kind: str) -> None:
    data = saved(IMAGES[kind], "JPEG", quality=80, dpi=(200, 200))
    scan = scan_of(data)
    assert np.array_equal(scan.pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert dpi_of(scan) == (200, 200, True)


def test_jpeg_without_or_with_absurd_dpi_gets_the_default() -> None:
    assert dpi_of(scan_of(saved(IMAGES["grey"], "JPEG"))) == (300, 300, False)
    assert dpi_of(scan_of(saved(IMAGES["grey"], "JPEG", dpi=(1, 1)))) == (300, 300, False)
    a4 = Image.new("L", (2480, 3508), 255)
    assert dpi_of(scan_of(saved(a4, "JPEG", dpi=(72, 72)))) == (300, 300, False)


def test_jpeg_dpi_from_exif() -> None:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = 240.0, 240.0, 2
    assert dpi_of(scan_of(saved(IMAGES["grey"], "JPEG", exif=exif))) == (240, 240, True)


def test_png_loses_no_pixel_and_lies_on_white_paper() -> None:
    scan = scan_of(saved(IMAGES["colour"], "PNG", dpi=(300, 300)))
    assert np.array_equal(scan.pixels, smooth())
    assert dpi_of(scan) == (300, 300, True)
    clear = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    clear.putpixel((3, 4), (0, 0, 0, 255))
    pixels = scan_of(saved(clear, "PNG")).pixels
    assert pixels.shape == (20, 30)
    assert (pixels == 0).sum() == 1
    assert pixels.max() == 255


def test_broken_pixels_in_a_whole_frame_are_unreadable() -> None:
    data = bytearray(saved(IMAGES["colour"], "JPEG", quality=95))
    start = data.index(b"\xff\xda") + 20
    del data[start + 500 : -2]
    with pytest.raises(UnreadableFile):
        scan_of(bytes(data))


def test_a_page_beyond_the_last_is_not_found() -> None:
    with pytest.raises(NotFound):
        scan_of(saved(IMAGES["grey"], "PNG"), 2)


def test_pillows_own_limit_is_as_before() -> None:
    before = Image.MAX_IMAGE_PIXELS
    scan_of(saved(IMAGES["grey"], "TIFF"))
    assert before == Image.MAX_IMAGE_PIXELS


# PDF


def pdf_of(*files: bytes, dpi: tuple[int, int] = (300, 300)) -> bytes:
    return bytes(img2pdf.convert(list(files), layout_fun=img2pdf.get_fixed_dpi_layout_fun(dpi)))


def edited(data: bytes, change: Callable[[pikepdf.Pdf, pikepdf.Page], None], **options: object) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as opened:
        change(opened, opened.pages[0])
        opened.save(file, **options)  # type: ignore[arg-type] # options of `save`
    return file.getvalue()


def drop_boxes(page: pikepdf.Page) -> None:
    for name in ("/CropBox", "/TrimBox", "/ArtBox", "/BleedBox"):
        if name in page.obj:
            del page.obj[name]


def big(image: Image.Image) -> Image.Image:
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


BILEVEL_PDF = pdf_of(saved(big(IMAGES["bilevel"]), "TIFF", compression="group4"), dpi=(200, 100))


@pytest.mark.parametrize("kind", ["bilevel", "grey", "colour"])
def test_scanned_pdf_gives_its_image_as_it_is(kind: str) -> None:
    image = big(IMAGES[kind])
    scan = scan_of(pdf_of(saved(image, "PNG"), dpi=(200, 100)))
    assert np.array_equal(scan.pixels, np.asarray(image.convert("L") if kind == "bilevel" else image))
    assert dpi_of(scan) == (200, 100, True)
    assert scan.bilevel == (kind == "bilevel")


def test_scanned_pdf_with_g4_and_with_jpeg() -> None:
    assert np.array_equal(scan_of(BILEVEL_PDF).pixels, np.asarray(big(IMAGES["bilevel"]).convert("L")))
    jpeg = saved(big(IMAGES["colour"]), "JPEG")
    assert np.array_equal(scan_of(pdf_of(jpeg)).pixels, np.asarray(Image.open(io.BytesIO(jpeg))))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_page_rotation_and_image_rotation_are_baked_in(turn: int) -> None:
    whole = np.asarray(big(IMAGES["bilevel"]).convert("L"))

    def rotate_page(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Rotate = turn

    def rotate_image(opened: pikepdf.Pdf, page: pikepdf.Page) -> None:
        width, height = (float(value) for value in page.mediabox[2:])
        name = next(iter(page.get_images()))
        matrices = {
            90: f"0 -{width} {height} 0 0 {width}",
            180: f"-{width} 0 0 -{height} {width} {height}",
            270: f"0 {width} -{height} 0 {height} 0",
        }
        if turn != 180:
            page.mediabox = pikepdf.Array([0, 0, height, width])
            drop_boxes(page)
        page.Contents = opened.make_stream(f"q {matrices[turn]} cm {name} Do Q".encode())

    for change in (rotate_page, rotate_image):
        scan = scan_of(edited(BILEVEL_PDF, change))
        assert np.array_equal(scan.pixels, np.rot90(whole, -turn // 90)), change
        assert dpi_of(scan) == ((100, 200, True) if turn != 180 else (200, 100, True))


def test_owner_password_does_not_keep_the_pixels_back() -> None:
    locked = edited(BILEVEL_PDF, lambda *_: None, encryption=pikepdf.Encryption(owner="x", user=""))
    assert np.array_equal(scan_of(locked).pixels, scan_of(BILEVEL_PDF).pixels)


def test_an_invisible_text_layer_does_not_matter_but_visible_text_does() -> None:
    def write(mode: int) -> Callable[[pikepdf.Pdf, pikepdf.Page], None]:
        def change(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
            font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Courier)
            page.resources[pikepdf.Name.Font] = pikepdf.Dictionary(F1=font)
            page.contents_add(f"BT {mode} Tr /F1 30 Tf 10 40 Td (SO HOA) Tj ET".encode())

        return change

    hidden = scan_of(edited(BILEVEL_PDF, write(3)))
    assert hidden.bilevel
    shown = scan_of(edited(BILEVEL_PDF, write(0)))
    assert not shown.bilevel
    assert dpi_of(shown)[0] == pytest.approx(300, abs=2)
    assert read_text_layer(edited(BILEVEL_PDF, write(3))) == ("SO HOA",)


def test_a_stamp_annotation_is_drawn() -> None:
    def stamp(opened: pikepdf.Pdf, page: pikepdf.Page) -> None:
        form = opened.make_stream(b"1 0 0 rg 0 0 20 20 re f", Subtype=pikepdf.Name.Form, BBox=[0, 0, 20, 20])
        note = pikepdf.Dictionary(Subtype=pikepdf.Name.Stamp, Rect=[60, 60, 80, 80], AP=pikepdf.Dictionary(N=form), F=4)
        page.Annots = opened.make_indirect(pikepdf.Array([opened.make_indirect(note)]))

    pixels = scan_of(edited(BILEVEL_PDF, stamp)).pixels
    assert pixels.ndim == 3
    assert ((pixels[..., 0] > 200) & (pixels[..., 1] < 50)).sum() > 500


def test_scripts_are_never_run_and_the_picture_is_right() -> None:
    def script(opened: pikepdf.Pdf, page: pikepdf.Page) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x'); this.closeDoc();")
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="/bin/false")
        opened.Root.OpenAction = opened.make_indirect(action)
        page.AA = pikepdf.Dictionary(O=launch)

    scripted = edited(BILEVEL_PDF, script)
    assert np.array_equal(scan_of(scripted).pixels, scan_of(BILEVEL_PDF).pixels)


def test_an_image_coded_in_jpeg_2000_is_drawn_with_its_own_pixels() -> None:
    coded = saved(big(IMAGES["grey"]), "JPEG2000", irreversible=False)

    def recode(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        image = next(iter(page.get_images().values()))
        image.write(coded, filter=pikepdf.Name.JPXDecode)

    data = edited(pdf_of(saved(big(IMAGES["grey"]), "PNG"), dpi=(200, 200)), recode)
    scan = scan_of(data)
    assert scan.pixels.shape == (384, 512)
    assert abs(scan.pixels.astype(int) - np.asarray(big(IMAGES["grey"]))).mean() < 1
    assert dpi_of(scan)[2]


def test_an_image_that_leaves_a_margin_is_drawn_with_the_page() -> None:
    def widen(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.mediabox = pikepdf.Array([-20, -20, *[float(value) + 20 for value in page.mediabox[2:]]])
        drop_boxes(page)

    scan = scan_of(edited(BILEVEL_PDF, widen))
    assert scan.pixels[5, 5] == 255
    assert scan.pixels.shape[1] > 320


def test_broken_jpeg_within_a_pdf_is_unreadable() -> None:
    def spoil(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        image = next(iter(page.get_images().values()))
        image.write(image.read_raw_bytes()[:-400], filter=pikepdf.Name.DCTDecode)

    with pytest.raises(UnreadableFile):
        scan_of(edited(pdf_of(saved(big(IMAGES["colour"]), "JPEG")), spoil))


def test_a_drawn_page_is_kept_within_the_pixel_limit() -> None:
    blank = pikepdf.new()
    blank.add_blank_page(page_size=(720, 1440))
    file = io.BytesIO()
    blank.save(file)
    scan = scan_of(file.getvalue(), settings=StationSettings(max_page_pixels=2_000_000))
    assert scan.pixels.size <= 2_000_000
    assert dpi_of(scan)[0] == pytest.approx(100, abs=1)
    with pytest.raises(LimitExceeded):
        fitting_dpi(10_000, 10_000, LIMITS)


def test_pages_are_read_in_a_thread_as_well() -> None:
    found: list[Scan] = []
    worker = threading.Thread(target=lambda: found.append(scan_of(BILEVEL_PDF)))
    worker.start()
    worker.join()
    assert found[0].bilevel
