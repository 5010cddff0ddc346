"""Amounts of money: digits as they are grouped, and the number that Vietnamese words name."""

import re

from pipeline.fields.folding import fold

DIGITS = {
    "khong": 0, "linh": 0, "le": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
SCALES = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6, "ty": 10**9, "ti": 10**9}
SILENT = frozenset({"dong", "chan", "viet", "nam", "va", "vnd"})
GROUPED = re.compile(r"\d{1,3}([. ,]\d{3})+|\d+")


def amount_of(text: str) -> int | None:
    """Return the amount that digits state, None where they are grouped in no known way."""
    bare = re.sub(r"(,00?|,-|,\d{1,2})$", "", text.strip())
    return int(re.sub(r"[. ,]", "", bare)) if GROUPED.fullmatch(bare) else None


def amount_in_words(text: str) -> int | None:
    """Return the amount that words name, None where one of them is no word of a number."""
    words = [fold(word) for word in re.split(r"[\s,.;:()/-]+", text) if fold(word)]
    while words and words[-1] in SILENT and words[-1] != "nam":
        words.pop()
    if words[-2:] == ["viet", "nam"]:
        words = words[:-2]
    if words and words[-1] == "dong":
        words.pop()
    return _spoken(words) if words else None


def _spoken(words: list[str]) -> int | None:
    total, group, digit = 0, 0, 0
    for word in words:
        if word in DIGITS:
            group, digit = group + digit, DIGITS[word]
        elif word == "tram":
            group, digit = group + 100 * digit, 0
        elif word == "muoi":
            group, digit = group + 10 * (digit or 1), 0
        elif word in SCALES:
            total, group, digit = _scaled(total, group + digit, SCALES[word]), 0, 0
        elif word not in SILENT:
            return None
    return total + group + digit


def _scaled(total: int, group: int, scale: int) -> int:
    # "một nghìn hai trăm tỷ": what came before in smaller scales counts in this one, too.
    return (total + group) * scale if 0 < total < scale else total + group * scale
