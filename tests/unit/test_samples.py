"""The committed samples are what they say they are, and are drawn alike each time."""

import io
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from samples.batches import draw_batch, sides
from samples.ink import print_leaf
from samples.layout import RIGHT, Block, Line, stack
from samples.make import PROCEDURES, SEED, any_case, committed_batches, dossier_rows, write_json
from samples.people import below_hundred_in_words, millions_in_words
from samples.scanner import Posture, Scanner, scan
from samples.typeface import Face, font_path, missing, vietnamese_letters
from schemas.dossier import (
    COMPONENT_CODE,
    DOSSIER_CODE,
    PROCEDURE_CODE,
    Component,
    CoverSheet,
    Dossier,
    IdentityKind,
    Owner,
)
from schemas.units import Turn

SAMPLES = Path(__file__).parents[2] / "samples"
STACKS = ("khai-sinh", "dat-dai", "ho-kinh-doanh", "cu-tru")
COMPRESSION = {"1": "group4", "RGB": "jpeg"}


def truth_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def scans_of(path: Path) -> Iterator[Image.Image]:
    """Yield the page pictures of a file as they are."""
    if path.suffix == ".pdf":
        yield from (Image.open(io.BytesIO(data)) for data in pdf_jpegs(path))
        return
    with Image.open(path) as picture:
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            yield picture.copy()


def pdf_jpegs(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [next(iter(page.get_images().values())).read_raw_bytes() for page in pdf.pages]


def dossier_of(row: dict[str, Any]) -> Dossier:
    owner = row["owner"] | {"identity_kind": IdentityKind(row["owner"]["identity_kind"])}
    times = {key: datetime.fromisoformat(row[key]) for key in ("received_at", "due_at")}
    components = tuple(Component(**item) for item in row["components"])
    return Dossier(**(row | times | {"owner": Owner(**owner), "components": components}))


@pytest.fixture(scope="module")
def dossiers() -> tuple[Dossier, ...]:
    rows = json.loads((SAMPLES / "dossiers.json").read_text(encoding="utf-8"))
    return tuple(dossier_of(row) for row in rows)


def test_all_samples_together_stay_under_15_mb() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 15_000_000


@pytest.mark.parametrize("name", STACKS)
def test_scans_agree_with_the_truth(name: str) -> None:
    truth = truth_of(name)
    path = SAMPLES / truth["file"]
    count = 0
    for picture, page in zip(scans_of(path), truth["pages"], strict=True):
        count += 1
        assert picture.mode == truth["mode"]
        assert picture.size == (round(truth["dpi"] * 210 / 25.4), round(truth["dpi"] * 297 / 25.4))
        assert page["page_no"] == count
        codes = zxingcpp.read_barcodes(picture.convert("L"))
        sheets = [CoverSheet.parse(code.text) for code in codes]
        if page["kind"] == "separator":
            assert [(s.dossier_code, s.component_code) for s in sheets if s] == [(page["dossier"], page["component"])]
        else:
            assert not sheets
            assert bool(page["lines"]) == (page["kind"] == "content")
    assert count == len(truth["pages"])


@pytest.mark.parametrize("name", ["khai-sinh", "dat-dai", "cu-tru"])
def test_tiffs_state_compression_and_resolution(name: str) -> None:
    truth = truth_of(name)
    with Image.open(SAMPLES / truth["file"]) as picture:
        assert picture.info["compression"] == COMPRESSION[truth["mode"]]
        assert picture.info["dpi"] == (truth["dpi"], truth["dpi"])


def test_the_pdf_holds_pictures_in_paper_size_and_no_text() -> None:
    truth = truth_of("ho-kinh-doanh")
    with pikepdf.open(SAMPLES / truth["file"]) as pdf:
        assert len(pdf.pages) == len(truth["pages"])
        for page in pdf.pages:
            assert [float(side) for side in page.mediabox] == pytest.approx([0, 0, 595.3, 841.9], abs=0.3)
            assert "/Font" not in page.get("/Resources", {})


def test_the_loose_jpeg_belongs_to_no_dossier() -> None:
    truth = truth_of("giay-xac-nhan")
    with Image.open(SAMPLES / truth["file"]) as picture:
        assert (picture.format, picture.info["dpi"]) == ("JPEG", (300, 300))
    assert [(page["kind"], page["dossier"]) for page in truth["pages"]] == [("content", "")]


def test_stacks_hold_what_makes_scanning_hard() -> None:
    pages = [page for name in STACKS for page in truth_of(name)["pages"]]
    assert {90, 180} <= {page["turned"] for page in pages}
    assert {page["kind"] for page in pages} == {"content", "blank", "separator"}
    assert all(0.3 <= abs(page["skew"]) <= 2 for page in pages)
    assert len({page["dossier"] for page in truth_of("cu-tru")["pages"]}) == 2


def test_a_seal_shows_through_one_back() -> None:
    page_no = min(committed_batches(SEED)["cu-tru.tif"].soaked)
    assert truth_of("cu-tru")["pages"][page_no - 1]["kind"] == "blank"
    pictures = list(scans_of(SAMPLES / "pages" / "cu-tru.tif"))
    assert most_red(pictures[page_no - 1]) > most_red(pictures[page_no - 5]) + 5


def most_red(picture: Image.Image) -> float:
    small = np.asarray(picture.resize((160, 226), Image.Resampling.BOX), dtype=float)
    return float((small[:, :, 0] - small[:, :, 1]).max())


def test_dossiers_are_well_formed_and_complete(dossiers: tuple[Dossier, ...]) -> None:
    assert len({dossier.procedure_code for dossier in dossiers}) == len(PROCEDURES)
    for dossier in dossiers:
        assert DOSSIER_CODE.fullmatch(dossier.code)
        assert PROCEDURE_CODE.fullmatch(dossier.procedure_code)
        assert all(COMPONENT_CODE.fullmatch(component.code) for component in dossier.components)
        assert 2 <= len(dossier.components) <= 4
        assert dossier.received_at.utcoffset() == timedelta(hours=7)
        assert dossier.received_at < dossier.due_at


def test_each_paper_names_its_owner(dossiers: tuple[Dossier, ...]) -> None:
    printed: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for page in (page for name in STACKS for page in truth_of(name)["pages"] if page["kind"] == "content"):
        printed[page["dossier"], page["component"]] += page["lines"]
    papers = {(dossier.code, item.code): dossier.owner.name for dossier in dossiers for item in dossier.components}
    assert printed.keys() == papers.keys()
    assert [key for key, owner in papers.items() if not any(owner in line for line in printed[key])] == []


def test_identity_numbers_fit_their_owners() -> None:
    for serial in range(20):
        owner = any_case(SEED, serial).dossier.owner
        assert owner.identity_no[:3] in {"044", "045"}
        assert len(owner.identity_no) == 12
        assert int(owner.identity_no[3]) in (range(2) if int(owner.identity_no[4:6]) >= 60 else range(2, 4))


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.json")), ids=lambda path: path.stem)
def test_all_text_is_nfc(path: Path) -> None:
    assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))


