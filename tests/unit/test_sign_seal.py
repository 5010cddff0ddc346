"""One development PKI, one draft, one seal; then everything that may befall them."""

import json
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
import pytest
from asn1crypto import tsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import pdfa
from PIL import Image
from pyhanko.pdf_utils.generic import NameObject, NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.timestamps import TimeStamper

from pipeline.sign import archival, pki
from pipeline.sign.build import build_sealer
from pipeline.sign.seal import PadesSealer
from pipeline.sign.timestamp import GuardedStamper
from pipeline.sign.trust import Evidence
from schemas.document import Draft, Sealed, SealLevel, SignatureVerdict, Verification
from schemas.errors import (
    DevelopmentKeyRefused,
    EncryptedFile,
    NotArchival,
    SealInvalid,
    SealKeyUnavailable,
    SettingsError,
    TimestampUnavailable,
    UnreadableFile,
)
from schemas.settings import Mode, SealSettings

NOW = datetime(2026, 11, 22, 2, 15, 30, tzinfo=UTC)


def draw_draft(size: tuple[int, int] = (420, 594), turn: int = 0) -> bytes:
    picture = BytesIO()
    Image.new("RGB", size, "#f7f2e4").save(picture, "JPEG", dpi=(72, 72))
    pdf = pikepdf.open(BytesIO(img2pdf.convert(picture.getvalue())))
    pdf.pages[0].obj.Rotate = turn
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = "Giấy khai sinh"
    written = BytesIO()
    pdfa.save(pdf, written, "2b")
    return written.getvalue()


class Unplugged(TimeStamper):
    """An authority that is down, and counts who asked."""

    asked = 0

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:  # noqa: ARG002 - the library's interface
        self.asked += 1
        raise TimeoutError


class Silent:
    """A source that knows nothing of revocation."""

    async def gather(self, paths: object) -> Evidence:  # noqa: ARG002 - the port's interface
        return Evidence()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pki.init(tmp_path_factory.mktemp("pki") / "dev", NOW).folder


@pytest.fixture(scope="module")
def sealer(folder: Path) -> PadesSealer:
    return build_sealer(SealSettings(), Mode.DEVELOPMENT, folder, lambda: NOW)


@pytest.fixture(scope="module")
def draft() -> Draft:
    return Draft(draw_draft())


@pytest.fixture(scope="module")
def sealed(sealer: PadesSealer, draft: Draft) -> Sealed:
    return sealer.seal(draft)


@pytest.fixture
def unplugged(sealer: PadesSealer) -> PadesSealer:
    return replace(sealer, stamper=GuardedStamper(Unplugged()))  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped


def only(verification: Verification) -> SignatureVerdict:
    (verdict,) = verification.signatures
    return verdict


def outcome(verdict: SignatureVerdict | Verification) -> dict[str, bool | None]:
    return {check.name: check.holds for check in verdict.checks}


def test_appends_a_stamped_signature_that_holds(sealer: PadesSealer, draft: Draft, sealed: Sealed) -> None:
    assert sealed.pdf.startswith(draft.pdf)
    assert (sealed.level, sealed.sealed_at) == (SealLevel.B_T, NOW)
    found = sealer.verify(sealed.pdf)
    verdict = only(found)
    assert found.holds
    assert (verdict.field, verdict.signer, verdict.timestamped) == ("SoHoa", pki.DEFAULT_AGENCY, True)
    assert verdict.signed_at == NOW
    assert "thử nghiệm" in next(check.detail for check in verdict.checks if check.name == "key")


def test_signs_as_pades_baseline_asks(sealed: Sealed) -> None:
    with pikepdf.open(BytesIO(sealed.pdf)) as pdf:
        (widget,) = pdf.pages[0].obj.Annots.as_list()
        signature = widget.V
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert str(signature.M) == "D:20261122091530+07'00'"
        assert "/Perms" not in pdf.Root


