"""A seal with a key that never leaves its token; SoftHSM2 is the token."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import img2pdf
import pikepdf
import pkcs11
import pytest
from pikepdf import pdfa
from PIL import Image

from pipeline.sign import pki
from pipeline.sign.build import build_sealer
from schemas.document import Draft, SealLevel
from schemas.errors import SealKeyUnavailable
from schemas.settings import Mode, SealSettings, Secret

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
NOW = datetime(2026, 11, 22, 2, 15, 30, tzinfo=UTC)
PIN = "123456"

pytestmark = pytest.mark.service


def draw_draft() -> Draft:
    picture = BytesIO()
    Image.new("L", (595, 842), 250).save(picture, "JPEG", dpi=(72, 72))
    written = BytesIO()
    with pikepdf.open(BytesIO(img2pdf.convert(picture.getvalue()))) as pdf:
        pdfa.save(pdf, written, "2b")
    return Draft(written.getvalue())


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> pki.DevelopmentPki:
    return pki.init(tmp_path_factory.mktemp("pki") / "dev", NOW)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, development: pki.DevelopmentPki) -> Iterator[str]:
    """A token with the development key; the module reads its configuration once in a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        tool = ["softhsm2-util", "--pin", PIN]
        subprocess.run([*tool, "--init-token", "--free", "--label", "kyso", "--so-pin", "87654321"], check=True)
        key = ["--import", str(development.key), "--label", "vanthu", "--id", "01"]
        subprocess.run([*tool, "--token", "kyso", *key], check=True)
        yield f"pkcs11:token=kyso;object=vanthu?module-path={MODULE}"


def drop_sessions() -> None:
    """End all sessions and logins of this process, as a token does that is pulled out."""
    pkcs11.lib(MODULE).reinitialize()


def settings(token: str, development: pki.DevelopmentPki, pin: str = PIN) -> SealSettings:
    return SealSettings(key=token, certificate=str(development.chain), pin=Secret(pin))


# python-pkcs11 tries to end its operation on the session that is gone, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_seals_with_a_token_and_again_after_its_session_is_gone(token: str, development: pki.DevelopmentPki) -> None:
    sealer = build_sealer(settings(token, development), Mode.DEVELOPMENT, development.folder, lambda: NOW)
    draft = draw_draft()
    first = sealer.seal(draft)
    assert first.level is SealLevel.B_T
    assert sealer.verify(first.pdf).holds
    drop_sessions()
    assert sealer.verify(sealer.seal(draft).pdf).holds


def test_a_forked_process_opens_a_session_of_its_own(token: str, development: pki.DevelopmentPki) -> None:
    key = build_sealer(settings(token, development), Mode.DEVELOPMENT, development.folder, lambda: NOW).key
    expected = key.sign(b"noi dung")
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = key.sign(b"noi dung") == expected
        finally:
            os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_missing_key_is_unavailable(token: str, development: pki.DevelopmentPki) -> None:
    wrong = settings(token.replace("vanthu", "khac"), development)
    sealer = build_sealer(wrong, Mode.DEVELOPMENT, development.folder, lambda: NOW)
    with pytest.raises(SealKeyUnavailable):
        sealer.seal(draw_draft())


def test_a_wrong_pin_is_tried_once(token: str, development: pki.DevelopmentPki) -> None:
    drop_sessions()
    sealer = build_sealer(settings(token, development, "000000"), Mode.DEVELOPMENT, development.folder, lambda: NOW)
    with pytest.raises(SealKeyUnavailable, match="từ chối mã PIN"):
        sealer.seal(draw_draft())
    with pytest.raises(SealKeyUnavailable, match="đã từ chối mã PIN"):
        sealer.seal(draw_draft())
