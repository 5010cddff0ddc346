"""HTTP as bad as it gets: a bare socket answers."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.deliver.transport import Transport
from schemas.errors import ReceiverUnavailable, SettingsError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAUSE_S = 0.02
FLOOD = HEAD + b"Connection: close\r\n\r\n" + b"x" * (3 << 20)


@contextlib.contextmanager
def answering(reply: bytes | list[bytes], heard: list[bytes] | None = None) -> Iterator[str]:
    """Answer one connection with `reply`, close it, and note what was asked."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                asked = connection.recv(65536)
                while b"{" not in asked and (more := connection.recv(65536)):
                    asked += more
                if heard is not None:
                    heard.append(asked)
                for piece in reply if isinstance(reply, list) else [reply]:
                    connection.sendall(piece)
                    time.sleep(PAUSE_S if isinstance(reply, list) else 0)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"", "Mất kết nối"),
        (b"\x00\xff no HTTP at all\r\n\r\n", "Mất kết nối"),
        (HEAD, "Mất kết nối"),
        (HEAD + b'Content-Length: 100\r\n\r\n{"error_code"', "Mất kết nối"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Mất kết nối"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", "Mất kết nối"),
        (FLOOD, "quá lớn"),
    ],
    ids=["nothing", "garbage", "half-a-head", "cut-off", "bad-chunk", "bad-gzip", "flood"],
)
def test_a_broken_answer_can_be_tried_again(reply: bytes, told: str) -> None:
    with (
        answering(reply) as url,
        Transport("Bên nhận", url, 20) as transport,
        pytest.raises(ReceiverUnavailable, match=told),
    ):
        transport.post("/mapi/login", b"{}")


def test_a_trickle_does_not_hold_a_worker() -> None:
    trickle = [HEAD + b"Content-Length: 300\r\n\r\n", *[b"x"] * 300]
    with (
        answering(trickle) as url,
        Transport("Bên nhận", url, 0.4) as transport,
        pytest.raises(ReceiverUnavailable, match="quá chậm"),
    ):
        transport.post("/mapi/login", b"{}")


def test_silence_ends_after_the_set_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Transport("Bên nhận", f"http://127.0.0.1:{silent.getsockname()[1]}", 0.05) as transport,
        pytest.raises(ReceiverUnavailable, match="không trả lời"),
    ):
        transport.post("/mapi/login", b"{}")


def test_nobody_there_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Transport("Bên nhận", url, 20) as transport, pytest.raises(ReceiverUnavailable, match="Mất kết nối"):
        transport.post("/mapi/login", b"{}")


def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with answering(moved) as url, Transport("Bên nhận", url, 20) as transport:
        assert transport.post("/mapi/login", b"{}").status == 307


def test_path_and_query_of_the_base_address_stay_and_secrets_go_in_headers() -> None:
    heard: list[bytes] = []
    reply = HEAD + b"Content-Length: 2\r\n\r\n{}"
    with answering(reply, heard) as url:
        base = f"{url}/XrdAdapter/forward/?dstcode=VN:GOV:x"
        with Transport("Bên nhận", base, 20, "bí".encode().hex()) as transport:
            assert transport.post("/mapi/g", b'{"a":1}', "k1").body == b"{}"
    asked = heard[0].decode()
    assert asked.startswith("POST /XrdAdapter/forward/mapi/g?dstcode=VN:GOV:x HTTP/1.1\r\n")
    assert "idempotency-key: k1" in asked.lower()
    assert "Authorization: Bearer 62c3ad" in asked


@pytest.mark.parametrize(
    "url", ["", "kho.example", "ftp://kho.example", "http://", "http://u:p@kho.example", "http://[x"]
)
def test_an_address_that_cannot_be_used_is_a_matter_of_settings(url: str) -> None:
    with pytest.raises(SettingsError):
        Transport("Kho", url, 1)


@pytest.mark.parametrize("token", ["mã", "a\r\nX: 1"])
def test_a_token_that_fits_no_header_is_a_matter_of_settings(token: str) -> None:
    with pytest.raises(SettingsError):
        Transport("Kho", "https://kho.example", 1, token)
