"""The one tree of errors. Codes, exit codes and hints are an interface: see docs/errors.md.

    SohoaError
    ├── InputError          the file, request or message is at fault; trying again cannot help
    ├── StationRefused      a station has to show another token
    ├── SettingsError       the installation is at fault
    ├── ServiceError        another service is at fault; trying again can help
    └── IntegrityError      something that must never happen was found; a person has to look

Messages and hints are Vietnamese, for the person at the desk. They hold no personal data.
"""

from typing import ClassVar


class SohoaError(Exception):
    """Base of all errors that this system raises on purpose.

    Attributes:
        code: stable kebab-case name, for machines.
        exit_code: of the command line; unique for each concrete class.
        http: status of a web answer.
        retryable: whether the same call may succeed later.
        outage: whether it is another service that is down: such attempts are not charged
            to the job, so that a day without a receiver costs nothing but time.
        hint: what the person should do.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    outage: ClassVar[bool] = False
    hint: ClassVar[str] = "Chạy «sohoa doctor» để tìm nguyên nhân."

    def __init__(self, message: str) -> None:
        """Keep what happened; `hint` says what to do."""
        super().__init__(message)
        self.message = message


class InputError(SohoaError):
    """Something that came in cannot be used."""

    code = "bad-input"
    exit_code = 10
    http = 422
    hint = "Kiểm tra lại tệp rồi quét hoặc gửi lại."


class UnreadableFile(InputError):
    """A file is damaged, empty or truncated."""

    code = "unreadable-file"
    exit_code = 11
    hint = "Tệp hỏng hoặc thiếu dữ liệu: quét lại giấy gốc và gửi tệp mới."


class UnsupportedFile(InputError):
    """A file is of a kind that the station does not take."""

    code = "unsupported-file"
    exit_code = 12
    http = 415
    hint = "Chỉ nhận TIFF, JPEG, PNG và PDF: chọn lại định dạng ở máy quét."


class EncryptedFile(InputError):
    """A PDF cannot be opened without a password."""

    code = "encrypted-file"
    exit_code = 13
    hint = "Gỡ mật khẩu của tệp PDF, hoặc in ra và quét lại."


class LimitExceeded(InputError):
    """A file is larger than the set limits: bytes, pixels or pages."""

    code = "limit-exceeded"
    exit_code = 14
    http = 413
    hint = "Giảm độ phân giải hoặc chia tệp thành nhiều lô nhỏ hơn rồi gửi lại."


class FileStillWritten(InputError):
    """A file is not yet complete: somebody is still writing it."""

    code = "file-still-written"
    exit_code = 15
    http = 409
    retryable = True
    hint = "Đợi máy quét ghi xong rồi thử lại."


class BadCoverSheet(InputError):
    """A QR code looks like a cover sheet's but does not say what it must."""

    code = "bad-cover-sheet"
    exit_code = 16
    hint = "In lại tờ phân cách từ giấy tiếp nhận rồi quét lại lô này."


class LateCoverSheet(InputError):
    """A page that could not be read turned out to be a cover sheet after its batch was cut."""

    code = "late-cover-sheet"
    exit_code = 33
    hint = "Gác văn bản này lại bằng «sohoa documents set-aside», rồi quét lại các tờ của nó thành xấp mới."


class OtherOwner(InputError):
    """A paper names somebody else where the owner of its dossier should stand; it is held before sealing."""

    code = "other-owner"
    exit_code = 34
    hint = "Xem «sohoa documents why». Đúng chủ: «sohoa documents release»; người khác: «sohoa documents set-aside»."


class NotFound(InputError):
    """A named thing does not exist."""

    code = "not-found"
    exit_code = 17
    http = 404
    hint = "Kiểm tra lại mã số hoặc tên tệp đã nhập."


class BadDossier(InputError):
    """A dossier's record from intake is not of the agreed form."""

    code = "bad-dossier"
    exit_code = 18
    hint = "Sửa bản ghi hồ sơ theo thông báo rồi nạp lại."


