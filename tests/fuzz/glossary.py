"""Terms in a text: they are found where they stand, and no mark that stood for one is left in a translation."""

import asyncio

from polygist.errors import TermInvalid
from polygist.translate.glossary.marks import LETTERED, NUMBERED, free
from polygist.translate.glossary.placing import place
from polygist.translate.glossary.terms import Glossary, Term
from polygist.types import WarningType
from tests.fuzz.articles import in_order
from tests.fuzz.given import LANGUAGES, texts_of

_MOST_TERMS = 20


def check(data: bytes) -> None:
    """A text, and behind a form feed each the terms, a source and a target by turns."""
    language, (text, *words) = texts_of(data)
    words = words[:_MOST_TERMS]
    try:
        glossary = Glossary(Term(s, t) for s, t in zip(words[::2], words[1::2], strict=False))
    except TermInvalid:
        return
    found = glossary.find(text)
    in_order([match.span for match in found], len(text))
    assert len({match.term.source for match in found}) <= len(glossary)
    target = next(other for other in LANGUAGES if other != language)
    sentence = text[:500]
    matches = tuple(glossary.find(sentence))

    async def keep(source: str) -> str:
        return source

    async def turn(source: str) -> str:
        return " ".join(reversed(source.split()))

    async def no_doubts(said: str, made: str) -> frozenset[WarningType]:
        return frozenset()

    for model in (keep, turn):
        made = asyncio.run(place(sentence, matches, (language, target), model, no_doubts))
        assert len(made.placed) + len(made.unplaced) == len(matches)
        _no_mark_is_left(sentence, made.text, words)


def _no_mark_is_left(source: str, made: str, words: list[str]) -> None:
    """Those that a sentence does not hold itself, nor its terms."""
    there = " ".join((source, *words)).casefold()
    for style in (*NUMBERED, *LETTERED):
        for mark in free("", 5, [style]):
            assert mark.casefold() in there or mark.casefold() not in made.casefold()
