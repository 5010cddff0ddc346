"""The forms the receivers demand, checked strictly: a misspelt field is refused, not ignored."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.dossier import COMPONENT_CODE, DOSSIER_CODE, PROCEDURE_CODE


def _real_moment(text: str) -> str:
    # raises ValueError where there is no such moment
    return f"{datetime.strptime(text, '%Y%m%d%H%M%S').replace(tzinfo=UTC):%Y%m%d%H%M%S}"


def _real_person(number: str) -> str:
    if number.startswith("000000") or len(set(number)) == 1:
        raise ValueError("a stand-in number")
    return number


def _as_text(value: object) -> object:
    """Codes come as "2" or as 2."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text50 = Annotated[str, Field(min_length=1, max_length=50)]
Text100 = Annotated[str, Field(min_length=1, max_length=100)]
Text200 = Annotated[str, Field(min_length=1, max_length=200)]
Text1000 = Annotated[str, Field(min_length=1, max_length=1000)]
Text5000 = Annotated[str, Field(min_length=1, max_length=5000)]
Moment = Annotated[str, Field(pattern=r"^[0-9]{14}$"), AfterValidator(_real_moment)]
PersonNumber = Annotated[str, Field(pattern=r"^([0-9]{9}|[0-9]{12})$"), AfterValidator(_real_person)]
DossierCode = Annotated[str, Field(pattern=DOSSIER_CODE.pattern, max_length=100)]
ProcedureCode = Annotated[str, Field(pattern=PROCEDURE_CODE.pattern)]
PaperCode = Annotated[str, Field(pattern=COMPONENT_CODE.pattern)]
Status = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^([1-9]|10)$")]
Channel = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[1-3]$")]
OwnerKind = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[1-4]$")]
Flag = Annotated[Literal["0", "1"], BeforeValidator(_as_text)]
Link = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=1000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Form(BaseModel):
    """Strict base: nothing unknown."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Login(Form):
    """Body of `POST /mapi/login`."""

    username: Text200
    password: Text200


class Envelope(BaseModel):
    """Body of `POST /mapi/g`; what else it holds depends on the service."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    session: Text200
    madonvi: Text50
    service: Text50


class Identity(Form):
    """One of DinhDanhCHS."""

    LoaiDinhDanh: Literal[1, 2]
    SoDinhDanh: PersonNumber


class Attachment(Form):
    """One of TaiLieuNop."""

    TepDinhKemId: Text200
    TenTepDinhKem: Text200
    IsDeleted: Literal["True", "False"]
    MaThanhPhanHoSo: PaperCode
    DuongDanTaiTepTin: Link
    DuocSoHoa: Flag
    DuocTaiSuDung: Flag
    DuocLayTuKhoDMQG: Flag
    MaKetQuaThayThe: Annotated[str, Field(max_length=100)]


class DossierForm(Form):
    """One of the data of `DongBoHoSoMC`: what must be there, and what may."""

    MaHoSo: DossierCode
    MaTTHC: ProcedureCode
    TenTTHC: Text1000
    MaLinhVuc: Text100
    TenLinhVuc: Text1000
    KenhThucHien: Channel
    SoGiayToChuHoSo: PersonNumber
    ChuHoSo: Text1000
    LoaiDoiTuong: OwnerKind
    TrichYeuHoSo: Text1000
    NgayTiepNhan: Moment
    NgayHenTra: Moment
    DonViXuLy: Text1000
    HoSoCoThanhPhanSoHoa: Flag
    DinhDanhCHS: Annotated[list[Identity], Field(min_length=1)]
    TaiLieuNop: list[Attachment]
    TrangThaiHoSo: Status | None = None
    MaDoiTuong: Text100 | None = None
    ThongTinKhac: Text5000 | None = None
    Email: Text200 | None = None
    Fax: Text50 | None = None
    SoDienThoai: Text50 | None = None
    NgayTra: Moment | None = None
    ThongTinTra: Text1000 | None = None
    HinhThuc: Flag | None = None
    NgayKetThucXuLy: Moment | None = None
    GhiChu: Text5000 | None = None
    NoiNopHoSo: Literal["1", "2"] | None = None
    TaiKhoanDuocXacThucVoiVNeID: Flag | None = None
    DuocThanhToanTrucTuyen: OwnerKind | None = None
    NgayTuChoi: Moment | None = None
    NgayNopHoSo: Moment | None = None


class ProgressForm(Form):
    """One of the data of `CapNhatTienDoHoSoMC`."""

    MaHoSo: DossierCode
    NguoiXuLy: Text50
    ChucDanh: Text100
    ThoiDiemXuLy: Moment
    PhongBanXuLy: Text1000
    NoiDungXuLy: Text1000
    TrangThai: Status
    NgayBatDau: Moment
    NgayKetThucTheoQuyDinh: Moment


class LookUp(Form):
    """The rest of `TraCuuHoSo`."""

    mahoso: DossierCode


class Sync(Form):
    """The rest of `DongBoHoSoMC`."""

    isUpdating: Literal["True", "False"]  # noqa: N815 - the receiver's spelling
    data: Annotated[list[DossierForm], Field(min_length=1, max_length=100)]


class Progresses(Form):
    """The rest of `CapNhatTienDoHoSoMC`."""

    data: Annotated[list[ProgressForm], Field(min_length=1, max_length=100)]


class StoredFile(Form):
    """One of DanhSachTepDinhKem."""

    TenTep: Text200
    DuongDan: Link
    HashTepTin: Sha256


class EntryForm(Form):
    """Body of `POST /kho/giayto`.

    KyHieuGiayTo must be there but may be empty: many papers of citizens carry no number.
    """

    MaGiayToSoHoa: Text200
    MaGiayTo: PaperCode
    TenGiayTo: Text5000
    KyHieuGiayTo: Annotated[str, Field(max_length=100)]
    MaChuGiayTo: PersonNumber
    TenChuGiayTo: Text1000
    LoaiDinhDanhCHS: Literal[1, 2]
    MaHoSo: DossierCode
    MaTTHC: ProcedureCode
    MaLinhVuc: Text100
    CoQuanChuQuan: Text100
    TenCoQuan: Text1000
    NgaySoHoa: Moment
    PhamViHieuLuc: Text1000
    TrangThai: Annotated[Literal["0", "1", "2", "3"], BeforeValidator(_as_text)]
    DanhSachTepDinhKem: Annotated[list[StoredFile], Field(min_length=1, max_length=1)]
    TrichYeuNoiDung: Text5000 | None = None
    NgayCap: Moment | None = None
    ThoiHanHieuLuc: Moment | None = None
    NgaySinh: Text50 | None = None
    ThongTinKhac: Text5000 | None = None


class EntryLookUp(Form):
    """Body of `POST /kho/tracuu`."""

    MaHoSo: DossierCode
    MaGiayToSoHoa: Text200


class StatusChange(Form):
    """Body of `POST /sandbox/status`: the agency moves a dossier on."""

    MaHoSo: DossierCode
    TrangThaiHoSo: Status


def wrong_fields(error: ValidationError) -> str:
    """Return the names of the fields at fault, without their values."""
    return named_fields(error.errors(include_input=False, include_context=False))


def named_fields(errors: Any) -> str:  # noqa: ANN401 - pydantic's and FastAPI's lists of errors
    """Return the field names in a list of errors, each once."""
    names = {next((str(part) for part in reversed(item["loc"]) if isinstance(part, str)), "data") for item in errors}
    return ", ".join(sorted(names))
