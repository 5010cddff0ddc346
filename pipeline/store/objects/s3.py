"""Objects in a bucket of an S3 server, with versions and, where the settings ask for it, a lock."""

import hashlib
import io
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import urllib3
from minio.commonconfig import ENABLED
from minio.datatypes import Object
from minio.error import MinioException, S3Error
from minio.objectlockconfig import YEARS, ObjectLockConfig
from minio.retention import Retention
from urllib3.exceptions import HTTPError

from pipeline.store.objects.address import Bucket, Lock, LockMode
from pipeline.store.objects.connect import open_clients
from pipeline.store.objects.faults import explain
from pipeline.store.objects.keeping import KeptObjects
from schemas.document import Digest
from schemas.errors import ObjectStoreUnavailable

CHUNK = 1 << 20
PING_S = 5.0
ABSENT = "NoSuchKey"
NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"}
ALREADY_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
SETTLING_S = (0.05, 0.15, 0.3)
STRONG_ENOUGH = {
    LockMode.GOVERNANCE: {"GOVERNANCE", "COMPLIANCE"},
    LockMode.COMPLIANCE: {"COMPLIANCE"},
}


class S3Shelf:
    """Keys are object names in one bucket, which is made where it is missing.

    Not to be shared with a forked process: open a new one there.
    """

    def __init__(self, bucket: Bucket) -> None:
        """Use `bucket`; the server is asked for nothing yet.

        Raises:
            SettingsError: its address cannot be used, or its file of authorities.
        """
        self._bucket = bucket
        self._client, self._creator = open_clients(bucket)
        self._prepared = False
        self._retained_by_bucket = False

    def add(self, key: str, data: bytes, media_type: str) -> None:
        """Keep `data` under `key` unless something is kept there; the server checks its SHA-256."""
        if not self.has(key):
            with self._translated("ghi"):
                self._create(key, data, media_type)

    def read(self, key: str) -> bytes | None:
        """Return what is kept under `key`, None where nothing is."""
        return self._read_version(key, None)

    def read_first(self, key: str) -> bytes | None:
        """Return the oldest version: a server that ignores conditions keeps every writer's."""
        self.prepare()
        with self._translated("đọc"):
            versions = list(self._client.list_objects(self._bucket.name, prefix=key, include_version=True))
        oldest = oldest_version(versions, key)
        return None if oldest is None else self._read_version(key, oldest.version_id)

    def digest(self, key: str) -> Digest | None:
        """Return the digest of what is kept under `key`, None where nothing is.

        Raises:
            ObjectStoreUnavailable: also where the object is not locked as the settings ask.
        """
        with self._opened(key, None) as response:
            if response is None:
                return None
            self._require_locked(response.headers)
            seen = hashlib.sha256()
            for piece in response.stream(CHUNK):
                seen.update(piece)
        return Digest(seen.hexdigest())

    def has(self, key: str) -> bool:
        """Whether something is kept under `key`."""
        self.prepare()
        with self._translated("đọc"):
            try:
                self._client.stat_object(self._bucket.name, key)
            except S3Error as error:
                if error.code == ABSENT:
                    return False
                self._shortfall()  # where the server refuses this as well, it says why; to HEAD it cannot
                raise
        return True

    def prepare(self) -> None:
        """Make the bucket where it is missing; check, once, that it is as the settings ask.

        Raises:
            ObjectStoreUnavailable: it is not, and what to do.
        """
        if self._prepared:
            return
        with self._translated("mở"):
            shortfall = self._settled_shortfall()
        if shortfall:
            raise ObjectStoreUnavailable(f"{self._place} {shortfall}")
        self._prepared = True

    def ping(self) -> str:
        """Check the bucket against the settings, without waiting for a server that is away."""
        S3Shelf(replace(self._bucket, retries=0, timeout_s=min(PING_S, self._bucket.timeout_s))).prepare()
        lock = self._bucket.lock or "không"
        return f"bucket {self._bucket.name} tại {self._bucket.endpoint}, có phiên bản, khóa: {lock}"

    def _create(self, key: str, data: bytes, media_type: str) -> None:
        try:
            self._creator.put_object(
                self._bucket.name,
                key,
                io.BytesIO(data),
                len(data),
                content_type=media_type,
                metadata=checksum_headers(data) if len(data) <= self._bucket.part_size else None,
                part_size=self._bucket.part_size,
                num_parallel_uploads=1,  # so that no more than two parts are in memory beside the data
                retention=self._retention(),
                legal_hold=self._bucket.lock == Lock(LockMode.LEGAL_HOLD),
            )
        except S3Error as error:
            if error.code != "PreconditionFailed":  # else another writer was first
                raise

    def _read_version(self, key: str, version: str | None) -> bytes | None:
        with self._opened(key, version) as response:
            return None if response is None else response.read()

    @contextmanager
    def _opened(self, key: str, version: str | None) -> Iterator[urllib3.BaseHTTPResponse | None]:
        self.prepare()
        with self._translated("đọc"):
            try:
                response = self._client.get_object(self._bucket.name, key, version_id=version)
            except S3Error as error:
                if error.code != ABSENT:
                    raise
                response = None
            try:
                yield response
            finally:
                if response is not None:
                    response.close()
                    response.release_conn()

    def _require_locked(self, headers: Mapping[str, str]) -> None:
        asked = self._bucket.lock
        if asked and not object_is_locked(asked, headers):
            raise ObjectStoreUnavailable(f"{self._place}: tệp vừa ghi không được khóa {asked} như cấu hình yêu cầu.")

    def _settled_shortfall(self) -> str:
        """Look again a few times: another process may just be making the bucket, which takes two steps inside."""
        for wait_s in SETTLING_S:
            if not self._shortfall():
                return ""
            time.sleep(wait_s)
        return self._shortfall()

    def _shortfall(self) -> str:
        """Return what the bucket lacks of what the settings ask for, "" where nothing."""
        if not self._has_versions():
            return "chưa bật phiên bản (versioning): bật lên rồi chạy lại."
        asked = self._bucket.lock
        if asked is None:
            return ""
        default = self._lock_default()
        if default is None:
            return f"không khóa được đối tượng ({asked}): tạo bucket mới có object lock rồi sửa SOHOA_OBJECTS_URL."
        self._retained_by_bucket = bucket_retains(asked, default)
        return ""

    def _has_versions(self) -> bool:
        try:
            return self._client.get_bucket_versioning(self._bucket.name).status == ENABLED
        except S3Error as error:
            if error.code != "NoSuchBucket":
                raise
        self._make_bucket()
        return self._client.get_bucket_versioning(self._bucket.name).status == ENABLED

    def _make_bucket(self) -> None:
        """Make the bucket with versions, which object locking brings in the same step."""
        try:
            self._client.make_bucket(self._bucket.name, location=self._bucket.region, object_lock=True)
        except S3Error as error:
            if error.code not in ALREADY_THERE:  # else another process was first
                raise

    def _retention(self) -> Retention | None:
        """Return what an object must say of itself, None where the bucket's default says as much or more."""
        asked = self._bucket.lock
        if asked is None or not asked.days or self._retained_by_bucket:
            return None
        return Retention(asked.mode.value, datetime.now(UTC) + timedelta(days=asked.days))

    def _lock_default(self) -> ObjectLockConfig | None:
        try:
            return self._client.get_object_lock_config(self._bucket.name)
        except S3Error as error:
            if error.code not in NO_LOCK:
                raise
            return None

    @property
    def _place(self) -> str:
        return f"Bucket «{self._bucket.name}» tại {self._bucket.endpoint}"

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (MinioException, HTTPError, OSError) as error:
            raise ObjectStoreUnavailable(f"{self._place}: không {doing} được, {explain(error)}.") from error


