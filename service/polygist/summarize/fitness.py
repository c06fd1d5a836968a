"""How well a sentence stands by itself: a factor on its rank."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import islice

from polygist.summarize.lexicon import Lexicon
from polygist.summarize.words import WORD, folded
from polygist.types import Quote, Sentence

_DEPENDENT, _PRONOUN_EARLY, _QUOTE, _REPORTED, _SHORT, _LONG, _QUESTION = 0.45, 0.75, 0.4, 0.6, 0.5, 0.7, 0.6
_FEW_WORDS, _MANY_WORDS, _EARLY_WORDS = 6, 60, 4
_OPENING_MARKS = "\"'„“”«»‚‘‹›([—–- "
_PHRASE_START = 60
_CLOSED = re.compile(r"[»«“”\"’›‹]\W{0,5}(?=\w)")


def fitness(sentence: Sentence, words: Lexicon, quoted: bool) -> float:
    """A factor in (0, 1]: 1 for a sentence that can be read alone, less for one that leans on its neighbours.

    'However, he denied it.' leans; `quoted` says that the sentence is a quotation without its speaker.
    """
    text = sentence.text.lstrip(_OPENING_MARKS)
    found = WORD.findall(folded(text))
    factor = _QUOTE if quoted else 1.0
    if is_dependent(text, words) or _said_by_pronoun(text, words):
        factor *= _DEPENDENT
    elif any(w in words.pronouns_male or w in words.pronouns_female for w in found[:_EARLY_WORDS]):
        factor *= _PRONOUN_EARLY
    if _is_reported(found[:_MANY_WORDS], words):
        factor *= _REPORTED
    if len(found) < _FEW_WORDS:
        factor *= _SHORT
    if len(found) > _MANY_WORDS:
        factor *= _LONG
    return factor * _QUESTION if re.search(r"[?:]\W*$", text[-6:]) else factor


def is_dependent(text: str, words: Lexicon) -> bool:
    """Whether a text opens with a pronoun or connective: 'Instead, Trump said' -> True, 'Trump said' -> False."""
    first = WORD.search(text, 0, 200)
    if first is None:
        return False
    word = folded(first[0])
    if word in words.dependent_openers:
        return True
    if word not in _phrase_openers(words):
        return False
    opening = folded(" ".join(text[first.start() : first.start() + _PHRASE_START].split())) + " "
    begins = opening.startswith(words.dependent_phrases)
    return begins and any(opening.startswith((p + " ", p + ",")) for p in words.dependent_phrases)


@cache
def _phrase_openers(words: Lexicon) -> frozenset[str]:
    """The first words of the phrases that lean on what was said."""
    return frozenset(m[0] for p in words.dependent_phrases if (m := WORD.search(p)))


def _said_by_pronoun(text: str, words: Lexicon) -> bool:
    """Whether the tag of a quotation names its speaker by a pronoun only: '„…“, sagte sie.' -> True."""
    closed = _CLOSED.search(text[:600])
    if closed is None:
        return False
    tag = [folded(m[0]) for m in islice(WORD.finditer(text, closed.end()), 2)]
    return any(w in words.saying_verbs for w in tag) and any(w in words.pronouns for w in tag)


def _is_reported(found: Sequence[str], words: Lexicon) -> bool:
    """Whether a German sentence is indirect speech whose speaker stands elsewhere: 'Die Reform sei fair.' -> True."""
    return not words.reported_speech.isdisjoint(found) and words.saying_verbs.isdisjoint(found)


def inside_quotes(sentences: Sequence[Sentence], quotes: Sequence[Quote]) -> list[bool]:
    """For each sentence, whether (almost) all of it lies inside one quotation. Both in the order of the text."""
    found, k = [], 0
    for sentence in sentences:
        start, end = sentence.span
        while k < len(quotes) and quotes[k].span.end <= start:
            k += 1
        inside = 0
        if k < len(quotes):
            inside = min(end, quotes[k].span.end) - max(start, quotes[k].span.start)
        found.append(inside >= 0.85 * (end - start))
    return found
