"""The development PKI (hạ tầng khóa thử nghiệm): made once into a folder, and served over HTTP for outside verifiers.

    FOLDER/certomancer.yml   who issues what; certomancer's own format, written as JSON, which YAML contains
    FOLDER/keys/NAME.pem     private keys, mode 0600
    FOLDER/certs/NAME.pem    certificates: root, issuing, agency, tsa, ocsp
    FOLDER/chain.pem         what SOHOA_SEAL_CERT asks for: agency, issuing
    FOLDER/roots.pem         what SOHOA_TRUST_ROOTS asks for

Sealing and verifying with it need no network: time stamps and revocation lists are made in the process
(`pipeline.sign.authority`). The port is settled when the folder is made, for certificates name it in their addresses.
"""

import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.sign.authority import ARCHITECTURE, CONFIG_NAME, CRL_SERVICES, TSA_SERVICE, Authority
from schemas.errors import SettingsError

DEVELOPMENT_MARK = "SOHOA DEVELOPMENT PKI"
"""Organization in every name of a development PKI; `pipeline.sign.keys` knows development keys by it."""

DEFAULT_PORT = 9123
DEFAULT_AGENCY = "Trung tâm Phục vụ hành chính công (thử nghiệm)"
LABELS = ("root", "issuing", "agency", "tsa", "ocsp")


@dataclass(frozen=True)
class DevelopmentPki:
    """Where the parts of a development PKI lie.

    Attributes:
        folder: what `init` made.
        port: of the addresses in its certificates; `serve` answers there.
        created: whether this call made it.
    """

    folder: Path
    port: int
    created: bool

    @property
    def key(self) -> Path:
        """The agency's private key."""
        return self.folder / "keys" / "agency.pem"

    @property
    def chain(self) -> Path:
        """The agency's certificate, then its issuer's."""
        return self.folder / "chain.pem"

    @property
    def roots(self) -> Path:
        """The root certificate."""
        return self.folder / "roots.pem"

    @property
    def tsa_url(self) -> str:
        """Where `serve` answers RFC 3161 requests."""
        return f"http://127.0.0.1:{self.port}/{ARCHITECTURE}/tsa/{TSA_SERVICE}"


