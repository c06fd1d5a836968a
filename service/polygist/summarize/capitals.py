"""Which capitalised words of an article are names."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from polygist.summarize import morphology
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.words import WORD, base_form, folded, is_known, is_listed_name, name_form, remembered

_GENITIVES = tuple(apostrophe + s for apostrophe in "'’ʼ" for s in "sSſ")
_OPENS = re.compile(r"(?:[\"„“”«»‚‘‹›]\(?|[:—–•][\s(]*|[.!?…]\W*\s\W*)$")
_SPOKEN_BEFORE = re.compile(r"[,\"“”«»‘’]\s*$")
# Case endings of Ukrainian names, longest first; what is left of both forms of a name is the same.
_UKRAINIAN_ENDING = re.compile(
    r"(?:ського|ському|ськими?|ської|ській|ською|ський|ська|ську|ого|ому|ими|ові|еві|єві|ами|ями|ою|ею|єю|ої|ій|ий|им|"
    r"ом|ем|єм|ам|ах|ів|а|у|и|і|ї|ю|я|о|е|ь|й)$"
)
# Endings of Ukrainian adverbs, infinitives and abstract nouns that the dictionary may lack.
_UKRAINIAN_WORD = re.compile(r"(?:[^к]о|ти|ть|ся|ість|ння|ськи|цьки|ма|чи|ши)$")
UKRAINIAN_ENDINGS = ("", "ь", "й", "о", "а", "я", "ій", "ія", "ий")
_JOINTS = frozenset({" ", "\u00a0", "\n", "\r\n", ". "})
_ROMAN = frozenset("IVXІХ")
_SHOUTING = 0.6
_LOOK_BACK = 8


class Token(NamedTuple):
    """A word in its sentence: range in the text, folded form, key shared by its case forms, what stands before it.

    `capital` is whether it begins with a capital letter, `joined` whether only a space (or the stop of an initial)
    parts it from the word before.
    """

    text: str
    start: int
    end: int
    folded: str
    key: str
    before: str
    initial: bool
    capital: bool
    joined: bool


def tokens(text: str, start: int, end: int, language: str) -> list[Token]:
    """The words of text[start:end]; a genitive 's is not part of one."""
    found: list[Token] = []
    last = start
    for match in WORD.finditer(text, start, end):
        at, stop = match.span()
        before = text[last:at][-_LOOK_BACK:]
        last = stop
        word, low, key, capital = _forms(match[0], language)
        initial = not found or (before != " " and _OPENS.search(before) is not None)
        found.append(Token(word, at, at + len(word), low, key, before, initial, capital, before in _JOINTS))
    return found


@remembered
def _forms(word: str, language: str) -> tuple[str, str, str, bool]:
    """What a token has of its word, wherever it stands: the word without a genitive 's, folded, key, capital."""
    bare = word[:-2] if len(word) > 2 and word.endswith(_GENITIVES) else word
    low = folded(bare)
    return bare, low, key_of(low, language), bare[0].isupper()


def key_of(word: str, language: str) -> str:
    """What the case forms of a folded name share: 'зеленського', 'зеленський' -> 'зелен'; 'merkels' -> 'merkel'."""
    if language.startswith("uk"):
        base = name_form(word, language)
        cut = _UKRAINIAN_ENDING.sub("", base)
        return cut if len(cut) >= 3 else base
    if language.startswith("de") and len(word) > 3:
        return word.removesuffix("s")
    return word