def test_the_block_says_what_it_must(sealed: Sealed, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(sealed.pdf)
    told = subprocess.run(["pdftotext", tmp_path / "sealed.pdf", "-"], check=True, capture_output=True, text=True)
    text = " ".join(told.stdout.split())
    assert f"Sao y; {pki.DEFAULT_AGENCY}; 2026-11-22T09:15:30+07:00" in text
    assert "Bản điện tử chuyển đổi từ văn bản giấy" in text
    assert "BẢN THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in text


def test_poppler_and_openssl_agree(sealed: Sealed, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(sealed.pdf)
    told = subprocess.run(["pdfsig", "-nocert", tmp_path / "sealed.pdf"], check=True, capture_output=True, text=True)
    assert "Signature is Valid." in told.stdout
    assert "Total document signed" in told.stdout
    with pikepdf.open(BytesIO(sealed.pdf)) as pdf:
        signature = pdf.pages[0].obj.Annots[0].V
        first, length, second, rest = (int(number) for number in signature.ByteRange.as_list())
        (tmp_path / "cms.der").write_bytes(bytes(signature.Contents))
    (tmp_path / "content").write_bytes(sealed.pdf[first:length] + sealed.pdf[second : second + rest])
    files = ["-in", f"{tmp_path}/cms.der", "-content", f"{tmp_path}/content", "-CAfile", f"{folder}/roots.pem"]
    at = ["-attime", str(int(NOW.timestamp())), "-purpose", "any"]
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-binary", "-out", "/dev/null", *files, *at]
    assert b"CAdES Verification successful" in subprocess.run(command, check=True, capture_output=True).stderr


@pytest.mark.parametrize(("size", "turn"), [((594, 420), 0), ((594, 420), 90), ((420, 594), 180), ((120, 90), 270)])
def test_landscape_turned_and_tiny_pages_stay_archival(sealer: PadesSealer, size: tuple[int, int], turn: int) -> None:
    assert sealer.seal(Draft(draw_draft(size, turn))).level is SealLevel.B_T


@pytest.mark.parametrize("place", [0.01, 0.3, 0.6])
def test_one_changed_byte_breaks_it(sealer: PadesSealer, draft: Draft, sealed: Sealed, place: float) -> None:
    stream = draft.pdf.index(b"stream") + 8
    damaged = bytearray(sealed.pdf)
    damaged[stream + int(place * 1000)] ^= 1
    found = sealer.verify(bytes(damaged))
    assert not found.holds
    assert outcome(only(found))["integrity"] is False


def test_the_place_of_the_signature_hides_nothing(sealer: PadesSealer, sealed: Sealed) -> None:
    end = sealed.pdf.index(b">", sealed.pdf.index(b"/Contents <"))
    for other in (b"1", b" "):
        found = sealer.verify(sealed.pdf[: end - 1] + other + sealed.pdf[end:])
        assert (found.holds, outcome(only(found))["padding"]) == (False, False)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_damage_anywhere_outside_of_the_signature_never_holds(
    sealer: PadesSealer, sealed: Sealed, place: float, bit: int
) -> None:
    start = sealed.pdf.index(b"/Contents <")
    end = sealed.pdf.index(b">", start)
    damaged = bytearray(sealed.pdf)
    at = int(place * (len(damaged) - (end - start)))
    damaged[at if at < start else at + end - start] ^= 1 << bit
    try:
        assert not sealer.verify(bytes(damaged)).holds
    except (UnreadableFile, EncryptedFile):
        return


def test_content_added_later_breaks_it(sealer: PadesSealer, sealed: Sealed) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sealed.pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Rotate")] = NumberObject(90)  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
    writer.update_container(page)
    changed = BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
    found = sealer.verify(changed.getvalue())
    assert outcome(only(found))["coverage"] is False
    assert outcome(found)["whole-file"] is False


def test_bytes_added_later_are_covered_by_nothing(sealer: PadesSealer, sealed: Sealed) -> None:
    assert outcome(sealer.verify(sealed.pdf + b"\n%more\n"))["whole-file"] is False


def test_a_file_saved_anew_is_not_the_signed_one(sealer: PadesSealer, sealed: Sealed) -> None:
    anew = BytesIO()
    with pikepdf.open(BytesIO(sealed.pdf)) as pdf:
        pdf.save(anew)
    assert not sealer.verify(anew.getvalue()).holds


def test_goes_on_without_the_authority_and_mends_the_level_later(
    sealer: PadesSealer, unplugged: PadesSealer, draft: Draft
) -> None:
    low = unplugged.seal(draft)
    assert low.level is SealLevel.B_B
    found = unplugged.verify(low.pdf)
    assert (found.holds, outcome(only(found))["timestamp"]) == (False, None)
    with pytest.raises(TimestampUnavailable):
        unplugged.upgrade(low.pdf)
    high = sealer.upgrade(low.pdf)
    assert high.pdf.startswith(low.pdf)
    assert (high.level, high.sealed_at) == (SealLevel.B_T, NOW)
    assert sealer.verify(high.pdf).holds
    assert sealer.upgrade(high.pdf) == high


def test_a_dead_authority_is_asked_once_and_then_spared(sealer: PadesSealer, draft: Draft) -> None:
    source, now = Unplugged(), [0.0]  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
    patient = replace(sealer, stamper=GuardedStamper(source, lambda: now[0]))
    assert {patient.seal(draft).level for _ in range(2)} == {SealLevel.B_B}
    assert source.asked == 1
    now[0] = 61.0
    patient.seal(draft)
    assert source.asked == 2


def test_a_signature_that_needs_more_room_gets_it(
    sealer: PadesSealer, draft: Draft, sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sign.room.TOKEN_BYTES", 0)
    monkeypatch.setattr("pipeline.sign.room.CMS_BYTES", 0)
    fresh = replace(sealer)
    first, second = fresh.seal(draft), fresh.seal(draft)
    assert first.level is second.level is SealLevel.B_T
    assert min(len(first.pdf), len(second.pdf)) > len(sealed.pdf) + 1024


def test_seals_from_several_threads(sealer: PadesSealer, draft: Draft) -> None:
    results: list[Sealed] = []
    threads = [threading.Thread(target=lambda: results.append(sealer.seal(draft))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.level for result in results] == [SealLevel.B_T] * 3


def test_unknown_revocation_never_passes(sealer: PadesSealer, draft: Draft, sealed: Sealed) -> None:
    blind = replace(sealer, trust=replace(sealer.trust, revocations=Silent()))
    found = only(blind.verify(sealed.pdf))
    assert (outcome(found)["trust"], outcome(found)["revocation"], outcome(found)["ades"]) == (True, None, None)
    assert "Không xác định" in next(check.detail for check in found.checks if check.name == "revocation")
    with pytest.raises(SealKeyUnavailable):
        blind.seal(draft)


def test_a_revoked_certificate_neither_seals_nor_passes(
    folder: Path, tmp_path: Path, draft: Draft, sealed: Sealed
) -> None:
    copy = shutil.copytree(folder, tmp_path / "pki")
    config: dict[str, Any] = json.loads((copy / "certomancer.yml").read_text("utf-8"))
    revoked_at = (NOW - timedelta(hours=5)).isoformat()
    config["pki-architectures"]["sohoa"]["certs"]["agency"]["revocation"] = {
        "revoked-since": revoked_at,
        "reason": "key_compromise",
    }
    (copy / "certomancer.yml").write_text(json.dumps(config), "utf-8")
    strict = build_sealer(SealSettings(), Mode.DEVELOPMENT, copy, lambda: NOW)
    with pytest.raises(SealKeyUnavailable, match="thu hồi"):
        strict.seal(draft)
    assert outcome(only(strict.verify(sealed.pdf)))["revocation"] is False


def test_an_expired_certificate_does_not_seal(sealer: PadesSealer, draft: Draft) -> None:
    with pytest.raises(SealKeyUnavailable):
        replace(sealer, clock=lambda: NOW + timedelta(days=365 * 6)).seal(draft)


def test_a_stranger_is_intact_but_not_trusted(sealer: PadesSealer, sealed: Sealed, tmp_path: Path) -> None:
    other = pki.init(tmp_path / "other", NOW).folder
    found = only(build_sealer(SealSettings(), Mode.DEVELOPMENT, other, lambda: NOW).verify(sealed.pdf))
    assert (outcome(found)["integrity"], outcome(found)["trust"], outcome(found)["revocation"]) == (True, False, None)
    assert sealer.verify(sealed.pdf).holds


def test_an_unsigned_file_does_not_hold_and_cannot_be_upgraded(sealer: PadesSealer, draft: Draft) -> None:
    found = sealer.verify(draft.pdf)
    assert (found.signatures, found.holds, outcome(found)) == ((), False, {"pdfa": True})
    with pytest.raises(SealInvalid):
        sealer.upgrade(draft.pdf)


def test_refuses_to_let_out_what_is_not_archival(sealer: PadesSealer) -> None:
    plain = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(plain)
    with pytest.raises(NotArchival):
        sealer.seal(Draft(plain.getvalue()))


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_unreadable(sealer: PadesSealer, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        sealer.verify(data)
    with pytest.raises(SealInvalid):
        sealer.seal(Draft(data))


def test_a_truncated_seal_never_holds(sealer: PadesSealer, sealed: Sealed) -> None:
    for kept in range(0, len(sealed.pdf), len(sealed.pdf) // 15):
        try:
            assert not sealer.verify(sealed.pdf[:kept]).holds
        except UnreadableFile:
            continue


def test_a_file_with_a_password_is_named_so(sealer: PadesSealer, draft: Draft) -> None:
    locked = BytesIO()
    with pikepdf.open(BytesIO(draft.pdf)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(EncryptedFile):
        sealer.verify(locked.getvalue())


def test_development_keys_do_not_start_in_production(folder: Path, tmp_path: Path) -> None:
    made = pki.locate(folder)
    real = SealSettings(key=str(made.key), certificate=str(made.chain), tsa_url=made.tsa_url)
    for chosen in (SealSettings(), replace(real, trust_roots=str(made.roots))):
        with pytest.raises(DevelopmentKeyRefused):
            build_sealer(chosen, Mode.PRODUCTION, folder, lambda: NOW)
    with pytest.raises(SettingsError, match="SOHOA_TRUST_ROOTS"):
        build_sealer(real, Mode.PRODUCTION, tmp_path, lambda: NOW)


def test_says_how_to_get_a_development_pki(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="sohoa pki init"):
        build_sealer(SealSettings(), Mode.DEVELOPMENT, tmp_path / "none", lambda: NOW)


def test_a_development_pki_is_made_once_and_whole(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.pem")}
    again = pki.init(folder, NOW + timedelta(days=1))
    assert not again.created
    assert {path: path.read_bytes() for path in folder.rglob("*.pem")} == before
    assert {path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()} == {0o600}
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    with pytest.raises(SettingsError):
        pki.init(tmp_path / "full", NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_an_action_on_a_field_is_not_archival(sealed: Sealed) -> None:
    changed = BytesIO()
    with pikepdf.open(BytesIO(sealed.pdf)) as pdf:
        pdf.pages[0].obj.Annots[0].A = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.save(changed)
    report = archival.judge(changed.getvalue())
    assert report.approved is False
    assert any("6.4.1" in finding for finding in report.findings)
