"""Whether a word can stand in a Vietnamese office paper: by the grammar of its syllables, numbers, codes and names.

It marks, it never rewrites: a word that is impossible here was most likely misread.
"""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

STOPPED = ("p", "t", "c", "ch")
"""Finals that take the rising (sắc) and the heavy tone (nặng) only."""
RISING, HEAVY = "\u0301", "\u0323"
TONES = frozenset({"\u0300", RISING, "\u0309", "\u0303", HEAVY})
ONSETS = tuple("ngh ng nh gh gi kh ph th tr ch qu b c d đ g h k l m n r s t v x".split())
RHYMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu y yêm yên yêng yêt yêu
    o oi oc om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay
    oăc oăm oăn oăng oăt oe oen oeo oet ô ôi ôc ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua ui uc um un ung up ut uân uâng uât uây uê uênh uêch uơ uôc uôi uôm uôn uông uôt
    uy uya uych uyn uynh uyên uyêt uyp uyt uyu ư ưa ưi ưc ưng ưt ưu ưm ưn
    ươc ươi ươm ươn ương ươp ươt ươu
    """.split()
)
AFTER_QU = frozenset(
    """
    a ac ach ai am an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây e en eo et
    ê ên ênh êch êt i in it y ych ynh yt yên yêt ơ ơi ôc ông
    """.split()
)
FRONT = frozenset("eêiy")
MARKED_FIRST = "êơôâăư"
"""A letter with a mark of its own carries the tone, too; of two (ươ) the last."""

EDGES = "\"'“”‘’«»()[]{}<>.,;:!?…*•·_-–—−/|\\~^`+=#&©"
LEADERS = re.compile(r"[\W_]*")
PIECES = re.compile(r"[-‑–—−/.,:;()\[\]&+_%°º’'”“\"…≥≤<>÷×±=#*]+")
UNIT = r"[kcmd]?m[²³23]?|[kmµ]?g|ha|m?l|[hs]|[kMG]?(?:Hz|V|W|B|Bq)|kWh|VA|m?Sv|dBW?|x\d+(?:cm)?|st|nd|rd|th|px"
NUMBER = re.compile(rf"\d+(?:[a-zđA-ZĐ]|h\d{{1,2}}|{UNIT})?[²³½¼¾]?|[½¼¾]|{UNIT}")
CODE = re.compile(r"(?![IO]\d)[A-ZĐƯƠĂÂÔÊ]{1,10}g?\d{0,4}[A-Z]?|[A-ZĐ]?\d{1,4}[A-ZĐ]{1,8}\d{0,4}|[a-hkmnp-zđ]\d{1,2}")
SHORT_FORM = re.compile(r"[A-ZĐƯ]{2,9}[a-zđ]{1,3}|[A-ZĐ][a-z]{1,2}[A-ZĐ]{1,5}[a-z]?|[A-ZĐƯƠĂÂÔÊ]{2,12}")
ROMAN = re.compile(r"(?=[ivx])(?:x{0,3})(?:ix|iv|v?i{0,3})")
ADDRESS = re.compile(r"(?:https?://|www\.)?[\w.+-]+(?:@[\w-]+)?(?:\.[\w-]+)+(?:/[\w./?=&%#-]*)?", re.ASCII)
FOREIGN_NAME = re.compile(r"[A-Z][a-z]{1,14}(?:[A-Z][a-z]+)*")


def is_possible(word: str) -> bool:
    """Whether `word` is a syllable, number, date, code, abbreviation, address, unit or known name.

    Args:
        word: Unicode NFC, without white space; punctuation around it does not matter.
    """
    inner = word.strip(EDGES)
    if LEADERS.fullmatch(inner) or _is_known(inner):
        return True
    if ADDRESS.fullmatch(inner) and (
        "@" in inner or "www" in inner or inner.rpartition(".")[2] in ("vn", "com", "org")
    ):
        return True
    return all(_is_known(piece) for piece in PIECES.split(inner) if piece)


@lru_cache(maxsize=20_000)
def _is_known(piece: str) -> bool:
    """Whether one piece between punctuation may stand by itself."""
    if piece.isdecimal() or len(piece) == 1:
        return True
    patterns = (NUMBER, CODE, SHORT_FORM, FOREIGN_NAME)
    return (
        any(pattern.fullmatch(piece) for pattern in patterns)
        or (_one_case(piece) and is_syllable(piece.lower()))
        or (ROMAN.fullmatch(piece) is not None)
        or piece.lower() in _loan_words()
    )


def _one_case(piece: str) -> bool:
    """Whether capitals stand at the beginning or everywhere, as people write them."""
    return piece[1:].islower() or piece.isupper()


@lru_cache(maxsize=1)
def _loan_words() -> frozenset[str]:
    """Return the foreign words and names of places that official papers use, in small letters."""
    return frozenset((files("pipeline.ocr") / "data" / "loan_words.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=20_000)
def bare_letters(text: str) -> str:
    """Return the letters without any mark, in small letters."""
    parts = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def is_syllable(word: str) -> bool:
    """Whether `word`, in small letters and NFC, can be a Vietnamese syllable, its tone in either of the two places."""
    plain, tones = _without_tone(word)
    if len(tones) > 1:
        return False
    return any(
        _fits(onset, rhyme, tones) and (not tones or tones[0][0] - len(onset) in _places_of_tone(rhyme))
        for onset, rhyme in _partings(plain)
    )


def _without_tone(word: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the letters without tones, and where which tone stood."""
    letters: list[str] = []
    tones: list[tuple[int, str]] = []
    for letter in word:
        parts = unicodedata.normalize("NFD", letter)
        tones += [(len(letters), part) for part in parts if part in TONES]
        letters.append(unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES)))
    return "".join(letters), tones


def _partings(plain: str) -> list[tuple[str, str]]:
    """Return the ways to part a syllable into onset and rhyme; the i of "gi" may belong to both."""
    ways = [(onset, plain[len(onset) :]) for onset in ONSETS if plain.startswith(onset)]
    return [*ways, ("", plain)]


def _fits(onset: str, rhyme: str, tones: list[tuple[int, str]]) -> bool:
    """Whether onset, rhyme and tone go together."""
    if rhyme.endswith(STOPPED) and not (tones and tones[0][1] in (RISING, HEAVY)):
        return False
    if onset == "qu":
        return rhyme in AFTER_QU
    if onset == "gi" and rhyme.startswith("ê"):
        return f"i{rhyme}" in RHYMES
    if onset == "g" and rhyme in ("i", "in"):
        return True
    return rhyme in RHYMES and _spelled_so(onset, rhyme)


def _spelled_so(onset: str, rhyme: str) -> bool:
    """Whether the onset is written so before this rhyme: k, gh, ngh before e, ê, i; c, g, ng before the others."""
    front = rhyme[0] in FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "g", "ng"):
        return not front
    if not onset:
        return not rhyme.startswith("iê")
    return not rhyme.startswith("yê")


def _places_of_tone(rhyme: str) -> tuple[int, ...]:
    """Return which letters of the rhyme may carry the tone: hoà and hòa, thuý and thúy are both right."""
    marked = [index for index, letter in enumerate(rhyme) if letter in MARKED_FIRST]
    if marked:
        return (marked[-1],)
    vowels = len(rhyme.rstrip("bcdghmnpt"))
    if rhyme in ("oa", "oe", "uy"):
        return (0, 1)
    if vowels == len(rhyme) < 3:
        return (0,)
    return (1,) if vowels > 1 else (0,)
