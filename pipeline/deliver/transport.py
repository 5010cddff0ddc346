"""HTTP to a receiver: one POST, one bounded answer. httpx is imported nowhere else."""

import re
import ssl
import time
from collections.abc import Mapping
from typing import Final, Self

import httpx

from pipeline.deliver.answer import MAX_ANSWER_BYTES, RawAnswer
from schemas.errors import ReceiverUnavailable, SettingsError

HOST: Final = re.compile(r"[A-Za-z0-9.:_-]+")
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"


class Transport:
    """Posts JSON to one receiver. May be shared by threads.

    Redirects are not followed and proxies of the environment are not used; TLS is verified
    against the certificates that the machine trusts.
    """

    def __init__(self, receiver: str, base_url: str, timeout_s: float, token: str = "") -> None:
        """Prepare connections to `base_url`; nothing is sent yet.

        Args:
            receiver: Vietnamese name for messages.
            base_url: its path and query are kept in front of every path that is posted to.
            timeout_s: seconds for connecting, and again for the whole answer.
            token: bearer token, "" where the receiver has sessions instead.

        Raises:
            SettingsError: an address or token that cannot be used.
        """
        self.receiver = receiver
        self._timeout_s = timeout_s
        self._base = _base_address(receiver, base_url)
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_s),
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(),
            headers=_headers(receiver, token),
        )

    def post(self, path: str, body: bytes, key: str = "") -> RawAnswer:
        """Post the JSON `body` to `path` and return the answer, whatever its status.

        Args:
            path: begins with a slash.
            body: JSON in UTF-8.
            key: idempotency key in ASCII, "" for none.

        Raises:
            ReceiverUnavailable: no complete answer in time, or one beyond `MAX_ANSWER_BYTES`.
        """
        url = self._base.copy_with(path=self._base.path.rstrip("/") + path)
        headers = {IDEMPOTENCY_HEADER: key} if key else {}
        until = time.monotonic() + self._timeout_s
        try:
            with self._client.stream("POST", url, content=body, headers=headers) as response:
                return RawAnswer(
                    status=response.status_code,
                    content_type=response.headers.get("content-type", ""),
                    body=self._read(response, until),
                )
        except httpx.TimeoutException as error:
            raise ReceiverUnavailable(f"{self.receiver} không trả lời trong {self._timeout_s:g} giây") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ReceiverUnavailable(f"Mất kết nối với {self.receiver} ({type(error).__name__})") from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close all connections."""
        self.close()

    def _read(self, response: httpx.Response, until: float) -> bytes:
        """The limits hold while reading: neither a flood nor a trickle can hold a worker."""
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise ReceiverUnavailable(f"{self.receiver} trả lời quá lớn")
            if time.monotonic() > until:
                raise ReceiverUnavailable(f"{self.receiver} trả lời quá chậm")
        return bytes(body)


def _base_address(receiver: str, base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise SettingsError(f"Địa chỉ của {receiver} không hợp lệ") from error
    if url.scheme not in {"http", "https"} or not HOST.fullmatch(url.host) or url.userinfo:
        raise SettingsError(f"Địa chỉ của {receiver} phải là http(s)://máy chủ, không kèm mật khẩu")
    return url


def _headers(receiver: str, token: str) -> Mapping[str, str]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "sohoa",
    }
    if not token:
        return headers
    if not (token.isascii() and token.isprintable()):
        raise SettingsError(f"Mã truy cập của {receiver} chứa ký tự không hợp lệ")
    return headers | {"Authorization": f"Bearer {token}"}
