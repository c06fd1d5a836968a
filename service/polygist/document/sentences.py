"""Sentence boundaries of one paragraph: sentencex, and the few repairs that bench/sentences.py shows it to need.

sentencex decides; a rule below overrules it only at a gap where the words on both sides give evidence. The evidence is
data, in orthography.toml: a language's abbreviations, and the function words that stand capitalised only where a
sentence starts. A language without a table gets the rules that need no words.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Any

import sentencex

# sentencex is quadratic in unbalanced quotation marks; pieces of this length keep the whole linear.
PIECE_CHARACTERS = 8_000
# A quotation stays one sentence up to this length; a longer one is split inside.
QUOTATION_CHARACTERS = 200
# How far a rule looks to either side of a gap.
CONTEXT_CHARACTERS = 80

_OPENING = "([{<«»„“”‚‘’‹›\"'—–-"
_CLOSING = ".!?…\"'“”’‘«»›‹)]"
_QUOTES = '«»„“”‟"‹›‚‘'
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u200d\ufe0f]+")
_GAP = re.compile("(?<=[.!?…\"'“”’‘«»›‹)\\]\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]) +(?=[^ ])")
_ENDED = re.compile(r"(?<![.!?…])[.!?…]++[\"'“”’‘«»›‹)\]]*+$")
_QUOTED_END = re.compile(r"[.!?…,][\"'“”’‘«»›‹]")
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]\.")
_ORDINAL = re.compile(r"\d{1,2}\.|[IVX]+\.")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[^\W\d_])[.)]")
_RATE = re.compile(r"[^\W\d_]{1,4}[²³]?/[^\W\d_]{1,4}[²³]?\.")
_QUOTATION = re.compile(
    "|".join(
        f"{opening}[^{opening}{closing}]{{1,{QUOTATION_CHARACTERS}}}[{closing}]"
        for opening, closing in (("„", "“”"), ("“", "”"), ("«", "»"), ("»", "«"), ('"', '"'))
    )
)
_BRACKETS = re.compile(rf"\([^()]{{1,{QUOTATION_CHARACTERS}}}\)|[()]")
_UNSAFE = re.compile("[^\\S ]|[\ud800-\udfff]")


@dataclass(frozen=True)
class Orthography:
    """A language's table of orthography.toml, where each field is explained."""

    starters: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    closers: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    speech_verbs: frozenset[str] = frozenset()
    short_endings: frozenset[str] = frozenset()
    capitalised_nouns: bool = False
    dotted_ordinals: bool = False

    def names(self, word: str) -> bool:
        """Whether a letter or number after `word` is its name: "vitamin" C, "групі" А."""
        return word.lower().startswith(tuple(self.labels))


@cache
def _orthographies() -> dict[str, Orthography]:
    raw = tomllib.loads(files(__package__).joinpath("orthography.toml").read_text(encoding="utf-8"))
    return {
        language: Orthography(**{name: _field(value) for name, value in row.items()}) for language, row in raw.items()
    }


def _field(value: str | bool) -> Any:
    return value if isinstance(value, bool) else frozenset(word.strip() for word in value.split(","))


@dataclass(frozen=True)
class _Gap:
    """A place where a sentence might end: the two words before it, the one after, and what follows."""

    previous: str
    left: str
    right: str
    following: str
    opens_sentence: bool  # left is the first word of its sentence
    spaced: bool

    @property
    def capitalised(self) -> bool:
        return self.right.lstrip(_OPENING)[:1].isupper()

    @property
    def lower(self) -> bool:
        return self.right.lstrip(_OPENING)[:1].islower() or self.following.lstrip("—–- ")[:1].islower()


Rule = Callable[[_Gap, Orthography], bool | None]


def _starts(gap: _Gap, words: Orthography) -> bool:
    word = gap.right.strip(_OPENING + ",:;!?…)")
    return gap.capitalised and not _INITIAL.fullmatch(word) and word.rstrip(".").lower() in words.starters


def _acronym(word: str) -> bool:
    return len(word) > 1 and word[:2].isupper()


def _emoji(gap: _Gap, _: Orthography) -> bool | None:
    """An emoji belongs to the sentence it follows."""
    if _EMOJI.fullmatch(gap.right):
        return False
    if _EMOJI.fullmatch(gap.left) and _ENDED.search(gap.previous):
        return gap.capitalised or None
    return None


