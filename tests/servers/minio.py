"""Starts a real MinIO server on a private port, with its data in a folder of its own."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from servers.built import newest
from servers.server import Server, running

ACCESS_KEY = "sohoa-test"
SECRET_KEY = "only/for+tests"


class MinioServer(Server):
    """A server that keeps what it has confirmed, through `kill` too."""

    name = "minio"

    @property
    def endpoint(self) -> str:
        """Its address, as clients want it."""
        return f"127.0.0.1:{self.port}"

    def url(self, bucket: str, options: str = "") -> str:
        """Return what SOHOA_OBJECTS_URL would be for `bucket`."""
        return f"s3+http://{ACCESS_KEY}:only%2Ffor%2Btests@{self.endpoint}/{bucket}{options}"

    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground."""
        options = ["--quiet", "--address", self.endpoint, "--certs-dir", str(self.folder / "certs")]
        return [str(self.program), "server", *options, str(self.data)]

    def environment(self) -> dict[str, str]:
        """Return what it finds in its environment."""
        keys = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY}
        return super().environment() | keys | {"MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}

    def answers(self) -> bool:
        """Say whether it takes requests."""
        with closing(HTTPConnection(self.endpoint, timeout=1)) as connection, suppress(OSError, HTTPException):
            connection.request("GET", "/")  # its own /minio/health/ready says yes before it takes requests
            return connection.getresponse().status == 403
        return False


def installed() -> Path | None:
    """Return the program that `make setup-test` built, or None."""
    return newest("minio-*/minio")


@contextmanager
def running_minio(program: Path, folder: Path) -> Iterator[MinioServer]:
    """Run `program` with all it writes below `folder`, and leave nothing running."""
    with running(MinioServer(program, folder)) as server:
        yield server
