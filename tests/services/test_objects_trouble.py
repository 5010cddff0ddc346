"""What the object store does when the server, the line to it or the rights on it are not as they should be."""

import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import minio.time
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from servers.minio import ACCESS_KEY, SECRET_KEY, MinioServer, running_minio
from servers.server import running
from servers.wire import Fate, wire

from pipeline.store.objects import S3Objects, open_objects
from pipeline.store.objects.address import Bucket, Lock, LockMode, parse_address
from pipeline.store.objects.keys import object_key
from schemas.document import digest_of
from schemas.errors import ObjectStoreUnavailable, SettingsError

pytestmark = pytest.mark.service

BUCKETS = count()
CONTENT = "Quyết định số 01/2026 gửi Nguyễn Thị Ặc Ỡm".encode()
PART = 5 << 20
LARGE = b"".join(number.to_bytes(4) for number in range(3_000_000))  # 12 MB, three parts


def new_bucket(server: MinioServer, **changes: Any) -> Bucket:
    place = parse_address(server.url(f"trouble-{next(BUCKETS)}"), Path())
    assert isinstance(place, Bucket)
    return replace(place, **changes)


def admin(server: MinioServer) -> Minio:
    return Minio(server.endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False, region="us-east-1")


def lord(server: MinioServer) -> MinioAdmin:
    return MinioAdmin(endpoint=server.endpoint, credentials=StaticProvider(ACCESS_KEY, SECRET_KEY), secure=False)


def versions(server: MinioServer, bucket: Bucket) -> list[Any]:
    return list(admin(server).list_objects(bucket.name, recursive=True, include_version=True))


def unfinished(server: MinioServer, bucket: Bucket) -> int:
    """Count uploads in parts that were begun; MinIO lists them by their whole key only."""
    key = object_key(digest_of(LARGE))
    return len(admin(server)._list_multipart_uploads(bucket.name, prefix=key).uploads)


class TestLargeObjects:
    def test_go_in_parts_and_come_back_whole_and_locked(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, part_size=PART, lock=Lock(LockMode.GOVERNANCE, 7))
        store = S3Objects(bucket)
        digest = store.put(LARGE, "image/tiff")
        stat = admin(minio_server).stat_object(bucket.name, object_key(digest))
        assert stat.metadata is not None
        assert (stat.etag or "").endswith("-3")
        assert (stat.content_type, stat.metadata["x-amz-object-lock-mode"]) == ("image/tiff", "GOVERNANCE")
        assert store.get(digest) == LARGE

    def test_are_made_by_the_first_writer_alone(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, part_size=PART)
        store = S3Objects(bucket)
        key = object_key(store.put(LARGE, "image/tiff"))
        store._shelf._create(key, LARGE, "image/tiff")  # type: ignore[attr-defined] # as a writer that saw nothing there
        assert len(versions(minio_server, bucket)) == 1
        assert unfinished(minio_server, bucket) == 0

    def test_are_sent_again_where_the_line_breaks_once(self, minio_server: MinioServer) -> None:
        with wire(minio_server.port, cut_once_at(7_000_000)) as endpoint:
            bucket = new_bucket(minio_server, part_size=PART, endpoint=endpoint)
            S3Objects(bucket).put(LARGE, "image/tiff")
        assert len(versions(minio_server, bucket)) == 1

    def test_leave_nothing_to_be_seen_where_the_line_breaks(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, part_size=PART, retries=0)
        with wire(minio_server.port, cut_once_at(7_000_000)) as endpoint, pytest.raises(ObjectStoreUnavailable):
            S3Objects(replace(bucket, endpoint=endpoint)).put(LARGE, "image/tiff")
        assert (versions(minio_server, bucket), unfinished(minio_server, bucket)) == ([], 0)

    def test_leave_only_parts_where_the_line_stays_broken(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, part_size=PART, retries=0)
        with wire(minio_server.port, cut_for_good_at(7_000_000)) as endpoint, pytest.raises(ObjectStoreUnavailable):
            S3Objects(replace(bucket, endpoint=endpoint)).put(LARGE, "image/tiff")
        assert (versions(minio_server, bucket), unfinished(minio_server, bucket)) == ([], 1)
        assert S3Objects(bucket).get(S3Objects(bucket).put(LARGE, "image/tiff")) == LARGE

    def test_take_little_memory_beside_their_bytes(self, minio_server: MinioServer) -> None:
        url = minio_server.url(f"trouble-{next(BUCKETS)}")
        command = [sys.executable, "-c", PUT_AND_WEIGH, url]
        grown = subprocess.run(command, capture_output=True, check=True, text=True)
        assert int(grown.stdout) < 48


