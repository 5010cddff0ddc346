"""Why a person sets something aside: one option, read in one way."""

from typing import Annotated

import typer

from schemas.errors import InputError
from schemas.text import nfc

Reason = Annotated[str, typer.Option("--reason", help="Vì sao; ghi vào sổ trang.", show_default=False)]


def stated(reason: Reason) -> str:
    """Return the reason as it is kept.

    Raises:
        InputError: it says nothing.
    """
    if not reason.strip():
        raise InputError("Phải nêu lý do")
    return nfc(reason.strip())
