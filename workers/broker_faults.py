"""Why a broker cannot be used, told by the kinds of its libraries' errors, never by their texts."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

import redis
from dramatiq.errors import BrokerError
from pika.adapters.utils.connection_workflow import AMQPConnectorException, AMQPConnectorStackTimeout
from pika.exceptions import (
    AMQPError,
    IncompatibleProtocolError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

TROUBLES: Final = (BrokerError, AMQPError, AMQPConnectorException, redis.RedisError, OSError)
"""All that sending a wake-up may raise."""
ANOTHER = "nơi đó ngắt kết nối: kiểm tra cổng, và amqp hay redis trong SOHOA_BROKER_URL"
REMEDIES: Final[tuple[tuple[tuple[type[BaseException], ...], str], ...]] = (
    (
        (ProbableAuthenticationError, redis.AuthenticationError, redis.exceptions.NoPermissionError),
        "sai tên đăng nhập hoặc mật khẩu, hoặc tài khoản thiếu quyền: sửa SOHOA_BROKER_URL",
    ),
    (
        (ProbableAccessDeniedError,),
        "không có vhost đó, hoặc tài khoản không được vào: tạo vhost, cấp quyền, hoặc sửa SOHOA_BROKER_URL",
    ),
    (
        (redis.ResponseError,),
        "Redis không nhận lệnh: kiểm tra mật khẩu và số cơ sở dữ liệu sau dấu / của SOHOA_BROKER_URL",
    ),
    ((ssl.SSLCertVerificationError,), "chứng thư TLS của máy chủ không được máy này tin: kiểm tra CA, tên, hạn dùng"),
    ((ssl.SSLError,), "cổng này không nói TLS: kiểm tra cổng, hoặc dùng amqp, redis thay cho amqps, rediss"),
    ((socket.gaierror,), "không tìm thấy tên máy chủ: kiểm tra SOHOA_BROKER_URL và DNS"),
    ((ConnectionRefusedError,), "không có máy chủ nào lắng nghe ở cổng đó: kiểm tra máy chủ và cổng"),
    ((IncompatibleProtocolError, ConnectionResetError, AMQPConnectorStackTimeout, redis.ConnectionError), ANOTHER),
    ((TimeoutError, redis.TimeoutError), "máy chủ im lặng: kiểm tra máy chủ, đường mạng, và có cần TLS hay không"),
)
"""The first that fits counts."""


def explain(error: BaseException) -> str:
    """Return why a wake-up could not be sent, and what helps."""
    found = list(causes(error))
    for kinds, words in REMEDIES:
        if any(isinstance(cause, kinds) for cause in found):
            return words
    return f"lỗi {type(found[-1]).__name__}: kiểm tra máy chủ và đường mạng"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it: chained, or wrapped as pika does."""
    yield error
    wrapped = [*error.args, getattr(error, "exception", None), error.__cause__ or error.__context__]
    for inner in wrapped:
        if isinstance(inner, BaseException):
            yield from causes(inner)
