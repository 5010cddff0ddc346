"""Clients of an S3 server: how long they wait, whom they trust, and what they promise not to overwrite."""

import ssl
from typing import Any

import urllib3
from minio import Minio

from pipeline.store.objects.address import Bucket
from schemas.errors import SettingsError

CONNECT_S = 5.0
PAUSE_S = 0.4
"""Doubled from try to try: five further tries take 12 s, in which a server can start again."""
HEARD_OF = 2
"""Further tries with a server that took the request and then fell silent, or spoke no proper TLS."""


class _CreateOnlyPool(urllib3.PoolManager):
    """Makes each object on condition that nothing is kept there: the SDK has no argument for it.

    Of an upload in parts, the last request makes the object; parts by themselves are nothing yet.
    """

    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]  # noqa: ANN401, FBT001, FBT002 - as urllib3 declares it
        if method == ("POST" if "uploadId=" in url else "PUT"):
            kw["headers"] = {**kw["headers"], "If-None-Match": "*"}
        return super().urlopen(method, url, redirect=redirect, **kw)


def open_clients(bucket: Bucket) -> tuple[Minio, Minio]:
    """Return a client, and one that never overwrites an object; the server is asked for nothing yet.

    Raises:
        SettingsError: the address cannot be used.
    """
    trust = trust_of(bucket) if bucket.secure else None
    return _client(bucket, urllib3.PoolManager, trust), _client(bucket, _CreateOnlyPool, trust)


def _client(bucket: Bucket, pool: type[urllib3.PoolManager], trust: ssl.SSLContext | None) -> Minio:
    timeout = urllib3.Timeout(connect=min(CONNECT_S, bucket.timeout_s), read=bucket.timeout_s)
    try:
        return Minio(
            bucket.endpoint,
            access_key=bucket.access_key,
            secret_key=bucket.secret_key,
            secure=bucket.secure,
            region=bucket.region,
            http_client=pool(timeout=timeout, retries=_retries(bucket), maxsize=10, ssl_context=trust),
        )
    except ValueError as error:
        raise SettingsError("SOHOA_OBJECTS_URL không hợp lệ: tên máy chủ hoặc vùng không dùng được.") from error


def _retries(bucket: Bucket) -> urllib3.Retry:
    return urllib3.Retry(
        total=bucket.retries,
        read=min(bucket.retries, HEARD_OF),
        other=min(bucket.retries, HEARD_OF),
        backoff_factor=PAUSE_S,
        status_forcelist=[500, 502, 503, 504],
        raise_on_status=False,  # the last answer says why
        respect_retry_after_header=False,  # a server that is overloaded may ask for hours; the job waits instead
    )


def trust_of(bucket: Bucket) -> ssl.SSLContext:
    """Trust whom the system trusts, and the authority of the settings."""
    trust = ssl.create_default_context()
    if bucket.ca:
        try:
            trust.load_verify_locations(bucket.ca)
        except OSError as error:
            raise SettingsError("SOHOA_OBJECTS_URL không hợp lệ: ca không phải tệp PEM đọc được.") from error
    return trust
