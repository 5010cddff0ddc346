from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sign.keys import load_certificates, load_key, parse_token_uri
from pipeline.sign.pki import DEVELOPMENT_MARK
from schemas.errors import SealKeyUnavailable, SettingsError
from schemas.settings import Secret

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
URI = "pkcs11:token=ky%20so;object=v%C4%83n-th%C6%B0?module-path=/usr/lib/softhsm/libsofthsm2.so"


def certificate_of(key: Key, organization: str, path: Path) -> Path:
    name = x509.Name(
        [
            x509.NameAttribute(x509.OID_COMMON_NAME, "Sở thử"),
            x509.NameAttribute(x509.OID_ORGANIZATION_NAME, organization),
        ]
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number()).not_valid_before(start)
    certificate = builder.not_valid_after(start + timedelta(days=900)).sign(key, hashes.SHA256())
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


def write_key(key: Key, path: Path, passphrase: bytes = b"") -> Path:
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    return path


@pytest.fixture(scope="module")
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_signs_with_a_protected_elliptic_key(curve_key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> None:
    key_path = write_key(curve_key, tmp_path / "key.pem", b"bi mat")
    certificate = certificate_of(curve_key, "Sở thử", tmp_path / "cert.pem")
    key = load_key(str(key_path), certificate, Secret("bi mat"))
    public = load_der_public_key(key.certificate.public_key.dump())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(key.sign(b"noi dung"), b"noi dung", ec.ECDSA(hashes.SHA256()))
    assert (key.agency, key.development) == ("Sở thử", False)


def test_a_wrong_passphrase_makes_the_key_unavailable(curve_key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> None:
    key_path = write_key(curve_key, tmp_path / "key.pem", b"bi mat")
    certificate = certificate_of(curve_key, "Sở thử", tmp_path / "cert.pem")
    for pin in ("sai", ""):
        with pytest.raises(SealKeyUnavailable):
            load_key(str(key_path), certificate, Secret(pin))


def test_a_key_of_another_certificate_is_refused(curve_key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> None:
    key_path = write_key(curve_key, tmp_path / "key.pem")
    other = certificate_of(ec.generate_private_key(ec.SECP256R1()), "Sở thử", tmp_path / "cert.pem")
    with pytest.raises(SealKeyUnavailable, match="chứng thư"):
        load_key(str(key_path), other, Secret(""))


def test_a_development_certificate_shows_itself(curve_key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> None:
    key_path = write_key(curve_key, tmp_path / "key.pem")
    certificate = certificate_of(curve_key, DEVELOPMENT_MARK, tmp_path / "cert.pem")
    assert load_key(str(key_path), certificate, Secret("")).development


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_damaged_certificate_file_is_a_matter_of_settings(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_bytes(content)
    with pytest.raises(SettingsError):
        load_certificates(tmp_path / "cert.pem")


def test_reads_a_token_address() -> None:
    address = parse_token_uri(URI)
    assert (address.token, address.label) == ("ky so", "văn-thư")
    assert address.module == "/usr/lib/softhsm/libsofthsm2.so"
    assert parse_token_uri("pkcs11:token=a;id=%01%ff?module-path=/m").identifier == b"\x01\xff"


@given(st.text(max_size=60))
def test_a_token_address_is_read_whole_or_refused(rest: str) -> None:
    try:
        address = parse_token_uri(f"pkcs11:{rest}")
    except SettingsError:
        return
    assert address.token
    assert address.module
    assert address.label is not None or address.identifier is not None


def test_an_unknown_module_makes_the_key_unavailable(curve_key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> None:
    certificate = certificate_of(curve_key, "Sở thử", tmp_path / "cert.pem")
    uri = f"pkcs11:token=a;object=b?module-path={tmp_path}/missing.so"
    key = load_key(uri, certificate, Secret("1234"))
    with pytest.raises(SealKeyUnavailable):
        key.sign(b"noi dung")
