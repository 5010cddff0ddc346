"""The promise of `ports.ObjectStore`, held against a folder and against a real MinIO server."""

import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.versioningconfig import VersioningConfig
from servers.minio import ACCESS_KEY, SECRET_KEY, MinioServer, running_minio

from pipeline.ports import ObjectStore
from pipeline.store.objects import FolderObjects, S3Objects, open_objects
from pipeline.store.objects.address import Bucket, parse_address
from pipeline.store.objects.keys import named_key, object_key, wrap
from pipeline.store.objects.s3 import S3Shelf
from schemas.document import Digest, digest_of
from schemas.errors import DigestMismatch, NotFound, ObjectStoreUnavailable

BUCKETS = count()
CONTENT = "Giấy khai sinh số 01/2026 của Nguyễn Thị Ặc Ỡm".encode()
ABSENT = Digest("0" * 64)


def new_bucket() -> str:
    """Return a name that no other test of this process uses; each process has a server of its own."""
    return f"bucket-{next(BUCKETS)}"


def admin(server: MinioServer) -> Minio:
    return Minio(server.endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False, region="us-east-1")


def as_bucket(url: str) -> Bucket:
    place = parse_address(url, Path())
    assert isinstance(place, Bucket)
    return place


@dataclass(frozen=True)
class StoreCase:
    """A store, a way around its interface for planting damage, and a second door to the same things."""

    store: ObjectStore
    plant: Callable[[str, bytes], None]
    others: Callable[[], ObjectStore]


def folder_case(folder: Path) -> StoreCase:
    def plant(key: str, data: bytes) -> None:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    return StoreCase(open_objects(f"file://{folder}", Path("unused")), plant, lambda: FolderObjects(folder))


def s3_case(server: MinioServer) -> StoreCase:
    name = new_bucket()
    url = server.url(name)

    def plant(key: str, data: bytes) -> None:
        store.ping()
        admin(server).put_object(name, key, io.BytesIO(data), len(data))

    store = open_objects(url, Path("unused"))
    return StoreCase(store, plant, lambda: open_objects(url, Path("unused")))


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.service)])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> StoreCase:
    if request.param == "folder":
        return folder_case(tmp_path / "kho lưu trữ")
    return s3_case(request.getfixturevalue("minio_server"))


class TestEveryStore:
    @pytest.mark.parametrize("content", [CONTENT, b"", bytes(range(256)) * 30_000], ids=["text", "empty", "7.7 MB"])
    def test_gives_back_what_it_was_given(self, case: StoreCase, content: bytes) -> None:
        digest = case.store.put(content, "application/octet-stream")
        assert digest == digest_of(content)
        assert case.others().get(digest) == content

    def test_repeats_without_harm(self, case: StoreCase) -> None:
        digests = {case.store.put(CONTENT, "text/plain") for _ in range(3)}
        assert digests == {digest_of(CONTENT)}

    def test_knows_what_it_holds(self, case: StoreCase) -> None:
        assert not case.store.exists(ABSENT)
        assert case.store.exists(case.store.put(CONTENT, "text/plain"))

    def test_says_where_nothing_is(self, case: StoreCase) -> None:
        with pytest.raises(NotFound):
            case.store.get(ABSENT)
        assert case.store.get_named("seals/none") is None

    @pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
    def test_looks_nowhere_else(self, case: StoreCase, digest: str) -> None:
        with pytest.raises(NotFound):
            case.store.get(Digest(digest))
        with pytest.raises(NotFound):
            case.store.exists(Digest(digest))

    @pytest.mark.parametrize("damaged", [CONTENT[:-1], b"", CONTENT + b"\n"], ids=["cut", "emptied", "longer"])
    def test_detects_damage(self, case: StoreCase, damaged: bytes) -> None:
        digest = digest_of(CONTENT)
        case.plant(object_key(digest), damaged)
        with pytest.raises(DigestMismatch):
            case.store.get(digest)
        with pytest.raises(DigestMismatch):
            case.store.put(CONTENT, "text/plain")

    def test_keeps_the_first_under_a_name(self, case: StoreCase) -> None:
        assert case.store.put_once("seals/one", b"first", "application/pdf") == b"first"
        assert case.others().put_once("seals/one", b"second", "application/pdf") == b"first"
        assert case.store.get_named("seals/one") == b"first"

    def test_keeps_a_name_below_another(self, case: StoreCase) -> None:
        case.store.put_once("seals", b"short", "text/plain")
        case.store.put_once("seals/long", b"long", "text/plain")
        assert (case.store.get_named("seals"), case.store.get_named("seals/long")) == (b"short", b"long")

    def test_lets_one_of_many_writers_win(self, case: StoreCase) -> None:
        stores = [case.others() for _ in range(8)]
        with ThreadPoolExecutor(len(stores)) as pool:
            for name in ("a", "b/c", "d"):
                data = [f"{name} {number}".encode() for number in range(len(stores))]
                kept = set(pool.map(lambda store, mine, name=name: store.put_once(name, mine, "x/y"), stores, data))
                assert len(kept) == 1
                assert case.store.get_named(name) in data
                assert kept == {case.store.get_named(name)}

    def test_lets_all_keep_the_same_at_once(self, case: StoreCase) -> None:
        stores = [case.others() for _ in range(8)]
        with ThreadPoolExecutor(len(stores)) as pool:
            assert set(pool.map(lambda store: store.put(CONTENT, "x/y"), stores)) == {digest_of(CONTENT)}

    def test_does_not_hide_a_damaged_name(self, case: StoreCase) -> None:
        case.plant(named_key("damaged"), b"\xff half a dig")
        case.plant(named_key("cut-off"), wrap(b"changed later")[:-1])
        for name in ("damaged", "cut-off"):
            with pytest.raises(DigestMismatch):
                case.store.get_named(name)

    @pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", "a/..", "a b", "đơn", "a=", "x" * 201, "a\n"])
    def test_takes_no_other_names(self, case: StoreCase, name: str) -> None:
        with pytest.raises(ValueError, match="not a name"):
            case.store.put_once(name, b"", "text/plain")

    def test_tells_its_state(self, case: StoreCase) -> None:
        assert re.search(r"còn trống \d+\.\d GB$|có phiên bản, khóa: không$", case.store.ping())


