"""Keys, wrappings, and what a bucket's answers mean."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.datatypes import Object
from minio.objectlockconfig import DAYS, YEARS, ObjectLockConfig

from pipeline.store.objects.address import Lock, LockMode
from pipeline.store.objects.keys import named_key, object_key, unwrap, wrap
from pipeline.store.objects.s3 import bucket_retains, object_is_locked, oldest_version
from schemas.document import Digest, digest_of
from schemas.errors import DigestMismatch, NotFound

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEGMENT = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", fullmatch=True)
NAMES = st.lists(SEGMENT, min_size=1, max_size=5).map("/".join)


@given(st.binary())
def test_a_key_is_spread_over_folders_and_ends_with_the_digest(data: bytes) -> None:
    digest = digest_of(data)
    assert object_key(digest).split("/") == [digest[:2], digest[2:4], digest]


@given(st.text())
def test_nothing_else_is_a_digest(text: str) -> None:
    with pytest.raises(NotFound):
        object_key(Digest(text))


@given(NAMES, NAMES)
def test_no_name_lies_in_the_way_of_another(one: str, other: str) -> None:
    assert one == other or not f"{named_key(other)}/".startswith(f"{named_key(one)}/")


@given(st.text())
def test_a_name_never_leaves_its_folder(text: str) -> None:
    try:
        key = named_key(text)
    except ValueError:
        return
    assert key.isascii()
    assert not {"", ".", ".."} & set(key.split("/"))


@given(st.binary())
def test_what_is_wrapped_is_unwrapped(data: bytes) -> None:
    assert unwrap(wrap(data), "x") == data


@given(st.binary(max_size=80))
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(DigestMismatch):
        unwrap(data, "x")


def version(key: str, second: int, number: str, *, deleted: bool = False) -> Object:
    when = NOON + timedelta(seconds=second)
    return Object("bucket", key, last_modified=when, version_id=number, is_delete_marker=deleted)


def test_the_oldest_version_that_holds_data_of_that_very_key() -> None:
    versions = [
        version("a", 3, "v3"),
        version("a", 2, "v2"),
        version("a", 1, "v1", deleted=True),
        version("ab", 0, "v0"),
    ]
    oldest = oldest_version(versions, "a")
    assert oldest is not None
    assert oldest.version_id == "v2"
    assert oldest_version(versions, "b") is None


def test_the_same_version_for_all_where_two_are_equally_old() -> None:
    versions = [version("a", 1, "v2"), version("a", 1, "v1")]
    assert oldest_version(versions, "a") == oldest_version(versions[::-1], "a")


@pytest.mark.parametrize(
    ("asked", "default", "enough"),
    [
        (Lock(LockMode.GOVERNANCE, 30), ObjectLockConfig(GOVERNANCE, 30, DAYS), True),
        (Lock(LockMode.GOVERNANCE, 30), ObjectLockConfig(COMPLIANCE, 30, DAYS), True),
        (Lock(LockMode.GOVERNANCE, 30), ObjectLockConfig(GOVERNANCE, 29, DAYS), False),
        (Lock(LockMode.COMPLIANCE, 30), ObjectLockConfig(GOVERNANCE, 30, DAYS), False),
        (Lock(LockMode.GOVERNANCE, 3650), ObjectLockConfig(GOVERNANCE, 10, YEARS), True),
        (Lock(LockMode.GOVERNANCE, 1), ObjectLockConfig(None, None, None), False),
        (Lock(LockMode.LEGAL_HOLD), ObjectLockConfig(COMPLIANCE, 30, DAYS), False),
    ],
)
def test_a_bucket_retains_what_was_asked_for_or_not(asked: Lock, default: ObjectLockConfig, enough: bool) -> None:  # noqa: FBT001 - a column of the table above
    assert bucket_retains(asked, default) is enough


@pytest.mark.parametrize(
    ("asked", "headers", "locked"),
    [
        (Lock(LockMode.GOVERNANCE, 1), {"x-amz-object-lock-mode": "GOVERNANCE"}, True),
        (Lock(LockMode.GOVERNANCE, 1), {"x-amz-object-lock-mode": "COMPLIANCE"}, True),
        (Lock(LockMode.COMPLIANCE, 1), {"x-amz-object-lock-mode": "GOVERNANCE"}, False),
        (Lock(LockMode.GOVERNANCE, 1), {}, False),
        (Lock(LockMode.LEGAL_HOLD), {"x-amz-object-lock-legal-hold": "ON"}, True),
        (Lock(LockMode.LEGAL_HOLD), {"x-amz-object-lock-mode": "GOVERNANCE"}, False),
    ],
)
def test_an_object_is_locked_as_asked_or_not(asked: Lock, headers: dict[str, str], locked: bool) -> None:  # noqa: FBT001 - a column of the table above
    assert object_is_locked(asked, headers) is locked
