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

from pipeline.ocr.evidence import DECIDED, MOST, RESTORED, features_of, features_of_restored, manner_of
from pipeline.ocr.ink import Ink, Spacing, parted_like, spaced
from pipeline.ocr.kinds import SIGNS_DIFFER, is_fixed
from pipeline.ocr.language import Language
from pipeline.ocr.marks import restored
from pipeline.ocr.syllable import is_possible
from pipeline.ocr.voting import NAME, Choice, Weights, vote
from schemas.text import LineReading

KIN = frozenset({"tessnet", "tessfast", "tesserocr", "pytesseract"})
"""Readers that learned from the same pictures."""
OF_ONE_KIN, NEVER = "kin", "never"
ASK_BELOW = 0.8
"""Another reader changes hardly anything on lines whose words are all surer; one line in seven has others."""
DOUBTFUL = 0.3
"""Words below this are compared with others of the same letters; above it, what was read is too often right."""
DOUBTS = ("impossible", "overlooked", "bare-name", "sign-against", "stop-within")
"""What is known of words that are never verified: somebody read more or less there, or the ink shows another sign."""
FAR_BEHIND = 6.0
"""By so many natural logarithms the same letters with other marks may be likelier."""
SPACE = 0.9
"""Of the line's usual space: where a gap in a word is as wide, a word beside it was perhaps overlooked."""
SIGN_WITHIN = re.compile(r"[^\W\d_]['’.,;:\"][^\W\d_]")
SIGN_AMISS = re.compile(r"[._,;:].*\w|.*[.,;:]{2}$")
"""Specks and erased lines are read as signs before a word, and as second ones behind it."""
POINT_OR_COMMA = re.compile(r"\W*\d{2,}\.\d{1,2}\W*")
"""Such a number has a comma, as Vietnamese writes it, that every reader took for a point; or it has not."""
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
        apart = {name: spaced(reading, spacing) for name, reading in readings.items()}
        parted = {name: parted_like(reading, [*apart.values()], spacing) for name, reading in apart.items()}
        choices = vote(parted, self.language, self.weights, spacing)
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
        sure = probability >= self.scale.verified.get(level_of(choice, names, features), math.inf)
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

    It may not if one reader alone read it, something makes it doubtful, it is no word that is known or no ordinary one,
    it is just as likely as one with other marks, or far less, or there is a gap in it as wide as a space.
    """
    return (
        len(choice.candidate.readers) > 1
        and not any(features.get(name) for name in DOUBTS)
        and not (features["unknown"] and _needs_to_be_known(choice.candidate.texts))
        and (features["ahead"] > 0 or 0 < features["behind"] < FAR_BEHIND)
        and features["gap"] < SPACE
        and all(map(_is_ordinary, choice.candidate.texts))
    )


def _needs_to_be_known(texts: Sequence[str]) -> bool:
    """Whether there are words of small letters, or without marks: a letter or mark is lost, no name is so."""
    return any(text.islower() or (text.isascii() and not text.isupper()) for text in texts if not is_fixed(text))


@lru_cache(maxsize=20_000)
def _is_ordinary(text: str) -> bool:
    """Whether it is a word of Vietnamese, in capitals, or of digits, or a sign that stands alone."""
    if not STATED.search(text) or POINT_OR_COMMA.fullmatch(text) or SIGN_AMISS.match(text):
        return False
    if text.isupper() or is_fixed(text):
        return True
    return not SIGN_WITHIN.search(text) and is_possible(text.lower())


def level_of(choice: Choice, names: Sequence[str], features: Mapping[str, float]) -> str:
    """Return by which level the word is verified: readers of one kin err alike.

    Among themselves they verify nothing; where they outvote another, or where digits are disputed, it takes more. A
    sign that is disputed is verified by the ink that shows it.
    """
    manner = manner_of(choice)
    if choice.kind == SIGNS_DIFFER and features.get("sign-seen"):
        return manner
    if {names[place] for place in choice.candidate.readers} <= KIN:
        return OF_ONE_KIN if manner == DECIDED and choice.kind != NAME else NEVER
    return OF_ONE_KIN if manner == DECIDED and features["fixed"] else manner
