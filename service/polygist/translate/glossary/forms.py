"""The places of a target term in a translation, as it is written or inflected."""

from collections.abc import Sequence

from polygist import lemmas
from polygist.translate.glossary.words import Token, tokens
from polygist.types import Span

_LANGUAGES = frozenset({"de", "en", "uk"})


def places(target: str, text: str, language: str, *, inflected: bool) -> list[Span]:
    """Where `target` stands in `text` as whole words, in any case, or, when `inflected`, in another form of its words.

    >>> places("вірус", "Спалах вірусу.", "uk", inflected=True)
    [Span(start=7, end=13)]
    """
    wanted, given = list(tokens(target.strip())), list(tokens(text))
    found, done = [], 0
    for at in range(len(given) - len(wanted) + 1 if wanted else 0):
        here = given[at : at + len(wanted)]
        if at >= done and _same(wanted, here, language, inflected):
            found.append(Span(here[0].start, here[-1].end))
            done = at + len(wanted)
    return found


def _same(wanted: Sequence[Token], given: Sequence[Token], language: str, inflected: bool) -> bool:
    return all(_alike(a.key, b.key, language, inflected) for a, b in zip(wanted, given, strict=True))


def _alike(wanted: str, given: str, language: str, inflected: bool) -> bool:
    if wanted.casefold() == given.casefold():
        return True
    if not inflected or language not in _LANGUAGES or not (wanted.isalpha() and given.isalpha()):
        return False
    # Lemmas of unrelated words start alike hardly ever; comparing first letters first spares most of the look-ups.
    return wanted[:1].casefold() == given[:1].casefold() and not _lemmas(wanted, language).isdisjoint(
        _lemmas(given, language)
    )


def _lemmas(word: str, language: str) -> set[str]:
    """The lemma of a word as written, and of it in lower case: which one is known depends on the language."""
    return {lemmas.lemmatize(w, language).casefold() for w in (word, word.lower())}
