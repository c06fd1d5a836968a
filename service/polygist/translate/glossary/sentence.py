"""A sentence with terms in it, and an answer with theirs: what the ways of placing have in common."""

import re
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass

from polygist.translate.changes import replaced
from polygist.translate.glossary.spellings import Case, capitalised
from polygist.translate.glossary.terms import Match
from polygist.types import Span

# A sentence in, its translation out.
Translate = Callable[[str], Awaitable[str]]

_HAS_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Sentence:
    """A sentence, the terms in it (in order, apart from each other) and the languages."""

    text: str
    matches: tuple[Match, ...]
    source: str
    target: str

    def written(self, terms: Mapping[int, str]) -> str:
        """The sentence with `terms` in place of its own, by their index."""
        return replaced(self.text, {self.matches[i].span: term for i, term in terms.items()})


@dataclass(frozen=True)
class Answer:
    """A translation and where the terms stand in it, by their index in the sentence."""

    text: str
    found: Mapping[int, Span]


# One way of getting terms into a translation; None when it left something there that is no translation.
Way = Callable[[Sentence, Translate], Awaitable[Answer | None]]


def settled(text: str, found: Mapping[int, Span], sentence: Sentence, *, left: Container[int] = ()) -> Answer:
    """The answer after what stands at the spans `found` gave way to the terms, each in the case that it needs there;
    those `left` stay as they are."""
    parts: list[str] = []
    now: dict[int, Span] = {}
    done = length = 0
    for i, span in sorted(found.items(), key=lambda item: item[1]):
        before = text[done : span.start]
        starts = not now and not _HAS_WORD.search(before)
        term = text[span.start : span.end] if i in left else _fitting(sentence, sentence.matches[i], starts)
        now[i] = Span(length + len(before), length + len(before) + len(term))
        parts += [before, term]
        length, done = now[i].end, span.end
    return Answer("".join((*parts, text[done:])), now)


def _fitting(sentence: Sentence, match: Match, starts: bool) -> str:
    """The target of a term at the start of a translation or inside it; a capital that a source word only has from the
    start of its sentence does not go with it."""
    if not match.term.target or match.case is Case.UPPER:
        return match.target
    if starts:
        return capitalised(match.target)
    began = not _HAS_WORD.search(sentence.text[: match.span.start])
    return match.term.target if began else match.target
