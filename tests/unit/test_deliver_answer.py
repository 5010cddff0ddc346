"""Understanding answers, whatever they are."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.deliver.answer import (
    MAX_ANSWER_BYTES,
    Answer,
    RawAnswer,
    Verdict,
    demand_accepted,
    known_dossier,
    read_answer,
    session_of,
    store_rows,
    text_at,
)
from schemas.errors import ReceiverRefused, ReceiverUnavailable

RECEIVER = "Bên nhận"


def raw(body: object, status: int = 200, content_type: str = "application/json; charset=utf-8") -> RawAnswer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawAnswer(status=status, content_type=content_type, body=data)


def verdict(code: object, message: str = "") -> Verdict:
    return read_answer(raw({"error_code": code, "message": message}), RECEIVER).verdict


@pytest.mark.parametrize("code", [0, "0", "00"])
def test_zero_accepts_however_it_is_written(code: object) -> None:
    assert verdict(code) is Verdict.ACCEPTED
    assert read_answer(raw({"errorCode": code}), RECEIVER).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Hồ sơ ĐÃ TỒN TẠI trên hệ thống", Verdict.EXISTS),
        ("Hồ sơ đã tồn tại", Verdict.EXISTS),  # decomposed
        ("Phiên làm việc đã hết hạn", Verdict.SESSION_ENDED),
        ("Session invalid", Verdict.SESSION_ENDED),
        ("Không tìm thấy hồ sơ", Verdict.ABSENT),
        ("Phiên bản biểu mẫu không hợp lệ", Verdict.REFUSED),
        ("Thiếu MaTTHC", Verdict.REFUSED),
        ("", Verdict.REFUSED),
    ],
)
def test_other_codes_are_told_by_their_words(message: str, expected: Verdict) -> None:
    assert verdict("1", message) is expected


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", status=500),
        raw({"error_code": "0"}, status=503),
        raw(b"", status=429),
        raw(b"", status=301),
        raw(b"<html>", content_type="text/html"),
        raw({"error_code": "0"}, content_type=""),
        raw(b""),
        raw(b'{"error_code": "0"}{"error_code": "0"}'),
        raw(b'{"error_code": "0"'),
        raw(b"[" * 100_000),
        raw([]),
        raw({"message": "Thành công"}),
        raw({"error_code": True}),
        raw(b'{"error_code": "0", "n": NaN}'),
        raw(b'{"error_code": "0", "n": 1e999}'),
        raw(b'{"error_code": "0", "n": "\\ud800"}'),
        raw(b'{"error_code": "0", "n": "\\u0000"}'),
        raw(b'{"error_code": "0", "n": "' + b"x" * MAX_ANSWER_BYTES + b'"}'),
        raw({"error_code": "9", "message": "Hệ thống đang bận"}),
    ],
)
def test_what_is_no_answer_as_agreed_can_be_tried_again(answer: RawAnswer) -> None:
    with pytest.raises(ReceiverUnavailable):
        read_answer(answer, RECEIVER)


def test_a_bare_4xx_refuses_and_401_ends_the_session() -> None:
    for status in (400, 403, 404, 422):
        with pytest.raises(ReceiverRefused, match=str(status)):
            read_answer(raw(b"<html>", status=status, content_type="text/html"), RECEIVER)
    assert read_answer(raw(b"", status=401), RECEIVER).verdict is Verdict.SESSION_ENDED
    with pytest.raises(ReceiverRefused):
        demand_accepted(read_answer(raw({"error_code": "0"}, status=400), RECEIVER), RECEIVER)


def test_a_refusal_names_code_and_fields_but_nothing_else_the_receiver_said() -> None:
    said = {"error_code": "201", "message": "ChuHoSo Nguyễn Thị Thử, SoGiayToChuHoSo 045190000017 không hợp lệ"}
    with pytest.raises(ReceiverRefused) as refused:
        demand_accepted(read_answer(raw(said), RECEIVER), RECEIVER)
    assert refused.value.message == "Bên nhận từ chối: mã lỗi 201, trường ChuHoSo, SoGiayToChuHoSo"
    with pytest.raises(ReceiverRefused, match="không rõ"):
        demand_accepted(read_answer(raw({"error_code": "045190000017"}), RECEIVER), RECEIVER)


def test_a_known_dossier_is_told_by_its_code() -> None:
    rows = [
        {"MaHoSo": "khác", "TrangThaiHoSo": "1"},
        {
            "MaHoSo": "h",
            "TrangThaiHoSo": 9,
            "TaiLieuNop": [
                {"TepDinhKemId": "a", "IsDeleted": "False"},
                {"TepDinhKemId": "b", "IsDeleted": "True"},
                "lạ",
                {},
            ],
        },
    ]
    known = known_dossier(read_answer(raw({"error_code": 0, "data": rows}), RECEIVER), "h", RECEIVER)
    assert known is not None
    assert (known.status, known.paper_ids) == ("9", frozenset({"a"}))
    assert known_dossier(read_answer(raw({"error_code": 0}), RECEIVER), "h", RECEIVER) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error_code", "message", "data", "result", "session", "MaHoSo", "TaiLieuNop", "DanhSachGiayTo"]
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    st.integers(100, 599),
    st.sampled_from(["application/json", "text/html", "", "application/problem+json"]) | st.text(max_size=10),
)
@example(b'{"error_code": 1' + b"0" * 5000 + b"}", 200, "application/json")
def test_no_bytes_crash_the_reader(body: bytes, status: int, content_type: str) -> None:
    try:
        answer = read_answer(RawAnswer(status=status, content_type=content_type, body=body), RECEIVER)
    except (ReceiverUnavailable, ReceiverRefused):
        return
    json.dumps(answer.body, ensure_ascii=False, allow_nan=False).encode()


def known_dossier_h(answer: Answer, receiver: str) -> object:
    return known_dossier(answer, "h", receiver)


@given(st.dictionaries(st.sampled_from(["data", "result", "session"]), JSON))
def test_no_json_crashes_the_questions_asked_of_it(body: dict[str, Any]) -> None:
    answer = Answer(verdict=Verdict.ACCEPTED, code="0", message="", body=body)
    assert isinstance(text_at(body, "data", 0, "MaGiaoDich"), str)
    for question in (known_dossier_h, store_rows, session_of):
        with contextlib.suppress(ReceiverUnavailable):
            question(answer, RECEIVER)
