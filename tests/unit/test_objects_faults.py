"""What faults of an object server are called; those that a real server can be brought to are in tests/services."""

import re
import ssl

import pytest
import urllib3
from minio.error import S3Error, ServerError
from urllib3.exceptions import MaxRetryError, ReadTimeoutError, SSLError

from pipeline.store.objects.faults import REMEDIES, explain

POOL = urllib3.HTTPSConnectionPool("kho.example")


def answer(code: str, headers: dict[str, str] | None = None) -> S3Error:
    response = urllib3.HTTPResponse(headers=headers or {})
    return S3Error(response, code, "message", "/ho-so/secret", "request", "host")


def tls(cause: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/ho-so/secret", SSLError(cause))


def unverified(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (answer("XMinioStorageFull"), "máy chủ đáp XMinioStorageFull: kho đã đầy: thêm đĩa"),
        (answer("Unheard"), "máy chủ đáp Unheard"),
        (answer("PermanentRedirect", {"x-amz-bucket-region": "vn-hn"}), "trong SOHOA_OBJECTS_URL thành vn-hn"),
        (answer("PermanentRedirect"), "sửa region trong SOHOA_OBJECTS_URL"),
        (answer("NotImplemented"), "dùng máy chủ S3 có chức năng đó"),
        (ServerError("server failed with HTTP status code 503", 503), "máy chủ đáp 503: máy chủ đang khởi động"),
        (MaxRetryError(POOL, "/ho-so/secret", ReadTimeoutError(POOL, "/", "")), "không trả lời.*ReadTimeoutError"),
        (TimeoutError(), "không trả lời.*TimeoutError"),
        (tls(unverified(10)), "đã hết hạn"),
        (tls(unverified(9)), "chưa có hiệu lực: kiểm tra đồng hồ"),
        (tls(unverified(20)), "thêm ca=/"),
        (tls(ssl.SSLError(1, "wrong version number")), "cổng này không nói TLS"),
        (tls(ssl.SSLEOFError(8, "unexpected eof")), "không trả lời.*SSLError"),
    ],
)
def test_a_fault_is_told_with_what_to_do_and_no_address(error: Exception, says: str) -> None:
    assert re.search(says, explain(error))
    assert "secret" not in explain(error)


def test_every_remedy_says_what_to_do() -> None:
    assert all(": " in remedy for remedy in REMEDIES.values())
