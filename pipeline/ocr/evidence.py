"""What is known of each word of a line once it is decided: by its readers, its spelling, the language and the ink."""

import math
from collections.abc import Mapping, Sequence

from pipeline.ocr.ink import Ink, Spacing, spread
from pipeline.ocr.kinds import is_fixed, names_in
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.signs import SIGNS
from pipeline.ocr.syllable import EDGES, is_possible
from pipeline.ocr.voting import MISSING, UNDISPUTED, Choice, neighbours
from schemas.text import ReadWord

MOST = 10.0
"""Logarithms and leads count up to here."""
ALONE, AGREED, DECIDED, RESTORED = "alone", "agreed", "decided", "restored"
"""How a word came about."""
SURE_NAME = 3.0
"""By so many natural logarithms a name without marks has to be likelier than the same letters with marks."""
POINTS_END = (")", ".")
"""What the number or letter of a point ends with: 2. or b)."""
BARE = 0.2
"""In heights of the crop: so much ink beside words that is in none of them has been overlooked."""


def manner_of(choice: Choice) -> str:
    """Return how the word came about."""
    if choice.of == 1:
        return ALONE
    return AGREED if choice.kind == UNDISPUTED else DECIDED


def features_of(
    choices: Sequence[Choice], names: Sequence[str], language: Language, spacing: Spacing
) -> list[dict[str, float]]:
    """Return what is known of each spot of a line, as numbers between -10 and 10."""
    texts = [choice.candidate.texts for choice in choices]
    disputed = [choice.kind != UNDISPUTED for choice in choices]
    share = sum(disputed) / max(1, len(choices))
    words = [" ".join(some) for some in texts]
    names_of = names_in([word or "-" for word in words])
    left_out = overlooked(choices, spacing.ink)
    usual = spread([word for choice in choices for word in choice.candidate.words])
    told = []
    for place, choice in enumerate(choices):
        features = _by_itself(choice, names) | _in_context(texts, place, language) | _on_paper(choice, spacing, usual)
        features |= {
            "overlooked": float(left_out[place]),
            "bare-name": float(
                _bare_name(words[place], names_of[place], features) and not _is_bare(choice.candidate.words, spacing)
            ),
        }
        features["stop-within"] = float(_stops_within(texts[place], neighbours(texts, place)[1]))
        features |= {"line": share, "beside": float(any(disputed[max(0, place - 1) : place + 2]))}
        features |= {f"is-{choice.kind}": 1.0, "lead": min(MOST, choice.lead)}
        told.append(features)
    return told


def features_of_restored(text: str, advantage: int, as_read: float) -> dict[str, float]:
    """Return what is known of a word whose marks were restored.

    Args:
        advantage: steps by which it is likelier than what was read.
        as_read: the probability of what was read.
    """
    likelier = min(MOST, advantage / STEPS)
    return {"one": 1.0, "ahead": likelier, "letters": math.log1p(len(text)), "as-read": as_read}


def _by_itself(choice: Choice, names: Sequence[str]) -> dict[str, float]:
    """Return what the readers and the spelling say."""
    candidate = choice.candidate
    text = "".join(candidate.texts)
    features = {
        f"sure-{names[place]}": _certainty(surety)
        for place, surety in zip(candidate.readers, candidate.surety, strict=True)
    }
    features |= {f"by-{names[place]}": 1.0 for place in candidate.readers}
    return features | {
        "one": 1.0,
        "supporters": float(len(candidate.readers) - 1),
        "letters": math.log1p(len(text)),
        "fixed": float(is_fixed(text)),
        "capitals": float(text.isupper()),
        "ends-with-sign": float(not text[-1:].isalnum()),
        "impossible": float(any(not is_possible(word) for word in candidate.texts)),
    }


def overlooked(choices: Sequence[Choice], ink: Ink) -> list[bool]:
    """Return at which spots, or beside which, a reader saw nothing or ink is in no word."""
    missing = [choice.kind == MISSING for choice in choices]
    beside = [any(missing[max(0, place - 1) : place + 2]) for place in range(len(choices))]
    begun = 0
    for place, choice in enumerate(choices):
        for word in choice.candidate.words:
            beside[place] |= ink.columns(begun, word.start) > BARE * ink.height
            begun = max(begun, word.end)
    if choices and ink.runs:
        beside[-1] |= ink.columns(begun, ink.runs[-1][1]) > BARE * ink.height
    return beside


def _on_paper(choice: Choice, spacing: Spacing, usual: float) -> dict[str, float]:
    """Return what the ink says: a word that spans a space, or is wider than its letters, stands for more than it says.

    Args:
        usual: the spread of the whole line.
    """
    words = choice.candidate.words
    if not words:
        return {"gap": 0.0}
    wider = spread(words) - usual
    return {
        "gap": max(map(spacing.inner_gap, words)),
        "wide": max(0.0, wider),
        "narrow": max(0.0, -wider),
        **_sign_seen(words, spacing),
    }


def _sign_seen(words: Sequence[ReadWord], spacing: Spacing) -> dict[str, float]:
    """Return whether the ink shows the signs that words end with, or others."""
    seen = [spacing.sign_seen(word) for word in words if word.text[-1] in SIGNS]
    return {"sign-seen": float(1 in seen), "sign-against": float(-1 in seen)} if seen else {}


def _bare_name(word: str, in_name: bool, features: Mapping[str, float]) -> bool:  # noqa: FBT001
    """Whether it is a name that may have lost its marks: readers lose them alike, and no language tells."""
    if not (word[:1].isupper() and word.isascii()):
        return False
    return features["behind"] > 0 or (in_name and features["ahead"] < SURE_NAME)


def _is_bare(words: Sequence[ReadWord], spacing: Spacing) -> bool:
    """Whether the ink of words without marks shows that there are none, but the dots of i and j."""
    return all(spacing.marks_seen(word) <= sum(map(word.text.count, "ij")) for word in words)


def _stops_within(words: Sequence[str], after: str | None) -> bool:
    """Whether a full stop stands where no sentence ends: behind it neither a sentence begins nor a point of a list."""
    if not words or after is None or not words[-1].endswith("."):
        return False
    return not (after.lstrip(EDGES)[:1].isupper() or after.endswith(POINTS_END))


def _certainty(surety: float) -> float:
    """Return a reader's certainty on a scale that keeps the difference between 0.99 and 0.999."""
    return -math.log(1.0005 - surety)


def _in_context(texts: Sequence[tuple[str, ...]], place: int, language: Language) -> dict[str, float]:
    """Return what the language says of a spot between its neighbours."""
    before, after = neighbours(texts, place)
    words = texts[place]
    cost = language.cost_between(before, words, after)
    rival = language.nearest_rival(before, words[0], after) if len(words) == 1 else None
    margin = MOST if rival is None else (rival.cost - cost) / STEPS
    return {
        "language": min(MOST, cost / STEPS / (len(words) + 1)),
        "ahead": min(MOST, max(0.0, margin)),
        "behind": min(MOST, max(0.0, -margin)),
        "unknown": float(any(not language.knows(word) for word in words)),
    }
