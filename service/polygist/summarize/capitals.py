"""Which capitalised words of an article are names."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from polygist.summarize import morphology
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.listed import is_acronym, is_german_word, listed
from polygist.summarize.tokens import Token
from polygist.summarize.words import is_known, is_listed_name

_SPOKEN_BEFORE = re.compile(r"[,\"“”«»‘’]\s*$")
# Endings of Ukrainian adverbs, infinitives and abstract nouns that the dictionary may lack.
_UKRAINIAN_WORD = re.compile(r"(?:[^к]о|ти|ть|ся|ість|ння|ськи|цьки|ма|чи|ши)$")
_SHOUTING = 0.6
_GERMAN_NOUNS = ("ung", "heit", "keit", "ungen", "heiten", "keiten", "schaften")
_LEAST_PLACE = 7


class Capitals:
    """Decides for the tokens of one article which are (parts of) names.

    Evidence counts over the whole article: a word that is a name once is one wherever it is capitalised. In German,
    where every noun has a capital, a word needs more than that: a gazetteer, a title or first name before it, a verb
    of saying before it, or that the dictionary does not have it.
    """

    def __init__(self, sentences: Sequence[Sequence[Token]], words: Lexicon) -> None:
        self._words, self._known = words, listed(words)
        self._german = words.language == "de"
        self._articled = _after_determiner(sentences, words) if self._german else frozenset[str]()
        self.keys = {t.key for ts in sentences if not _shouts(ts) for t in self._sure(ts)}

    def is_name(self, token: Token) -> bool:
        """Whether a token of the article is part of a name."""
        return token.capital and token.key in self.keys and not self._never(token)

    def is_title(self, token: Token) -> bool:
        """Whether a token is the title or office of a person."""
        return self._known.titles[token.text]

    def is_first_name(self, token: Token) -> bool:
        """Whether a token is a first name, in any case form."""
        return self._known.first_names[token.text]

    def is_place(self, token: Token) -> bool:
        """Whether a token is a country, city or region, in any case form."""
        return self._known.places[token.text]

    def is_surname(self, sentence: Sequence[Token], i: int) -> bool:
        """Whether a word is a Ukrainian surname and no adjective of what follows: 'Польський уряд' -> False."""
        if self._words.language != "uk" or not morphology.is_surname(sentence[i].text):
            return False
        following = sentence[i + 1].text if i + 1 < len(sentence) and sentence[i + 1].joined else ""
        return not (morphology.noun(following) or morphology.adjective(following)) or following[:1].isupper()

    def _never(self, token: Token) -> bool:
        if self._known.no_names[token.text]:
            return True
        ordinary = token.folded in self._words.stop_words and not is_acronym(token.text)
        return ordinary and (token.initial or self._words.language != "en" or "'" in token.folded)

    def _sure(self, sentence: Sequence[Token]) -> Iterator[Token]:
        chain = False  # a title or first name stands before; the surname after a first name needs nothing else
        for i, token in enumerate(sentence):
            if not token.capital:
                chain = False
                continue
            chain = chain and token.joined
            if not self._never(token) and (chain or self._has_evidence(token, sentence, i)):
                yield token
                chain = (chain or self.is_first_name(token) or self._follows_title(token, sentence, i)) and not (
                    self._german and self.is_place(token)
                )
            else:
                chain = False

    def _follows_title(self, token: Token, sentence: Sequence[Token], i: int) -> bool:
        return i > 0 and token.joined and self.is_title(sentence[i - 1])

    def _has_evidence(self, token: Token, sentence: Sequence[Token], i: int) -> bool:
        previous = sentence[i - 1] if i and token.joined else None
        if token.folded in self._words.months:
            return False  # "May" is a name after a first name only
        if is_acronym(token.text) or self._listed(token):
            return True
        if self._german:
            return self._german_evidence(token, previous)
        language = self._words.language
        if not token.initial or is_listed_name(token.folded, language) or (previous and self.is_title(previous)):
            return True
        if self.is_surname(sentence, i):
            return True
        return not is_known(token.folded, language) and not (language == "uk" and _UKRAINIAN_WORD.search(token.folded))

    def _listed(self, token: Token) -> bool:
        return self._known.names[token.text] and not (token.initial and token.folded in self._words.stop_words)

    def _german_evidence(self, token: Token, previous: Token | None) -> bool:
        if previous is not None and previous.capital and previous.folded.endswith(self._words.firm_words):
            return True
        if previous is not None and (self.is_title(previous) or (self.is_first_name(previous) and previous.capital)):
            return not (token.folded[0].isdigit() or token.text.endswith(_GERMAN_NOUNS))
        if previous is not None and _says(previous) and _SPOKEN_BEFORE.search(previous.before):
            return token.folded not in self._articled
        if self.is_after_preposition(token, previous):
            return True
        return token.folded not in self._articled and not is_german_word(token.text)

    def is_after_preposition(self, token: Token, previous: Token | None) -> bool:
        """Whether a word must be a German place: 'in Rosenheim'; a common noun would have an article."""
        words = self._words
        bare = previous is not None and previous.folded in words.place_prepositions and token.joined
        return bare and len(token.text) >= _LEAST_PLACE and token.folded.endswith(words.place_endings)


def _after_determiner(sentences: Sequence[Sequence[Token]], words: Lexicon) -> frozenset[str]:
    """Capitalised words that mostly follow a determiner."""
    with_, all_ = Counter[str](), Counter[str]()
    for sentence in sentences:
        for i, token in enumerate(sentence):
            if token.capital:
                all_[token.folded] += 1
                with_[token.folded] += i > 0 and token.joined and sentence[i - 1].folded in words.determiners
    return frozenset(w for w, n in with_.items() if n * 2 >= all_[w])


def _says(token: Token) -> bool:
    return token.folded in {"sagt", "meint", "erklärt", "betont", "sagte", "meinte", "erklärte", "betonte", "ergänzte"}


def _shouts(sentence: Sequence[Token]) -> bool:
    return len(sentence) > 3 and sum([t.text.isupper() for t in sentence]) > _SHOUTING * len(sentence)