PUT_AND_WEIGH = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from pipeline.store.objects.address import parse_address
from pipeline.store.objects.s3 import S3Objects
weigh = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store = S3Objects(replace(parse_address(sys.argv[1], Path()), part_size=8 << 20))
store.put(b"warm up", "x/y")
data = b"x" * (160 << 20)
before = weigh()
store.put(data, "image/tiff")
print((weigh() - before) >> 10)
"""


def cut_once_at(place: int) -> Fate:
    return lambda gone, data: None if gone <= place < gone + len(data) else data


def cut_for_good_at(place: int) -> Fate:
    return lambda gone, data: None if gone + len(data) > place else data


def flipped_at(place: int) -> Fate:
    def fate(gone: int, data: bytes) -> bytes:
        index = place - gone
        return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :] if 0 <= index < len(data) else data

    return fate


class TestLine:
    @pytest.mark.parametrize("part_size", [PART, 4 * PART], ids=["in parts", "in one piece"])
    def test_a_changed_byte_is_refused_by_the_server(self, minio_server: MinioServer, part_size: int) -> None:
        bucket = new_bucket(minio_server, part_size=part_size)
        S3Objects(bucket).ping()
        with (
            wire(minio_server.port, flipped_at(6_000_000)) as endpoint,
            pytest.raises(ObjectStoreUnavailable, match="hỏng trên đường truyền"),
        ):
            S3Objects(replace(bucket, endpoint=endpoint)).put(LARGE, "image/tiff")
        assert versions(minio_server, bucket) == []


class TestServerThatDies:
    def test_is_waited_for_and_needs_no_new_start_of_ours(self, minio_program: Path, tmp_path: Path) -> None:
        with running_minio(minio_program, tmp_path) as server, ThreadPoolExecutor(1) as elsewhere:
            store = S3Objects(new_bucket(server, retries=7))  # a busy machine starts it slowly
            first = store.put(CONTENT, "text/plain")
            server.kill()
            server.start()
            assert store.put(b"between two puts", "text/plain")
            server.kill()
            put = elsewhere.submit(store.put, b"while it is away", "text/plain")
            sleep(1)
            server.start()
            assert store.get(put.result(60)) == b"while it is away"
            assert store.get(first) == CONTENT

    def test_is_given_up_in_the_end(self, minio_program: Path, tmp_path: Path) -> None:
        with running_minio(minio_program, tmp_path) as server:
            store = S3Objects(new_bucket(server, retries=2))
            store.put(CONTENT, "text/plain")
            server.kill()
            with pytest.raises(ObjectStoreUnavailable, match=r"máy chủ không trả lời.*NewConnectionError"):
                store.put(b"another", "text/plain")


class TestRights:
    def test_a_narrow_account_is_told_what_it_lacks(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server)
        S3Objects(bucket).ping()
        narrow = with_account(minio_server, bucket, ["s3:GetObject", "s3:PutObject"])
        with pytest.raises(ObjectStoreUnavailable, match="AccessDenied: tài khoản thiếu quyền"):
            S3Objects(narrow).put(CONTENT, "text/plain")

    def test_the_rights_that_the_manual_names_are_enough(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, lock=Lock(LockMode.LEGAL_HOLD), part_size=PART)
        S3Objects(bucket).ping()
        manual = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
        store = S3Objects(with_account(minio_server, bucket, rights_in(manual)))
        assert store.get(store.put(LARGE, "text/plain")) == LARGE
        assert store.put_once("seals/x", CONTENT, "text/plain") == CONTENT

    def test_wrong_keys_are_named(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server, access_key="somebody-else")
        with pytest.raises(ObjectStoreUnavailable, match="InvalidAccessKeyId: sai khóa truy cập"):
            S3Objects(bucket).ping()

    def test_a_quota_that_is_used_up_is_named(self, minio_server: MinioServer) -> None:
        bucket = new_bucket(minio_server)
        store = S3Objects(bucket)
        store.ping()
        lord(minio_server).bucket_quota_set(bucket.name, 1 << 20)
        with pytest.raises(ObjectStoreUnavailable, match="kho đã đầy"):
            store.put(LARGE, "image/tiff")

    def test_a_clock_that_is_wrong_is_named(self, minio_server: MinioServer, monkeypatch: pytest.MonkeyPatch) -> None:
        store = S3Objects(new_bucket(minio_server))
        digest = store.put(CONTENT, "text/plain")
        monkeypatch.setattr(minio.time, "utcnow", lambda: datetime.now(UTC) - timedelta(minutes=40))
        for call in (store.ping, lambda: store.exists(digest), lambda: store.put(b"another", "text/plain")):
            with pytest.raises(ObjectStoreUnavailable, match="lệch nhau: chỉnh lại giờ"):
                call()


def rights_in(manual: str) -> list[str]:
    return [right for right in re.findall(r"`(s3:\w+)`", manual) if right != "s3:CreateBucket"]


def with_account(server: MinioServer, bucket: Bucket, rights: list[str]) -> Bucket:
    """Return `bucket` as an account sees it that has `rights` there and nowhere else."""
    name, ours = f"account-{next(BUCKETS)}", [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"]
    statement = {"Effect": "Allow", "Action": rights, "Resource": ours}
    lord(server).user_add(name, SECRET_KEY)
    lord(server).policy_add(name, policy={"Version": "2012-10-17", "Statement": [statement]})
    lord(server).attach_policy([name], user=name)
    return replace(bucket, access_key=name)


class FarServer(MinioServer):
    """In a region of its own, reached by TLS alone."""

    def url(self, bucket: str, options: str = "?region=vn-hn") -> str:
        return super().url(bucket, options).replace("s3+http:", "s3+https:")

    def environment(self) -> dict[str, str]:
        return super().environment() | {"MINIO_REGION": "vn-hn"}

    def answers(self) -> bool:
        trust = ssl.create_default_context(cafile=self.folder / "ca.pem")
        connection = HTTPSConnection(self.endpoint, timeout=2, context=trust)
        with closing(connection), suppress(OSError, HTTPException):
            connection.request("GET", "/")
            return connection.getresponse().status == 403
        return False


@pytest.fixture(scope="module")
def far_server(minio_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarServer]:
    folder = tmp_path_factory.mktemp("far")
    write_certificates(folder)
    with running(FarServer(minio_program, folder)) as server:
        yield server


def write_certificates(folder: Path) -> None:
    """Make an authority of its own, ca.pem, another one, other.pem, and the server's certificate from the first."""
    authority, other, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    (folder / "ca.pem").write_bytes(certificate("CA thử", authority, "CA thử", authority, ca=True))
    (folder / "other.pem").write_bytes(certificate("CA thử", other, "CA thử", other, ca=True))
    (folder / "certs").mkdir()
    (folder / "certs" / "public.crt").write_bytes(certificate("kho", own, "CA thử", authority, ca=False))
    key = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "certs" / "private.key").write_bytes(key)


