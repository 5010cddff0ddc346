"""How probable it is that a word is exactly what is printed, and which words need no person to look at them.

A logistic model over what is known of the word; its weights were fitted by `bench/calibrate.py` on pages with
exact texts, one set for words that all readers agree on, one for those they do not, one where only one could read.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from pipeline.ocr.kinds import is_fixed
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.marks import restored
from pipeline.ocr.syllable import is_possible
from pipeline.ocr.voting import UNDISPUTED, Choice, Weights, neighbours, vote
from schemas.text import LineReading

MOST = 10.0
"""Logarithms and leads count up to here."""
ALONE, AGREED, DECIDED, RESTORED = "alone", "agreed", "decided", "restored"
ASK_BELOW = 0.8
"""A third reader changes nothing for the better on lines whose words are all surer; a third of the lines has others."""
DOUBTFUL = 0.7
"""Words below this are compared with others of the same letters."""


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
        verified: probability from which words of that manner are verified; absent: none ever is.
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

    def judge(self, readings: Mapping[str, LineReading]) -> tuple[JudgedWord, ...]:
        """Return the words of a line.

        Args:
            readings: of one crop by the reader's name, the one that knows places and signs best first.
        """
        words = self.without_marks(readings)
        texts = [word.text for word in words]
        return tuple(self._with_marks(word, texts, place) for place, word in enumerate(words))

    def without_marks(self, readings: Mapping[str, LineReading]) -> list[JudgedWord]:
        """Return the words of a line as they were read, no mark restored."""
        choices = vote(readings, self.language, self.weights)
        names = tuple(readings)
        told = features_of(choices, names, self.language)
        return [
            word
            for choice, features in zip(choices, told, strict=True)
            for word in self._words(choice, features, names)
        ]

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
        verified = probability >= self.scale.verified.get(manner, math.inf) and not features["impossible"]
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


def manner_of(choice: Choice) -> str:
    """Return how the word came about."""
    if choice.of == 1:
        return ALONE
    return AGREED if choice.kind == UNDISPUTED else DECIDED


def features_of(choices: Sequence[Choice], names: Sequence[str], language: Language) -> list[dict[str, float]]:
    """Return what is known of each spot of a line, as numbers between -10 and 10."""
    texts = [choice.candidate.texts for choice in choices]
    disputed = [choice.kind != UNDISPUTED for choice in choices]
    share = sum(disputed) / max(1, len(choices))
    told = []
    for place, choice in enumerate(choices):
        features = _by_itself(choice, names) | _in_context(texts, place, language)
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
    return features | {
        "one": 1.0,
        "supporters": float(len(candidate.readers) - 1),
        "letters": math.log1p(len(text)),
        "fixed": float(is_fixed(text)),
        "capitals": float(text.isupper()),
        "ends-with-sign": float(not text[-1:].isalnum()),
        "impossible": float(any(not is_possible(word) for word in candidate.texts)),
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