class S3Objects(KeptObjects):
    """An `ObjectStore` in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        """Keep objects in `bucket`; the server is asked for nothing yet."""
        super().__init__(S3Shelf(bucket))


def checksum_headers(data: bytes) -> dict[str, str | list[str] | tuple[str]]:
    """Return what makes the server refuse anything but `data`.

    Of an object in parts the SDK sends each part with a checksum of its own: SHA-256, or MD5 within TLS.
    """
    checksum = b64encode(hashlib.sha256(data).digest()).decode()
    return {"x-amz-checksum-sha256": checksum, "x-amz-sdk-checksum-algorithm": "SHA256"}


def oldest_version(versions: list[Object], key: str) -> Object | None:
    """Return the first of all versions of `key` that hold data; the same one whoever asks."""
    held = [item for item in versions if item.object_name == key and not item.is_delete_marker]
    return min(held, key=lambda item: (item.last_modified, item.version_id), default=None)


def bucket_retains(asked: Lock, default: ObjectLockConfig) -> bool:
    """Whether a bucket with that default protects new objects as `asked`, or better."""
    days = (default.duration or 0) * (365 if default.duration_unit == YEARS else 1)
    return default.mode in STRONG_ENOUGH.get(asked.mode, set()) and days >= asked.days


def object_is_locked(asked: Lock, headers: Mapping[str, str]) -> bool:
    """Whether an object that came with those headers is protected as `asked`."""
    if asked.mode is LockMode.LEGAL_HOLD:
        return headers.get("x-amz-object-lock-legal-hold") == "ON"
    return headers.get("x-amz-object-lock-mode") in STRONG_ENOUGH[asked.mode]
