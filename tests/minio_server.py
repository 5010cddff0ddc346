"""Starts a real MinIO server on a private port, with its data in a folder of its own."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ACCESS_KEY = "sohoa-test"
SECRET_KEY = "only/for+tests"
START_S = 60.0


@dataclass(frozen=True)
class MinioServer:
    """A running server."""

    endpoint: str
    process: "subprocess.Popen[bytes]"

    def url(self, bucket: str, options: str = "") -> str:
        """Return what SOHOA_OBJECTS_URL would be for `bucket`."""
        return f"s3+http://{ACCESS_KEY}:only%2Ffor%2Btests@{self.endpoint}/{bucket}{options}"


@contextmanager
def running_minio(program: Path, folder: Path) -> Iterator[MinioServer]:
    """Run `program` with all it writes below `folder`, and stop it again."""
    endpoint = f"127.0.0.1:{_free_port()}"
    with (folder / "minio.log").open("wb") as log, _process(program, folder, endpoint, log.fileno()) as process:
        _wait_until_ready(process, endpoint, folder / "minio.log")
        yield MinioServer(endpoint, process)


@contextmanager
def _process(program: Path, folder: Path, endpoint: str, log: int) -> Iterator["subprocess.Popen[bytes]"]:
    options = ["--quiet", "--address", endpoint, "--certs-dir", str(folder / "certs")]
    command = [str(program), "server", *options, str(folder / "data")]
    environment = {
        "HOME": str(folder),
        "MINIO_ROOT_USER": ACCESS_KEY,
        "MINIO_ROOT_PASSWORD": SECRET_KEY,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", endpoint: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(endpoint):
            return
        time.sleep(0.1)
    raise RuntimeError(f"MinIO did not start: {log.read_text(errors='replace')[-2000:]}")


def _is_ready(endpoint: str) -> bool:
    with closing(HTTPConnection(endpoint, timeout=2)) as connection, suppress(OSError, HTTPException):
        connection.request("GET", "/")  # its own /minio/health/ready says yes before it takes requests
        return connection.getresponse().status == 403
    return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
