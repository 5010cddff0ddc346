"""The agency's key: from a PEM file, or on a token or HSM through PKCS#11."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, unquote

import pkcs11
from asn1crypto import algos, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from pkcs11.util.ec import encode_ecdsa_signature
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.pkcs11 import open_pkcs11_session
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.sign.pki import DEVELOPMENT_MARK
from schemas.errors import SealKeyUnavailable, SettingsError
from schemas.settings import Secret

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
SignBytes = Callable[[bytes], bytes]

ALGORITHM = "sha256"
SESSION_LOST = (
    pkcs11.SessionHandleInvalid,
    pkcs11.SessionClosed,
    pkcs11.DeviceRemoved,
    pkcs11.TokenNotPresent,
    pkcs11.UserNotLoggedIn,
    pkcs11.ObjectHandleInvalid,
    pkcs11.KeyHandleInvalid,
)
PIN_REFUSED = (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinExpired, pkcs11.PinInvalid, pkcs11.PinLenRange)


@dataclass(frozen=True)
class SealKey:
    """A key that can sign, and the certificate that says whose it is.

    Attributes:
        certificate: of the agency.
        chain: certificates of its issuers, as far as they were given.
        sign: bytes to their SHA-256 signature; may be called from any thread.
            It raises SealKeyUnavailable.
    """

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    sign: SignBytes

    @property
    def development(self) -> bool:
        """Whether it is a key of no legal value."""
        return is_development(self.certificate)

    @property
    def agency(self) -> str:
        """The agency's name as certified."""
        return common_name(self.certificate.subject)


def is_development(certificate: x509.Certificate) -> bool:
    """Whether a development PKI issued `certificate` or is named in it."""
    names = (certificate.subject.native, certificate.issuer.native)
    return any(DEVELOPMENT_MARK in str(name.get("organization_name", "")) for name in names)


def common_name(name: x509.Name) -> str:
    """Return the common name, the organization where there is none."""
    native = name.native
    return str(native.get("common_name") or native.get("organization_name") or name.human_friendly)


