"""Dossiers, their components and the person they belong to."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Self

from schemas.errors import BadCoverSheet

DOSSIER_CODE = re.compile(r"^[A-Z0-9]+(\.[A-Z0-9]+)*-\d{6,8}-\d{4,8}$")
"""Tolerant shape of a mã hồ sơ; the code itself is issued by the one-stop system."""

PROCEDURE_CODE = re.compile(r"^[1-9]\.\d{6}(\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?$")
"""Shape of a mã thủ tục hành chính of the national catalogue."""

COMPONENT_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
"""Shape of a mã giấy tờ; ASCII, so that it can stand in a QR code and a file name."""


COVER_MARK = "SOHOA1"
COVER_PAYLOAD = re.compile(
    COVER_MARK + r";HS=(?P<dossier>[A-Z0-9.-]{1,100});TP=(?P<component>[A-Za-z0-9][A-Za-z0-9._-]{0,99})"
    r";TT=(?P<index>\d{1,3})/(?P<total>\d{1,3})"
)


class IdentityKind(IntEnum):
    """LoaiDinhDanh of the national store."""

    CITIZEN_12 = 1
    OLD_ID_9 = 2


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The person or body a dossier belongs to (chủ hồ sơ)."""

    name: str
    identity_no: str
    identity_kind: IdentityKind = IdentityKind.CITIZEN_12


@dataclass(frozen=True, kw_only=True)
class Component:
    """A paper of a dossier (thành phần hồ sơ).

    Attributes:
        code: mã giấy tờ from the national catalogue; never invented by this system.
        name: its Vietnamese title.
        notation: số ký hiệu, where known at intake.
    """

    code: str
    name: str
    notation: str = ""


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A citizen's case (hồ sơ) as intake registered it.

    Attributes:
        code: mã hồ sơ, issued by the one-stop system.
        procedure_code, procedure_name: mã and tên TTHC.
        field_code, field_name: mã and tên lĩnh vực.
        agency_code, agency_name: the deciding agency.
        components: in the order of the intake slip.
        received_at, due_at: time-zone aware.
    """

    code: str
    procedure_code: str
    procedure_name: str
    field_code: str
    field_name: str
    agency_code: str
    agency_name: str
    owner: Owner
    components: tuple[Component, ...]
    received_at: datetime
    due_at: datetime

    def component(self, code: str) -> Component | None:
        """Return the component with that code, None where the dossier has none."""
        return next((item for item in self.components if item.code == code), None)


@dataclass(frozen=True, kw_only=True)
class CoverSheet:
    """What the QR code of a cover sheet (tờ phân cách) says.

    `index` is the position of the component within its dossier, `total` their number,
    both 1-based: "2 of 3".
    """

    dossier_code: str
    component_code: str
    index: int
    total: int

    @property
    def payload(self) -> str:
        """The text of the QR code: `SOHOA1;HS=<dossier>;TP=<component>;TT=<index>/<total>`."""
        return f"{COVER_MARK};HS={self.dossier_code};TP={self.component_code};TT={self.index}/{self.total}"

    @classmethod
    def parse(cls, payload: str) -> Self | None:
        """Read a QR code's text; None where it is somebody else's code.

        Raises:
            BadCoverSheet: it claims to be a cover sheet's and is not well formed.
        """
        if not payload.startswith(COVER_MARK):
            return None
        found = COVER_PAYLOAD.fullmatch(payload)
        if not found or not DOSSIER_CODE.match(found["dossier"]):
            raise BadCoverSheet("Mã QR của tờ phân cách không đúng mẫu")
        index, total = int(found["index"]), int(found["total"])
        if not 1 <= index <= total:
            raise BadCoverSheet(f"Tờ phân cách ghi thành phần {index} trên {total}")
        return cls(dossier_code=found["dossier"], component_code=found["component"], index=index, total=total)