def init(folder: Path, now: datetime, *, port: int | None = None, agency: str = DEFAULT_AGENCY) -> DevelopmentPki:
    """Make a development PKI in `folder`, or keep the one that is there.

    It is whole or absent: everything is written beside it, then renamed.

    Args:
        folder: need not exist; must be empty or hold a development PKI.
        now: time-zone aware; certificates begin a day earlier.
        port: of the addresses in the certificates; None: 9123, or another where that is taken.
        agency: name in the seal's certificate.

    Raises:
        SettingsError: `folder` holds something else.
    """
    if (folder / CONFIG_NAME).exists():
        return locate(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(draft, _config(now, port or _free_port(), agency))
        created = _move(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return DevelopmentPki(folder, locate(folder).port, created)


def locate(folder: Path) -> DevelopmentPki:
    """Return the development PKI in `folder`.

    Raises:
        SettingsError: there is none, or it is damaged.
    """
    try:
        prefix = json.loads((folder / CONFIG_NAME).read_bytes())["external-url-prefix"]
        return DevelopmentPki(folder, urlsplit(prefix).port or 80, created=False)
    except FileNotFoundError as error:
        raise SettingsError(f"Chưa có PKI thử nghiệm ở {folder}: chạy «sohoa pki init»") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"PKI thử nghiệm ở {folder} bị hỏng: xóa thư mục rồi chạy «sohoa pki init»") from error


def serve(folder: Path, port: int | None = None, ready: Callable[[int], None] = lambda _: None) -> None:
    """Answer TSA, OCSP and CRL requests on loopback until SIGINT or SIGTERM.

    Args:
        folder: what `init` made.
        port: None: the one the certificates name; at any other, only the TSA is of use.
        ready: called with the port shortly before the first request can be answered.

    Raises:
        SettingsError: there is no development PKI, or the port is taken.
    """
    chosen = port or locate(folder).port
    authority = Authority(folder)
    try:
        authority.serve(chosen, lambda: ready(chosen))
    except OSError as error:
        raise SettingsError(f"Không mở được cổng {chosen} cho PKI thử nghiệm: {error.strerror}") from error


def _free_port() -> int:
    for candidate in (DEFAULT_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SettingsError("Không còn cổng trống trên 127.0.0.1")


def _write(folder: Path, config: dict[str, Any]) -> None:
    (folder / "keys").mkdir(mode=0o700)
    (folder / "certs").mkdir()
    for label in LABELS:
        _write_key(folder / "keys" / f"{label}.pem", label)
    path = folder / CONFIG_NAME
    path.write_text(json.dumps(config, ensure_ascii=False, indent=2), encoding="utf-8")
    Authority(folder).write_certificates(LABELS, folder / "certs")
    path.write_text(json.dumps(_with_files(config), ensure_ascii=False, indent=2), encoding="utf-8")
    _join(folder, ("agency", "issuing"), "chain.pem")
    _join(folder, ("root",), "roots.pem")


def _write_key(path: Path, label: str) -> None:
    """Write a new key: RSA for the seal, as tokens in use have it; elliptic and quick to load for the rest."""
    key = rsa.generate_private_key(65537, 3072) if label == "agency" else ec.generate_private_key(ec.SECP256R1())
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _join(folder: Path, labels: tuple[str, ...], name: str) -> None:
    parts = [(folder / "certs" / f"{label}.pem").read_bytes() for label in labels]
    (folder / name).write_bytes(b"".join(parts))


def _move(draft: Path, folder: Path) -> bool:
    """Put the finished `draft` in its place; False where somebody was quicker."""
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError as error:
        if (folder / CONFIG_NAME).exists():
            return False
        raise SettingsError(f"Thư mục {folder} đã có nội dung khác: chọn thư mục trống cho PKI thử nghiệm") from error
    return True


def _with_files(config: dict[str, Any]) -> dict[str, Any]:
    """Point each certificate at its file: an elliptic signature made anew would be another certificate."""
    architecture = config["pki-architectures"][ARCHITECTURE]
    certs = {label: spec | {"certificate-file": f"certs/{label}.pem"} for label, spec in architecture["certs"].items()}
    return config | {"pki-architectures": {ARCHITECTURE: architecture | {"certs": certs}}}


def _config(now: datetime, port: int, agency: str) -> dict[str, Any]:
    keys = {label: {"path": f"{label}.pem"} for label in LABELS}
    return {
        "external-url-prefix": f"http://127.0.0.1:{port}",
        "keysets": {ARCHITECTURE: {"path-prefix": "keys", "keys": keys}},
        "pki-architectures": {ARCHITECTURE: _architecture(now, agency)},
    }


def _architecture(now: datetime, agency: str) -> dict[str, Any]:
    names = {
        "root": "Sổ Hóa - gốc thử nghiệm",
        "issuing": "Sổ Hóa - CA thử nghiệm",
        "agency": agency,
        "tsa": "Sổ Hóa - dấu thời gian thử nghiệm",
        "ocsp": "Sổ Hóa - OCSP thử nghiệm",
    }
    return {
        "keyset": ARCHITECTURE,
        "entity-defaults": {"country-name": "VN", "organization-name": DEVELOPMENT_MARK},
        "entities": {label: {"common-name": name} for label, name in names.items()},
        "certs": _certificates(now),
        "services": _services(),
    }


def _certificates(now: datetime) -> dict[str, Any]:
    def spec(issuer: str, years: int, profile: object, extensions: list[dict[str, Any]]) -> dict[str, Any]:
        validity = {
            "valid-from": (now - timedelta(days=1)).isoformat(timespec="seconds"),
            "valid-to": (now + timedelta(days=365 * years)).isoformat(timespec="seconds"),
        }
        serial = secrets.randbits(63) | 1
        profiles = [profile] if profile else []
        return {
            "issuer": issuer,
            "serial": serial,
            "validity": validity,
            "profiles": profiles,
            "extensions": extensions,
        }

    stamping = [
        {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": ["digital_signature"]}},
        {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
    ]
    issuing = {"id": "simple-ca", "params": {"max-path-len": 0, "crl-repo": "issuing", "ocsp-service": "issuing"}}
    return {
        "root": spec("root", 20, {"id": "simple-ca", "params": {"max-path-len": 1, "crl-repo": "root"}}, []),
        "issuing": spec("root", 15, issuing, []),
        "agency": spec("issuing", 5, "digsig-commitment", []),
        "tsa": spec("issuing", 10, None, stamping),
        "ocsp": spec("issuing", 10, "ocsp-responder", []),
    }


def _services() -> dict[str, Any]:
    lists = {label: {"for-issuer": label, "simulated-update-schedule": "PT1H"} for label in CRL_SERVICES}
    return {
        "ocsp": {"issuing": {"for-issuer": "issuing", "responder-cert": "ocsp"}},
        "crl-repo": lists,
        "time-stamping": {TSA_SERVICE: {"signing-cert": "tsa", "certs-to-embed": ["issuing"]}},
    }
