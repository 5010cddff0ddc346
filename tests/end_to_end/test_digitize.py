"""`sohoa digitize`: the line for one person with a file and no dossier."""

import io
import json
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import psutil
import pytest
from command import ROOT, Ran, finish, run, start
from PIL import Image
from rapidfuzz import fuzz

LETTER = ROOT / "samples/loose/giay-xac-nhan.jpg"
HEADING, BODY = (200, 150, 2400, 900), (200, 1150, 2400, 1300)
RECALL = 0.93

Truth = dict[str, Any]
Document = dict[str, Any]


def expected(name: str) -> list[Truth]:
    found: list[Truth] = json.loads((ROOT / f"samples/expected/{name}.json").read_text(encoding="utf-8"))["pages"]
    return found


def frame(stack: str, page_no: int) -> Image.Image:
    with Image.open(ROOT / f"samples/pages/{stack}.tif") as image:
        image.seek(page_no - 1)
        return image.copy()


def piece(box: tuple[int, int, int, int]) -> Image.Image:
    with Image.open(LETTER) as letter:
        return letter.crop(box)


def paper() -> Image.Image:
    """An empty sheet, as a scanner sees it."""
    noise = np.random.default_rng(7).normal(246, 2, (750, 2200)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(noise)


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, dpi=(300, 300), **options)
    return path


def written(out: Path, name: str) -> tuple[pikepdf.Pdf, list[str], Document]:
    """The three results: the PDF, the text of its pages, what NAME.json says."""
    pdf = pikepdf.open(io.BytesIO((out / f"{name}.pdf").read_bytes()))
    text = (out / f"{name}.txt").read_text(encoding="utf-8")
    assert text.endswith("\f")
    return pdf, text.split("\f")[:-1], json.loads((out / f"{name}.json").read_text(encoding="utf-8"))


def recall(lines: Iterable[str], text: str) -> float:
    """The part of all letters of `lines` that stand in `text`, each line wherever it fits best."""
    whole, weighed = " ".join(text.split()), [(len(line), line) for line in lines]
    return sum(size * fuzz.partial_ratio(line, whole) for size, line in weighed) / sum(
        100 * size for size, _ in weighed
    )


TURNED = next(page for page in expected("dat-dai") if page["turned"])
FORM = next(page for page in expected("khai-sinh") if page["kind"] == "content")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("digitize")


@pytest.fixture(scope="module")
def made(place: Path) -> Ran:
    """A letter, a one-bit form, a sheet that lies on its side, and a folder of three page images."""
    folder = place / "hồ sơ"
    folder.mkdir()
    saved(piece(BODY), folder / "trang 10.jpg")
    saved(piece(HEADING), folder / "trang 2.jpg")
    saved(paper(), folder / "trang 3.png")
    (folder / "ghi chú.txt").write_text("x", encoding="utf-8")
    form = saved(frame("khai-sinh", FORM["page_no"]), place / "tờ khai.tif", compression="group4")
    side = place / "nằm ngang.jpg"
    frame("dat-dai", TURNED["page_no"]).save(side, dpi=(200, 200), quality=92)
    return run(["digitize", LETTER, form, side, folder, "--out", place / "out", "--json"], place)


NAMES = ("giay-xac-nhan", "tờ khai", "nằm ngang", "hồ sơ")


def test_it_tells_what_became_of_each(made: Ran) -> None:
    assert made.code == 0, made.talk
    assert [row["name"] for row in made.rows] == list(NAMES)
    assert {row["seal"] for row in made.rows} == {"B-T"}
    assert [(row["pages"], row["blanks"]) for row in made.rows] == [(1, 0), (1, 0), (1, 0), (3, 1)]
    assert "'ghi chú.txt'" in made.talk


