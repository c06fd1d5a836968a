"""Does a translation say the same thing again and again, as a model does that is caught in a loop?

The measure is that of consecutive n-gram repeats of Fu et al., "A Theoretical Analysis of the Repetition Problem in
Text Generation" (AAAI 2021), counted on words and on characters.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from polygist.translate.guard.side import Side

_LONGEST_PHRASE = 8
# Words of a phrase that hardly any text has twice, and of one that excuses it in the source.
_FAR_PHRASE = 6
_LIKE_PHRASE = 4
# The part of a text that may be phrases of so many words that it has elsewhere, too: a clause that comes again.
_MOST_ECHO = {4: 0.5, 3: 0.75}
# Up to 12 letters said five times without a space between: "хахахахаха".
_CHARACTERS = re.compile(r"([^\W\d_]{1,12}?)\1{4,}")
# What excuses it in the source: "Jaaaa!", "hahaha".
_DRAWN_OUT = re.compile(r"([^\W\d_]{1,12}?)\1{2,}")


def loops(source: Side, target: Side) -> bool:
    """Whether the target repeats itself as the source does not.

    "Він сказав, що він сказав, що він сказав, що" -> True; "No, no, no!" -> "Nein, nein, nein!" -> False.
    """
    words = target.words

    @cache
    def said() -> list[str]:
        return list(_syllables(source))  # few translations make it needed

    return (
        (repeats(words) > 2 and repeats(words) > repeats(said()))
        or (_said_twice(words) and not _said_twice(said()))
        or (_CHARACTERS.search(target.bare) is not None and _DRAWN_OUT.search(source.bare) is None)
        or (_returns(words, _FAR_PHRASE) and not _returns(said(), _LIKE_PHRASE))
        or any(_echoes(words, n) > most > 2 * _echoes(said(), 3) for n, most in _MOST_ECHO.items())
    )


def _syllables(side: Side) -> Iterator[str]:
    """The words of a text, a syllable that is said again and again as so many: "Ха-ха-ха!", "хахаха" -> ха, ха, ха."""
    for word in side.words:
        for part in word.split("-"):
            drawn = _DRAWN_OUT.fullmatch(part)
            yield from [drawn[1]] * (len(part) // len(drawn[1])) if drawn else [part]


def repeats(words: Sequence[str]) -> int:
    """Length in words of the longest run that says one phrase of up to 8 words three times or more.

    >>> repeats("the cat sat on the cat".split()), repeats("no no no no".split())
    (0, 4)
    """
    longest = 0
    for size in range(1, _LONGEST_PHRASE + 1):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= 2 * size:
                longest = max(longest, run + size)
    return longest


def _said_twice(words: Sequence[str]) -> bool:
    """Whether a phrase of three to eight words is followed by itself."""
    for size in range(3, _LONGEST_PHRASE + 1):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= size:
                return True
    return False


def _returns(words: Sequence[str], size: int) -> bool:
    """Whether any phrase of `size` words stands twice in the text."""
    phrases = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    return len(set(phrases)) < len(phrases)


def _echoes(words: Sequence[str], size: int) -> float:
    """The share of the words that stand in a phrase of `size` words that the text has twice."""
    phrases = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    counts = Counter(phrases)
    if len(counts) == len(phrases):
        return 0.0
    return len({i + k for i, p in enumerate(phrases) if counts[p] > 1 for k in range(size)}) / len(words)
