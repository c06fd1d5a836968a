"""Which words of a statement are (parts of) names."""

from polygist.summarize.capitals import Capitals
from polygist.summarize.faithfulness.words import Kind, Word
from polygist.summarize.lexicon import lexicon
from polygist.summarize.tokens import tokens
from polygist.summarize.words import folded, is_known, is_listed_name


def names(statement: str, words: list[Word], language: str) -> frozenset[str]:
    """The keys of its name words. In a text without capitals those that a list or the
    dictionary has as names only, or that it does not have."""
    known = lexicon(language)
    found = tokens(statement, 0, len(statement), language)
    capitals = Capitals([found], known)
    spans = [(t.start, t.end) for t in found if capitals.is_name(t)]
    keys, i = set(), 0
    lowered = not any(t.capital and not t.initial for t in found)
    for word in words:
        while i < len(spans) and spans[i][1] <= word.span.start:
            i += 1
        if word.kind is not Kind.CONTENT:
            continue
        if i < len(spans) and spans[i][0] <= word.span.start:
            keys.add(word.key)
        elif lowered and language != "de":
            low = folded(statement[word.span.start : word.span.end])
            if (
                low in known.places
                or low in known.organisations
                or is_listed_name(low, language)
                or not is_known(low, language)
            ):
                keys.add(word.key)
    return frozenset(keys)