Key = ec.EllipticCurvePrivateKey


def certificate(name: str, key: Key, issuer: str, issuer_key: Key, *, ca: bool) -> bytes:
    today = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(common_name(issuer), common_name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.OID_COMMON_NAME, name)])


class TestFarServer:
    def test_is_trusted_by_the_authority_of_the_settings(self, far_server: FarServer) -> None:
        url = far_server.url("far-trusted", f"?region=vn-hn&lock=LEGAL_HOLD&ca={far_server.folder}/ca.pem")
        store = open_objects(url, Path())
        assert store.get(store.put(CONTENT, "text/plain")) == CONTENT

    def test_takes_large_objects_in_parts_through_tls(self, far_server: FarServer) -> None:
        store = S3Objects(new_bucket(far_server, ca=far_server.folder / "ca.pem", part_size=PART))
        assert store.get(store.put(LARGE, "image/tiff")) == LARGE

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda _: {}, "không do CA được tin cậy cấp: thêm ca="),
            (lambda server: {"ca": server.folder / "other.pem"}, "không do CA được tin cậy cấp"),
            (lambda server: {"ca": server.folder / "ca.pem", "endpoint": f"localhost:{server.port}"}, "không mang tên"),
            (lambda _: {"secure": False}, "không đáp theo giao thức S3: .* s3[+]http hay s3[+]https"),
            (
                lambda server: {"ca": server.folder / "ca.pem", "region": "us-east-1"},
                "AuthorizationHeaderMalformed: sai vùng: sửa region trong SOHOA_OBJECTS_URL thành vn-hn",
            ),
        ],
        ids=["no authority", "another authority", "another name", "no TLS", "another region"],
    )
    def test_is_refused_with_what_to_do(
        self, far_server: FarServer, change: Callable[[FarServer], dict[str, Any]], says: str
    ) -> None:
        store = S3Objects(new_bucket(far_server, **change(far_server)))
        with pytest.raises(ObjectStoreUnavailable, match=says) as caught:
            store.put(CONTENT, "text/plain")
        assert SECRET_KEY not in str(caught.value)

    def test_tls_to_a_server_without_it_is_named(self, minio_server: MinioServer) -> None:
        with pytest.raises(ObjectStoreUnavailable, match="cổng này không nói TLS"):
            S3Objects(new_bucket(minio_server, secure=True)).ping()

    @pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["missing", "empty", "something else"])
    def test_needs_a_readable_file_of_authorities(self, tmp_path: Path, content: bytes | None) -> None:
        if content is not None:
            (tmp_path / "ca.pem").write_bytes(content)
        with pytest.raises(SettingsError, match="ca không phải tệp PEM"):
            open_objects(f"s3+https://key:value@kho.example/ho-so?ca={tmp_path}/ca.pem", Path())