class TestFolder:
    def test_is_left_alone_until_something_is_kept(self, tmp_path: Path) -> None:
        store = open_objects("", tmp_path / "objects")
        assert not store.exists(ABSENT)
        assert not (tmp_path / "objects").exists()

    def test_leaves_files_that_nobody_writes(self, tmp_path: Path) -> None:
        digest = FolderObjects(tmp_path).put(CONTENT, "text/plain")
        assert (tmp_path / object_key(digest)).stat().st_mode & 0o777 == 0o440
        assert list((tmp_path / "tmp").iterdir()) == []

    def test_removes_leftovers_of_killed_writers_only_when_old(self, tmp_path: Path) -> None:
        (tmp_path / "tmp").mkdir()
        for name, age_s in (("old", 100_000), ("young", 10)):
            (tmp_path / "tmp" / name).write_bytes(CONTENT[:9])
            os.utime(tmp_path / "tmp" / name, (time.time() - age_s,) * 2)
        open_objects(f"file://{tmp_path}", Path("unused"))
        assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["young"]

    def test_has_whole_files_only_when_killed(self, tmp_path: Path) -> None:
        for seconds in (0.02, 0.05, 0.11):
            kill_while_putting(tmp_path, seconds)
        whole = [path for path in tmp_path.glob("??/??/*") if digest_of(path.read_bytes()) == path.name]
        assert len(whole) == len(list(tmp_path.glob("??/??/*"))) > 0

    def test_says_that_the_disk_takes_no_more(self, tmp_path: Path) -> None:
        store = FolderObjects(tmp_path)
        with file_size_limit(100_000), pytest.raises(ObjectStoreUnavailable, match=r"Không ghi vào được"):
            store.put(bytes(200_000), "text/plain")
        assert list((tmp_path / "tmp").iterdir()) == []
        assert store.put(bytes(200_000), "text/plain")

    def test_says_that_it_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        store = FolderObjects(tmp_path / "file")
        for call in (lambda: store.put(CONTENT, "text/plain"), store.ping, lambda: store.get(digest_of(CONTENT))):
            with pytest.raises(ObjectStoreUnavailable):
                call()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let the kernel refuse to write longer files, as it does where a disk or a quota is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


ENDLESS_WRITER = """
import os, sys
from pathlib import Path
from pipeline.store.objects.folder import FolderObjects
store = FolderObjects(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    store.put(os.urandom(300_000), "x/y")
"""


def kill_while_putting(folder: Path, seconds: float) -> None:
    command = [sys.executable, "-c", ENDLESS_WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        while not list(folder.glob("??/??/*")):
            time.sleep(0.01)
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)


