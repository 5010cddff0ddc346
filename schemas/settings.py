"""Settings: small frozen groups, one per stage, filled from `SOHOA_*` variables.

Each field names its variable and its meaning; docs/settings.md is made from them.
Only `workers.desk` reads the environment and calls `read`.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar, get_type_hints

from schemas.errors import SettingsError

GroupT = TypeVar("GroupT")


class Secret(str):
    """A string that does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Mask the value."""
        return "Secret(**********)"


class Mode(StrEnum):
    """Whether citizens' real dossiers are at stake."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Picture(StrEnum):
    """What picture of a page is delivered."""

    MIXED = "mixed"
    SCAN = "scan"


class Reader(StrEnum):
    """What reads lines of print."""

    TESSEROCR = "tesserocr"
    TRUEOCR = "trueocr"
    PYTESSERACT = "pytesseract"
    ASTEROCR = "asterocr"
    TESSNET = "tessnet"
    TESSFAST = "tessfast"


class Readers(str):
    """Readers in the order in which lines are put before them; written as names parted by commas."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Take `text`.

        Raises:
            ValueError: it names nobody, somebody twice, or somebody unknown.
        """
        names = [Reader(name) for name in text.split(",")]
        if len(set(names)) < len(names):
            raise ValueError(text)
        return super().__new__(cls, text)

    @property
    def names(self) -> tuple[Reader, ...]:
        """Return the readers, the first one first."""
        return tuple(Reader(name) for name in self.split(","))


def setting(variable: str, default: Any, help_text: str) -> Any:  # noqa: ANN401 - a field of any type
    """Return a dataclass field bound to an environment variable."""
    return field(default=default, metadata={"variable": variable, "help": help_text})


@dataclass(frozen=True, kw_only=True)
class PlaceSettings:
    """Where the truth lies."""

    mode: Mode = setting("SOHOA_MODE", Mode.DEVELOPMENT, "development, or production with real keys only")
    data_dir: Path = setting(
        "SOHOA_DATA_DIR", Path("~/.local/share/sohoa"), "folder of everything that has no URL of its own"
    )
    database_url: Secret = setting("SOHOA_DATABASE_URL", Secret(""), "SQLAlchemy URL; empty: SQLite in the data folder")
    objects_url: Secret = setting(
        "SOHOA_OBJECTS_URL",
        Secret(""),
        "file:///folder, or s3+https://KEY:SECRET@host:port/bucket?region=…&lock=GOVERNANCE:3650&ca=/ca.pem; "
        "empty: a folder in the data folder",
    )
    broker_url: Secret = setting(
        "SOHOA_BROKER_URL",
        Secret("memory:"),
        "memory: within each process; amqp(s)://user:secret@host/vhost (RabbitMQ); redis(s)://:secret@host/0",
    )


@dataclass(frozen=True, kw_only=True)
class StationSettings:
    """What a station takes, checked before anything is decoded."""

    station: str = setting("SOHOA_STATION", "quay-01", "name of this scanning station")
    max_file_bytes: int = setting("SOHOA_MAX_FILE_BYTES", 1_000_000_000, "largest file taken, bytes")
    max_page_pixels: int = setting(
        "SOHOA_MAX_PAGE_PIXELS", 160_000_000, "largest page taken, pixels (A0 at 300 dpi: 140 million)"
    )
    max_pages: int = setting("SOHOA_MAX_PAGES", 3_000, "most pages in one file")
    default_dpi: int = setting(
        "SOHOA_DEFAULT_DPI",
        300,
        "resolution of images that state none and are no A4 sheet at a usual one, dots per inch",
    )
    stable_s: float = setting("SOHOA_STABLE_S", 2.0, "seconds for which a file must not change before it is taken")


