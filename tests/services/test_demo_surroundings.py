"""What the demo runs beside the line: its services are its own, whoever else listens on this machine."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline.sign import pki
from schemas.errors import ServiceError
from workers import isolation
from workers.bootstrap import now
from workers.demonstration import Place, await_service, free_port, prepare, surroundings


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


def test_a_stranger_on_the_port_of_the_certificates_does_no_harm(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    prepare(place)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        pki.init(place.data / "pki", now(), port=port)
        with surroundings(place) as services:
            url = urlsplit(services.settings.seal.tsa_url)
            assert url.port != port
            assert httpx.get(f"http://127.0.0.1:{url.port}/").status_code < 500
            assert httpx.get(f"{services.settings.deliver.citizen_store_url}/").status_code == 200


def test_a_server_that_ended_is_not_waited_for() -> None:
    server = isolation.start_service(print, end="")
    server.join(30)
    with pytest.raises(ServiceError):
        await_service(server, free_port())
