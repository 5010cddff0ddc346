"""What a server's refusal or silence means, in words that say what to do."""

import ssl

import urllib3.exceptions
from minio.error import InvalidResponseError, S3Error, ServerError

KEYS = "sai khóa truy cập hoặc khóa bí mật: sửa trong SOHOA_OBJECTS_URL"
REGION = "sai vùng: sửa region trong SOHOA_OBJECTS_URL"
FULL = "kho đã đầy: thêm đĩa hoặc nâng hạn mức của bucket"
BUSY = "máy chủ đang khởi động hoặc quá tải: chờ rồi thử lại"
DAMAGED = "dữ liệu hỏng trên đường truyền: kiểm tra mạng"
UNABLE = "máy chủ này không có phiên bản hoặc khóa đối tượng: dùng máy chủ S3 có chức năng đó"
NO_RIGHT = "tài khoản thiếu quyền đọc, ghi hoặc xem cấu hình bucket: cấp các quyền ghi ở docs/operations.md"
CLOCK = "đồng hồ máy này và máy chủ lệch nhau: chỉnh lại giờ"
GONE = "bucket đã bị xóa: kiểm tra máy chủ, khôi phục bản sao lưu"
REMEDIES = {
    "AccessDenied": NO_RIGHT,
    "AuthorizationHeaderMalformed": REGION,
    "BadDigest": DAMAGED,
    "IllegalLocationConstraintException": REGION,
    "InternalError": BUSY,
    "InvalidAccessKeyId": KEYS,
    "InvalidRegion": REGION,
    "MethodNotAllowed": UNABLE,
    "NoSuchBucket": GONE,
    "NotImplemented": UNABLE,
    "PermanentRedirect": REGION,
    "QuotaExceeded": FULL,
    "RequestTimeTooSkewed": CLOCK,
    "ServiceUnavailable": BUSY,
    "SignatureDoesNotMatch": KEYS,
    "SlowDown": BUSY,
    "SlowDownRead": BUSY,
    "SlowDownWrite": BUSY,
    "XAmzContentChecksumMismatch": DAMAGED,
    "XAmzContentSHA256Mismatch": DAMAGED,
    "XMinioAdminBucketQuotaExceeded": FULL,
    "XMinioServerNotInitialized": BUSY,
    "XMinioStorageFull": FULL,
}
"""By the codes of S3, and those that MinIO and Ceph add."""

UNTRUSTED = "chứng thư TLS của máy chủ không do CA được tin cậy cấp: thêm ca=/đường/dẫn/ca.pem vào SOHOA_OBJECTS_URL"
CERTIFICATES = {
    9: "chứng thư TLS của máy chủ chưa có hiệu lực: kiểm tra đồng hồ",
    10: "chứng thư TLS của máy chủ đã hết hạn: gia hạn",
    62: "chứng thư TLS không mang tên máy chủ này: sửa SOHOA_OBJECTS_URL hoặc cấp lại chứng thư",
    64: "chứng thư TLS không mang địa chỉ máy chủ này: sửa SOHOA_OBJECTS_URL hoặc cấp lại chứng thư",
}
"""By the codes of OpenSSL's verification."""

NO_TLS = "cổng này không nói TLS: kiểm tra cổng, hoặc dùng s3+http"
NO_S3 = "nơi này không đáp theo giao thức S3: kiểm tra tên máy chủ, cổng, s3+http hay s3+https"
SILENT = "máy chủ không trả lời: kiểm tra máy chủ và đường mạng"


def explain(error: Exception) -> str:
    """Return why a request failed and what helps, without what may be secret."""
    if isinstance(error, S3Error):
        return f"máy chủ đáp {error.code}{_remedy(error)}"
    if isinstance(error, ServerError):
        return f"máy chủ đáp {error.status_code}: {BUSY}"
    if isinstance(error, InvalidResponseError):
        return NO_S3
    reason = getattr(error, "reason", error)  # urllib3 wraps the last try's error
    return _explain_tls(reason) or f"{SILENT} ({type(reason).__name__})"


def _remedy(error: S3Error) -> str:
    remedy = REMEDIES.get(error.code or "")
    if not remedy:
        return ""
    region = error.response.headers.get("x-amz-bucket-region") if remedy == REGION else None
    return f": {remedy} thành {region}" if region else f": {remedy}"


def _explain_tls(reason: Exception) -> str | None:
    cause = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) and reason.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(cause.verify_code, UNTRUSTED)
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return NO_TLS
    return None  # it hung up, as it may without TLS
