"""Files are taken from the scanner's folder once, whole, and never lost."""

import io
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from pipeline.station.formats import is_complete
from pipeline.station.hot_folder import (
    Sight,
    Stamp,
    explanation,
    is_ready,
    read_claimed,
    watched,
    watching,
)
from schemas.document import digest_of
from schemas.errors import LimitExceeded, UnreadableFile
from schemas.settings import StationSettings

LIMITS = StationSettings(stable_s=2.0)
COMPLETE = partial(is_complete, limits=LIMITS)
AWKWARD = ["a\nb.png", unicodedata.normalize("NFD", "Giấy khai sinh.png"), "-rf.png", "ữ" * 83 + ".png", "q\udce9t.png"]


def png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (20, 20), 7).save(file, "PNG")
    return file.getvalue()


def rejections(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "rejected").iterdir())


def test_a_look_sees_files_only(tmp_path: Path) -> None:
    for name in ("a.tif", ".hidden", "b.tif.part", "Thumbs.db", "~$c.pdf"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.tif").symlink_to(tmp_path / "a.tif")
    with watching(tmp_path) as folder:
        assert [path.name for path in folder.look()] == ["a.tif"]


def test_time_counts_from_the_last_change() -> None:
    path, first, second = Path("a"), Stamp(1, 10, 5), Stamp(1, 20, 6)
    sights = watched({}, {path: first}, now=100)
    assert sights == {path: Sight(first, 100)}
    sights = watched(sights, {path: first}, now=101)
    assert sights[path].since == 100
    assert watched(sights, {path: second}, now=103)[path].since == 103
    assert watched(sights, {}, now=104) == {}


def test_ready_when_stable_and_complete_or_when_patience_ends() -> None:
    def unasked() -> bool:
        raise AssertionError

    assert not is_ready(1.9, 2, unasked)
    assert is_ready(2, 2, lambda: True)
    assert not is_ready(59, 2, lambda: False)
    assert is_ready(60, 2, unasked)
    assert not is_ready(5, 0.01, lambda: False)


def test_a_file_still_being_written_is_left_alone(tmp_path: Path) -> None:
    whole, path = png(), tmp_path / "a.png"
    path.write_bytes(whole[:40])
    with watching(tmp_path) as folder:
        sights = watched({}, folder.look(), now=0)
        assert folder.claimable(watched(sights, folder.look(), 10), 10, 2, COMPLETE) == []
        path.write_bytes(whole)
        sights = watched(sights, folder.look(), 11)
        assert folder.claimable(sights, 12, 2, COMPLETE) == []
        assert folder.claimable(sights, 13, 2, COMPLETE) == [path]


def test_a_file_gone_between_two_looks_is_no_matter(tmp_path: Path) -> None:
    with watching(tmp_path) as folder:
        gone = {tmp_path / "a.png": Sight(Stamp(1, 2, 3), 0)}
        assert folder.claimable(gone, 10, 2, COMPLETE) == []
        assert folder.claim(tmp_path / "a.png") is None
        assert list(folder.claims.iterdir()) == []


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_are_taken_finished_and_refused(tmp_path: Path, name: str) -> None:
    with watching(tmp_path) as folder:
        for refuse in (False, True):
            (tmp_path / name).write_bytes(png())
            (path,) = folder.look()
            claimed = folder.claim(path)
            assert claimed is not None
            assert claimed.path.read_bytes() == png()
            claimed.name.encode()
            assert unicodedata.is_normalized("NFC", claimed.name)
            if refuse:
                folder.reject(claimed, UnreadableFile("Tệp rỗng"))
            else:
                assert folder.finish(claimed, digest_of(png()))
            assert folder.look() == {}
            assert list(folder.claims.iterdir()) == []
    assert len(rejections(tmp_path)) == 2


def test_of_many_watchers_one_gets_the_file(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(40)]
    for path in paths:
        path.write_bytes(png())
    with watching(tmp_path) as one, watching(tmp_path) as other, ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda job: job[0].claim(job[1]), [(w, p) for p in paths for w in (one, other)]))
    assert sum(claim is not None for claim in claims) == 40


def test_two_files_of_one_name_do_not_hide_each_other(tmp_path: Path) -> None:
    with watching(tmp_path) as folder:
        for content in (b"1", b"2", b"3"):
            (tmp_path / "a.tif").write_bytes(content)
            claimed = folder.claim(tmp_path / "a.tif")
            assert claimed is not None
            folder.reject(claimed, UnreadableFile("Tệp hỏng"))
    assert rejections(tmp_path) == [
        "a (2).tif",
        "a (2).tif.txt",
        "a (3).tif",
        "a (3).tif.txt",
        "a.tif",
        "a.tif.txt",
    ]
    assert [(tmp_path / "rejected" / f"a{n}.tif").read_bytes() for n in ("", " (2)", " (3)")] == [b"1", b"2", b"3"]
    text = (tmp_path / "rejected" / "a.tif.txt").read_text()
    assert "Tệp hỏng" in text
    assert UnreadableFile.hint in text


