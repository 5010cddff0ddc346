"""The dossier system's session: login once, again when it ended."""

import threading
from dataclasses import dataclass, field
from typing import Final

from pipeline.deliver import wire
from pipeline.deliver.answer import Answer, Verdict, read_answer, refusal, session_of
from pipeline.deliver.transport import Transport
from schemas.errors import ReceiverUnavailable
from schemas.settings import Secret

LOGIN_PATH: Final = "/mapi/login"
SERVICE_PATH: Final = "/mapi/g"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who we are to the dossier system. `unit_code` is the MaDinhDanhDV."""

    username: str
    password: Secret = field(repr=False)
    unit_code: str


class Session:
    """Calls services under a session that threads share."""

    def __init__(self, transport: Transport, account: Account) -> None:
        """Start without a session; the first call logs in."""
        self._transport = transport
        self._account = account
        self._lock = threading.Lock()
        self._current = ""

    def call(self, request: wire.Payload, key: str = "") -> Answer:
        """Send a service request and return the answer; log in again once where the session ended.

        Args:
            request: body without session and unit.
            key: idempotency key of the delivery, "" for a question.

        Raises:
            ReceiverUnavailable: no answer as agreed, or the session ended twice.
            ReceiverRefused: login refused, or a bare HTTP 4xx.
        """
        session = self._logged_in(ended="")
        answer = self._send(session, request, key)
        if answer.verdict is Verdict.SESSION_ENDED:
            answer = self._send(self._logged_in(ended=session), request, key)
        if answer.verdict is Verdict.SESSION_ENDED:
            raise ReceiverUnavailable(f"{self._transport.receiver} liên tục báo hết phiên làm việc")
        return answer

    def _send(self, session: str, request: wire.Payload, key: str) -> Answer:
        body = {"session": session, "madonvi": self._account.unit_code, **request}
        sent_key = wire.request_key(key, request) if key else ""
        raw = self._transport.post(SERVICE_PATH, wire.encode(body), sent_key)
        return read_answer(raw, self._transport.receiver)

    def _logged_in(self, ended: str) -> str:
        """One thread logs in; the others take what it got."""
        with self._lock:
            if self._current == ended:
                self._current = self._login()
            return self._current

    def _login(self) -> str:
        body = wire.encode(wire.login(self._account.username, str.__str__(self._account.password)))
        answer = read_answer(self._transport.post(LOGIN_PATH, body), self._transport.receiver)
        if answer.verdict is not Verdict.ACCEPTED:
            # a wrong password, tried again and again, locks the account: a person has to look
            raise refusal(answer, f"{self._transport.receiver}, khi đăng nhập,")
        return session_of(answer, self._transport.receiver)
