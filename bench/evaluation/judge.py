"""A second opinion on a translation, by other means than the guard's: is it a loop, is it in another language?

It is made to miss little, not to be right: what it suspects is to be read by a person.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

from polygist.language import LanguageDetector

ENOUGH = 25  # letters that eldc can tell a language by
PACKED = 1.5  # times that zlib makes a translation smaller than its source, each by its length
_PERIOD = re.compile(r"([^ ].{0,60}?)\1\1")
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_ALIEN = re.compile(r"[ыэёъў]")
_ADDRESS = re.compile(r"\S*[@/#]\S+")


class Judge:
    """Holds the language detector."""

    def __init__(self) -> None:
        self._detector = LanguageDetector()

    def suspects(self, source: str, target: str, language: str) -> list[str]:
        """What the translation of `source` into `language` looks like, of "loop", "language" and "copy"."""
        source, target = (_ADDRESS.sub("", text).lower() for text in (source, target))
        found = {
            "loop": _loops(source, target),
            "language": self._is_of_another(source, target, language),
            "copy": any(_copied(source, target, language)),
        }
        return [kind for kind, true in found.items() if true]

    def _is_of_another(self, source: str, target: str, language: str) -> bool:
        own, other = (_CYRILLIC, _LATIN) if language == "uk" else (_LATIN, _CYRILLIC)
        letters, strange = len(own.findall(target)), len(other.findall(target))
        if strange > letters or (language == "uk" and _ALIEN.search(target) and not _ALIEN.search(source)):
            return True
        return any(self._tells(part, language) for part in _parts(target))

    def _tells(self, text: str, language: str) -> bool:
        return sum(map(str.isalpha, text)) >= ENOUGH and self._detector.detect(text).language != language


def _parts(text: str) -> Iterator[str]:
    """The text, and its halves by words."""
    words = text.split()
    yield text
    yield " ".join(words[: len(words) // 2])
    yield " ".join(words[len(words) // 2 :])


def _loops(source: str, target: str) -> bool:
    """Whether something is said three times in a row or three words come thrice, or it packs better than its source."""
    if _PERIOD.search(_words(target)) and not _PERIOD.search(_words(source)):
        return True
    if _most(target, 3) > max(2, _most(source, 3)) or _most(target, 1) > 3 + 2 * _most(source, 1):
        return True
    return len(target) > 60 and _packing(target) > PACKED * _packing(source)


def _words(text: str) -> str:
    return " ".join([*_WORD.findall(text), ""])


def _most(text: str, size: int) -> int:
    """How often the most frequent row of so many words stands in the text."""
    words: Sequence[str] = _WORD.findall(text)
    counts = Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))
    return max(counts.values(), default=0)


def _packing(text: str) -> float:
    """Bytes over those of its compressed form, without the ten or so that any has."""
    data = text.encode()
    return len(data) / max(1, len(zlib.compress(data, 9)) - 8)


def _copied(source: str, target: str, language: str) -> Iterator[bool]:
    """Of each long word of the target whether it is one of the source, or in the letters of another alphabet."""
    known = set(_WORD.findall(source))
    for word in _WORD.findall(target):
        yield len(word) > 3 and (word in known or (language == "uk" and _LATIN.match(word) is not None))