@pytest.mark.service
class TestMinio:
    def test_locks_each_object_as_asked(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        digest = open_objects(minio_server.url(name, "?lock=GOVERNANCE:7"), Path()).put(CONTENT, "text/plain")
        stat = admin(minio_server).stat_object(name, object_key(digest))
        assert stat.metadata is not None
        assert (stat.metadata["x-amz-object-lock-mode"], stat.content_type) == ("GOVERNANCE", "text/plain")
        with pytest.raises(S3Error, match="WORM"):
            admin(minio_server).remove_object(name, object_key(digest), version_id=stat.version_id)

    def test_holds_each_object_as_asked(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        digest = open_objects(minio_server.url(name, "?lock=LEGAL_HOLD"), Path()).put(CONTENT, "text/plain")
        assert admin(minio_server).is_object_legal_hold_enabled(name, object_key(digest))

    def test_keeps_what_somebody_deleted(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        store = open_objects(minio_server.url(name), Path())
        store.put_once("seals/x", CONTENT, "text/plain")
        admin(minio_server).remove_object(name, named_key("seals/x"))
        assert store.put_once("seals/x", b"another", "text/plain") == CONTENT

    def test_lets_the_server_turn_away_all_writers_but_the_first(self, minio_server: MinioServer) -> None:
        shelf = S3Shelf(as_bucket(minio_server.url(new_bucket())))
        shelf.ping()
        for data in (b"first", b"second"):  # as two writers do that both saw nothing there
            shelf._create("race", data, "x/y")
        assert shelf.read("race") == shelf.read_first("race") == b"first"

    def test_takes_the_oldest_of_several_versions(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        store = open_objects(minio_server.url(name), Path())
        store.put_once("seals/x", b"first", "text/plain")
        later = wrap(b"second")
        admin(minio_server).put_object(name, named_key("seals/x"), io.BytesIO(later), len(later))
        assert store.get_named("seals/x") == b"first"

    def test_opens_its_own_bucket_again(self, minio_server: MinioServer) -> None:
        url = minio_server.url(new_bucket(), "?lock=GOVERNANCE:7")
        digest = open_objects(url, Path()).put(CONTENT, "text/plain")
        assert open_objects(url, Path()).put(CONTENT, "text/plain") == digest

    def test_refuses_a_bucket_without_versions(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        admin(minio_server).make_bucket(name)
        store = open_objects(minio_server.url(name), Path())
        for call in (store.ping, lambda: store.put(CONTENT, "text/plain")):
            with pytest.raises(ObjectStoreUnavailable, match="versioning"):
                call()

    @pytest.mark.parametrize("lock", ["GOVERNANCE:8", "LEGAL_HOLD"])
    def test_refuses_a_bucket_that_cannot_lock(self, minio_server: MinioServer, lock: str) -> None:
        name = new_bucket()
        admin(minio_server).make_bucket(name)
        admin(minio_server).set_bucket_versioning(name, VersioningConfig(ENABLED))
        store = open_objects(minio_server.url(name, f"?lock={lock}"), Path())
        with pytest.raises(ObjectStoreUnavailable, match="object lock"):
            store.put(CONTENT, "text/plain")

    @pytest.mark.parametrize(("default", "days"), [(3, 7), (30, 30)])
    def test_strengthens_a_weak_default_and_keeps_a_strong_one(
        self, minio_server: MinioServer, default: int, days: int
    ) -> None:
        name = new_bucket()
        admin(minio_server).make_bucket(name, object_lock=True)
        admin(minio_server).set_object_lock_config(name, ObjectLockConfig(GOVERNANCE, default, DAYS))
        digest = open_objects(minio_server.url(name, "?lock=GOVERNANCE:7"), Path()).put(CONTENT, "text/plain")
        retention = admin(minio_server).get_object_retention(name, object_key(digest))
        assert retention is not None
        assert retention.retain_until_date is not None
        assert round((retention.retain_until_date - datetime.now(UTC)) / timedelta(days=1)) == days

    def test_refuses_an_object_that_was_kept_without_the_lock(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        store = open_objects(minio_server.url(name, "?lock=LEGAL_HOLD"), Path())
        store.ping()
        admin(minio_server).put_object(name, object_key(digest_of(CONTENT)), io.BytesIO(CONTENT), len(CONTENT))
        with pytest.raises(ObjectStoreUnavailable, match="không được khóa"):
            store.put(CONTENT, "text/plain")

    def test_has_its_checksum_checked_by_the_server(self, minio_server: MinioServer) -> None:
        name = new_bucket()
        admin(minio_server).make_bucket(name)
        wrong: dict[str, Any] = {"x-amz-checksum-sha256": "A" * 43 + "=", "x-amz-sdk-checksum-algorithm": "SHA256"}
        with pytest.raises(S3Error):
            admin(minio_server).put_object(name, "x", io.BytesIO(CONTENT), len(CONTENT), metadata=wrong)

    def test_translates_a_refused_key_without_showing_it(self, minio_server: MinioServer) -> None:
        bucket = replace(as_bucket(minio_server.url(new_bucket())), access_key="somebody-else")
        with pytest.raises(ObjectStoreUnavailable, match="máy chủ đáp") as caught:
            S3Objects(bucket).put(CONTENT, "text/plain")
        assert bucket.secret_key not in str(caught.value)
        assert "somebody-else" not in str(caught.value)

    def test_goes_on_when_the_server_comes_back(self, minio_program: Path, tmp_path: Path) -> None:
        with running_minio(minio_program, tmp_path) as server:
            bucket = as_bucket(server.url(new_bucket()))
            store, hasty = S3Objects(bucket), S3Objects(replace(bucket, timeout_s=0.3, retries=0))
            digest = store.put(CONTENT, "text/plain")
            server.pause()
            with pytest.raises(ObjectStoreUnavailable):
                hasty.get(digest)
            server.resume()
            assert store.get(digest) == CONTENT
        for call in (lambda: hasty.get(digest), hasty.ping, lambda: hasty.exists(digest)):
            with pytest.raises(ObjectStoreUnavailable):
                call()