class UploadDamaged(InputError):
    """Bytes that arrived are not those that were announced: they are dropped and can be sent again."""

    code = "upload-damaged"
    exit_code = 19
    http = 400
    retryable = True
    hint = "Trạm tự gửi lại; nếu lặp lại mãi thì kiểm tra đường truyền và đĩa của trạm."


class UploadOutOfStep(InputError):
    """A chunk does not begin where the last one ended, or the same file is being sent twice at once."""

    code = "upload-out-of-step"
    exit_code = 30
    http = 409
    retryable = True
    hint = "Trạm tự hỏi lại trung tâm còn thiếu từ đâu và gửi tiếp; không cần làm gì."

    def __init__(self, message: str, offset: int = 0) -> None:
        """Keep what happened, and how many bytes the centre has."""
        super().__init__(message)
        self.offset = offset


class RefusedByCentre(InputError):
    """The centre refused a file for a reason that this version does not know."""

    code = "refused-by-centre"
    exit_code = 31
    hint = "Xem lý do được nêu, quét lại hoặc báo quản trị viên của trung tâm."


class StationRefused(SohoaError):
    """The centre does not know a station's token, or has revoked it."""

    code = "station-refused"
    exit_code = 32
    http = 401
    hint = "Tệp vẫn ở trạm. Nhờ trung tâm cấp mã mới: «sohoa station add», đặt vào SOHOA_STATION_TOKEN rồi chạy lại."


class SettingsError(SohoaError):
    """A setting is unknown, missing or wrong."""

    code = "bad-settings"
    exit_code = 20
    hint = "Sửa biến môi trường SOHOA_* theo docs/settings.md."


class DevelopmentKeyRefused(SettingsError):
    """A development key was offered in production mode."""

    code = "development-key-refused"
    exit_code = 21
    hint = "Đặt SOHOA_SEAL_KEY và SOHOA_SEAL_CERT thành khóa và chứng thư thật của cơ quan."


class MissingProgram(SettingsError):
    """A program or data file that the system needs is not installed."""

    code = "missing-program"
    exit_code = 22
    hint = "Chạy «make setup» hoặc cài gói mà thông báo nêu tên."


class SchemaOutdated(SettingsError):
    """The tables are not those of this version."""

    code = "schema-outdated"
    exit_code = 23
    http = 503
    hint = "Chạy «sohoa migrate»."


class CannotWrite(SettingsError):
    """A result cannot be written where it was asked for."""

    code = "cannot-write"
    exit_code = 24
    http = 507
    hint = "Kiểm tra quyền ghi, chỗ trống của thư mục nhận kết quả và độ dài tên tệp, rồi chạy lại."


class BadTemplate(SettingsError):
    """A template of fields is not well formed."""

    code = "bad-template"
    exit_code = 25
    hint = "Sửa tệp mẫu được nêu tên trong pipeline/fields/templates theo docs/formats.md."


class ServiceError(SohoaError):
    """Another service failed; the work is kept and can be tried again."""

    code = "service-failed"
    exit_code = 40
    http = 503
    retryable = True
    outage = True
    hint = "Việc được giữ lại và sẽ tự thử lại; xem «sohoa status»."


class TimestampUnavailable(ServiceError):
    """The time-stamping authority did not answer."""

    code = "timestamp-unavailable"
    exit_code = 41
    hint = "Kiểm tra SOHOA_TSA_URL; văn bản được ký ở mức thấp hơn và chờ nâng mức."


class SealKeyUnavailable(ServiceError):
    """The signing key or its token cannot be used at present."""

    code = "seal-key-unavailable"
    exit_code = 42
    hint = "Kiểm tra thiết bị ký và mã PIN; không thử mã PIN sai quá hai lần."


class ObjectStoreUnavailable(ServiceError):
    """The object store did not answer or lacks what the settings ask for."""

    code = "object-store-unavailable"
    exit_code = 43
    hint = "Kiểm tra SOHOA_OBJECTS_URL và máy chủ lưu trữ."


class RecordsUnavailable(ServiceError):
    """The database did not answer."""

    code = "records-unavailable"
    exit_code = 44
    hint = "Kiểm tra SOHOA_DATABASE_URL và máy chủ cơ sở dữ liệu."


