"""What the receivers are sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.deliver import wire
from pipeline.deliver.wire import KnownDossier
from schemas.document import digest_of
from schemas.dossier import Component, Dossier, IdentityKind, Owner
from schemas.errors import BadDossier
from schemas.jobs import DeliveredPaper
from schemas.units import VIETNAM
from workers.sandbox.forms import EntryForm, Progresses, Sync

NOON = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)

DOSSIER = Dossier(
    code="H50.12-20261105-0000001",
    procedure_code="1.001193",
    procedure_name="Đăng ký khai sinh",
    field_code="G15-HT02",
    field_name="Hộ tịch",
    agency_code="H50.12",
    agency_name="Ủy ban nhân dân phường Đông Hà",
    owner=Owner(name="Nguyễn Thị Thử", identity_no="045190000017"),
    components=(Component(code="KS-01", name="Tờ khai đăng ký khai sinh"),),
    received_at=NOON,
    due_at=NOON + timedelta(days=3),
)


def paper(number: int = 1) -> DeliveredPaper:
    return DeliveredPaper(
        document_id=f"d{number:04d}",
        component_code=f"KS-{number:02d}",
        component_name="Tờ khai đăng ký khai sinh",
        notation="",
        digest=digest_of(b"%d" % number),
        size=1000,
        pages=2,
        link=f"https://kho.example/tep/d{number:04d}",
        sealed_at=NOON + timedelta(minutes=number),
        digitized_at=NOON,
    )


def synced(dossier: Dossier = DOSSIER, known: KnownDossier | None = None) -> dict[str, object]:
    return dict(wire.sync_dossier(dossier, [paper()], known)["data"][0])


def test_a_moment_is_written_in_the_time_of_viet_nam() -> None:
    assert wire.stamp(datetime(2026, 12, 31, 17, 0, 1, tzinfo=UTC)) == "20270101000001"
    with pytest.raises(ValueError, match="without time zone"):
        wire.stamp(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


@given(
    st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(9998, 12, 30)),  # noqa: DTZ001 - zone added below
    st.integers(-14 * 60, 14 * 60),
)
@example(datetime(1900, 1, 2), 0)  # noqa: DTZ001 - zone added below
def test_a_stamp_can_be_read_back(naive: datetime, offset: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    written = wire.stamp(moment)
    assert len(written) == 14
    read = datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    assert timedelta(0) <= moment - read < timedelta(seconds=1)


def test_the_payloads_have_the_form_that_the_receivers_demand() -> None:
    papers = [paper(1), paper(2)]
    for known in (None, KnownDossier(status="4")):
        for model, payload in (
            (Sync, wire.sync_dossier(DOSSIER, papers, known)),
            (Progresses, wire.progress(DOSSIER, papers, known)),
        ):
            model.model_validate({name: value for name, value in payload.items() if name != "service"})
    EntryForm.model_validate(wire.store_entry(DOSSIER, paper()))


def test_a_new_dossier_is_received_and_a_known_one_keeps_its_status() -> None:
    assert wire.sync_dossier(DOSSIER, [], None)["isUpdating"] == "False"
    assert synced()["TrangThaiHoSo"] == "2"
    assert wire.sync_dossier(DOSSIER, [], KnownDossier(status="9"))["isUpdating"] == "True"
    assert synced(known=KnownDossier(status="9"))["TrangThaiHoSo"] == "9"
    assert "TrangThaiHoSo" not in synced(known=KnownDossier())


def test_digitization_flags_follow_the_papers() -> None:
    assert wire.sync_dossier(DOSSIER, [], None)["data"][0]["HoSoCoThanhPhanSoHoa"] == 0
    attached = wire.sync_dossier(DOSSIER, [paper()], None)["data"][0]
    assert attached["HoSoCoThanhPhanSoHoa"] == 1
    assert attached["TaiLieuNop"][0]["DuocSoHoa"] == 1
    assert attached["TaiLieuNop"][0]["DuocTaiSuDung"] == 0


@given(st.text(min_size=1, max_size=1200))
@example("ệ" * 1001)
@example("\ud800")
def test_the_summary_fits_and_every_text_survives_json(name: str) -> None:
    dossier = replace(DOSSIER, procedure_name=name)
    payload = wire.sync_dossier(dossier, [paper()], None)
    assert len(payload["data"][0]["TrichYeuHoSo"]) <= 1000
    assert json.loads(wire.encode(payload)) == payload


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("000000001", IdentityKind.OLD_ID_9),
        ("111111111", IdentityKind.OLD_ID_9),
        ("000000000000", IdentityKind.CITIZEN_12),
        ("04519000001", IdentityKind.CITIZEN_12),
        ("045190000017", IdentityKind.OLD_ID_9),
        ("٠٤٥١٩٠٠٠٠٠١٧", IdentityKind.CITIZEN_12),
        ("", IdentityKind.CITIZEN_12),
    ],
)
def test_a_number_that_cannot_be_real_is_never_sent(number: str, kind: IdentityKind) -> None:
    dossier = replace(DOSSIER, owner=Owner(name="Trần Văn Mẫu", identity_no=number, identity_kind=kind))
    with pytest.raises(BadDossier) as refused:
        wire.sync_dossier(dossier, [], None)
    assert "Trần" not in refused.value.message
    with pytest.raises(BadDossier):
        wire.store_entry(dossier, paper())


def test_a_resend_equals_what_was_sent_before() -> None:
    papers = [paper(1), paper(2)]
    known = KnownDossier(status="2")
    assert wire.encode(wire.progress(DOSSIER, papers, known)) == wire.encode(wire.progress(DOSSIER, papers, None))
    assert wire.encode(wire.store_entry(DOSSIER, paper())) == wire.encode(wire.store_entry(DOSSIER, paper()))


def test_progress_tells_of_the_newest_paper_only() -> None:
    older, newer = (wire.progress(DOSSIER, papers, None)["data"][0] for papers in ([paper(1)], [paper(1), paper(2)]))
    assert (older["ThoiDiemXuLy"], newer["ThoiDiemXuLy"]) == ("20261105120100", "20261105120200")
    assert "KS-01" in older["NoiDungXuLy"]
    assert "KS-01" not in newer["NoiDungXuLy"]


def test_one_key_per_delivery_and_content() -> None:
    one, other = wire.store_entry(DOSSIER, paper(1)), wire.store_entry(DOSSIER, paper(2))
    assert wire.request_key("k", one) == wire.request_key("k", dict(one))
    assert len({wire.request_key("k", one), wire.request_key("k", other), wire.request_key("l", one)}) == 3
    assert wire.request_key("khóa lạ\n", one).isalnum()


def test_file_names_and_progress_hold_no_personal_data() -> None:
    sent = json.dumps(wire.progress(DOSSIER, [paper()], None), ensure_ascii=False)
    assert DOSSIER.owner.name not in sent
    assert DOSSIER.owner.identity_no not in sent
    assert wire.store_entry(DOSSIER, paper())["DanhSachTepDinhKem"][0]["TenTep"].startswith("KS-01_")