@pytest.mark.parametrize("name", NAMES)
def test_the_results_have_the_published_shape(name: str, made: Ran, place: Path) -> None:
    assert made.code == 0
    pdf, texts, document = written(place / "out", name)
    assert len(pdf.pages) == len(texts) == sum(not page["blank"] for page in document["pages"])
    for page in document["pages"]:
        assert isinstance(page["width"], int)
        assert isinstance(page["height"], int)
        assert 50 <= page["dpi"] <= 2400
        assert page["turned"] in {0, 90, 180, 270}
        assert -15 <= page["skew"] <= 15
        for line in page["lines"]:
            assert line["text"] == " ".join(word["text"] for word in line["words"])
            for part in (line, *line["words"]):
                x0, y0, x1, y1 = part["box"]
                assert 0 <= x0 < x1 <= page["width"]
                assert 0 <= y0 < y1 <= page["height"]
            assert all(0 <= word["confidence"] <= 1 for word in line["words"])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_as_large_as_its_paper(name: str, made: Ran, place: Path) -> None:
    assert made.code == 0
    pdf, _, document = written(place / "out", name)
    delivered = [page for page in document["pages"] if not page["blank"]]
    for sheet, page in zip(pdf.pages, delivered, strict=True):
        wide, high = float(sheet.mediabox[2]), float(sheet.mediabox[3])
        assert wide == pytest.approx(page["width"] / page["dpi"] * 72, abs=0.1)
        assert high == pytest.approx(page["height"] / page["dpi_y"] * 72, abs=0.1)


@pytest.mark.parametrize(
    ("name", "truth"), [("giay-xac-nhan", expected("giay-xac-nhan")[0]), ("tờ khai", FORM), ("nằm ngang", TURNED)]
)
def test_the_text_is_what_is_printed(name: str, truth: Truth, made: Ran, place: Path) -> None:
    assert made.code == 0
    _, texts, document = written(place / "out", name)
    assert recall(truth["lines"], texts[0]) > RECALL
    assert document["pages"][0]["turned"] == truth["turned"]
    assert document["pages"][0]["skew"] == pytest.approx(truth["skew"], abs=0.3)


def test_a_folder_is_one_document_in_the_order_in_which_people_count(made: Ran, place: Path) -> None:
    assert made.code == 0
    _, texts, document = written(place / "out", "hồ sơ")
    assert "CỘNG HÒA XÃ HỘI" in texts[0]
    assert "CỘNG HÒA XÃ HỘI" not in texts[1]
    assert [page["blank"] for page in document["pages"]] == [False, True, False]


def test_the_picture_of_a_blank_page_is_set_aside(made: Ran, place: Path) -> None:
    assert made.code == 0
    assert [path.name for path in (place / "out").glob("*.blank-*")] == ["hồ sơ.blank-0002.jpg"]
    with Image.open(place / "out/hồ sơ.blank-0002.jpg") as picture:
        assert picture.size == (2200, 750)


def test_verapdf_approves(made: Ran, place: Path, verapdf: Callable[..., dict[Path, str]]) -> None:
    assert made.code == 0
    assert set(verapdf(*(place / "out").glob("*.pdf")).values()) == {"PASS"}


def test_a_signed_pdf_leaves_with_the_bytes_it_came_with(made: Ran, place: Path) -> None:
    assert made.code == 0
    signed = place / "out/hồ sơ.pdf"
    again = run(["digitize", signed, "--out", place / "again", "--json"], place)
    assert again.code == 0, again.talk
    assert (place / "again/hồ sơ.pdf").read_bytes() == signed.read_bytes()
    assert again.row("hồ sơ")["seal"] == "kept"
    pdf, texts, _ = written(place / "again", "hồ sơ")
    assert len(pdf.pages) == len(texts) == 2
    assert "CỘNG HÒA XÃ HỘI" in texts[0]
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" not in texts[0], "the block of the seal is no print of the page"


