"""SOHOA_OBJECTS_URL: what it may say, and that nothing of it is shown when it is wrong."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.store.objects import FolderObjects, S3Objects, open_objects
from pipeline.store.objects.address import ENDPOINT, Bucket, Lock, LockMode, parse_address
from schemas.errors import SettingsError
from schemas.settings import Secret

DEFAULT = Path("/srv/default")
PLACE = "s3+https://key:secret@kho.example:9000/ho-so"


def test_nothing_said_is_the_default_folder() -> None:
    assert parse_address("", DEFAULT) == DEFAULT


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///srv/objects", "/srv/objects"),
        ("file://localhost/srv/objects", "/srv/objects"),
        ("file:/srv/objects", "/srv/objects"),
        ("file:///srv/kho%20h%E1%BB%93%20s%C6%A1", "/srv/kho hồ sơ"),
    ],
)
def test_a_folder(url: str, folder: str) -> None:
    assert parse_address(url, DEFAULT) == Path(folder)


def test_a_bucket() -> None:
    assert parse_address(f"{PLACE}?region=vn-hn&lock=GOVERNANCE:3650&ca=/etc/ca%20m%E1%BB%9Bi.pem", DEFAULT) == Bucket(
        endpoint="kho.example:9000",
        secure=True,
        access_key="key",
        secret_key=Secret("secret"),
        name="ho-so",
        region="vn-hn",
        lock=Lock(LockMode.GOVERNANCE, 3650),
        ca=Path("/etc/ca mới.pem"),
    )


def test_a_bucket_with_nothing_more_said() -> None:
    place = parse_address("s3+http://key:secret@[::1]:9000/ho-so/", DEFAULT)
    assert isinstance(place, Bucket)
    assert (place.secure, place.endpoint, place.region, place.lock) == (False, "[::1]:9000", "us-east-1", None)


@pytest.mark.parametrize(
    "lock", [Lock(LockMode.GOVERNANCE, 1), Lock(LockMode.COMPLIANCE, 36500), Lock(LockMode.LEGAL_HOLD)]
)
def test_a_lock_is_shown_as_it_is_written(lock: Lock) -> None:
    place = parse_address(f"{PLACE}?lock={lock}", DEFAULT)
    assert isinstance(place, Bucket)
    assert place.lock == lock


@pytest.mark.parametrize(
    "url",
    [
        "ftp://key:secret@kho.example/ho-so",
        "/srv/objects",
        "file:secret",
        "file://secret/srv",
        "file:///srv?secret=1",
        "file:///srv/%00secret",
        "s3+https://kho.example/secret",
        "s3+https://secret@kho.example/ho-so",
        "s3+https://key:secret@/ho-so",
        "s3+https://key:secret@kho.example",
        "s3+https://key:secret@kho.example/Hồ-Sơ",
        "s3+https://key:secret@kho.example/a/b",
        "s3+https://key:secret@[kho/ho-so",
        "s3+https://key:secret@kho.example:999999/ho-so",
        f"{PLACE}?lok=GOVERNANCE:1",
        f"{PLACE}?lock=",
        f"{PLACE}?lock=GOVERNANCE",
        f"{PLACE}?lock=GOVERNANCE:0",
        f"{PLACE}?lock=GOVERNANCE:-1",
        f"{PLACE}?lock=GOVERNANCE:36501",
        f"{PLACE}?lock=GOVERNANCE:٣",
        f"{PLACE}?lock=LEGAL_HOLD:7",
        f"{PLACE}?lock=governance:7",
        f"{PLACE}?ca=",
        f"{PLACE}?ca=secret/ca.pem",
        f"{PLACE}?ca=/secret%00/ca.pem",
        "s3+http://key:secret@kho.example/ho-so?ca=/secret/ca.pem",
    ],
)
def test_what_is_wrong_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="SOHOA_OBJECTS_URL không hợp lệ") as caught:
        parse_address(url, DEFAULT)
    assert "secret" not in str(caught.value)


def test_a_bucket_does_not_show_its_secret() -> None:
    assert "secret-value" not in repr(parse_address("s3+http://key:secret-value@kho/ho-so", DEFAULT))


@given(st.text())
@example("s3+http://a:b@c:d@e/fff")
@example("file:////")
@example("s3+http://a:b@:0/fff")
def test_any_text_is_understood_or_refused(text: str) -> None:
    for url in (text, f"file:{text}", f"s3+http://{text}", f"s3+https://a:b@{text}", f"{PLACE}?{text}"):
        with suppress(SettingsError):
            assert isinstance(open_objects_lazily(url), FolderObjects | S3Objects)


@given(st.from_regex(ENDPOINT, fullmatch=True), st.text())
@example("a..b", "")
@example("kho:70000", "")
@example("[:]", "x y")
def test_a_server_can_be_asked_or_is_refused(endpoint: str, region: str) -> None:
    with suppress(SettingsError):
        url = f"s3+https://a:b@{endpoint}/ho-so?region={quote(region.encode(errors='replace'))}"
        assert isinstance(open_objects(url, DEFAULT), S3Objects)


def open_objects_lazily(url: str) -> object:
    """Open servers for real, which asks them for nothing; folders are only parsed."""
    place = parse_address(url, DEFAULT)
    return FolderObjects(place) if isinstance(place, Path) else open_objects(url, DEFAULT)


@given(st.text(min_size=1), st.text(min_size=1))
def test_keys_and_secrets_may_hold_any_letter(key: str, secret: str) -> None:
    try:
        url = f"s3+http://{quote(key, safe='')}:{quote(secret, safe='')}@kho/ho-so"
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return
    place = parse_address(url, DEFAULT)
    assert isinstance(place, Bucket)
    assert (place.access_key, str.__str__(place.secret_key)) == (key, secret)
