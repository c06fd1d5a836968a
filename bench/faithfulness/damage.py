"""Damage done to sentences of articles by rule, and harmless changes, in three languages."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from polygist.summarize.words import base_form
from polygist.types import Article, Mention, MentionKind, Span

HARMLESS = ("unchanged", "shortened", "short names", "reordered", "fused")

Spoiler = Callable[["Source", random.Random], str | None]


@dataclass(frozen=True)
class Source:
    """A sentence of an article, and what stands in it; `others` are names and a sentence of other articles."""

    article: Article
    text: str
    span: Span
    language: str
    names: tuple[Mention, ...]
    other_names: tuple[str, ...]
    other_sentence: str

    def inside(self, span: Span) -> bool:
        return self.span.start <= span.start and span.end <= self.span.end

    def put(self, span: Span, text: str) -> str:
        """The sentence with another text in a range of the article."""
        return self.text[: span.start - self.span.start] + text + self.text[span.end - self.span.start :]


def spoil_name(source: Source, chance: random.Random) -> str | None:
    """A name of another article instead."""
    here = [(m, s) for m in source.names for s in m.spans if source.inside(s)]
    fitting = [n for n in source.other_names if n.casefold() not in source.article.text.casefold()]
    if not here or not fitting:
        return None
    _, span = chance.choice(here)
    return source.put(span, chance.choice(fitting))


def spoil_near_name(source: Source, chance: random.Random) -> str | None:
    """Another name of the same article instead."""
    here = [(m, s) for m in source.names for s in m.spans if source.inside(s)]
    if not here:
        return None
    mention, span = chance.choice(here)
    away = [m for m in source.names if m.kind == mention.kind and not any(source.inside(s) for s in m.spans)]
    if not away:
        return None
    place = chance.choice(chance.choice(away).spans)
    return source.put(span, source.article.text[place.start : place.end])


def spoil_roles(source: Source, chance: random.Random) -> str | None:
    """Two names exchanged."""
    here = [(m.name, s) for m in source.names for s in m.spans if source.inside(s)]
    pairs = [(a, b) for n, a in here for o, b in here if n != o and a.end < b.start]
    if not pairs:
        return None
    a, b = chance.choice(pairs)
    text = source.article.text
    parts = (source.span.start, a.start), b, (a.end, b.start), a, (b.end, source.span.end)
    return "".join(text[start:end] for start, end in parts)


def spoil_number(source: Source, chance: random.Random) -> str | None:
    """One digit of a number is another."""
    found = list(re.finditer(r"\d", source.text))
    if not found:
        return None
    place = chance.choice(found).start()
    digit = chance.choice([d for d in "123456789" if d != source.text[place]])
    spoilt = source.text[:place] + digit + source.text[place + 1 :]
    said = re.search(r"\d*$", spoilt[:place])[0] + re.match(r"\d+", spoilt[place:])[0]  # type: ignore[index]
    return None if re.search(rf"(?<!\d){said}(?!\d)", source.article.text) else spoilt


_ADDED = {
    "en": (r"\b(is|was|are|were|has|had|will|would|could|should|can|may)\b(?! (?:not|no|been no)\b|n)", r"\1 not"),
    "de": (
        r"\b(ist|war|sind|waren|wird|werden|wurde|wurden|hat|haben|kann|soll|will)\b(?! (?:nicht|kein))",
        r"\1 nicht",
    ),
}
_LOST = {
    "en": (r"\b(?:not |never )|(?<=[a-z])n['’]t\b", ""),
    "de": (r"\b(?:nicht|nie|niemals) |\bk(?=ein)", ""),
    "uk": (r"\b(?:не|ніколи не) ", ""),
}
_NO_DENIAL = re.compile(r"not only|nicht nur|не лише|не тільки|whether or not", re.IGNORECASE)


def spoil_added(source: Source, chance: random.Random) -> str | None:
    """A negation more."""
    if source.language == "uk":
        verbs = [
            m.start()
            for m in re.finditer(r"(?<!не )(?<!\w)[а-щьюяєії'’]{4,}(?:в|ла|ло|ли|ть|є)(?!\w)", source.text)
            if base_form(m[0], "uk").endswith("ти")
        ]
        if not verbs:
            return None
        place = chance.choice(verbs)
        return source.text[:place] + "не " + source.text[place:]
    pattern, put = _ADDED[source.language]
    return re.sub(pattern, put, source.text, count=1) if re.search(pattern, source.text) else None


def spoil_lost(source: Source, _: random.Random) -> str | None:
    """The only negation gone."""
    pattern, put = _LOST[source.language]
    if len(re.findall(pattern, source.text)) != 1 or _NO_DENIAL.search(source.text):
        return None
    return re.sub(pattern, put, source.text)


def other_sentence(source: Source, _: random.Random) -> str | None:
    """A sentence of another article."""
    return source.other_sentence


_AND = {"en": "and", "de": "und", "uk": "і"}


def _joined(source: Source, second: str) -> str:
    return f"{source.text.rstrip('.!?')}, {_AND[source.language]} {second}"


def fused(source: Source, _: random.Random) -> str | None:
    """One sentence of it and the next one."""
    following = (s.text for s in source.article.sentences if s.span.start >= source.span.end)
    second = next(following, None)
    return None if second is None else _joined(source, second)


def fused_with_other(source: Source, _: random.Random) -> str | None:
    """One sentence of it and a sentence of another article."""
    return _joined(source, source.other_sentence)


def unchanged(source: Source, _: random.Random) -> str | None:
    """As it stands."""
    return source.text


def shortened(source: Source, _: random.Random) -> str | None:
    """Without what stands in brackets, or behind the last comma."""
    bare = re.sub(r" \([^()]{1,200}\)", "", source.text)
    if bare != source.text:
        return bare
    head, _comma, tail = source.text.rpartition(", ")
    return head + "." if len(head.split()) > 5 and len(tail.split()) > 2 and not re.search(r'["“”„«»]', tail) else None


def short_names(source: Source, _: random.Random) -> str | None:
    """Persons by their last name alone."""
    named = [m for m in source.names if m.kind is MentionKind.PERSON]
    full = sorted((s for m in named for s in m.spans if source.inside(s)), reverse=True)
    text = source.text
    for span in full:
        start = span.start - source.span.start
        end = span.end - source.span.start
        text = text[:start] + text[start:end].split()[-1] + text[end:]
    return text if text != source.text else None


def reordered(source: Source, _: random.Random) -> str | None:
    """What stands before the first comma goes to the end."""
    head, comma, tail = source.text.rstrip(".").partition(", ")
    if not comma or not 1 < len(head.split()) < 7 or len(tail.split()) < 5 or re.search(r'["“”„«»]', source.text):
        return None
    return tail[0].upper() + tail[1:] + ", " + head + "."


DAMAGE: dict[str, Spoiler] = {
    "unchanged": unchanged,
    "shortened": shortened,
    "short names": short_names,
    "reordered": reordered,
    "name of another article": spoil_name,
    "other name of the article": spoil_near_name,
    "names exchanged": spoil_roles,
    "number": spoil_number,
    "negation added": spoil_added,
    "negation lost": spoil_lost,
    "sentence of another article": other_sentence,
    "fused": fused,
    "fused with a sentence of another article": fused_with_other,
}