def test_resuming_does_only_what_is_not_done(tmp_path: Path) -> None:
    source, out = saved(piece(BODY), tmp_path / "a.jpg"), tmp_path / "out"
    command: list[str | Path] = ["digitize", source, "--out", out, "--json"]
    first = run([*command, "--no-seal"], tmp_path)
    assert (first.code, first.row("a")["seal"]) == (0, "none")
    assert b"/ByteRange" not in (out / "a.pdf").read_bytes()
    same = run([*command, "--no-seal", "--resume"], tmp_path)
    assert (same.code, same.rows) == (0, [])
    assert "Bỏ qua 1 tệp" in same.talk
    sealed = run([*command, "--resume"], tmp_path)
    assert sealed.row("a")["seal"] == "B-T"
    saved(piece(HEADING), source)
    changed = run([*command, "--resume"], tmp_path)
    assert changed.row("a")["digest"] != sealed.row("a")["digest"]
    assert "CỘNG HÒA" in (out / "a.txt").read_text(encoding="utf-8")


def test_two_inputs_of_one_name_are_refused_before_any_work(tmp_path: Path) -> None:
    pair = [saved(piece(BODY), tmp_path / "a.jpg"), saved(piece(BODY), tmp_path / "a.png")]
    refused = run(["digitize", *pair, "--out", tmp_path / "out"], tmp_path)
    assert refused.code == 10
    assert "'a'" in refused.talk
    assert "Đổi tên" in refused.talk
    assert list((tmp_path / "out").iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    source = saved(piece(BODY), tmp_path / "a.jpg")
    (tmp_path / "file").write_bytes(b"")
    assert run(["digitize", source, "--out", tmp_path / "file"], tmp_path).code == 24
    (tmp_path / "made/a.txt").mkdir(parents=True)
    stuck = run(["digitize", source, "--out", tmp_path / "made", "--no-seal", "--json"], tmp_path)
    assert (stuck.code, stuck.row("a")["error"]) == (2, "cannot-write")


def test_stopped_in_the_middle_it_can_be_resumed(tmp_path: Path) -> None:
    """One page at a time, so that there is a middle."""
    short, sheet = saved(piece(BODY), tmp_path / "a.jpg"), piece(BODY).convert("1")
    long = saved(sheet, tmp_path / "b.tif", compression="group4", save_all=True, append_images=[sheet] * 5)
    out = tmp_path / "out"
    command: list[str | Path] = ["digitize", short, long, "--out", out, "--no-seal", "--jobs", "1", "--json"]
    program, readers = start(command, tmp_path), set[psutil.Process]()
    while not (out / "a.pdf").exists() or not readers:
        assert program.poll() is None
        readers = set(psutil.Process(program.pid).children(recursive=True))
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    stopped = finish(program, tmp_path)
    assert stopped.code == 130
    assert "--resume" in stopped.talk
    assert "Traceback" not in stopped.talk
    assert not psutil.wait_procs(readers, timeout=20)[1]
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "a.pdf", "a.txt"]
    resumed = run([*command, "--resume"], tmp_path)
    assert (resumed.code, [row["name"] for row in resumed.rows]) == (0, ["b"]), resumed.talk
    assert "Bỏ qua 1 tệp" in resumed.talk
    assert len(written(out, "b")[1]) == 6


def test_one_job_reads_one_page_at_a_time(tmp_path: Path) -> None:
    sheet = piece(BODY).convert("1")
    stack = saved(sheet, tmp_path / "a.tif", compression="group4", save_all=True, append_images=[sheet] * 2)
    seen = []
    for jobs in (1, 3):
        program, most = (
            start(["digitize", stack, "--out", tmp_path / str(jobs), "--no-seal", "--jobs", str(jobs)], tmp_path),
            0,
        )
        while program.poll() is None:
            most = max(most, readers_of(program.pid))
            time.sleep(0.02)
        assert program.returncode == 0
        seen.append(most)
    assert seen[0] == 1
    assert seen[1] > 1
    assert (tmp_path / "1/a.txt").read_bytes() == (tmp_path / "3/a.txt").read_bytes()


def readers_of(pid: int) -> int:
    """How many processes below a process have a reader loaded."""
    found = 0
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                found += any("onnxruntime" in piece.path for piece in child.memory_maps())
    return found