@dataclass(frozen=True, kw_only=True)
class ReadSettings:
    """Cleaning and reading."""

    readers: Readers = setting(
        "SOHOA_READERS",
        Readers("tessnet,trueocr,tessfast"),
        "who reads, parted by commas; the first three every line: "
        "tessnet, trueocr, tessfast, tesserocr, pytesseract, asterocr",
    )
    page_deadline_s: float = setting(
        "SOHOA_PAGE_DEADLINE_S",
        120.0,
        "seconds after which a page's process is killed; ten times that in the lane bulk",
    )
    page_memory_bytes: int = setting(
        "SOHOA_PAGE_MEMORY_BYTES", 3_000_000_000, "address space of a page's process, bytes"
    )
    picture: Picture = setting(
        "SOHOA_PICTURE",
        Picture.MIXED,
        "picture that is delivered: mixed, a fraction of the bytes with every stroke; or scan, the scanner's own image",
    )
    jpeg_quality: int = setting(
        "SOHOA_JPEG_QUALITY", 75, "quality of blank pages kept, and of pages that are delivered as one JPEG, 30..95"
    )


@dataclass(frozen=True, kw_only=True)
class SealSettings:
    """The agency's seal (chữ ký số)."""

    key: str = setting("SOHOA_SEAL_KEY", "", "PEM file, or a pkcs11: URI (RFC 7512); empty: the development PKI")
    certificate: str = setting("SOHOA_SEAL_CERT", "", "PEM file: signer's certificate, then its chain")
    pin: Secret = setting("SOHOA_SEAL_PIN", Secret(""), "passphrase of the PEM file or PIN of the token")
    trust_roots: str = setting("SOHOA_TRUST_ROOTS", "", "PEM file of trusted roots; empty: the development PKI's")
    agency: str = setting("SOHOA_SEAL_AGENCY", "", "agency named in the visible block; empty: the certificate's")
    converter: str = setting(
        "SOHOA_SEAL_CONVERTER", "", "who turned paper into files, named in the visible block; empty: the agency itself"
    )
    tsa_url: str = setting("SOHOA_TSA_URL", "", "RFC 3161 authority; empty: the development PKI's own stamper")
    tsa_timeout_s: float = setting("SOHOA_TSA_TIMEOUT_S", 180.0, "seconds to wait for a time stamp")


@dataclass(frozen=True, kw_only=True)
class DeliverSettings:
    """The two receivers."""

    dossier_system_url: str = setting(
        "SOHOA_DOSSIER_SYSTEM_URL", "", "base address of the dossier system; empty: not delivered"
    )
    dossier_system_user: str = setting("SOHOA_DOSSIER_SYSTEM_USER", "", "account at the dossier system")
    dossier_system_password: Secret = setting("SOHOA_DOSSIER_SYSTEM_PASSWORD", Secret(""), "its password")
    unit_code: str = setting("SOHOA_UNIT_CODE", "", "MaDinhDanhDV of the unit that delivers")
    citizen_store_url: str = setting(
        "SOHOA_CITIZEN_STORE_URL", "", "base address of the citizen's store; empty: not delivered"
    )
    citizen_store_token: Secret = setting(
        "SOHOA_CITIZEN_STORE_TOKEN", Secret(""), "bearer token of the citizen's store"
    )
    link_base: str = setting("SOHOA_LINK_BASE", "https://localhost/tep", "address under which sealed files are fetched")
    timeout_s: float = setting("SOHOA_DELIVER_TIMEOUT_S", 30.0, "seconds to wait for a receiver's answer")
    breaker_failures: int = setting("SOHOA_BREAKER_FAILURES", 5, "failures in a row that open a receiver's breaker")
    breaker_reset_s: float = setting(
        "SOHOA_BREAKER_RESET_S", 30.0, "seconds after which an open breaker lets one call try"
    )


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """Leases, attempts and workers."""

    workers: int = setting("SOHOA_WORKERS", 0, "pages worked on at once; 0: one per core")
    lease_s: float = setting("SOHOA_LEASE_S", 60.0, "seconds after which a silent worker loses its job")
    max_attempts: int = setting("SOHOA_MAX_ATTEMPTS", 5, "attempts before a job goes to quarantine")
    max_deaths: int = setting(
        "SOHOA_MAX_DEATHS", 30, "attempts before quarantine where the whole program died, not just a page's process"
    )
    backoff_s: float = setting("SOHOA_BACKOFF_S", 2.0, "seconds before the second attempt; doubled each time")
    backoff_max_s: float = setting("SOHOA_BACKOFF_MAX_S", 600.0, "longest wait between two attempts, seconds")
    sweep_s: float = setting("SOHOA_SWEEP_S", 1.0, "seconds between two looks for lost or due jobs")


