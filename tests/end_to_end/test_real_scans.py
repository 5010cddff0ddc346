"""Real scans of public documents, where they lie beside the checkout: as signed PDFs and as their page images.

Of longer documents the first pages do; with `SCANS=whole` every page is read, which takes minutes.
"""

import json
import os
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pdf2image
import pikepdf
import pytest
from command import ROOT, Ran, run
from PIL import Image

SCANS = ROOT.parent / "shared/scans"
WHOLE = os.environ.get("SCANS") == "whole"
FIRST_PAGES, LONGEST = (1000, 1000) if WHOLE else (1, 3)
TWO_PAGES = ("cong-van-299-blank-back.signed", "nghi-dinh-154-2024")
BLANK_BACK = "cong-van-299-blank-back.signed"
SAID: dict[str, list[str]] = {
    "bao-cao-280.signed": ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Quảng Ngãi"],
    "chi-thi-07.signed": ["thi hành án hành chính", "CHỈ THỊ"],
    "chi-thi-11": ["Kỳ thi tốt nghiệp trung học phổ", "CHỈ THỊ"],
    BLANK_BACK: ["thủ tục hành chính", "Sở Giao thông vận tải"],
    "nghi-dinh-154-2024": ["biện pháp thi hành Luật Cư trú", "Điều 2. Đối tượng áp dụng"],
    "quyet-dinh-04.signed": ["an toàn xã hội", "Phường Nghĩa Chánh"],
    "thong-tu-51-2025": ["BỘ CÔNG AN", "trúng đấu giá biển số xe"],
    "to-trinh-01.signed": ["Hội đồng nhân dân tỉnh", "Trần Văn Mẫn"],
}
WITH_RED_SEAL = ("to-trinh-01.signed", BLANK_BACK)

pytestmark = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans do not lie beside this checkout")

Document = dict[str, Any]


def test_every_scan_is_looked_at() -> None:
    assert sorted(path.stem for path in SCANS.glob("*.pdf")) == sorted(SAID)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="module")
def from_pdf(place: Path) -> Ran:
    short = [path for path in sorted(SCANS.glob("*.pdf")) if pages_of(path) <= LONGEST]
    return run(["digitize", *short, "--out", place / "pdf", "--json"], place)


@pytest.fixture(scope="module")
def from_images(place: Path, require_program: Callable[[str], str]) -> Ran:
    folders = [place / "images" / name for name in SAID]
    for folder in folders:
        folder.mkdir(parents=True)
        take_out(SCANS / f"{folder.name}.pdf", folder, require_program("pdfimages"))
    return run(["digitize", *folders, "--out", place / "made", "--json"], place)


def pages_of(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def take_out(scan: Path, folder: Path, program: str) -> None:
    """Take the images of whole pages out, as a scanner would have left them: JPEG as it is, one bit as TIFF."""
    last = FIRST_PAGES + (scan.stem in TWO_PAGES)
    wanted = ["-l", str(last), str(scan)]
    listed = subprocess.run([program, "-list", *wanted], capture_output=True, text=True, check=True).stdout
    subprocess.run([program, "-j", "-tiff", *wanted, str(folder / "p")], check=True)
    rows = [line.split() for line in listed.splitlines()[2:]]
    whole = {f"p-{int(row[1]):03d}" for row in rows if row[2] == "image" and int(row[4]) > 2000}
    for path in folder.iterdir():
        if path.stem not in whole:
            path.unlink()


def written(out: Path, name: str) -> tuple[str, Document]:
    text = (out / f"{name}.txt").read_text(encoding="utf-8")
    return text, json.loads((out / f"{name}.json").read_text(encoding="utf-8"))


def test_signed_files_leave_with_the_bytes_they_came_with(from_pdf: Ran, place: Path) -> None:
    assert from_pdf.code == 0, from_pdf.talk
    assert len(from_pdf.rows) == (len(SAID) if WHOLE else 5)
    for row in from_pdf.rows:
        assert row["seal"] == "kept"
        name = f"{row['name']}.pdf"
        assert (place / "pdf" / name).read_bytes() == (SCANS / name).read_bytes()
        text, document = written(place / "pdf", row["name"])
        assert text.count("\f") == len(document["pages"]) == pages_of(SCANS / name)
        assert all(said in " ".join(text.split()) for said in SAID[row["name"]][:1])


def test_the_images_become_sealed_documents(from_images: Ran) -> None:
    assert from_images.code == 0, from_images.talk
    assert {row["seal"] for row in from_images.rows} == {"B-T"}
    assert all(row["confidence"] > 0.9 for row in from_images.rows)


@pytest.mark.parametrize("name", SAID)
def test_the_text_of_the_images_says_what_it_must(name: str, from_images: Ran, place: Path) -> None:
    assert from_images.code == 0
    text, document = written(place / "made", name)
    assert text == unicodedata.normalize("NFC", text)
    assert all(said in " ".join(text.split()) for said in SAID[name])
    for page in document["pages"]:
        assert page["turned"] == 0
        assert abs(page["skew"]) < 1
        millimetres = (page["width"] / page["dpi"] * 25.4, page["height"] / page["dpi_y"] * 25.4)
        assert millimetres == pytest.approx((210, 297), abs=8)


def test_the_blank_back_is_set_aside(from_pdf: Ran, from_images: Ran, place: Path) -> None:
    assert (from_pdf.code, from_images.code) == (0, 0)
    for out in ("pdf", "made"):
        _, document = written(place / out, BLANK_BACK)
        assert [page["blank"] for page in document["pages"]] == [False, True]
    assert [path.name for path in (place / "made").glob("*.blank-*")] == [f"{BLANK_BACK}.blank-0002.jpg"]
    assert pages_of(place / f"made/{BLANK_BACK}.pdf") == 1
    assert pages_of(place / f"pdf/{BLANK_BACK}.pdf") == 2


def test_verapdf_approves_every_made_file(
    from_images: Ran, place: Path, verapdf: Callable[..., dict[Path, str]]
) -> None:
    assert from_images.code == 0
    made = sorted((place / "made").glob("*.pdf"))
    assert len(made) == len(SAID)
    assert set(verapdf(*made).values()) == {"PASS"}


def first_page(path: Path) -> Image.Image:
    """Return the first page as a viewer draws it."""
    (drawn,) = pdf2image.convert_from_path(path, dpi=300, last_page=1)
    return drawn


def red_part(image: Image.Image) -> float:
    pixels = np.asarray(image.convert("RGB").reduce(4)).astype(int)
    return float(((pixels[..., 0] - pixels[..., 1:].max(axis=2)) > 60).mean())


@pytest.mark.parametrize("name", WITH_RED_SEAL)
def test_a_red_seal_stays_as_red_and_as_large(name: str, from_images: Ran, place: Path) -> None:
    assert from_images.code == 0
    (source, *_) = sorted((place / "images" / name).glob("*.jpg"))
    before = red_part(Image.open(source))
    after = red_part(first_page(place / f"made/{name}.pdf"))
    assert before > 0.003
    assert after == pytest.approx(before, rel=0.25)
