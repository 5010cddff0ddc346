"""Find rows by the beginning of their id, as persons type it."""

import re

import sqlalchemy as sa

HEX = re.compile(r"[0-9a-f]+")
AFTER = "g"


def begins(column: sa.ColumnElement[str], beginning: str) -> sa.ColumnElement[bool]:
    """Return the condition that an id is that, or begins like that.

    Ids are hexadecimal: between "ab" and "abg" lies all that begins with "ab". Unlike for LIKE, the
    index of the ids serves whatever order of letters the database was made with.
    """
    if not HEX.fullmatch(beginning):
        return column == beginning
    return sa.and_(column >= beginning, column < beginning + AFTER)