@dataclass(frozen=True, kw_only=True)
class CentreSettings:
    """The line between stations at the counters and the centre; both of its ends."""

    url: str = setting(
        "SOHOA_CENTRE_URL", "", "base address of the centre that a station uploads to; empty: the line runs here"
    )
    token: Secret = setting("SOHOA_STATION_TOKEN", Secret(""), "the station's token, as «sohoa station add» printed it")
    ca: str = setting(
        "SOHOA_CENTRE_CA", "", "PEM file of the authority of the centre's certificate; empty: the system's"
    )
    timeout_s: float = setting(
        "SOHOA_CENTRE_TIMEOUT_S", 60.0, "seconds of silence after which the centre counts as away"
    )
    pause_max_s: float = setting(
        "SOHOA_CENTRE_PAUSE_MAX_S", 60.0, "longest pause between two attempts while the line to the centre is down"
    )
    reserve_bytes: int = setting(
        "SOHOA_DISK_RESERVE_BYTES", 1_000_000_000, "free bytes that uploads leave on the disk, at either end"
    )
    abandoned_days: float = setting(
        "SOHOA_UPLOAD_DAYS", 7.0, "days after which the centre drops an upload that was begun and not gone on with"
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All groups together; stages get only their own."""

    place: PlaceSettings = field(default_factory=PlaceSettings)
    station: StationSettings = field(default_factory=StationSettings)
    read: ReadSettings = field(default_factory=ReadSettings)
    seal: SealSettings = field(default_factory=SealSettings)
    deliver: DeliverSettings = field(default_factory=DeliverSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    centre: CentreSettings = field(default_factory=CentreSettings)


GROUPS = (PlaceSettings, StationSettings, ReadSettings, SealSettings, DeliverSettings, JobSettings, CentreSettings)


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings that `environ` states, defaults elsewhere.

    Raises:
        SettingsError: an unknown `SOHOA_*` variable, or a value of the wrong type.
    """
    known = {item.metadata["variable"] for group in GROUPS for item in fields(group)}
    unknown = sorted(name for name in environ if name.startswith("SOHOA_") and name not in known)
    if unknown:
        raise SettingsError(f"Biến môi trường lạ: {', '.join(unknown)}")
    names = [item.name for item in fields(Settings)]
    return Settings(**{name: _read_group(group, environ) for name, group in zip(names, GROUPS, strict=True)})


def _read_group(group: type[Any], environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - any of GROUPS
    kinds = get_type_hints(group)
    stated = {
        item.name: _parse(item, kinds[item.name], environ[item.metadata["variable"]])
        for item in fields(group)
        if item.metadata["variable"] in environ
    }
    return group(**stated)


def _parse(item: "Field[Any]", kind: type[Any], text: str) -> Any:  # noqa: ANN401 - as the field says
    try:
        value = kind(text)
    except ValueError as error:
        variable = item.metadata["variable"]
        raise SettingsError(f"{variable} không hợp lệ: cần {kind.__name__}") from error
    if kind in (int, float) and not 0 <= value < math.inf:
        raise SettingsError(f"{item.metadata['variable']} phải là số không âm, hữu hạn")
    return value


def describe() -> list[tuple[str, str, str]]:
    """Return (variable, default, help) of every setting, secrets masked."""
    return [
        (item.metadata["variable"], "" if item.default is MISSING else _shown(item.default), item.metadata["help"])
        for group in GROUPS
        for item in fields(group)
    ]


def _shown(default: object) -> str:
    return str.__str__(default) if isinstance(default, str) else str(default)
