"""Client of the dossier system (hệ thống thông tin giải quyết TTHC)."""

from collections.abc import Sequence
from typing import Final

from pipeline.deliver import wire
from pipeline.deliver.answer import Answer, Verdict, demand_accepted, known_dossier, text_at
from pipeline.deliver.breaker import Breaker
from pipeline.deliver.session import Account, Session
from pipeline.deliver.transport import Transport
from pipeline.deliver.wire import KnownDossier
from pipeline.ports import Clock
from schemas.dossier import Dossier
from schemas.errors import ReceiverUnavailable
from schemas.jobs import DeliveredPaper, Receipt
from schemas.settings import DeliverSettings

NAME: Final = "Hệ thống giải quyết thủ tục hành chính"


class DossierSystemClient:
    """Satisfies `pipeline.ports.DossierSystem`. May be shared by threads."""

    def __init__(self, transport: Transport, account: Account, breaker: Breaker, clock: Clock) -> None:
        """Keep what is needed; nothing is sent yet."""
        self._transport = transport
        self._session = Session(transport, account)
        self._breaker = breaker
        self._clock = clock

    def deliver(self, dossier: Dossier, papers: Sequence[DeliveredPaper], key: str) -> Receipt:
        """Make the dossier known with its papers, then its progress; repeating is harmless.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed: try again.
            ReceiverRefused: understood and refused: a person has to look.
            BadDossier: the owner's number cannot be a real one; nothing was sent.
        """
        wire.checked_identity(dossier.owner)
        return self._breaker.call(lambda: self._deliver(dossier, papers, key))

    def holds(self, dossier_code: str, document_id: str) -> bool:
        """Whether the dossier at the receiver has that paper attached.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed.
            ReceiverRefused: understood and refused.
        """
        known = self._breaker.call(lambda: self._look_up(dossier_code))
        return known is not None and document_id in known.paper_ids

    @property
    def spared(self) -> bool:
        """Whether calls are turned away, or one only tried, because the last ones failed."""
        return self._breaker.is_open

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _deliver(self, dossier: Dossier, papers: Sequence[DeliveredPaper], key: str) -> Receipt:
        known, synced = self._sync(dossier, papers, key)
        progressed = self._progress(dossier, papers, known)
        return Receipt(
            number=text_at(synced.body, "data", 0, "MaGiaoDich") or dossier.code,
            received_at=self._clock(),
            body={"DongBoHoSoMC": synced.body, "CapNhatTienDoHoSoMC": progressed.body},
        )

    def _look_up(self, code: str) -> KnownDossier | None:
        answer = self._session.call(wire.look_up_dossier(code))
        if answer.verdict is Verdict.ABSENT:
            return None
        return known_dossier(demand_accepted(answer, NAME), code, NAME)

    def _sync(self, dossier: Dossier, papers: Sequence[DeliveredPaper], key: str) -> tuple[KnownDossier | None, Answer]:
        known = self._look_up(dossier.code)
        answer = self._session.call(wire.sync_dossier(dossier, papers, known), key)
        if answer.verdict is Verdict.EXISTS and known is None:
            # somebody was faster, or our own earlier call arrived after all
            known = self._look_up(dossier.code)
            if known is None:
                raise ReceiverUnavailable(f"{NAME} báo hồ sơ đã tồn tại nhưng tra cứu không thấy")
            answer = self._session.call(wire.sync_dossier(dossier, papers, known), key)
        return known, demand_accepted(answer, NAME)

    def _progress(self, dossier: Dossier, papers: Sequence[DeliveredPaper], known: KnownDossier | None) -> Answer:
        """The line is its own key: any delivery that tells the same step tells it once."""
        request = wire.progress(dossier, papers, known)
        answer = self._session.call(request, key=dossier.code)
        if answer.verdict is Verdict.ABSENT:
            raise ReceiverUnavailable(f"{NAME} nhận hồ sơ rồi nhưng báo chưa có khi gửi tiến độ")
        # the line's identity is fixed, so one that exists is this one
        return answer if answer.verdict is Verdict.EXISTS else demand_accepted(answer, NAME)


def build_dossier_system(settings: DeliverSettings, clock: Clock) -> DossierSystemClient:
    """Return the client that `settings` describe; nothing is sent yet.

    Raises:
        SettingsError: the address cannot be used.
    """
    account = Account(
        username=settings.dossier_system_user,
        password=settings.dossier_system_password,
        unit_code=settings.unit_code,
    )
    transport = Transport(NAME, settings.dossier_system_url, settings.timeout_s)
    breaker = Breaker(NAME, settings.breaker_failures, settings.breaker_reset_s)
    return DossierSystemClient(transport, account, breaker, clock)
