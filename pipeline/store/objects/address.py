"""What SOHOA_OBJECTS_URL may say.

    file:///folder
    s3+https://KEY:SECRET@host:port/bucket?region=us-east-1&lock=GOVERNANCE:3650&ca=/etc/sohoa/ca.pem

`lock` is GOVERNANCE:days, COMPLIANCE:days or LEGAL_HOLD. `ca` is a PEM file of authorities that are trusted besides
the system's. Key and secret are percent-encoded.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from schemas.errors import SettingsError
from schemas.settings import Secret

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
ENDPOINT = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
MAX_LOCK_DAYS = 36500
SCHEMES = {"s3+http": False, "s3+https": True}


class LockMode(StrEnum):
    """Who may delete a locked version: GOVERNANCE some, COMPLIANCE nobody, LEGAL_HOLD who lifts the hold."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"
    LEGAL_HOLD = "LEGAL_HOLD"


@dataclass(frozen=True)
class Lock:
    """For how many days, at least, each object is protected; 0 with LEGAL_HOLD, which has no end."""

    mode: LockMode
    days: int = 0

    def __str__(self) -> str:
        """Return the lock as the URL spells it."""
        return f"{self.mode}:{self.days}" if self.days else self.mode.value


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket of an S3 server.

    Attributes:
        endpoint: host, or host:port.
        ca: PEM file of authorities trusted besides the system's.
        part_size: bytes that are sent in one request; what is larger goes in several. S3 wants 5 MiB at least.
        timeout_s: longest wait for a connection, and for the next bytes of an answer.
        retries: further tries after a failed one.
    """

    endpoint: str
    secure: bool
    access_key: str
    secret_key: Secret
    name: str
    region: str = "us-east-1"
    lock: Lock | None = None
    ca: Path | None = None
    part_size: int = 32 << 20
    timeout_s: float = 30.0
    retries: int = 5


def parse_address(url: str, default_folder: Path) -> Path | Bucket:
    """Return where the objects lie; `default_folder` where `url` is empty.

    Raises:
        SettingsError: `url` cannot be understood. The message holds nothing of it: it may hold a secret.
    """
    if not url:
        return default_folder
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _bad("không đọc được địa chỉ") from error
    if parts.scheme == "file":
        return _parse_folder(parts)
    if parts.scheme in SCHEMES:
        return _parse_bucket(parts)
    raise _bad("cần file:, s3+http: hoặc s3+https:")


def _parse_folder(parts: SplitResult) -> Path:
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise _bad("cần đường dẫn tuyệt đối, ví dụ file:///srv/sohoa")
    folder = unquote(parts.path)
    if "\0" in folder:
        raise _bad("đường dẫn có ký tự không dùng được")
    return Path(folder)


def _parse_bucket(parts: SplitResult) -> Bucket:
    options = _parse_options(parts.query)
    endpoint = parts.netloc.rpartition("@")[2]
    name = parts.path.strip("/")
    if not ENDPOINT.fullmatch(endpoint):
        raise _bad("thiếu hoặc sai tên máy chủ")
    if not BUCKET_NAME.fullmatch(name):
        raise _bad("thiếu hoặc sai tên bucket")
    if not parts.username or not parts.password:
        raise _bad("thiếu khóa truy cập hoặc khóa bí mật")
    secure = SCHEMES[parts.scheme]
    return Bucket(
        endpoint=endpoint,
        secure=secure,
        access_key=unquote(parts.username),
        secret_key=Secret(unquote(parts.password)),
        name=name,
        region=options.get("region") or Bucket.region,
        lock=_parse_lock(options["lock"]) if "lock" in options else None,
        ca=_parse_ca(options["ca"], secure) if "ca" in options else None,
    )


def _parse_options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = options.keys() - {"region", "lock", "ca"}
    if unknown:
        raise _bad("chỉ nhận tham số region, lock và ca")
    return options


def _parse_lock(text: str) -> Lock:
    mode, _, days = text.partition(":")
    if mode == LockMode.LEGAL_HOLD and not days:
        return Lock(LockMode.LEGAL_HOLD)
    if mode not in {LockMode.GOVERNANCE, LockMode.COMPLIANCE} or not re.fullmatch(r"[0-9]{1,5}", days):
        raise _bad("lock phải là GOVERNANCE:số-ngày, COMPLIANCE:số-ngày hoặc LEGAL_HOLD")
    if not 1 <= int(days) <= MAX_LOCK_DAYS:
        raise _bad(f"số ngày khóa phải từ 1 đến {MAX_LOCK_DAYS}")
    return Lock(LockMode(mode), int(days))


def _parse_ca(text: str, secure: bool) -> Path:  # noqa: FBT001 - private, with the scheme's own word for it
    if not secure:
        raise _bad("ca chỉ dùng với s3+https")
    if not text.startswith("/") or "\0" in text:
        raise _bad("ca cần đường dẫn tuyệt đối tới tệp PEM, ví dụ ca=/etc/sohoa/ca.pem")
    return Path(text)


def _bad(why: str) -> SettingsError:
    return SettingsError(f"SOHOA_OBJECTS_URL không hợp lệ: {why}.")
