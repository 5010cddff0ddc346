"""One form for the ways in which the same Vietnamese words are written, to search and to compare by."""

import re

from schemas.text import nfc

OLD = "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split()
NEW = "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split()
TO_OLD = dict(zip(NEW, OLD, strict=True)) | {f"q{old}": f"q{new}" for old, new in zip(OLD[10:], NEW[10:], strict=True)}
MOVED_TONE = re.compile(rf"(?:{'|'.join(NEW[:10])}|(?<!q)(?:{'|'.join(NEW[10:])})|q(?:{'|'.join(OLD[10:])}))(?!\w)")
"""After q, the u belongs to the onset: the tone of "quý" has one place only."""
DASHES = str.maketrans("‐‑–—−", "-----")


def search_key(text: str) -> str:
    """Return `text` in small letters, NFC, single spaces, one kind of dash, tones where the old style puts them.

    "Hoà  Bình" and "HÒA BÌNH" have the same key; "hoàn" and "quý" stand as they are. For searching and
    comparing only: what is stored and shown is what is printed.
    """
    small = " ".join(nfc(text).lower().translate(DASHES).split())
    return MOVED_TONE.sub(lambda found: TO_OLD[found.group()], small)
