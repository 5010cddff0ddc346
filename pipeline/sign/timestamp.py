"""Time stamps (dấu thời gian, RFC 3161): from an authority over HTTP, or from the development PKI in this process."""

import threading
import time
from collections.abc import Callable

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper

from pipeline.ports import Clock
from pipeline.sign.authority import Authority
from schemas.errors import TimestampUnavailable

HOLD_OFF_S = 60.0
"""For so long after a failure no stamp is asked for: a dead authority must not cost its time-out for each document."""


class GuardedStamper(TimeStamper):
    """Asks a source for stamps, and spares it for a while after it failed. May be used from several threads."""

    def __init__(self, source: TimeStamper, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Ask `source`; `monotonic` tells seconds."""
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        self._source = source
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._retry_at: float | None = None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token for `message_digest`.

        Raises:
            TimestampUnavailable: no token, or none that answers the request.
        """
        self._require_rested()
        try:
            token = await self._source.async_timestamp(message_digest, md_algorithm)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._rest()
            raise TimestampUnavailable("Cơ quan cấp dấu thời gian không trả lời hoặc trả lời sai") from error
        return token

    def _require_rested(self) -> None:
        with self._lock:
            if self._retry_at is not None and self._monotonic() < self._retry_at:
                raise TimestampUnavailable("Cơ quan cấp dấu thời gian vừa gián đoạn; chờ thử lại")
            self._retry_at = None

    def _rest(self) -> None:
        with self._lock:
            self._retry_at = self._monotonic() + HOLD_OFF_S


class DevelopmentStamper(TimeStamper):
    """Stamps with the development PKI's own authority, without any network."""

    def __init__(self, authority: Authority, clock: Clock) -> None:
        """Stamp by `clock`."""
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        self._authority = authority
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer `req`."""
        return self._authority.stamp(req, self._clock())


def over_http(url: str, timeout_s: float) -> GuardedStamper:
    """Return a stamper that asks the authority at `url`."""
    return GuardedStamper(HTTPTimeStamper(url, timeout=timeout_s))
