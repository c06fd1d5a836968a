"""What makes a pair unfit to learn from. Each filter is a predicate over one pair, by its name in FILTERS."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from polygist.translate import numbers
from polygist.translate.guard.repetition import repeats
from training.pairs import Pair

_WORD = re.compile(r"[^\W_]++(?:['’ʼ-][^\W_]++)*+")
_SPACES = re.compile(r"\s++")
# What shows nothing, and what no text should hold.
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd]")
_MARKUP = re.compile(
    r"</?[A-Za-z][^<>]{0,200}>|&(?:#\d{1,6}|[a-zA-Z]{2,8});|\[\[|\]\]|\]\(|\{\{|\}\}|\*\*|``|~~|\\[nrt\"]|(?:^|\s)#{2,6}\s"
)
_RUSSIAN = re.compile(r"[ыэъёЫЭЪЁ]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_SCRIPTS = {"en": _LATIN, "de": _LATIN, "uk": _CYRILLIC}


@dataclass(frozen=True)
class Limits:
    """`most_words` and `most_characters` of a side; `ratio` of the longer side's characters to the shorter one's, not
    asked of sides shorter than `ratio_from`; `script` is the least share of letters in the language's own script;
    `copied` the share of a side's words from which a pair counts as a copy."""

    most_words: int = 200
    most_characters: int = 1200
    ratio: float = 2.2
    ratio_from: int = 24
    script: float = 0.6
    copied: float = 0.7


Filter = Callable[[Pair, Limits], bool]


def normalised(pair: Pair) -> Pair:
    """Both sides in NFC, without what can't be seen, on one line with single spaces."""
    return pair._replace(source=_line(pair.source), target=_line(pair.target))


def _line(text: str) -> str:
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()


def fault(pair: Pair, limits: Limits) -> str | None:
    """The first filter that a normalised pair does not pass, None for a good one. Linear in the text."""
    return next((name for name, bad in FILTERS.items() if bad(pair, limits)), None)


def _empty(pair: Pair, limits: Limits) -> bool:
    return not all(any(map(str.isalpha, side)) for side in (pair.source, pair.target))


def _long(pair: Pair, limits: Limits) -> bool:
    return any(
        len(side) > limits.most_characters or side.count(" ") >= limits.most_words
        for side in (pair.source, pair.target)
    )


def _uneven(pair: Pair, limits: Limits) -> bool:
    short, long = sorted((len(pair.source), len(pair.target)))
    return long >= limits.ratio_from and long > limits.ratio * short


def _foreign(pair: Pair, limits: Limits) -> bool:
    return any(
        _in_other_script(text, code, limits.script) for code, text in ((pair.s, pair.source), (pair.t, pair.target))
    )


def _in_other_script(text: str, code: str, least: float) -> bool:
    letters = sum(map(str.isalpha, text))
    own = len(_SCRIPTS[code].findall(text)) if code in _SCRIPTS else letters
    return own < least * letters or (code == "uk" and _RUSSIAN.search(text) is not None)


def _copy(pair: Pair, limits: Limits) -> bool:
    """Most words of four letters or more are on the other side as they are: "Hallo Welt" for "Hallo Welt"."""
    source, target = ([w for w in _words(side) if len(w) > 3] for side in (pair.source, pair.target))
    if pair.source.casefold() == pair.target.casefold():
        return True
    there = set(source)
    return len(target) > 2 and sum(w in there for w in target) >= limits.copied * len(target)


def _marked_up(pair: Pair, limits: Limits) -> bool:
    return any(_MARKUP.search(side) for side in (pair.source, pair.target))


def _loops(pair: Pair, limits: Limits) -> bool:
    return any(repeats(_words(side)) > 4 for side in (pair.source, pair.target))


def _numbers_differ(pair: Pair, limits: Limits) -> bool:
    return numbers.mismatch(pair.source, pair.target, pair.t, pair.s)


def _words(text: str) -> list[str]:
    return [w.casefold() for w in _WORD.findall(text)]


# In the order in which they are asked, the cheap ones first.
FILTERS: Mapping[str, Filter] = {
    "empty": _empty,
    "length": _long,
    "ratio": _uneven,
    "script": _foreign,
    "markup": _marked_up,
    "copy": _copy,
    "loop": _loops,
    "numbers": _numbers_differ,
}
