"""Words of a sentence and their base forms; texts on one line."""

import re
from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Generic, TypeVar, TypeVarTuple, Unpack, cast

from polygist import lemmas
from polygist.summarize.lexicon import LANGUAGES, lexicon

# A word may hold apostrophes and hyphens (п'ять, Müller-Lüdenscheid), and dots in abbreviations (U.S.), which are
# looked for behind a first letter with a stop alone.
WORD = re.compile(r"[^\W_](?:\.(?<!\d\.)[^\W\d_]\.(?:[^\W\d_]\.){0,6}(?!\w)|[^\W_]*+(?:['’ʼ-][^\W_]++)*+)")
_TERM = re.compile(r"[^\W_]++(?:['’ʼ][^\W_]++)*+")
_WORD_BEFORE = re.compile(r"(?<![^\W\d_])([^\W\d_]++)\.?\s$")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LONGEST_WORD, _LONGEST_BEFORE = 40, 20
_REMEMBERED = 20_000
P = TypeVarTuple("P")
R = TypeVar("R")


def remembered(function: Callable[[str, Unpack[P]], R]) -> Callable[[str, Unpack[P]], R]:
    """Keep the results for the last words; those for words too long to be one are worked out each time."""
    cached = cast(Callable[[str, Unpack[P]], R], lru_cache(maxsize=_REMEMBERED)(function))

    @wraps(function)
    def call(word: str, /, *args: *P) -> R:
        return (cached if len(word) <= _LONGEST_WORD else function)(word, *args)

    return call


class Remembered(dict[str, R], Generic[R]):
    """What a function says of words: `known[word]`, worked out once for each but those too long to be one.

    A look-up takes a fifth of a call of what lru_cache makes, and articles ask for each of their words many times.
    Once full it begins anew.
    """

    def __init__(self, function: Callable[[str], R]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> R:
        found = self._function(word)
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = found
        return found


def one_line(text: str) -> str:
    """A text without line breaks, runs of spaces and characters that can't be seen: 'a\\n b\\x00' -> 'a b'."""
    return " ".join((text if text.isprintable() else _UNSEEN.sub("", text)).split())


def word_before(text: str, at: int) -> str:
    """The word before a position and one space, folded, without its stop; "" where there is none: 'Im Jahr 1968'."""
    match = _WORD_BEFORE.search(text, max(0, at - _LONGEST_BEFORE), at)
    return match[1].casefold() if match else ""


def folded(word: str) -> str:
    """A word as the lexicons have it: 'П’ять' -> "п'ять"."""
    return word.replace("’", "'").replace("ʼ", "'").casefold()


def _plain(word: str) -> str:
    """With one kind of apostrophe; str.translate takes three times as long."""
    return word.replace("’", "'").replace("ʼ", "'")


def terms(text: str, language: str, *, base: bool = True) -> list[str]:
    """The content words of a text for comparison, in base form where `base`: 'The laws of 2022' -> ['law', '2022']."""
    return [term for term in map(_terms(language, base).__getitem__, _TERM.findall(text)) if term]


@lru_cache(maxsize=16)
def _terms(language: str, base: bool) -> Remembered[str]:
    return Remembered(partial(_term, language=language, base=base))


def _term(word: str, language: str, base: bool) -> str:
    """What a word is compared by; "" for a stop word, and for a letter alone."""
    low = folded(word)
    if low in lexicon(language).stop_words or (len(word) == 1 and not word.isdigit()):
        return ""
    return base_form(_plain(word), language) if base else low


@remembered
def base_form(word: str, language: str) -> str:
    """The dictionary form of a word, folded; the word without 's where the dictionary has none.

    The case of the first letter counts: 'Київ' is a city, 'київ' looks like a form of 'кий'.
    """
    word = word.removesuffix("'s")
    code = language.split("-")[0]
    if code not in LANGUAGES or len(word) > _LONGEST_WORD or word.isdigit():
        return word[:_LONGEST_WORD].casefold()
    return lemmas.lemmatize(word, code).casefold()


def name_form(word: str, language: str) -> str:
    """The dictionary form of a name as a capitalised word, folded: 'києва' -> 'київ' (not 'кий')."""
    return base_form(word.capitalize(), language)


def is_listed_name(word: str, language: str) -> bool:
    """Whether the dictionary knows a folded word only as a name: 'зеленського' -> True, 'рада' -> False."""
    code = language.split("-")[0]
    return is_known(word, language) and lemmas.lemmatize(word, code)[:1].isupper()


def is_german_noun(word: str) -> bool:
    """Whether the dictionary has a word other than as a form of a verb or adjective: 'Krem' (of 'kremen') -> False."""
    if not is_known(word, "de"):
        return False
    lemma = lemmas.lemmatize(word, "de")
    return lemma[:1].isupper() or lemma.casefold() == word.casefold()


def is_known(word: str, language: str) -> bool:
    """Whether the language's dictionary has a word (as common noun, name, or anything else)."""
    code = language.split("-")[0]
    return code in LANGUAGES and len(word) <= _LONGEST_WORD and lemmas.is_known(word, code)