def test_a_refusal_cut_short_is_repeated_under_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"1")
    with watching(tmp_path) as folder:
        claimed = folder.claim(tmp_path / "a.tif")
        assert claimed is not None
        (tmp_path / "rejected").mkdir()
        error = UnreadableFile("Tệp hỏng")
        (tmp_path / "rejected" / "a.tif.txt").write_text(explanation(claimed.name, claimed.id, error))
        folder.reject(claimed, error)
    assert rejections(tmp_path) == ["a.tif", "a.tif.txt"]


def test_finish_keeps_a_file_that_grew_after_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"1")
    with watching(tmp_path) as folder:
        claimed = folder.claim(tmp_path / "a.tif")
        assert claimed is not None
        data = read_claimed(claimed, LIMITS)
        claimed.path.write_bytes(b"12")
        assert not folder.finish(claimed, digest_of(data))
        assert [again.path.read_bytes() for again in folder.recover()] == [b"12"]


def test_bytes_are_limited_before_reading(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"12345")
    with watching(tmp_path) as folder:
        claimed = folder.claim(tmp_path / "a.tif")
        assert claimed is not None
        with pytest.raises(LimitExceeded):
            read_claimed(claimed, StationSettings(max_file_bytes=4))


def test_a_file_that_the_system_does_not_give_out_is_refused_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"1")
    with watching(tmp_path) as folder:
        claimed = folder.claim(tmp_path / "a.tif")
        assert claimed is not None
        claimed.path.unlink()
        claimed.path.mkdir()  # reading it fails for every user, root included
        with pytest.raises(UnreadableFile, match="Không đọc được"):
            read_claimed(claimed, LIMITS)


def test_claims_of_the_living_are_left_and_of_the_dead_taken_over(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"1")
    with watching(tmp_path) as second:
        with watching(tmp_path) as first:
            claimed = first.claim(tmp_path / "a.tif")
            assert claimed is not None
            assert second.recover() == []
        (taken,) = second.recover()
        assert (taken.id, taken.path.read_bytes()) == (claimed.id, b"1")
        assert second.finish(taken, digest_of(b"1"))
        assert second.recover() == []
        assert [path.name for path in second.claims.parent.iterdir()] == [second.claims.name]


KILLED_AT = {
    "before the rename": "Path.rename = lambda *a: os.kill(os.getpid(), 9)",
    "after the rename": "hot_folder._sync = lambda d: os.kill(os.getpid(), 9) if list(d.glob('*.tif')) else None",
    "before the text is written": "os.fdopen = lambda *a: os.kill(os.getpid(), 9)",
    "after the text is written": "os.fsync = lambda h: rejected.exists() and os.kill(os.getpid(), 9)",
    "after the refused file is moved": "shutil.rmtree = lambda *a, **k: os.kill(os.getpid(), 9)",
}
PROGRAM = """
import os, shutil, sys
from pathlib import Path
from pipeline.station import hot_folder
from schemas.errors import UnreadableFile
folder = Path(sys.argv[1])
rejected = folder / "rejected" / "a.tif.txt"
with hot_folder.watching(folder) as watcher:
    exec(sys.argv[2])
    watcher.reject(watcher.claim(folder / "a.tif"), UnreadableFile("x"))
"""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_killed_at_any_moment_the_file_is_in_one_place(tmp_path: Path, moment: str) -> None:
    (tmp_path / "a.tif").write_bytes(b"page")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), KILLED_AT[moment]]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode == -9
    with watching(tmp_path) as folder:
        claims = folder.recover()
        waiting = [tmp_path / path.name for path in folder.look()]
        refused = [path for path in tmp_path.glob("rejected/*") if path.suffix == ".tif"]
        places = [claim.path for claim in claims] + waiting + refused
        assert [path.read_bytes() for path in places] == [b"page"]
        for claim in claims:
            folder.reject(claim, UnreadableFile("x"))
        assert folder.recover() == []
        assert [path.name for path in folder.claims.parent.iterdir()] == [folder.claims.name]


@pytest.mark.parametrize("fails", ["fsync", "flock"])
def test_shares_without_locks_and_syncs_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(22, "not here")

    monkeypatch.setattr("os.fsync" if fails == "fsync" else "fcntl.flock", refuse)
    (tmp_path / "a.tif").write_bytes(b"1")
    with watching(tmp_path) as folder:
        claimed = folder.claim(tmp_path / "a.tif")
        assert claimed is not None
        assert folder.finish(claimed, digest_of(b"1"))
        assert [path.name for path in tmp_path.iterdir()] == [".sohoa"]
