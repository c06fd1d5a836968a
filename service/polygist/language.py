"""The language of a text: eldc's similarity scores, weighed with the letters that an alphabet does not have.

eldc won the comparison in bench/languages.py. Its scores are similarities, not probabilities, and hardly differ between
close languages on a short text; what settles Ukrainian against Russian there are single letters, so they are counted.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

import eldc

UNDETERMINED = "und"
SAMPLE_CHARACTERS = 1_200  # taken from the start, the middle and the end each
CANDIDATES = 5

# Cyrillic letters that an alphabet lacks: each one found speaks against the language.
_FOREIGN_LETTERS = {
    "uk": "ыэёъўјљњћђџѓќѕ",
    "ru": "іїєґўјљњћђџѓќѕ",
    "be": "ищъїєґјљњћђџѓќѕ",
    "bg": "ыэёіїєґўјљњћђџѓќѕ",
    "sr": "ыэёъйщьюяіїєґўѓќѕ",
    "mk": "ыэёъйщьюяіїєґўћђ",
}
_UKRAINIAN_LETTERS = "іїєґ"
_FOREIGN_LETTER_WEIGHT = 2.0  # in nats a letter
# The languages served first are a little likelier; it decides only where the scores are nearly level.
_PRIOR = dict.fromkeys(("en", "de", "uk"), math.log(1.35))
# Nats that a whole point of similarity is worth, times the square root of the letters seen: set on pieces of FLORES
# sentences so that confidence stays below the share named right (words 0.73 and 0.85, pairs 0.83 and 0.96).
_SHARPNESS = 9.0

_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S{1,2000}|(?<!\S)\S{1,100}@\S{1,100}")


@dataclass(frozen=True)
class Detection:
    """`language` is a BCP-47 primary subtag, "und" where there is nothing to tell by; `confidence` is in [0, 1].

    `candidates` are (language, probability), best first, the winner included.
    """

    language: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]


_NOTHING = Detection(UNDETERMINED, 0.0, ())


class LanguageDetector:
    """Names the language of a text. Safe to share between threads; the models are loaded once, here."""

    def __init__(self) -> None:
        eldc.init()
        # An instance of its own: the module's settings are global.
        self._eldc = eldc.instance()
        self._eldc.set_scores(20)

    def detect(self, text: str) -> Detection:
        """ "Дякую за допомогу" -> Detection("uk", 0.9, (("uk", 0.9), ("be", 0.05), ...)).

        Looks at three samples of a long text, never at all of it. Addresses say nothing of the language and are left
        out. Text without letters, or in a script unknown to the model, gives "und" with confidence 0.
        """
        sample = _ADDRESS.sub(" ", _UNSAFE.sub(" ", _sample(text)))
        letters = Counter(character for character in sample.lower() if character.isalpha())
        if not letters:
            return _NOTHING
        scores: dict[str, float] = self._eldc.detect_details(sample).scores
        if not scores:
            return _NOTHING
        return _weigh(scores, letters)


def _sample(text: str) -> str:
    if len(text) <= 3 * SAMPLE_CHARACTERS:
        return text
    middle = (len(text) - SAMPLE_CHARACTERS) // 2
    starts = (0, middle, len(text) - SAMPLE_CHARACTERS)
    return "\n".join(text[start : start + SAMPLE_CHARACTERS] for start in starts)


def _weigh(scores: dict[str, float], letters: Counter[str]) -> Detection:
    """Similarity scores and letter counts -> probabilities that add up to at most 1."""
    total = letters.total()
    if "ru" in scores and "uk" not in scores and any(letters[letter] for letter in _UKRAINIAN_LETTERS):
        # eldc leaves a language out that it has no evidence for; these letters are evidence.
        scores = {**scores, "uk": scores["ru"]}
    sharpness = _SHARPNESS * math.sqrt(total)
    weights = {
        language: sharpness * score
        + _PRIOR.get(language, 0.0)
        - _FOREIGN_LETTER_WEIGHT * sum(letters[letter] for letter in _FOREIGN_LETTERS.get(language, ""))
        for language, score in scores.items()
    }
    best = max(weights.values())
    odds = {language: math.exp(weight - best) for language, weight in weights.items()}
    # A few letters never make it certain, however far ahead the best is (the rule of succession).
    certain = (total + 1) / (total + 2) / math.fsum(odds.values())
    ranked = sorted(((language, odd * certain) for language, odd in odds.items()), key=lambda pair: (-pair[1], pair[0]))
    language, confidence = ranked[0]
    return Detection(language, confidence, tuple(ranked[:CANDIDATES]))
