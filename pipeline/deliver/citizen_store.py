"""Client of the citizen's electronic data store (kho quản lý dữ liệu điện tử)."""

from collections.abc import Mapping
from typing import Any, Final

from pipeline.deliver import wire
from pipeline.deliver.answer import Answer, Verdict, demand_accepted, read_answer, store_rows, text_at
from pipeline.deliver.breaker import Breaker
from pipeline.deliver.transport import Transport
from pipeline.ports import Clock
from schemas.dossier import Dossier
from schemas.errors import ReceiverRefused, ReceiverUnavailable
from schemas.jobs import DeliveredPaper, Receipt
from schemas.settings import DeliverSettings

NAME: Final = "Kho dữ liệu điện tử"
ENTRY_PATH: Final = "/kho/giayto"
LOOK_UP_PATH: Final = "/kho/tracuu"
"""A POST as well: no codes in addresses, which end up in logs."""


class CitizenStoreClient:
    """Satisfies `pipeline.ports.CitizenStore`. May be shared by threads."""

    def __init__(self, transport: Transport, breaker: Breaker, clock: Clock) -> None:
        """Keep what is needed; nothing is sent yet."""
        self._transport = transport
        self._breaker = breaker
        self._clock = clock

    def deliver(self, dossier: Dossier, paper: DeliveredPaper, key: str) -> Receipt:
        """Add the index entry of `paper`; repeating is harmless.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed: try again.
            ReceiverRefused: refused, or the store has another file under the same id.
            BadDossier: the owner's number cannot be a real one; nothing was sent.
        """
        entry = wire.store_entry(dossier, paper)
        return self._breaker.call(lambda: self._deliver(entry, dossier.code, paper, key))

    def holds(self, dossier_code: str, document_id: str) -> bool:
        """Whether the store has an entry for that paper.

        Raises:
            ReceiverUnavailable: no answer, or not as agreed.
            ReceiverRefused: understood and refused.
        """
        return self._breaker.call(lambda: self._look_up(dossier_code, document_id)) is not None

    @property
    def spared(self) -> bool:
        """Whether calls are turned away, or one only tried, because the last ones failed."""
        return self._breaker.is_open

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _deliver(self, entry: wire.Payload, dossier_code: str, paper: DeliveredPaper, key: str) -> Receipt:
        answer = self._post(ENTRY_PATH, entry, wire.request_key(key, entry))
        if answer.verdict is Verdict.EXISTS:
            return self._earlier(dossier_code, paper)
        body = demand_accepted(answer, NAME).body
        return self._receipt(text_at(body, "result", "MaGiayToKhoQuocGia"), paper, body)

    def _earlier(self, dossier_code: str, paper: DeliveredPaper) -> Receipt:
        """An entry that exists is ours only where it names the same file."""
        row = self._look_up(dossier_code, paper.document_id)
        if row is None:
            raise ReceiverUnavailable(f"{NAME} báo giấy tờ đã tồn tại nhưng tra cứu không thấy")
        if text_at(row, "HashTepTin") != paper.digest:
            raise ReceiverRefused(f"{NAME} đang giữ một tệp khác dưới cùng mã giấy tờ số hóa")
        return self._receipt(text_at(row, "MaGiayToKhoQuocGia"), paper, dict(row))

    def _look_up(self, dossier_code: str, document_id: str) -> Mapping[str, Any] | None:
        answer = self._post(LOOK_UP_PATH, wire.look_up_entry(dossier_code, document_id), "")
        if answer.verdict is Verdict.ABSENT:
            return None
        rows = store_rows(demand_accepted(answer, NAME), NAME)
        return next((row for row in rows if row.get("MaGiayToSoHoa") == document_id), None)

    def _post(self, path: str, payload: wire.Payload, key: str) -> Answer:
        answer = read_answer(self._transport.post(path, wire.encode(payload), key), NAME)
        if answer.verdict is Verdict.SESSION_ENDED:
            raise ReceiverRefused(f"{NAME} không nhận mã truy cập; kiểm tra SOHOA_CITIZEN_STORE_TOKEN")
        return answer

    def _receipt(self, number: str, paper: DeliveredPaper, body: dict[str, Any]) -> Receipt:
        return Receipt(number=number or paper.document_id, received_at=self._clock(), body=body)


def build_citizen_store(settings: DeliverSettings, clock: Clock) -> CitizenStoreClient:
    """Return the client that `settings` describe; nothing is sent yet.

    Raises:
        SettingsError: the address or token cannot be used.
    """
    token = str.__str__(settings.citizen_store_token)
    transport = Transport(NAME, settings.citizen_store_url, settings.timeout_s, token)
    breaker = Breaker(NAME, settings.breaker_failures, settings.breaker_reset_s)
    return CitizenStoreClient(transport, breaker, clock)
