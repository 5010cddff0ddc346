"""The development PKI at work: its certificates, time stamps and revocation lists. Certomancer is known here alone."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from asn1crypto import crl, pem, tsp, x509
from certomancer.config_utils import ConfigurationError
from certomancer.integrations.aiohttp_animator import build_animator_app
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture, ServiceLabel

from schemas.errors import SettingsError

CONFIG_NAME = "certomancer.yml"
ARCHITECTURE = "sohoa"
TSA_SERVICE = "tsa"
CRL_SERVICES = ("root", "issuing")


class Authority:
    """Certificates, TSA and revocation lists of one development PKI, answered in this process, from any thread."""

    def __init__(self, folder: Path) -> None:
        """Load what `pipeline.sign.pki.init` wrote into `folder`.

        Raises:
            SettingsError: there is no development PKI, or it is damaged.
        """
        self._architecture = _load(folder)
        self._lock = threading.Lock()

    def certificate(self, label: str) -> x509.Certificate:
        """Return the certificate called `label`: root, issuing, agency, tsa or ocsp."""
        return self._architecture.get_cert(CertLabel(label))

    def write_certificates(self, labels: Iterable[str], folder: Path) -> None:
        """Write each certificate as `folder`/LABEL.pem."""
        for label in labels:
            armored = pem.armor("CERTIFICATE", self.certificate(label).dump())
            (folder / f"{label}.pem").write_bytes(armored)

    def revocation_lists(self, at: datetime) -> list[crl.CertificateList]:
        """Return the lists (CRL) that are in force at `at`, one per certification authority."""
        services = self._architecture.service_registry
        with self._lock:
            return [services.get_crl(ServiceLabel(label), at) for label in CRL_SERVICES]

    def stamp(self, request: tsp.TimeStampReq, at: datetime) -> tsp.TimeStampResp:
        """Answer an RFC 3161 request with the time `at`."""
        with self._lock:
            stamper = self._architecture.service_registry.summon_timestamper(ServiceLabel(TSA_SERVICE), at)
            return stamper.request_tsa_response(request)

    @property
    def stamping_url(self) -> str:
        """Where `serve` answers RFC 3161 requests."""
        return str(self._architecture.service_registry.get_tsa_info(ServiceLabel(TSA_SERVICE)).url)

    def serve(self, port: int, ready: Callable[[], None]) -> None:
        """Answer TSA, OCSP and CRL requests on 127.0.0.1:`port` until SIGINT or SIGTERM.

        Raises:
            OSError: the port is taken.
        """
        archs = {ArchLabel(ARCHITECTURE): self._architecture}
        app = build_animator_app(archs, with_web_ui=False, allow_time_override=False)

        async def announce(_: web.Application) -> None:
            ready()

        app.on_startup.append(announce)
        web.run_app(app, host="127.0.0.1", port=port, print=None)


def _load(folder: Path) -> PKIArchitecture:
    path = folder / CONFIG_NAME
    try:
        config: dict[str, Any] = json.loads(path.read_bytes())
        loaded = CertomancerConfig(config, key_search_dir=str(folder), config_search_dir=str(folder))
        return loaded.get_pki_arch(ArchLabel(ARCHITECTURE))
    except FileNotFoundError as error:
        raise SettingsError(f"Chưa có PKI thử nghiệm ở {folder}: chạy «sohoa pki init»") from error
    except (OSError, ValueError, ConfigurationError) as error:
        raise SettingsError(f"PKI thử nghiệm ở {folder} bị hỏng: xóa thư mục rồi chạy «sohoa pki init»") from error
