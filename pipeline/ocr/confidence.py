"""How probable it is that a word is exactly what is printed, and which words need no person to look at them.

A logistic model over what is known of the word; its weights were fitted by `bench/calibrate.py` on pages with
exact texts, one set for words that all readers agree on, one for those they do not, one where only one could read.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from pipeline.ocr.ink import Ink, Spacing, spaced, spread
from pipeline.ocr.kinds import is_fixed
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.marks import restored
from pipeline.ocr.syllable import is_possible
from pipeline.ocr.voting import MISSING, NAME, UNDISPUTED, Choice, Weights, neighbours, vote
from schemas.text import LineReading

KIN = frozenset({"tessnet", "tessfast", "tesserocr", "pytesseract"})
"""Readers that learned from the same pictures."""
OF_ONE_KIN, NEVER = "kin", "never"
MOST = 10.0
"""Logarithms and leads count up to here."""
ALONE, AGREED, DECIDED, RESTORED = "alone", "agreed", "decided", "restored"
ASK_BELOW = 0.8
"""A third reader changes nothing for the better on lines whose words are all surer; a third of the lines has others."""
DOUBTFUL = 0.3
"""Words below this are compared with others of the same letters; above it, what was read is too often right."""


SPACE = 0.9
"""Of the line's usual space: where a gap in a word is as wide, a word beside it was perhaps overlooked."""
BARE = 0.2
"""In heights of the crop: so much ink beside words that is in none of them has been overlooked."""
SIGN_WITHIN = re.compile(r"[^\W\d_]['’.,;:\"][^\W\d_]")
STATED = re.compile(r"[^\W_]|^[-–+/*•:]$")
"""A word that says something, or a sign that stands alone."""


@dataclass(frozen=True)
class JudgedWord:
    """A word of a line that several readers read.

    Attributes:
        text: Unicode NFC.
        start, end: pixels across the line's crop, `end` exclusive.
        readers: who read it so.
        probability: that the text is exactly what is printed, 0..1.
        verified: sure enough to need no person.
        impossible: by its spelling no Vietnamese word, number or code.
    """

    text: str
    start: int
    end: int
    readers: tuple[str, ...]
    probability: float
    verified: bool
    impossible: bool


@dataclass(frozen=True, eq=False)
class Scale:
    """From what is known of a word to a probability.

    Attributes:
        weights: log odds by the manner of decision and the name of the feature.
        verified: probability from which words of that level are verified; absent: none ever is.
    """

    weights: Mapping[str, Mapping[str, float]]
    verified: Mapping[str, float]

    def probability(self, manner: str, features: Mapping[str, float]) -> float:
        """Return the probability that a word with these features is exact."""
        weights = self.weights[manner]
        odds = sum(weights.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-MOST, min(MOST, odds))))


