"""What is true of the signatures of a PDF file: ours and others'. Nothing unknown passes for good."""

import asyncio
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.ades import AdESBasicValidationResult, ades_basic_validation, ades_lta_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    StandardCMSSignatureStatus,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator.path import ValidationPath

from pipeline.sign import archival, findings
from pipeline.sign.keys import common_name
from pipeline.sign.trust import Evidence, Trust, timing
from schemas.document import Check, SignatureVerdict, Verification, digest_of
from schemas.errors import EncryptedFile, UnreadableFile

DAMAGED = (
    *(PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(RecursionError, NotImplementedError, AssertionError, OverflowError, EOFError, struct.error, zlib.error),
)
"""What pyHanko and asn1crypto raise on files that are not what they claim to be."""

LOCAL_ONLY = RevocationInfoGatheringSpec(
    online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
    certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
)


@dataclass(frozen=True)
class _Seen:
    """A signature, and what is plain of it before revocation is asked for; None where it cannot be read."""

    signature: EmbeddedPdfSignature
    status: findings.Status | None


@dataclass(frozen=True)
class _Ground:
    """What all signatures of a file are judged on.

    Attributes:
        certificates: of all paths to a root.
        stamped: last revision that a good document time stamp covers, -1 without one.
    """

    trust: Trust
    at: datetime
    evidence: Evidence
    certificates: tuple[x509.Certificate, ...]
    stamped: int

    def knowledge(self) -> LocalKnowledge:
        """Return what AdES validation may use, all of it known to exist at `at`, for it lies here."""
        held = LocalKnowledge(
            known_ocsps=self.evidence.ocsp_containers(),
            known_crls=self.evidence.crl_containers(),
            known_certs=[*self.trust.others, *self.certificates],
        )
        return replace(held, known_poes=list(held.assert_existence_known_at(self.at)))


def verify(pdf: bytes, trust: Trust, at: datetime) -> Verification:
    """Say what holds of `pdf` and each of its signatures at the time `at`.

    Must be called from a thread without a running event loop.

    Raises:
        EncryptedFile: it cannot be read without a password.
        UnreadableFile: it is no PDF, or damaged.
    """
    signatures = _embedded(pdf)
    verdicts, whole = asyncio.run(_judge_all(signatures, trust, at)) if signatures else ((), ())
    return Verification(digest=digest_of(pdf), signatures=verdicts, checks=(*whole, archival_check(pdf)))


def archival_check(pdf: bytes) -> Check:
    """Say whether `pdf` is PDF/A-2b."""
    report = archival.judge(pdf)
    details = {
        True: "Đúng chuẩn PDF/A-2b",
        False: f"Không đúng chuẩn PDF/A-2b: {'; '.join(report.findings)}",
        None: f"Không xác định được có đúng PDF/A-2b hay không: {'; '.join(report.findings)}",
    }
    return Check(name="pdfa", holds=report.approved, detail=details[report.approved])


def _embedded(pdf: bytes) -> tuple[EmbeddedPdfSignature, ...]:
    """Return the signatures and document time stamps of a file, first to last."""
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        _require_open(reader)
        return tuple(reader.embedded_signatures)
    except DAMAGED as error:
        raise UnreadableFile("Tệp không phải PDF hoặc đã hỏng") from error


def _require_open(reader: PdfFileReader) -> None:
    if reader.encrypted and reader.decrypt(b"").status == AuthStatus.FAILED:
        raise EncryptedFile("Tệp PDF có mật khẩu")


async def _judge_all(
    signatures: tuple[EmbeddedPdfSignature, ...], trust: Trust, at: datetime
) -> tuple[tuple[SignatureVerdict, ...], tuple[Check, ...]]:
    seen = [await _look(signature, trust, at) for signature in signatures]
    paths = [path for item in seen for path in _paths(item.status)]
    evidence = await trust.revocations.gather(paths)
    ground = _Ground(trust, at, evidence, tuple(cert for path in paths for cert in path), _stamped_revision(seen))
    verdicts = tuple([await _judge(item, ground) for item in seen])
    return verdicts, (findings.whole_file([item.status for item in seen if item.status]),)


async def _look(signature: EmbeddedPdfSignature, trust: Trust, at: datetime) -> _Seen:
    context = trust.context(at, None)
    try:
        if signature.sig_object_type == "/DocTimeStamp":
            return _Seen(signature, await async_validate_pdf_timestamp(signature, context))
        return _Seen(signature, await async_validate_pdf_signature(signature, context))
    except DAMAGED:
        return _Seen(signature, None)


def _paths(status: findings.Status | None) -> Iterator[list[x509.Certificate]]:
    stamp = status.timestamp_validity if isinstance(status, PdfSignatureStatus) else None
    for path in (status and status.validation_path, stamp and stamp.validation_path):
        if isinstance(path, ValidationPath):
            yield list(path.iter_certs(include_root=True))


def _stamped_revision(seen: list[_Seen]) -> int:
    good = [item for item in seen if isinstance(item.status, DocumentTimestampStatus) and _sound(item.status)]
    return max((item.signature.signed_revision for item in good), default=-1)


def _sound(status: TimestampSignatureStatus | None) -> bool:
    return status is not None and bool(status.intact and status.valid and status.trusted)


async def _judge(item: _Seen, ground: _Ground) -> SignatureVerdict:
    field, status = str(item.signature.field_name), item.status
    try:
        if isinstance(status, DocumentTimestampStatus):
            return await _judge_stamp(field, item.signature, status, ground)
        if status is not None:
            return await _judge_signature(field, item.signature, status, ground)
    except DAMAGED:
        pass  # Then it cannot be read either.
    return SignatureVerdict(field=field, signer="", signed_at=None, timestamped=False, checks=(findings.unread(),))


async def _judge_stamp(
    field: str, signature: EmbeddedPdfSignature, status: DocumentTimestampStatus, ground: _Ground
) -> SignatureVerdict:
    context = ground.trust.context(ground.at, ground.evidence)
    strict = await async_validate_pdf_timestamp(signature, context)
    checks = (
        findings.integrity(status),
        findings.padding(_gap(signature)),
        findings.coverage(status),
        findings.trust(holds=status.trusted, intact=status.intact and status.valid),
        findings.revocation(trusted=status.trusted, strict=strict),
    )
    signer = common_name(status.signing_cert.subject)
    return SignatureVerdict(
        field=field, signer=signer, signed_at=status.timestamp, timestamped=_sound(status), checks=checks
    )


async def _judge_signature(
    field: str, signature: EmbeddedPdfSignature, status: PdfSignatureStatus, ground: _Ground
) -> SignatureVerdict:
    strict = await _validate_ades(signature, ground, stamped=status.timestamp_validity is not None)
    held = strict.api_status if strict else None
    bottom_line = bool(held and held.bottom_line and status.docmdp_ok is not False)
    # A certificate that ran out since may still be trusted for the time that a stamp proves.
    trusted = status.trusted or bool(held and held.trusted)
    stamped = _timestamp_holds(signature, status, held, ground)
    checks = (
        findings.integrity(status),
        findings.padding(_gap(signature)),
        findings.coverage(status),
        findings.trust(holds=trusted, intact=status.intact and status.valid),
        findings.revocation(trusted=trusted, strict=held),
        findings.timestamp(holds=stamped),
        findings.ades(strict.ades_subindic if strict else None, bottom_line=bottom_line),
        findings.key(status),
    )
    stamp = status.timestamp_validity
    return SignatureVerdict(
        field=field,
        signer=common_name(status.signing_cert.subject),
        signed_at=stamp.timestamp if stamp else status.signer_reported_dt,
        timestamped=stamped is True,
        checks=checks,
    )


def _gap(signature: EmbeddedPdfSignature) -> bytes:
    """Return the bytes that the signature leaves out: itself, and what fills up its place."""
    start, length, end = (int(number) for number in list(signature.byte_range)[:3])
    stream = signature.reader.stream
    stream.seek(start + length)
    return bytes(stream.read(end - start - length))


def _timestamp_holds(
    signature: EmbeddedPdfSignature,
    plain: PdfSignatureStatus,
    strict: StandardCMSSignatureStatus | None,
    ground: _Ground,
) -> bool | None:
    """Say whether the stamp within the signature, or one over the document, proves the time."""
    if signature.signed_revision < ground.stamped or _sound(strict.timestamp_validity if strict else None):
        return True
    stamp = plain.timestamp_validity
    return None if stamp is None or _sound(stamp) else False


async def _validate_ades(
    signature: EmbeddedPdfSignature, ground: _Ground, *, stamped: bool
) -> AdESBasicValidationResult[StandardCMSSignatureStatus] | None:
    """Validate after EN 319 102-1: §5.3 without a stamp in the signature, §5.6.3 with one."""
    spec = SignatureValidationSpec(
        ground.trust.policy(), revinfo_gathering_policy=LOCAL_ONLY, local_knowledge=ground.knowledge()
    )
    try:
        if stamped:
            whole = PdfSignatureValidationSpec(spec, diff_policy=DEFAULT_DIFF_POLICY)
            return await ades_lta_validation(signature, whole, timing_info=timing(ground.at))
        return await ades_basic_validation(
            signature.signed_data,
            spec,
            timing_info=timing(ground.at),
            raw_digest=signature.compute_digest(),
        )
    except DAMAGED:
        return None