def _speaker(gap: _Gap, words: Orthography) -> bool | None:
    """«Ти йдеш?» — запитала вона. “Is it true?” Mr. Hall asked."""
    if gap.right[0] in "—–-" and gap.lower:
        return False
    if not _QUOTED_END.search(gap.left):
        return None
    if gap.lower:
        return False
    tag = gap.following.split()[:5]
    if gap.capitalised and not _starts(gap, words) and any(w.strip(".,:") in words.speech_verbs for w in tag):
        return False
    return None


def _list_number(gap: _Gap, _: Orthography) -> bool | None:
    """A number or letter that stands first is a list mark, not a sentence; one after a comma starts none."""
    if gap.opens_sentence and _LIST_NUMBER.fullmatch(gap.left):
        return False
    return False if _LIST_NUMBER.fullmatch(gap.right) and not _ENDED.search(gap.left) else None


def _ellipsis(gap: _Gap, words: Orthography) -> bool | None:
    if not gap.left.endswith(("…", "...")):
        return None
    if gap.lower:
        return False
    return (gap.capitalised and (_starts(gap, words) or not words.capitalised_nouns)) or None


def _initial(gap: _Gap, words: Orthography) -> bool | None:
    """J. K. Rowling goes on; vitamin C. The body does not."""
    left = gap.left.lstrip(_OPENING)
    if not _INITIAL.fullmatch(left) or not left[0].isupper():
        return None
    if words.names(gap.previous) or _starts(gap, words):
        return gap.capitalised
    return False if gap.capitalised else None


def _abbreviation(gap: _Gap, words: Orthography) -> bool | None:
    left = gap.left.lstrip(_OPENING).lower()
    if not left.endswith("."):
        return None
    word = left.rstrip(".")
    before = "#" if gap.previous[-1:].isdigit() else gap.previous.lstrip(_OPENING).lower()
    for key in (f"{before} {word}", word, *(suffix for suffix in words.suffixes if word.endswith(suffix))):
        if key in words.closers and gap.capitalised and not _acronym(gap.right):
            return True
        if key in words.numbered and gap.right[0].isdigit():
            return False
        if key in words.either:
            return True if _starts(gap, words) else False if gap.capitalised else None
        if key in words.closers:
            return None
        if key in words.titles:
            return False
    return None


def _ordinal(gap: _Gap, words: Orthography) -> bool | None:
    """Am 24. Februar; nur 15. Mehr hatte niemand erwartet."""
    if words.dotted_ordinals and gap.capitalised and _ORDINAL.fullmatch(gap.left.lstrip(_OPENING)):
        return _starts(gap, words) or words.names(gap.previous)
    return None


def _parenthesis(gap: _Gap, _: Orthography) -> bool | None:
    """(Nobody was surprised.) A new one is due."""
    return True if gap.capitalised and gap.left.endswith((".)", "!)", "?)")) and "." not in gap.left[:-2] else None


def _figure(gap: _Gap, words: Orthography) -> bool | None:
    """A sentence may start with a figure after a word too long to be an abbreviation: Tagen. 1956 ging sie."""
    word = gap.left.rstrip(_CLOSING)
    if not gap.right[0].isdigit() or not _ENDED.search(gap.left) or not word.replace("-", "").isalpha():
        return None
    return len(word) >= 5 or word in words.short_endings or None


def _measure(gap: _Gap, _: Orthography) -> bool | None:
    """140 km/h. Der Zug hielt: a unit with a stroke is no initial, though one of its parts may be abbreviated."""
    measured = gap.previous[-1:].isdigit() and _RATE.fullmatch(gap.left)
    return True if measured and (gap.capitalised or gap.right[0].isdigit()) else None


def _unspaced(gap: _Gap, _: Orthography) -> bool | None:
    """Dipl.-Ing. and a doubled closing mark have no gap at all, though sentencex sees one."""
    return False if not gap.spaced and (gap.right[0] in "-‐‑" or gap.right[0] in _QUOTES) else None


RULES: tuple[Rule, ...] = (
    _emoji, _speaker, _unspaced, _list_number, _ellipsis, _initial, _abbreviation, _ordinal,
    _parenthesis, _figure, _measure,
)  # fmt: skip


