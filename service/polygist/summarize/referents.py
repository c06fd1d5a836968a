"""Whom a pronoun, an office or a description stands for, in one article."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from polygist.summarize.lexicon import Lexicon
from polygist.summarize.listed import listed
from polygist.summarize.tokens import Token, tokens
from polygist.types import Article, Mention, MentionKind, Span

_OFFICE_BEFORE, _APPOSITION = 50, 60
_SENTENCES_BACK = 6
_PAUSE = re.compile(r"[,.;!?]")


class Place(NamedTuple):
    """A name at a place of the text."""

    span: Span
    mention: Mention


class Referents:
    """Names by their places, and what else the article calls the persons that it names."""

    def __init__(self, article: Article, names: Sequence[Mention], words: Lexicon) -> None:
        self._text, self._words, self._known = article.text, words, listed(words)
        self._places = sorted((Place(span, m) for m in names for span in m.spans), key=lambda p: p.span)
        self._starts = [p.span.start for p in self._places]
        self._sentences = article.sentences
        self._sentence_starts = [s.span.start for s in self._sentences]

    def within(self, start: int, end: int) -> list[Place]:
        """The names that begin in a range."""
        return self._places[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def people(self, start: int, end: int) -> list[Place]:
        """The persons named in a range that can be subjects: none in the genitive, nominatives first."""
        return self._subjects(_people(self.within(start, end)))

    def _subjects(self, places: Iterable[Place]) -> list[Place]:
        able = [p for p in places if not self._is_possessor(p)]
        return sorted(able, key=lambda p: not self._is_nominative(p)) if self._words.language == "uk" else able

    def _is_possessor(self, place: Place) -> bool:
        """Whether a name is a genitive before what it owns: Ortega's, Naumanns."""
        end = place.span.end
        if self._text[end : end + 2].casefold() in ("'s", "’s"):
            return True
        return self._words.language == "de" and not self._is_nominative(place) and self._text[end - 1] == "s"

    def _is_nominative(self, place: Place) -> bool:
        return self._text[slice(*place.span)].split()[-1] in place.mention.name.split()

    @cached_property
    def _offices(self) -> dict[str, list[tuple[int, str]]]:
        """For each office or description the places where a person is named with it: 'канцлер … Олаф Шольц'."""
        offices: dict[str, list[tuple[int, str]]] = {}
        language = self._words.language
        for span, mention in self._places:
            if mention.kind is not MentionKind.PERSON:
                continue
            before = tokens(self._text, max(0, span.start - _OFFICE_BEFORE), span.start, language)[-3:]
            near = [t for t in before if self._known.titles[t.text]]
            if self._text[span.end : span.end + 2] == ", ":
                stop = self._apposition_end(span.end + 2)
                near += tokens(self._text, span.end + 2, stop, language)
            for token in near:
                if token.folded not in self._words.stop_words:
                    offices.setdefault(token.key, []).append((span.start, mention.name))
        return offices

    def _apposition_end(self, start: int) -> int:
        end = _PAUSE.search(self._text, start, start + _APPOSITION)
        return end.start() if end else start

    def holder(self, found: Iterable[Token]) -> tuple[str, Token] | None:
        """The person last named with an office that a tag speaks of: 'sagte der Kanzler' -> 'Olaf Scholz'."""
        for token in found:
            if not token.capital or self._known.titles[token.text] or self._words.language == "de":
                held = [name for start, name in self._offices.get(token.key, ()) if start < token.start]
                if held:
                    return held[-1], token
        return None

    def person_before(self, at: int, gender: str) -> str:
        """Whom a pronoun at a place stands for: the first person named in the nearest sentence before that names any.

        A person known to be of the other gender ('m' or 'f', '' for any) is passed over; '' where nobody is left.
        """
        last = bisect_right(self._sentence_starts, at) - 1
        for i in range(last, max(-1, last - _SENTENCES_BACK), -1):
            sentence = self._sentences[i].span
            for place in self.people(sentence.start, min(sentence.end, at)):
                if not gender or self.gender(place.mention) in ("", gender):
                    return place.mention.name
        return ""

    def sentence_before(self, at: int) -> Span | None:
        """The sentence before the one that a place lies in."""
        last = bisect_right(self._sentence_starts, at) - 1
        return self._sentences[last - 1].span if last > 0 else None

    def body_before(self, at: int) -> str:
        """The organization named last before a place: what 'it' stands for in 'it said'."""
        last = bisect_right(self._sentence_starts, at) - 1
        start = self._sentences[max(0, last - 1)].span.start if last >= 0 else 0
        here = [p.mention for p in self.within(start, at) if p.mention.kind is MentionKind.ORGANIZATION]
        return here[-1].name if here else ""

    def gender(self, mention: Mention) -> str:
        """'m', 'f' or '', from first names, and titles before any of its places."""
        words = self._words
        first = mention.name.split()[0].casefold()
        if first in words.first_names_male:
            return "m"
        if first in words.first_names_female:
            return "f"
        for span in mention.spans:
            before = self._text[max(0, span.start - 24) : span.start].casefold().split()[-1:]
            if before and before[0].rstrip(".") in words.titles_male:
                return "m"
            if before and before[0].rstrip(".") in words.titles_female:
                return "f"
        return ""


def _people(places: Sequence[Place]) -> list[Place]:
    people = [p for p in places if p.mention.kind is MentionKind.PERSON]
    return people or [p for p in places if _may_be_person(p.mention)]


def _may_be_person(mention: Mention) -> bool:
    """Whether a name of unknown kind has the shape of first name and surname."""
    return mention.kind is MentionKind.UNKNOWN and len(mention.name.split()) in (2, 3)