def load_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Read all certificates of a PEM file, at least one.

    Raises:
        SettingsError: it cannot be read or holds none.
    """
    try:
        found = tuple(load_certs_from_pemder_data(path.read_bytes()))
        for certificate in found:
            _ = certificate.native  # parsed at last here, so that a damaged file fails now
    except (OSError, ValueError) as error:
        raise SettingsError(f"Không đọc được chứng thư trong {path}") from error
    if not found:
        raise SettingsError(f"Tệp {path} không có chứng thư nào")
    return found


def load_key(key: str, certificate: Path, pin: Secret) -> SealKey:
    """Load the agency's key.

    Args:
        key: path of a PEM file, or a `pkcs11:` URI (RFC 7512).
        certificate: PEM file, the agency's first, then its issuers'.
        pin: of the token, or passphrase of the PEM file; "" for none.

    Raises:
        SettingsError: an address or a file is wrong.
        SealKeyUnavailable: the key cannot be used, or belongs to another certificate.
    """
    own, *chain = load_certificates(certificate)
    sign = _token_signer(key, pin) if key.startswith("pkcs11:") else _file_signer(Path(key), pin, own)
    return SealKey(own, tuple(chain), sign)


def _public_key(certificate: x509.Certificate) -> PublicKey:
    try:
        public = load_der_public_key(certificate.public_key.dump())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError("Không đọc được khóa công khai của chứng thư ký") from error
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SettingsError("Chứng thư ký phải dùng khóa RSA hoặc ECDSA")
    return public


def _file_signer(path: Path, pin: Secret, certificate: x509.Certificate) -> SignBytes:
    """Return a signer that keeps the key parsed and checked: signing takes milliseconds, not tenths of seconds."""
    try:
        private = load_pem_private_key(path.read_bytes(), str.encode(pin) or None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealKeyUnavailable(f"Không mở được khóa ký trong {path}") from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != _public_key(certificate).public_bytes(*form):
        raise SealKeyUnavailable("Khóa ký không phải khóa của chứng thư đã cấu hình")
    if isinstance(private, rsa.RSAPrivateKey):
        rsa_key = private
        return lambda data: rsa_key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        curve_key = private
        return lambda data: curve_key.sign(data, ec.ECDSA(hashes.SHA256()))
    raise SettingsError("Khóa ký phải là RSA hoặc ECDSA")


@dataclass(frozen=True)
class TokenAddress:
    """What a `pkcs11:` URI says."""

    module: str
    token: str
    label: str | None
    identifier: bytes | None


def parse_token_uri(uri: str) -> TokenAddress:
    """Read a URI such as `pkcs11:token=kyso;object=vanthu?module-path=/usr/lib/softhsm/libsofthsm2.so`.

    Raises:
        SettingsError: the token, the key or the module is not named.
    """
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    parts = dict(part.partition("=")[::2] for part in path.split(";"))
    module = _first(parse_qs(query), "module-path")
    named = "object" in parts or "id" in parts
    if not (module and parts.get("token") and named):
        raise SettingsError("SOHOA_SEAL_KEY phải có token, object (hoặc id) và module-path: xem docs/settings.md")
    label = unquote(parts["object"]) if "object" in parts else None
    identifier = bytes(_percent_decoded(parts["id"])) if "id" in parts else None
    return TokenAddress(module, unquote(parts["token"]), label, identifier)


def _first(values: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(values.get(name, ())), "")


def _percent_decoded(text: str) -> bytes:
    return unquote(text, encoding="latin-1").encode("latin-1")


class _Token:
    """One key on one token: opened on first use in this process, one call at a time."""

    def __init__(self, address: TokenAddress, pin: Secret) -> None:
        self._address = address
        self._pin = pin
        self._lock = threading.Lock()
        self._session: pkcs11.Session | None = None
        self._process = os.getpid()
        self._refused = False

    def sign(self, data: bytes) -> bytes:
        """Sign `data`; a session that the token dropped is opened again, once.

        Raises:
            SealKeyUnavailable: the token does not answer, has no such key or refuses the PIN.
        """
        with self._lock:
            try:
                return self._sign_again(data)
            except PIN_REFUSED as error:
                # A wrong PIN locks the token after a few attempts: this process makes none after the first.
                self._refused = True
                raise SealKeyUnavailable("Thiết bị ký từ chối mã PIN; không thử lại") from error
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                self._session = None
                reason = type(error).__name__
                raise SealKeyUnavailable(f"Thiết bị ký không dùng được: {reason}") from error

    def _sign_again(self, data: bytes) -> bytes:
        try:
            return self._sign_once(data)
        except SESSION_LOST:
            self._session = None
            return self._sign_once(data)

    def _sign_once(self, data: bytes) -> bytes:
        address = self._address
        kind = pkcs11.ObjectClass.PRIVATE_KEY
        key = cast("pkcs11.SignMixin", self._open().get_key(kind, label=address.label, id=address.identifier))
        if key.key_type == pkcs11.KeyType.RSA:
            return bytes(key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        return bytes(encode_ecdsa_signature(key.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA)))

    def _open(self) -> pkcs11.Session:
        if self._refused:
            raise SealKeyUnavailable("Thiết bị ký đã từ chối mã PIN; sửa SOHOA_SEAL_PIN rồi khởi động lại")
        if self._process != os.getpid():
            # PKCS#11 asks a forked process to begin anew; its parent's sessions are not its own.
            pkcs11.lib(self._address.module).reinitialize()
            self._session, self._process = None, os.getpid()
        if self._session is None:
            self._session = self._log_in()
        return self._session

    def _log_in(self) -> pkcs11.Session:
        module, criteria = self._address.module, TokenCriteria(label=self._address.token)
        try:
            return open_pkcs11_session(module, token_criteria=criteria, user_pin=str.__str__(self._pin) or None)
        except pkcs11.UserAlreadyLoggedIn:
            # The login belongs to the process, not to the session.
            return open_pkcs11_session(module, token_criteria=criteria, user_pin=None)


def _token_signer(uri: str, pin: Secret) -> SignBytes:
    return _Token(parse_token_uri(uri), pin).sign


class KeySigner(Signer):
    """Lets pyHanko sign with a `SealKey`."""

    def __init__(self, key: SealKey) -> None:
        """Sign with `key`, SHA-256, and embed its chain."""
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        registry.register_multiple(key.chain)
        public = _public_key(key.certificate)
        mechanism = "sha256_rsa" if isinstance(public, rsa.RSAPublicKey) else "sha256_ecdsa"
        # PKCS#1 v1.5: what tokens in use and older verifiers know.
        super().__init__(
            prefer_pss=False,
            embed_roots=False,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": mechanism}),
            signing_cert=key.certificate,
            cert_registry=registry,
        )
        self._sign = key.sign

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's interface
        """Return the signature of `data`; for a size estimate, a stand-in of its greatest size."""
        if digest_algorithm != ALGORITHM:
            message = f"seals are made with {ALGORITHM}, not {digest_algorithm}"
            raise ValueError(message)
        return bytes(512) if dry_run else self._sign(data)