def test_committed_truth_is_what_the_program_prints(tmp_path: Path) -> None:
    batches = committed_batches(SEED)
    for batch in batches.values():
        printed = [list(side.leaf.lines) for side in sides(batch)]
        assert printed == [page["lines"] for page in truth_of(batch.name)["pages"]]
    write_json(dossier_rows(batches.values()), tmp_path / "dossiers.json")
    assert (tmp_path / "dossiers.json").read_bytes() == (SAMPLES / "dossiers.json").read_bytes()


@pytest.mark.parametrize("mode", ["1", "RGB"])
def test_the_same_seed_draws_the_same_pixels(mode: str) -> None:
    scanner = Scanner(dpi=60, mode="1" if mode == "1" else "RGB")
    drawn = [first_pages(scanner, seed) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1]
    assert all(one != other for one, other in zip(drawn[0], drawn[2], strict=True))


def first_pages(scanner: Scanner, seed: int) -> list[bytes]:
    batch = committed_batches(SEED)["cu-tru.tif"]
    small = type(batch)(name="small", cases=batch.cases, scanner=scanner, duplex=True)
    return [page.image.tobytes() for page in islice(draw_batch(small, seed), 4)]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_truth_says_how_to_make_a_scan_straight(turned: Turn) -> None:
    printed = print_leaf(any_case(SEED, 1).papers[0].leaves[0], 60)
    scanned = scan(printed, Scanner(dpi=60, noise=0.0), Posture(turned=turned, skew=1.5), 1)
    upright = scanned.rotate(-turned, expand=True)
    right, wrong = (ink_apart(printed, upright.rotate(angle, fillcolor="white")) for angle in (1.5, -1.5))
    assert right < 0.8 * wrong


def ink_apart(one: Image.Image, other: Image.Image) -> float:
    grey = (np.asarray(picture.convert("L"), dtype=float)[20:-20, 20:-20] for picture in (one, other))
    return float(np.abs(np.subtract(*grey)).mean())


def test_print_stays_on_the_paper() -> None:
    for serial in range(12):
        leaves = [leaf for paper in any_case(SEED, serial).papers for leaf in paper.leaves]
        lines = [(leaf, mark) for leaf in leaves for mark in leaf.marks if isinstance(mark, Line)]
        assert [line.text for leaf, line in lines if line.x < 15 or line.y > leaf.height - 5] == []
        upright = (line for leaf, line in lines if leaf.width < leaf.height)
        assert [line.text for line in upright if line.end > RIGHT + 4] == []


def test_a_heading_stays_with_what_follows() -> None:
    pages = stack([Block(60.0), Block(10.0, leads=True), Block(40.0, (Line(x=30, y=5, pieces=()),))], 0, 100)
    assert [len(page.marks) for page in pages] == [0, 2]


def test_fonts_have_all_vietnamese_letters() -> None:
    assert len(vietnamese_letters()) == 2 * (12 * 6 + 1)
    assert [face for face in Face if missing(vietnamese_letters(), font_path(face))] == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(5, "năm"), (10, "mười"), (15, "mười lăm"), (11, "mười một"), (21, "hai mươi mốt"), (40, "bốn mươi")],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert below_hundred_in_words(number) == words


def test_amounts_in_words() -> None:
    assert [millions_in_words(n) for n in (190, 300, 210, 40)] == [
        "Một trăm chín mươi triệu",
        "Ba trăm triệu",
        "Hai trăm mười triệu",
        "Bốn mươi triệu",
    ]