class Capitals:
    """Decides for the tokens of one article which are (parts of) names.

    Evidence counts over the whole article: a word that is a name once is one wherever it is capitalised. In German,
    where every noun has a capital, a word needs more than that: a gazetteer, a title or first name before it, a verb
    of saying before it, or that the dictionary does not have it.
    """

    def __init__(self, sentences: Sequence[Sequence[Token]], words: Lexicon) -> None:
        self._words = words
        self._german = words.language == "de"
        self._articled = _after_determiner(sentences, words) if self._german else frozenset[str]()
        self.keys = {t.key for ts in sentences if not _shouts(ts) for t in self._sure(ts)}

    def is_name(self, token: Token) -> bool:
        """Whether a token of the article is part of a name."""
        return token.capital and token.key in self.keys and not self._never(token)

    def is_title(self, token: Token) -> bool:
        """Whether a token is the title or office of a person."""
        return is_title(token, self._words)

    def is_first_name(self, token: Token) -> bool:
        """Whether a token is a first name, in any case form."""
        return in_forms(token, self._words.first_names, self._words.language)

    def is_place(self, token: Token) -> bool:
        """Whether a token is a country, city or region, in any case form."""
        return in_forms(token, self._words.places, self._words.language)

    def is_surname(self, sentence: Sequence[Token], i: int) -> bool:
        """Whether a word is a Ukrainian surname and no adjective of what follows: 'Польський уряд' -> False."""
        if self._words.language != "uk" or not morphology.is_surname(sentence[i].text):
            return False
        following = sentence[i + 1].text if i + 1 < len(sentence) and sentence[i + 1].joined else ""
        return not (morphology.noun(following) or morphology.adjective(following)) or following[:1].isupper()

    def _never(self, token: Token) -> bool:
        if _is_no_name(token.text, token.folded, self._words):
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
        words = self._words
        return in_forms(token, words.listed, words.language) and not (
            token.initial and token.folded in words.stop_words
        )

    def _german_evidence(self, token: Token, previous: Token | None) -> bool:
        if previous is not None and previous.capital and previous.folded.endswith(self._words.firm_words):
            return True
        if previous is not None and (self.is_title(previous) or (self.is_first_name(previous) and previous.capital)):
            return not (token.folded[0].isdigit() or token.text.endswith(("ung", "heit", "keit")))
        if previous is not None and _says(previous) and _SPOKEN_BEFORE.search(previous.before):
            return token.folded not in self._articled
        return token.folded not in self._articled and not _is_german_word(token.text)


@remembered
def _is_no_name(text: str, low: str, words: Lexicon) -> bool:
    """Whether a capitalised word is never part of a name, wherever it stands."""
    if is_acronym(text):
        return low in words.months_short
    return (
        len(low) < 2
        or _ROMAN.issuperset(text)
        or low in words.common_capitals
        or low in words.weekdays
        or low in words.pronouns
        or low in words.determiners
        or _is_title(low, words, True)
    )


def is_title(token: Token, words: Lexicon) -> bool:
    """Whether a token is a title or office, in any case form: 'президента', 'CSU-Landesgruppenchef' -> True."""
    return _is_title(token.folded, words, token.capital)


@remembered
def _is_title(low: str, words: Lexicon, capital: bool) -> bool:
    if low in words.titles or base_form(low, words.language) in words.titles:
        return True
    return words.language == "de" and capital and low.endswith(_title_ends(words))


@cache
def _title_ends(words: Lexicon) -> tuple[str, ...]:
    return tuple(t for t in words.titles if len(t) > 4 or t in ("chef", "vize"))


def is_acronym(text: str) -> bool:
    """Whether a word is written in capitals only: 'NATO', 'U.S', 'СБУ' -> True."""
    if not text.isupper():
        return False
    letters = text.replace(".", "")
    return 2 <= len(letters) <= 6 and letters.isalpha() and not _ROMAN.issuperset(letters)


def in_forms(token: Token, listed: frozenset[str], language: str) -> bool:
    """Whether a token or its dictionary form is in a list."""
    return _in_forms(token.text, token.folded, token.key, listed, language)


@remembered
def _in_forms(text: str, low: str, key: str, listed: frozenset[str], language: str) -> bool:
    if low in listed or name_form(low, language) in listed:
        return True
    if language == "de" and low.endswith("s") and len(low) > 4:
        return low[:-1] in listed
    if language != "uk" or len(key) <= 3:
        return False
    guessed = {key + e for e in UKRAINIAN_ENDINGS} & listed
    known = morphology.bases(text)  # "Швець" is no form of "Швеція"
    return not guessed.isdisjoint(known) if known else bool(guessed)


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


@remembered
def _is_german_word(text: str) -> bool:
    """Whether the dictionary has a capitalised word, or both halves of it: 'Getreideabkommens' -> True."""
    last = text.rsplit("-", 1)[-1]
    forms = (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("n"), last.removesuffix("en"))
    if any(is_known(form, "de") for form in forms if len(form) > 1):
        return True
    if len(last) > 40 or not last.isalpha():
        return True
    if is_known(last.lower(), "en") and not is_listed_name(last.lower(), "en"):
        return True
    cuts = range(3, len(last) - 3)
    return any(
        _is_half(last[:c]) and any(is_known(f[c:].capitalize(), "de") for f in forms if len(f) - c > 3) for c in cuts
    )


def _is_half(text: str) -> bool:
    return is_known(text, "de") or is_known(text + "e", "de") or (text.endswith("s") and is_known(text[:-1], "de"))


def _shouts(sentence: Sequence[Token]) -> bool:
    return len(sentence) > 3 and sum([t.text.isupper() for t in sentence]) > _SHOUTING * len(sentence)
