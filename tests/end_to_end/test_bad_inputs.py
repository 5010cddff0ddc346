"""Inputs that are broken, hostile or unfinished, among good ones: through `digitize` and through the station.

Each ends with a clear error or a correct result, the others are done all the same, and no run takes much memory.
"""

import hashlib
import io
import os
import sqlite3
import struct
import threading
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from command import ROOT, Ran, run
from PIL import Image

from schemas.errors import error_classes

MEMORY_LIMIT = 1_500_000_000
HUGE = 40_000
HINTS = {kind.code: kind.hint for kind in error_classes()}
STAMPED = {"dpi": (300, 300)}


def heading(quality: int) -> bytes:
    """A strip of a scanned letter; each quality makes another file."""
    with Image.open(ROOT / "samples/loose/giay-xac-nhan.jpg") as letter:
        return saved(letter.crop((200, 150, 2400, 900)), "JPEG", quality=quality, **STAMPED)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def bilevel_tiff(pages: int) -> bytes:
    strip = Image.open(io.BytesIO(heading(90))).convert("1")
    return saved(strip, "TIFF", compression="group4", save_all=True, append_images=[strip] * (pages - 1), **STAMPED)


def with_damaged_second_page() -> bytes:
    """Three pages, the picture of the second overwritten; the skeleton is sound."""
    whole = bytearray(bilevel_tiff(3))
    with Image.open(io.BytesIO(whole)) as image:
        image.seek(1)
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined] # a TIFF's own
    whole[start : start + length] = bytes(length)
    return bytes(whole)


def pdf(picture: bytes, size: tuple[int, int] = (2200, 750), **image: Any) -> pikepdf.Pdf:
    """A PDF of one picture, as scanners make it."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(size[0] * 0.24, size[1] * 0.24))
    picture_object = pikepdf.Stream(made, picture)
    shape = {"Type": "/XObject", "Subtype": "/Image", "Width": size[0], "Height": size[1], "Filter": "/DCTDecode"}
    for key, value in ({"ColorSpace": "/DeviceRGB", "BitsPerComponent": 8} | shape | image).items():
        picture_object[f"/{key}"] = pikepdf.Name(value) if isinstance(value, str) else value
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture_object))
    width, height = page.mediabox[2], page.mediabox[3]
    page.Contents = pikepdf.Stream(made, f"q {width} 0 0 {height} 0 0 cm /Im Do Q".encode())
    return made


def written(made: pikepdf.Pdf, **options: Any) -> bytes:
    file = io.BytesIO()
    made.save(file, static_id="encryption" not in options, **options)
    return file.getvalue()


def with_script(made: pikepdf.Pdf) -> pikepdf.Pdf:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('x'); this.submitForm('u');"))
    made.Root.OpenAction = script
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["x", script])))
    return made


def encrypted() -> bytes:
    return written(pdf(heading(80)), encryption=pikepdf.Encryption(owner="o", user="u"))


def white_g4(side: int) -> bytes:
    """`side` white rows: one bit each. 40 000 x 40 000 pixels in 5 kB."""
    return b"\xff" * (side // 8) + b"\x00\x10\x01"


def tiff_directory(offset: int, side: int, data: tuple[int, int], following: int) -> bytes:
    fields = {256: side, 257: side, 258: 1, 259: 4, 262: 0, 273: data[0], 277: 1, 278: side, 279: data[1]}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields.items())
    return struct.pack("<H", len(fields)) + entries + struct.pack("<I", following and offset + following)


def huge_tiff() -> bytes:
    picture = white_g4(HUGE)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(picture))
    return head + picture + tiff_directory(0, HUGE, (8, len(picture)), 0)


def ten_thousand_pages() -> bytes:
    picture, size = white_g4(64), 2 + 9 * 12 + 4
    start = 8 + len(picture)
    directories = [
        tiff_directory(start + page * size, 64, (8, len(picture)), size if page < 9_999 else 0)
        for page in range(10_000)
    ]
    return struct.pack("<2sHI", b"II", 42, start) + picture + b"".join(directories)


def huge_png() -> bytes:
    """A sound PNG file: 200 MB of rows once it is inflated."""
    packer, rows = zlib.compressobj(9), bytes(100 * (HUGE // 8 + 1))
    packed = b"".join([packer.compress(rows) for _ in range(HUGE // 100)]) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", HUGE, HUGE, 1, 0, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def huge_pdf() -> bytes:
    parms = pikepdf.Dictionary(K=-1, Columns=HUGE, Rows=HUGE)
    shape = {"Filter": "/CCITTFaxDecode", "ColorSpace": "/DeviceGray", "BitsPerComponent": 1, "DecodeParms": parms}
    return written(pdf(white_g4(HUGE), (HUGE, HUGE), **shape))


BAD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "tiff cụt.tif": ("unreadable-file", lambda: bilevel_tiff(2)[:-900]),
    "jpeg cụt.jpg": ("unreadable-file", lambda: heading(81)[:-9000]),
    "pdf cụt.pdf": ("unreadable-file", lambda: written(pdf(heading(82)))[:-600]),
    "rỗng.tif": ("unreadable-file", bytes),
    "thư.tif": ("unsupported-file", "Kính gửi quý cơ quan".encode),
    "khóa.pdf": ("encrypted-file", encrypted),
    "to tiff.tif": ("limit-exceeded", huge_tiff),
    "to png.png": ("limit-exceeded", huge_png),
    "to pdf.pdf": ("limit-exceeded", huge_pdf),
    "mười nghìn trang.tif": ("limit-exceeded", ten_thousand_pages),
}
GOOD: dict[str, Callable[[], bytes]] = {
    "tốt.jpg": lambda: heading(70),
    "thật ra là jpeg.pdf": lambda: heading(71),
    "có mã lệnh.pdf": lambda: written(with_script(pdf(heading(72)))),
    "hai\ndòng.jpg": lambda: heading(73),
    unicodedata.normalize("NFD", "Giấy chứng nhận quyền sở hữu.jpg"): lambda: heading(74),
    os.fsdecode(b"kh\xf4ng ph\xe0i utf-8.jpg"): lambda: heading(75),
}
DAMAGED = "hỏng giữa.tif"
GROWING = "đang ghi.jpg"


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    made = {name: make() for name, (_, make) in BAD.items()} | {name: make() for name, make in GOOD.items()}
    return made | {DAMAGED: with_damaged_second_page()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]) -> Path:
    """All files in one folder, the unfinished one as a person finds it halfway."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "in").mkdir()
    for name, data in (contents | {GROWING: heading(76)[:20_000]}).items():
        (desk / "in" / name).write_bytes(data)
    return desk


