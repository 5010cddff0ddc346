"""Whether something answers at an address: name, port, and the certificate where TLS is asked for."""

import socket
import ssl
from urllib.parse import urlsplit

from schemas.errors import ChecksFailed

ANSWER_S = 5.0


def reach(url: str, otherwise: str) -> str:
    """Connect to the host of a URL and return its address; `otherwise` where none is set.

    Raises:
        ChecksFailed: nothing answers there, or not as a host to be trusted.
    """
    if not url:
        return otherwise
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    address = f"{host}:{parts.port or (443 if secure else 80)}"
    try:
        _connect(host, int(address.rpartition(":")[2]), secure=secure)
    except ssl.SSLCertVerificationError as error:
        raise ChecksFailed(f"{address}: chứng thư TLS không được máy này tin ({error.verify_message})") from error
    except ssl.SSLError as error:
        raise ChecksFailed(f"{address} không nói TLS: kiểm tra cổng, hoặc dùng http") from error
    except socket.gaierror as error:
        raise ChecksFailed(f"Không tìm thấy tên máy chủ {host}: kiểm tra địa chỉ và DNS") from error
    except OSError as error:
        raise ChecksFailed(f"{address} không trả lời: kiểm tra địa chỉ và máy chủ") from error
    return address


def _connect(host: str, port: int, *, secure: bool) -> None:
    with socket.create_connection((host, port), timeout=ANSWER_S) as connection:
        if secure:
            ssl.create_default_context().wrap_socket(connection, server_hostname=host).close()