class QueueUnavailable(ServiceError):
    """The queue's broker did not answer."""

    code = "queue-unavailable"
    exit_code = 50
    hint = "Kiểm tra SOHOA_BROKER_URL và RabbitMQ hoặc Redis; không việc nào mất, việc chờ được làm khi nó trở lại."


class ReceiverUnavailable(ServiceError):
    """A receiver did not answer, or not as agreed."""

    code = "receiver-unavailable"
    exit_code = 45
    hint = "Bên nhận đang gián đoạn; hồ sơ được giữ và tự gửi lại."


class ReceiverRefused(SohoaError):
    """A receiver understood a delivery and refused it."""

    code = "receiver-refused"
    exit_code = 46
    http = 502
    hint = "Xem lý do ở «sohoa deliveries list», sửa hồ sơ rồi «sohoa deliveries retry»."


class RecognizerFailed(ServiceError):
    """The recognizer ended without a result."""

    code = "recognizer-failed"
    outage = False
    exit_code = 47
    hint = "Chạy «sohoa doctor»; trang lỗi nằm ở «sohoa quarantine list»."


class WorkKilled(ServiceError):
    """A child process overran its deadline or memory and was killed."""

    code = "work-killed"
    outage = False
    exit_code = 48
    hint = "Trang quá nặng: xem «sohoa quarantine show», quét lại ở độ phân giải thấp hơn."


class LeaseLost(ServiceError):
    """Somebody else holds the job by now; this attempt's result is dropped."""

    code = "lease-lost"
    outage = False
    exit_code = 49
    http = 409
    hint = "Không cần làm gì: lần chạy khác đã nhận việc này."


class CentreUnavailable(ServiceError):
    """The centre did not answer a station, or not as agreed."""

    code = "centre-unavailable"
    exit_code = 51
    hint = "Tệp được giữ trên đĩa của trạm và tự gửi tiếp; kiểm tra mạng và SOHOA_CENTRE_URL nếu kéo dài."


class IntegrityError(SohoaError):
    """Stored things disagree with their records."""

    code = "integrity"
    exit_code = 60
    hint = "Dừng xử lý hồ sơ này và báo quản trị viên."


class DigestMismatch(IntegrityError):
    """Bytes do not hash to the digest they are kept under."""

    code = "digest-mismatch"
    exit_code = 61


class NotArchival(IntegrityError):
    """A file was not approved as PDF/A-2b."""

    code = "not-archival"
    exit_code = 62
    hint = "Xem các lỗi PDF/A kèm theo; văn bản không được ký hay gửi đi."


class SealInvalid(IntegrityError):
    """A seal did not verify right after sealing."""

    code = "seal-invalid"
    exit_code = 63
    hint = "Không gửi văn bản; kiểm tra chứng thư, OCSP và dấu thời gian rồi ký lại."


class VerificationFailed(IntegrityError):
    """`sohoa verify` found that something does not hold."""

    code = "verification-failed"
    exit_code = 64
    hint = "Không dùng tệp này như bản có giá trị; lấy lại từ kho."


class ChecksFailed(SohoaError):
    """`sohoa doctor` or a batch command ended with something left to do."""

    code = "checks-failed"
    exit_code = 2
    hint = "Làm theo từng dòng được nêu ở trên."


class UnexpectedFailure(SohoaError):
    """Something that is no `SohoaError` went wrong: a fault of this system."""

    code = "unexpected"
    exit_code = 70
    retryable = True
    hint = "Lỗi ngoài dự kiến: gửi mã việc và nhật ký cho người phát triển."


class Interrupted(SohoaError):
    """A person stopped the program; everything done so far is kept."""

    code = "interrupted"
    exit_code = 130
    http = 499
    retryable = True
    hint = "Chạy lại đúng lệnh vừa rồi để làm tiếp."


def error_classes(base: type[SohoaError] = SohoaError) -> list[type[SohoaError]]:
    """Return `base` and all classes below it, parents first."""
    return [base] + [found for child in base.__subclasses__() for found in error_classes(child)]