@pytest.fixture(scope="module")
def digitized(desk: Path) -> Ran:
    inputs = sorted(str(path) for path in (desk / "in").iterdir())
    return run(["digitize", *inputs, "--out", str(desk / "made"), "--no-seal", "--json"], desk)


def test_digitize_says_that_something_is_left_to_do(digitized: Ran) -> None:
    assert digitized.code == 2, digitized.talk
    assert "Traceback" not in digitized.talk
    assert len(digitized.rows) == len(BAD) + len(GOOD) + 2


@pytest.mark.parametrize("name", [*BAD, GROWING])
def test_digitize_names_a_bad_one_and_says_what_to_do(name: str, digitized: Ran, desk: Path) -> None:
    row = digitized.row(name)
    code = BAD.get(name, ("unreadable-file",))[0]
    assert (row["error"], row["hint"]) == (code, HINTS[code])
    assert row["message"]
    assert not list((desk / "made").glob(f"{Path(name).stem}.*"))


def test_digitize_names_the_damaged_page_of_a_document(digitized: Ran, desk: Path) -> None:
    row = digitized.row(Path(DAMAGED).stem)
    assert row["error"] == "unreadable-file"
    assert "trang 2" in row["message"]
    assert not list((desk / "made").glob(f"{Path(DAMAGED).stem}.*"))


@pytest.mark.parametrize("name", GOOD)
def test_digitize_does_a_good_one(name: str, digitized: Ran, desk: Path) -> None:
    made = desk / "made" / f"{Path(name).stem}.pdf"
    assert "XÃ HỘI CHỦ NGHĨA" in made.with_suffix(".txt").read_text(encoding="utf-8")
    assert digitized.row(made.stem)["pages"] == 1
    with pikepdf.open(io.BytesIO(made.read_bytes())) as opened, opened.open_metadata() as metadata:
        title = str(metadata["dc:title"])
        assert unicodedata.is_normalized("NFC", title)
        assert title.isprintable()
        assert not {"/OpenAction", "/Names", "/AA"} & set(opened.Root.keys())


