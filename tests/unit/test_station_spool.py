"""Files on the station's own disk: there whole or not at all, let go of only on purpose."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.station.hot_folder import give_back, watching
from pipeline.station.spool import LEFTOVER_AGE_S, Spool
from schemas.document import digest_of
from schemas.errors import CannotWrite, DigestMismatch, UnreadableFile
from schemas.jobs import Lane
from schemas.upload import Manifest

DATA = b"0123456789" * 100


def manifest(folder: Path, data: bytes = DATA) -> Manifest:
    return Manifest(
        digest=digest_of(data),
        size=len(data),
        name="Lường Thị Bích Ngọc.tif",
        lane=Lane.URGENT,
        page_digests=("x",),
        taken_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
        folder=str(folder),
        claim="abc123",
    )


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_what_is_added_is_there_for_the_next_process(spool: Spool, tmp_path: Path) -> None:
    assert spool.waiting() == []
    spool.add(DATA, manifest(tmp_path))
    again = Spool(spool.folder)
    assert again.waiting() == [manifest(tmp_path)]
    assert again.chunk(manifest(tmp_path), 990, 10) == b"0123456789"
    again.remove(manifest(tmp_path))
    assert spool.waiting() == []
    assert [path for path in spool.folder.rglob("*") if path.is_file()] == []


def test_the_same_bytes_wait_once(spool: Spool, tmp_path: Path) -> None:
    spool.add(DATA, manifest(tmp_path))
    spool.add(DATA, replace(manifest(tmp_path), name="lần hai.tif"))
    assert spool.waiting() == [manifest(tmp_path)]


def test_a_process_that_was_killed_while_adding_leaves_nothing_that_counts(spool: Spool, tmp_path: Path) -> None:
    spool.add(DATA, manifest(tmp_path))
    half = spool.folder / "new" / "halb"
    half.mkdir()
    (half / "original").write_bytes(b"01")
    assert len(spool.waiting()) == 1
    with spool.sending() as mine:
        assert mine
        assert half.exists()  # perhaps somebody is writing it at this moment
    old = half.stat().st_mtime - LEFTOVER_AGE_S - 1
    os.utime(half, (old, old))
    with spool.sending():
        assert not half.exists()


def test_one_process_sends_at_a_time(spool: Spool) -> None:
    with spool.sending() as first, Spool(spool.folder).sending() as second:
        assert (first, second) == (True, False)
    with spool.sending() as first:
        assert first


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    full = Spool(tmp_path / "spool", reserve_bytes=1 << 62)
    with pytest.raises(CannotWrite, match="gần đầy"):
        full.add(DATA, manifest(tmp_path))
    assert not full.folder.exists()


def test_a_file_that_shrank_on_disk_is_not_sent(spool: Spool, tmp_path: Path) -> None:
    spool.add(DATA, manifest(tmp_path))
    spool.path(manifest(tmp_path)).write_bytes(DATA[:50])
    with pytest.raises(DigestMismatch):
        spool.chunk(manifest(tmp_path), 0, 100)


def test_a_refused_file_returns_to_the_counter_once(spool: Spool, tmp_path: Path) -> None:
    scanner = tmp_path / "scanner"
    scanner.mkdir()
    told = manifest(scanner)
    spool.add(DATA, told)
    with watching(scanner) as others:
        for _ in range(2):  # as after a kill between giving back and letting go
            give_back(told, spool.path(told), UnreadableFile("hỏng"))
        assert others.recover() == []
    rejected = sorted(path.name for path in (scanner / "rejected").iterdir())
    assert rejected == [told.name, f"{told.name}.txt"]
    assert (scanner / "rejected" / told.name).read_bytes() == DATA
    assert "hỏng" in (scanner / "rejected" / f"{told.name}.txt").read_text()


def test_a_folder_that_is_gone_is_not_made_anew(spool: Spool, tmp_path: Path) -> None:
    told = manifest(tmp_path / "weg")
    spool.add(DATA, told)
    with pytest.raises(FileNotFoundError):
        give_back(told, spool.path(told), UnreadableFile("hỏng"))
    assert spool.waiting() == [told]
