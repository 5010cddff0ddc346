"""Sealing: a draft becomes a sealed PDF/A-2b by one appended PAdES signature, and is verified before it leaves."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import cast

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.errors import InvalidCertificateError, PathError, RevokedError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from pipeline.ports import Clock
from pipeline.sign.block import BlockStyle, Typeface, Wording, lay_out
from pipeline.sign.keys import ALGORITHM, KeySigner, SealKey
from pipeline.sign.page import page_shape
from pipeline.sign.room import WIDE_BYTES, Room
from pipeline.sign.trust import Evidence, Trust
from pipeline.sign.verify import verify
from schemas.document import Draft, Sealed, SealLevel, Verification
from schemas.errors import (
    NotArchival,
    SealInvalid,
    SealKeyUnavailable,
    TimestampUnavailable,
)
from schemas.units import VIETNAM

FIELD = "SoHoa"


@dataclass(frozen=True, kw_only=True)
class PadesSealer:
    """Seals with one agency key; may be called from several threads, none with a running event loop.

    Attributes:
        key: the agency's.
        wording: of the visible block.
        trust: by which results are verified before they leave.
        stamper: None where there is no time-stamping authority.
        clock: tells the time of sealing.
        typeface: of the visible block.
    """

    key: SealKey
    wording: Wording
    trust: Trust
    stamper: TimeStamper | None
    clock: Clock
    typeface: Typeface

    def seal(self, draft: Draft) -> Sealed:
        """Return the draft with the visible block and a PAdES signature, verified.

        Without a time stamp the level is B-B; `upgrade` mends that later.

        Raises:
            SealKeyUnavailable: the key cannot be used now, or its certificate is not good now or cannot be judged.
            SealInvalid: the result does not verify.
            NotArchival: the result is no PDF/A-2b any more.
        """
        at = self.clock().astimezone(VIETNAM)
        asyncio.run(self._require_good_certificate(at))
        pdf, level = self._sign(draft.pdf, at)
        if not pdf.startswith(draft.pdf):
            raise SealInvalid("Bản ký không giữ nguyên từng byte của bản thảo")
        self._require_sound(pdf, level)
        return Sealed(pdf=pdf, level=level, sealed_at=at)

    def upgrade(self, pdf: bytes) -> Sealed:
        """Add the time stamp that a file sealed at B-B lacks; a file that has one comes back as it is.

        The stamp is a document time stamp in a further revision: the signature stays byte for byte.

        Raises:
            TimestampUnavailable: still no time stamp to be had.
            SealInvalid: the file has no good seal, before or after.
            NotArchival: the result is no PDF/A-2b any more.
        """
        before = self.verify(pdf)
        first = next((verdict for verdict in before.signatures if verdict.field == FIELD), None)
        if first is None or first.signed_at is None:
            raise SealInvalid("Tệp không có chữ ký số của hệ thống này")
        if not first.timestamped:
            _require(before, SealLevel.B_B)
            pdf = asyncio.run(self._stamp(pdf))
            self._require_sound(pdf, SealLevel.B_T)
        return Sealed(pdf=pdf, level=SealLevel.B_T, sealed_at=first.signed_at)

    def adopt(self, pdf: bytes) -> Sealed:
        """Return a file that `seal` or `upgrade` made earlier, verified again, with its level and time.

        Raises:
            SealInvalid: it has no good seal of this system.
            NotArchival: it is no PDF/A-2b.
        """
        found = self.verify(pdf)
        first = next((verdict for verdict in found.signatures if verdict.field == FIELD), None)
        if first is None or first.signed_at is None:
            raise SealInvalid("Tệp không có chữ ký số của hệ thống này")
        level = SealLevel.B_T if first.timestamped else SealLevel.B_B
        _require(found, level)
        return Sealed(pdf=pdf, level=level, sealed_at=first.signed_at)

    def ping(self) -> str:
        """Return whose key it is and until when its certificate is good.

        Raises:
            SealKeyUnavailable: it is not good now or cannot be judged.
        """
        asyncio.run(self._require_good_certificate(self.clock()))
        return f"{self.key.agency}, đến {self.key.certificate.not_valid_after:%d/%m/%Y}"

    def verify(self, pdf: bytes) -> Verification:
        """Return what is true of the signatures of `pdf`.

        Raises:
            InputError: it cannot be read.
        """
        return verify(pdf, self.trust, self.clock())

    def _sign(self, pdf: bytes, at: datetime) -> tuple[bytes, SealLevel]:
        if self.stamper is not None:
            try:
                return self._sign_with(pdf, at, self.stamper), SealLevel.B_T
            except TimestampUnavailable:
                pass  # The line goes on at the lower level; `upgrade` comes later.
        return self._sign_with(pdf, at, None), SealLevel.B_B

    def _sign_with(self, pdf: bytes, at: datetime, stamper: TimeStamper | None) -> bytes:
        kept_free = self._room.digits(stamped=stamper is not None)
        try:
            return asyncio.run(self._append_signature(pdf, at, stamper, kept_free))
        except (PdfError, SigningError) as error:
            self._room.widen()
            if kept_free < self._room.digits(stamped=stamper is not None):
                return self._sign_with(pdf, at, stamper)
            raise SealInvalid(f"Không ký được bản thảo: {type(error).__name__}") from error

    async def _append_signature(self, pdf: bytes, at: datetime, stamper: TimeStamper | None, kept_free: int) -> bytes:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        block = lay_out(self.wording.paragraphs(at), page_shape(writer), self.typeface.measure)
        signer = _TimedSigner(
            PdfSignatureMetadata(field_name=FIELD, md_algorithm=ALGORITHM, subfilter=SigSeedSubFilter.PADES),
            signer=KeySigner(self.key),
            timestamper=stamper,
            stamp_style=BlockStyle(block=block, border_width=0),
            new_field_spec=SigFieldSpec(FIELD, on_page=0, box=block.rect),
        )
        signer.at = at
        output = await signer.async_sign_pdf(writer, bytes_reserved=kept_free)
        return cast("BytesIO", output).getvalue()

    @cached_property
    def _room(self) -> Room:
        return Room(sum(len(item.dump()) for item in (self.key.certificate, *self.key.chain)))

    async def _stamp(self, pdf: bytes) -> bytes:
        if self.stamper is None:
            raise TimestampUnavailable("Chưa cấu hình cơ quan cấp dấu thời gian")
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        output = await PdfTimeStamper(self.stamper).async_timestamp_pdf(
            writer, ALGORITHM, bytes_reserved=2 * WIDE_BYTES
        )
        return cast("BytesIO", output).getvalue()

    async def _require_good_certificate(self, at: datetime) -> None:
        """Look at the certificate before it is used, as TT 15/2025/TT-BKHCN Art. 5 asks."""
        try:
            path = await self._path(at, None)
            certificates = list(path.iter_certs(include_root=True))
            evidence = await self.trust.revocations.gather([certificates])
            await self._path(at, evidence)
        except RevokedError as error:
            raise SealKeyUnavailable("Chứng thư ký đã bị thu hồi") from error
        except (PathError, ValidationError, InvalidCertificateError) as error:
            reason = type(error).__name__
            raise SealKeyUnavailable(f"Chứng thư ký không dùng được hoặc không kiểm tra được: {reason}") from error

    async def _path(self, at: datetime, evidence: Evidence | None) -> ValidationPath:
        context = self.trust.context(at, evidence)
        validator = CertificateValidator(self.key.certificate, list(self.key.chain), validation_context=context)
        path = await validator.async_validate_usage({"non_repudiation"})  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        return cast("ValidationPath", path)

    def _require_sound(self, pdf: bytes, level: SealLevel) -> None:
        _require(self.verify(pdf), level)


class _TimedSigner(PdfSigner):
    """Signs at a given time instead of the process's own."""

    at: datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:  # noqa: FBT001, FBT002 - pyHanko's interface
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self.at
        return session


def _require(verification: Verification, level: SealLevel) -> None:
    """Refuse what does not hold; only a B-B seal may lack a time stamp.

    Raises:
        SealInvalid: naming the checks.
        NotArchival: with the validator's findings.
    """
    lacking = {"timestamp"} if level is SealLevel.B_B else set()
    checks = [check for verdict in verification.signatures for check in verdict.checks]
    failed = [check for check in (*checks, *verification.checks) if check.holds is not True]
    archival = [check for check in failed if check.name == "pdfa"]
    broken = [check for check in failed if check.name not in {"pdfa", *lacking}]
    if broken or not verification.signatures:
        raise SealInvalid("Chữ ký vừa tạo không đạt kiểm tra: " + "; ".join(check.detail for check in broken))
    if archival:
        raise NotArchival(archival[0].detail)