def test_digitize_takes_little_memory(digitized: Ran) -> None:
    assert 50_000_000 < digitized.peak < MEMORY_LIMIT


def write_slowly(path: Path, data: bytes, lived: list[bool]) -> None:
    """Write as a slow scanner does, noting whether the file is still where it was begun."""
    with path.open("wb") as file:
        for start in range(0, len(data), len(data) // 12):
            file.write(data[start : start + len(data) // 12])
            file.flush()
            lived.append(path.exists())
            time.sleep(0.35)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]) -> Path:
    place = tmp_path_factory.mktemp("station")
    (place / "scanner").mkdir()
    for name, data in contents.items():
        (place / "scanner" / name).write_bytes(data)
    return place


@pytest.fixture(scope="module")
def slow(place: Path) -> Iterator[list[bool]]:
    lived: list[bool] = []
    writer = threading.Thread(target=write_slowly, args=(place / "scanner" / GROWING, heading(76), lived))
    writer.start()
    yield lived
    writer.join()


@pytest.fixture(scope="module")
def watched(place: Path, slow: list[bool]) -> Ran:
    assert slow is not None
    return run(["station", "watch", str(place / "scanner"), "--drain", "--json"], place)


Originals = dict[str, tuple[str, int, str]]


@pytest.fixture(scope="module")
def originals(watched: Ran, place: Path) -> Originals:
    """Name, pages and state of each batch by the digest of its file."""
    assert watched.code == 0, watched.talk
    query = (
        "SELECT original.digest, original.name, original.pages, batch.state FROM original "
        "JOIN batch ON batch.original_digest = original.digest"
    )
    with sqlite3.connect(place / "data/sohoa.db") as database:
        return {digest: (name, pages, state) for digest, name, pages, state in database.execute(query)}


def test_the_station_ends_and_leaves_nothing_in_the_folder(watched: Ran, place: Path) -> None:
    assert watched.code == 0, watched.talk
    assert "Traceback" not in watched.talk
    assert sorted(path.name for path in (place / "scanner").iterdir()) == [".sohoa", "rejected"]
    assert not [path for path in (place / "scanner/.sohoa").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", BAD)
def test_the_station_puts_a_bad_one_beside_its_reason(
    name: str, watched: Ran, place: Path, contents: dict[str, bytes]
) -> None:
    rejected = place / "scanner" / "rejected" / name
    assert rejected.read_bytes() == contents[name]
    text = rejected.with_name(f"{name}.txt").read_text(encoding="utf-8")
    assert BAD[name][0] in text
    assert HINTS[BAD[name][0]] in text
    assert watched.row(name)["trouble"]


def test_the_station_rejects_nothing_else(watched: Ran, place: Path) -> None:
    assert watched.code == 0
    assert len(list((place / "scanner/rejected").iterdir())) == 2 * len(BAD)


@pytest.mark.parametrize("name", GOOD)
def test_the_station_makes_a_batch_of_a_good_one(name: str, originals: Originals, contents: dict[str, bytes]) -> None:
    kept, pages, state = originals[hashlib.sha256(contents[name]).hexdigest()]
    assert (pages, state) == (1, "open")
    assert kept.isprintable()
    assert unicodedata.is_normalized("NFC", kept)


def test_the_station_leaves_a_file_alone_until_it_is_whole(originals: Originals, slow: list[bool]) -> None:
    assert len(slow) > 10
    assert all(slow)
    assert hashlib.sha256(heading(76)).hexdigest() in originals


def test_a_damaged_page_leaves_the_rest_of_its_batch_unharmed(
    originals: Originals, contents: dict[str, bytes], place: Path
) -> None:
    digest = hashlib.sha256(contents[DAMAGED]).hexdigest()
    assert originals[digest][1:] == (3, "open")
    query = (
        "SELECT disposition, reason FROM page JOIN batch ON batch.id = page.batch_id "
        "WHERE original_digest = ? ORDER BY page_no"
    )
    with sqlite3.connect(place / "data/sohoa.db") as database:
        pages = database.execute(query, (digest,)).fetchall()
    assert [disposition for disposition, _ in pages] == ["unassigned", "rejected", "unassigned"]
    assert "giải mã" in pages[1][1]


def test_the_station_takes_little_memory(watched: Ran) -> None:
    assert 50_000_000 < watched.peak < MEMORY_LIMIT
