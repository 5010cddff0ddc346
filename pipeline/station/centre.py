"""A station's end of the line to the centre: HTTPS, one bounded answer to each request."""

import base64
import hashlib
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import httpx

from schemas.document import Digest
from schemas.errors import (
    CentreUnavailable,
    InputError,
    IntegrityError,
    RefusedByCentre,
    ServiceError,
    SettingsError,
    SohoaError,
    StationRefused,
    UnexpectedFailure,
    UploadDamaged,
    UploadOutOfStep,
    error_classes,
)
from schemas.settings import CentreSettings
from schemas.upload import Backlog, Manifest, Upload

API: Final = "/api/v1"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_ANSWER_BYTES: Final = 4_000_000
"""Three thousand pages' receipts and their reasons."""
NO_FILE: Final = Digest("0" * 64)
CONNECT_S: Final = 10.0
FINAL: Final = frozenset({413, 415, 422})
"""Too large, of no kind that is taken, or unusable: sending the file again cannot help."""
KNOWN: Final = {kind.code: kind for kind in error_classes()}


class CentreLine:
    """Talks to the centre as one station. Belongs to one thread.

    Redirects are not followed and proxies of the environment are not used.
    """

    def __init__(self, settings: CentreSettings) -> None:
        """Prepare connections; nothing is sent yet.

        Raises:
            SettingsError: an address, token or certificate that cannot be used.
        """
        token = str.__str__(settings.token)
        if not token or not (token.isascii() and token.isprintable()):
            raise SettingsError("SOHOA_STATION_TOKEN thiếu hoặc có ký tự không hợp lệ")
        self._client = httpx.Client(
            base_url=_address(settings.url),
            timeout=httpx.Timeout(settings.timeout_s, connect=min(CONNECT_S, settings.timeout_s)),
            follow_redirects=False,
            trust_env=False,
            verify=_trust(settings.ca),
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity", "User-Agent": "sohoa"},
        )

    def offer(self, manifest: Manifest) -> Upload:
        """Announce a file; the answer says what the centre has of it.

        Raises:
            CentreUnavailable: no answer, or not as agreed.
            StationRefused: the token is not, or no longer, known.
            SohoaError: whatever the centre says; a final `InputError` where it refuses the file for good.
        """
        told = {"digest": manifest.digest, "size": manifest.size, "name": manifest.name, "lane": manifest.lane}
        return self._upload("POST", f"{API}/originals", json=told)

    def send(self, digest: Digest, offset: int, chunk: bytes) -> Upload:
        """Send a chunk of a file that was offered.

        Raises:
            UploadOutOfStep: the centre has more or fewer bytes; the error says how many.
            UploadDamaged: other bytes arrived.
            SohoaError: as `offer`.
        """
        sha256 = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{sha256}:", "Content-Type": "application/octet-stream"}
        place = f"{API}/originals/{digest}"
        return self._upload("PATCH", place, params={"offset": offset}, content=chunk, headers=headers)

    def ask(self, digest: Digest) -> Upload:
        """Return what the centre knows of a file. Raises: as `offer`."""
        return self._upload("GET", f"{API}/originals/{digest}")

    def report(self, backlog: Backlog) -> None:
        """Tell the centre what this station still holds. Raises: as `offer`."""
        oldest = backlog.oldest_at.isoformat() if backlog.oldest_at else None
        told = {"files": backlog.files, "pages": backlog.pages, "oldest_at": oldest}
        self._call("POST", f"{API}/stations/self/backlog", json=told)

    def ping(self) -> str:
        """Return one line on the centre, once it has answered and knows this station. Raises: as `offer`."""
        self.ask(NO_FILE)
        return f"{self._client.base_url.host} trả lời và nhận trạm này"

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close all connections."""
        self.close()

    def _upload(self, method: str, path: str, **told: Any) -> Upload:  # noqa: ANN401 - as httpx takes them
        answer = self._call(method, path, **told)
        try:
            return Upload.from_json(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise CentreUnavailable("Trung tâm trả lời không đúng mẫu") from error

    def _call(self, method: str, path: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401 - as httpx takes them
        try:
            with self._client.stream(method, path, **told) as response:
                body = _read(response)
        except httpx.TimeoutException as error:
            raise CentreUnavailable("Trung tâm không trả lời kịp") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise CentreUnavailable(f"Mất kết nối với trung tâm ({type(error).__name__})") from error
        answer = _parsed(body)
        if response.is_success and answer is not None:
            return answer
        raise problem(response.status_code, answer or {})


def problem(status: int, told: Mapping[str, Any]) -> SohoaError:
    """Return the error that an answer stands for.

    Only what the centre itself says by its code is believed to be final: a gateway on the way may answer
    with any status while the centre is being restarted.
    """
    kind, message = KNOWN.get(str(told.get("code"))), str(told.get("detail", ""))
    if kind is UploadOutOfStep:
        return UploadOutOfStep(message, int(told.get("offset") or 0))
    if kind in (StationRefused, UploadDamaged) or (
        kind and issubclass(kind, ServiceError | IntegrityError | UnexpectedFailure)
    ):
        return kind(message)
    if status in FINAL and "code" in told:
        return kind(message) if kind and issubclass(kind, InputError) else RefusedByCentre(message)
    return CentreUnavailable(f"Trung tâm trả lời HTTP {status} {message}".strip())


def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise CentreUnavailable("Trung tâm trả lời quá lớn")
    return bytes(body)


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _address(url: str) -> httpx.URL:
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SettingsError("SOHOA_CENTRE_URL không hợp lệ") from error
    safe = found.scheme == "https" or (found.scheme == "http" and found.host in LOOPBACK)
    if not safe or not found.host or found.userinfo or found.query:
        raise SettingsError("SOHOA_CENTRE_URL phải là https://máy-chủ (http:// chỉ cho chính máy này)")
    return found


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=Path(ca).expanduser() if ca else None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError("SOHOA_CENTRE_CA: không đọc được tệp PEM này") from error