def split(text: str, language: str) -> list[tuple[int, int]]:
    """The sentences of one paragraph as (start, end) code-point offsets, end exclusive.

    Spans are trimmed, in order, do not overlap, and cover every character that is not a space. `language` is a BCP-47
    primary subtag; an unknown one is split by the general rules. Never raises; time is linear in the text.

    >>> split("Mr. Ivanenko left. She stayed.", "en")
    [(0, 18), (19, 30)]
    """
    # One code point for one, so that offsets hold: sentencex takes no lone surrogate and counts line breaks.
    plain = _UNSAFE.sub(lambda found: " " if found[0].isspace() else "\ufffd", text)
    words = _orthographies().get(language, Orthography())
    starts = [0, *_repair(plain, _library_starts(plain, language), words), len(plain)]
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(starts):
        sentence = plain[start:end]
        if not sentence.strip(" "):
            continue
        span = start + len(sentence) - len(sentence.lstrip(" ")), start + len(sentence.rstrip(" "))
        # Marks alone are no sentence: they go with the one before.
        if spans and not any(map(str.isalnum, sentence)):
            span = spans.pop()[0], span[1]
        spans.append(span)
    return spans


def _library_starts(plain: str, language: str) -> set[int]:
    """Where sentencex starts a sentence after the first, at the first character that is not a space."""
    # A bracket never closed, or a list mark such as (1), keeps sentencex from splitting what follows.
    plain = _BRACKETS.sub(lambda found: found[0] if len(found[0]) > 4 else " " * len(found[0]), plain)
    starts: set[int] = set()
    for begin, end in _pieces(plain):
        for start, stop in _segments(plain[begin:end], language):
            starts.add(begin + start)
            if stop - start > QUOTATION_CHARACTERS:
                bare = re.sub(f"[{_QUOTES}]", " ", plain[begin + start : begin + stop])
                starts.update(_word_start(plain, begin + start + inner) for inner, _ in _segments(bare, language))
    starts = {_skip_spaces(plain, start) for start in starts}
    return starts - {_skip_spaces(plain, 0), len(plain)}


def _segments(piece: str, language: str) -> list[tuple[int, int]]:
    parts = sentencex.segment(language, piece)
    if "".join(parts) != piece:
        return [(0, len(piece))]
    return list(pairwise(accumulate(map(len, parts), initial=0)))


def _pieces(plain: str) -> Iterator[tuple[int, int]]:
    begin = 0
    while len(plain) - begin > PIECE_CHARACTERS:
        limit = begin + PIECE_CHARACTERS
        space = max(plain.rfind(". ", begin + 1, limit) + 1, begin)
        if space <= begin + 1:
            space = plain.rfind(" ", begin + 1, limit)
        end = space + 1 if space > begin else limit
        yield begin, end
        begin = end
    yield begin, len(plain)


def _skip_spaces(plain: str, index: int) -> int:
    while index < len(plain) and plain[index] == " ":
        index += 1
    return index


def _word_start(plain: str, index: int) -> int:
    """Back over the opening quotation marks that were blanked before the word at `index`."""
    while index > 0 and plain[index - 1] in _QUOTES and plain[index - 2 : index - 1] in ("", " "):
        index -= 1
    return index


def _repair(plain: str, starts: set[int], words: Orthography) -> list[int]:
    quotations = [found.span() for found in _QUOTATION.finditer(plain)]
    opened = [start for start, _ in quotations]
    repaired: list[int] = []
    for index in sorted(starts | {found.end() for found in _GAP.finditer(plain)}):
        gap = _gap(plain, index, repaired[-1] if repaired else 0)
        verdict = next((v for rule in RULES if (v := rule(gap, words)) is not None), None)
        at = bisect_right(opened, index) - 1
        inside = at >= 0 and quotations[at][0] < index < quotations[at][1]
        if index in starts if verdict is None or (verdict and inside) else verdict:
            repaired.append(index)
    return repaired


def _gap(plain: str, index: int, sentence_start: int) -> _Gap:
    before = plain[max(0, index - CONTEXT_CHARACTERS, sentence_start) : index].split()
    following = plain[index : index + CONTEXT_CHARACTERS]
    return _Gap(
        previous=before[-2] if len(before) > 1 else "",
        left=before[-1] if before else "",
        right=following.split(" ", 1)[0],
        following=following,
        spaced=plain[index - 1] == " ",
        opens_sentence=len(before) == 1 and index - sentence_start < CONTEXT_CHARACTERS,
    )