@dataclass(frozen=True, eq=False)
class Jury:
    """Decides what stands in a line, and how sure that is."""

    language: Language
    weights: Weights
    scale: Scale

    @classmethod
    def load(cls, language: Language | None = None, weights: Path | None = None) -> Self:
        """Return the jury with the tables that come with the program, or with others."""
        text = (weights or files("pipeline.ocr") / "data" / "weights.json").read_text(encoding="utf-8")
        return cls.from_json(json.loads(text), language or Language.load())

    @classmethod
    def from_json(cls, value: Mapping[str, Any], language: Language) -> Self:
        """Return the jury with fitted weights."""
        return cls(language, Weights(**value["voting"]), Scale(**value["confidence"]))

    def judge(self, readings: Mapping[str, LineReading], ink: Ink) -> tuple[JudgedWord, ...]:
        """Return the words of a line.

        Args:
            readings: of one crop by the reader's name, the one that knows places and signs best first.
            ink: of the crop.
        """
        words = self.without_marks(readings, ink)
        texts = [word.text for word in words]
        return tuple(self._with_marks(word, texts, place) for place, word in enumerate(words))

    def without_marks(self, readings: Mapping[str, LineReading], ink: Ink) -> list[JudgedWord]:
        """Return the words of a line as they were read, no mark restored."""
        names = tuple(readings)
        choices, told = self.told(readings, ink)
        return [
            word
            for choice, features in zip(choices, told, strict=True)
            for word in self._words(choice, features, names)
        ]

    def told(self, readings: Mapping[str, LineReading], ink: Ink) -> tuple[tuple[Choice, ...], list[dict[str, float]]]:
        """Return the spots of a line, decided, and what is known of each."""
        spacing = Spacing.of(ink, [*readings.values()])
        choices = vote(
            {name: spaced(reading, spacing) for name, reading in readings.items()}, self.language, self.weights, spacing
        )
        return choices, features_of(choices, tuple(readings), self.language, spacing)

    def _with_marks(self, word: JudgedWord, texts: Sequence[str], place: int) -> JudgedWord:
        """Return the word itself unless it is doubtful and the same letters with other marks leave no doubt."""
        found = restored(texts, place, self.language) if word.probability < DOUBTFUL else None
        if found is None:
            return word
        text, advantage = found
        probability = self.scale.probability(RESTORED, features_of_restored(text, advantage, word.probability))
        return replace(
            word, text=text, readers=(), probability=probability, verified=False, impossible=not is_possible(text)
        )

    def _words(self, choice: Choice, features: Mapping[str, float], names: Sequence[str]) -> list[JudgedWord]:
        """Return the words of a spot, usually one."""
        manner = manner_of(choice)
        probability = self.scale.probability(manner, features)
        sure = probability >= self.scale.verified.get(level_of(choice, names), math.inf)
        verified = sure and may_be_verified(choice, features)
        readers = tuple(names[place] for place in choice.candidate.readers)
        return [
            JudgedWord(word.text, word.start, word.end, readers, probability, verified, not is_possible(word.text))
            for word in choice.candidate.words
        ]


def needs_more(words: Sequence[JudgedWord], least: float = ASK_BELOW) -> bool:
    """Whether another reader is worth its time on this line.

    Args:
        words: as judged by the readers so far; none: it is worth it.
        least: probability that the worst word must reach.
    """
    return not all(word.verified or word.probability >= least for word in words) or not words


def may_be_verified(choice: Choice, features: Mapping[str, float]) -> bool:
    """Whether a word may do without a person if it is sure enough.

    It may not if one reader alone read it, readers differ in its digits, somebody read more or less there or beside it,
    there is a gap in it as wide as a space, or it is no ordinary word.
    """
    return (
        len(choice.candidate.readers) > 1
        and not (features["impossible"] or features["overlooked"])
        and not (features["fixed"] and choice.kind != UNDISPUTED)
        and features["gap"] < SPACE
        and all(map(_is_ordinary, choice.candidate.texts))
    )


@lru_cache(maxsize=20_000)
def _is_ordinary(text: str) -> bool:
    """Whether it is a word of Vietnamese, in capitals, or of digits, or a sign that stands alone."""
    if not STATED.search(text):
        return False
    if text.isupper() or is_fixed(text):
        return True
    return not SIGN_WITHIN.search(text) and is_possible(text.lower())


def level_of(choice: Choice, names: Sequence[str]) -> str:
    """Return by which level the word is verified: readers of one kin that outvote another err alike."""
    manner = manner_of(choice)
    readers = {names[place] for place in choice.candidate.readers}
    if manner != DECIDED or not readers <= KIN:
        return manner
    return NEVER if choice.kind == NAME else OF_ONE_KIN


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
    left_out = overlooked(choices, spacing.ink)
    usual = spread([word for choice in choices for word in choice.candidate.words])
    told = []
    for place, choice in enumerate(choices):
        features = _by_itself(choice, names) | _in_context(texts, place, language) | _on_paper(choice, spacing, usual)
        features |= {"overlooked": float(left_out[place])}
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
    }


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
