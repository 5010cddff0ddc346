"""The development PKI served over HTTP, as an outside verifier and a sealer with configured services see it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from pikepdf import pdfa
from PIL import Image

from pipeline.sign import pki
from pipeline.sign.build import build_sealer
from pipeline.sign.seal import PadesSealer
from schemas.document import Draft, SealLevel
from schemas.errors import SealKeyUnavailable, SettingsError
from schemas.settings import Mode, SealSettings

SERVE = """
import sys
from pathlib import Path
from pipeline.sign.pki import serve
serve(Path(sys.argv[1]), ready=lambda port: print(port, flush=True))
"""
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.service


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def draft() -> Draft:
    picture = BytesIO()
    Image.new("L", (595, 842), 250).save(picture, "JPEG", dpi=(72, 72))
    written = BytesIO()
    with pikepdf.open(BytesIO(img2pdf.convert(picture.getvalue()))) as pdf:
        pdfa.save(pdf, written, "2b")
    return Draft(written.getvalue())


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> pki.DevelopmentPki:
    return pki.init(tmp_path_factory.mktemp("pki") / "dev", now())


@pytest.fixture(scope="module")
def served(development: pki.DevelopmentPki) -> Iterator[pki.DevelopmentPki]:
    command = [sys.executable, "-c", SERVE, str(development.folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            assert int(server.stdout.readline()) == development.port
            yield development
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=60) == 0


def configured(development: pki.DevelopmentPki) -> PadesSealer:
    """A sealer that knows the PKI by addresses alone, as it would a real one."""
    settings = SealSettings(
        key=str(development.key),
        certificate=str(development.chain),
        trust_roots=str(development.roots),
        tsa_url=development.tsa_url,
        tsa_timeout_s=20.0,
        agency="UBND xã Vĩnh Linh",
        converter="Bưu điện tỉnh Quảng Trị",
    )
    return build_sealer(settings, Mode.DEVELOPMENT, development.folder / "none", now)


def test_without_the_services_nothing_is_sealed_blindly(development: pki.DevelopmentPki, draft: Draft) -> None:
    with pytest.raises(SealKeyUnavailable, match="không kiểm tra được"):
        configured(development).seal(draft)


def test_seals_and_verifies_by_addresses_alone(served: pki.DevelopmentPki, draft: Draft) -> None:
    sealer = configured(served)
    sealed = sealer.seal(draft)
    assert sealed.level is SealLevel.B_T
    assert sealer.verify(sealed.pdf).holds


def test_a_dead_authority_lowers_the_level_and_a_living_one_mends_it(served: pki.DevelopmentPki, draft: Draft) -> None:
    whole = configured(served)
    settings = SealSettings(tsa_url="http://127.0.0.1:9/tsa", tsa_timeout_s=2.0)
    lame = replace(whole, stamper=build_sealer(settings, Mode.DEVELOPMENT, served.folder, now).stamper)
    low = lame.seal(draft)
    assert low.level is SealLevel.B_B
    high = whole.upgrade(low.pdf)
    assert high.level is SealLevel.B_T
    assert whole.verify(high.pdf).holds


def test_openssl_gets_an_answer_on_revocation(served: pki.DevelopmentPki) -> None:
    certs = served.folder / "certs"
    question = ["-issuer", str(certs / "issuing.pem"), "-cert", str(certs / "agency.pem")]
    address = ["-url", f"http://127.0.0.1:{served.port}/sohoa/ocsp/issuing", "-CAfile", str(served.roots)]
    command = ["openssl", "ocsp", *question, *address]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "agency.pem: good" in told.stdout
    assert "Response verify OK" in told.stderr


def test_a_taken_port_is_named(served: pki.DevelopmentPki) -> None:
    with pytest.raises(SettingsError, match=str(served.port)):
        pki.serve(served.folder)
