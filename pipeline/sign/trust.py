"""What a verifier trusts, and how it learns of revoked certificates (thu hồi chứng thư)."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.errors import CRLValidationError, OCSPValidationError
from pyhanko_certvalidator.fetchers import Fetchers
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from pipeline.ports import Clock
from pipeline.sign.authority import Authority

KEPT_FOR = timedelta(minutes=5)
FETCH_TIMEOUT_S = 10

Path = Sequence[x509.Certificate]
"""Certificates from the root to the signer."""


@dataclass(frozen=True)
class Evidence:
    """Statements of certification authorities on revocation, not yet checked."""

    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    def __add__(self, other: "Evidence") -> "Evidence":
        """Return both together."""
        return Evidence(self.crls + other.crls, self.ocsps + other.ocsps)

    def crl_containers(self) -> list[CRLContainer]:
        """Return the lists as AdES validation takes them."""
        return [CRLContainer(item) for item in self.crls]

    def ocsp_containers(self) -> list[OCSPContainer]:
        """Return the answers as AdES validation takes them."""
        return [container for item in self.ocsps for container in OCSPContainer.load_multi(item)]


class RevocationSource(Protocol):
    """Finds evidence on the certificates of paths that end in a trusted root."""

    async def gather(self, paths: Iterable[Path]) -> Evidence:
        """Return what could be had; nothing where nothing could, which never passes for "not revoked"."""
        ...


class DevelopmentRevocations:
    """The development PKI's own lists, made in this process."""

    def __init__(self, authority: Authority, clock: Clock) -> None:
        """Make lists for the time that `clock` tells."""
        self._authority = authority
        self._clock = clock

    async def gather(self, paths: Iterable[Path]) -> Evidence:  # noqa: ARG002 - a list covers all certificates
        """Return the lists in force."""
        return Evidence(crls=tuple(self._authority.revocation_lists(self._clock())))


class FetchedRevocations:
    """Asks over HTTP, at addresses that certificates under a configured root name, and nowhere else."""

    def __init__(self, clock: Clock) -> None:
        """Keep answers for a few minutes by `clock`."""
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[bytes, tuple[datetime, Evidence]] = {}

    async def gather(self, paths: Iterable[Path]) -> Evidence:
        """Ask for OCSP first, for the list where there is no answer."""
        pairs = {cert.sha256: (issuer, cert) for path in paths for issuer, cert in pairwise(path)}
        total = Evidence()
        async with AIOHttpFetcherBackend(per_request_timeout=FETCH_TIMEOUT_S) as fetchers:
            for issuer, cert in pairs.values():
                total += self._known(cert) or await self._ask(fetchers, issuer, cert)
        return total

    def _known(self, cert: x509.Certificate) -> Evidence | None:
        with self._lock:
            asked_at, evidence = self._kept.get(cert.sha256, (None, None))
        return evidence if asked_at is not None and self._clock() - asked_at < KEPT_FOR else None

    async def _ask(self, fetchers: Fetchers, issuer: x509.Certificate, cert: x509.Certificate) -> Evidence:
        evidence = await _fetch(fetchers, issuer, cert)
        if evidence.crls or evidence.ocsps:
            with self._lock:
                self._kept[cert.sha256] = (self._clock(), evidence)
        return evidence


async def _fetch(fetchers: Fetchers, issuer: x509.Certificate, cert: x509.Certificate) -> Evidence:
    try:
        return Evidence(ocsps=(await fetchers.ocsp_fetcher.fetch(cert, AuthorityWithCert(issuer)),))
    except (OCSPValidationError, OSError, ValueError):
        pass  # The list is the other way to know; where that fails too, the answer is "unknown".
    try:
        return Evidence(crls=tuple(await fetchers.crl_fetcher.fetch(cert)))
    except (CRLValidationError, OSError, ValueError):
        return Evidence()


@dataclass(frozen=True)
class Trust:
    """What a verifier goes by.

    Attributes:
        roots: certificates trusted as they are.
        others: certificates that help to build paths, trusted only below a root.
        revocations: where evidence comes from.
    """

    roots: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...]
    revocations: RevocationSource

    def context(self, at: datetime, evidence: Evidence | None) -> ValidationContext:
        """Return a context for path validation at `at` without network.

        Args:
            at: time-zone aware.
            evidence: None: revocation is left aside; otherwise it must be settled by this evidence.
        """
        known = evidence or Evidence()
        return ValidationContext(
            trust_roots=list(self.roots),
            other_certs=list(self.others),
            moment=at,
            best_signature_time=at,
            allow_fetching=False,
            crls=list(known.crls),
            ocsps=list(known.ocsps),
            revinfo_policy=CertRevTrustPolicy(NO_REVOCATION if evidence is None else REQUIRE_REVINFO),
        )

    def policy(self) -> CertValidationPolicySpec:
        """Return the policy for AdES validation: revocation must be settled."""
        return CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(list(self.roots)),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        )


def timing(at: datetime) -> ValidationTimingInfo:
    """Return "now" as AdES validation takes it."""
    return ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=False)
