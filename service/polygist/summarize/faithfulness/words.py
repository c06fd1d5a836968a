"""The words of a text as they are compared: forms of a word alike, numbers by value."""

import re
from enum import Enum, auto
from typing import NamedTuple

from polygist.summarize.faithfulness.lexicon import Lexicon, lexicon
from polygist.summarize.lexicon import lexicon as vocabulary
from polygist.summarize.tokens import key_of
from polygist.summarize.words import base_form, folded, is_known, remembered
from polygist.types import Span

# Possessive throughout: what is read once is not given back.
_PIECE = re.compile(
    r"(?P<number>\d{1,3}(?:[ \u00a0\u202f]\d{3})++(?!\d)(?:[.,]\d++)?+|\d++(?:[.,:]\d++)*+)(?P<unit>[^\W\d_]++)?+"
    r"|(?P<word>(?:[^\W\d_]\.){2,8}(?!\w)|[^\W\d_]++(?:['’ʼ][^\W\d_]++)*+)"
)
_LETTERS = 6  # of a word's dictionary form that count, as in the vectors
_MOST_DIGITS = 40
_GROUPED = {"en": ","}


class Kind(Enum):
    """What a word is to the comparison."""

    CONTENT = auto()
    NUMBER = auto()
    NEGATION = auto()
    OTHER = auto()


class Word(NamedTuple):
    """A word, the key that its forms share, and where it stands. Numbers have "#" and their value for a key."""

    key: str
    kind: Kind
    span: Span
    folded: str


def read(text: str, span: Span, language: str) -> list[Word]:
    """The words of text[span] in order; stop words are of kind OTHER. Linear time.

    'No cars in 2,000 towns' -> no (NEGATION), car, in (OTHER), #2000, town.
    """
    words, known = vocabulary(language), lexicon(language)
    found: list[Word] = []
    for match in _PIECE.finditer(text, *span):
        place = Span(*match.span())
        if match["number"]:
            found.append(
                Word(_number(match["number"], match["unit"] or "", language, known), Kind.NUMBER, place, match[0])
            )
            continue
        low = folded(match["word"])
        power = known.scales.get(low)
        if power is not None and found and found[-1].kind is Kind.NUMBER and place.start - found[-1].span.end < 4:
            last = found.pop()
            found.append(
                Word(_scaled(last.key, power), Kind.NUMBER, Span(last.span.start, place.end), f"{last.folded} {low}")
            )
        elif low in known.numbers:
            found.append(Word(f"#{known.numbers[low]}", Kind.NUMBER, place, low))
        elif low in known.negations or (language == "en" and low.endswith("n't")):
            found.append(Word(low, Kind.NEGATION, place, low))
        elif low in words.stop_words or len(low) < 2:
            found.append(Word(low, Kind.OTHER, place, low))
        else:
            found.append(Word(stem(match["word"], language), Kind.CONTENT, place, low))
    return found


@remembered
def stem(word: str, language: str) -> str:
    """What the forms of a word share: 'cities' -> 'city', 'Habecks' -> 'habeck', 'Зеленського' -> 'зелен'."""
    low = folded(word)
    if language.startswith("uk"):
        return key_of(low, language)[:_LETTERS]
    base = base_form(word, language)
    if base == low and low.endswith("s") and not is_known(word, language):
        base = low[:-1]
    return base[:_LETTERS]


def _number(digits: str, unit: str, language: str, known: Lexicon) -> str:
    """'1,234.50' -> '#1234.5', '5' with unit 'm' -> '#5000000'; times and dates keep their signs: '#21:45'."""
    group = _GROUPED.get(language, ".")
    plain = re.sub(r"[ \u00a0\u202f]", "", digits)[:_MOST_DIGITS]
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+(?:[.,]\d+)?", plain):
        plain = plain.replace(group, "")
    plain = plain.replace(",", ".")
    if plain.count(".") == 1 and ":" not in plain:
        plain = plain.rstrip("0").rstrip(".")
    power = known.scales.get(folded(unit))
    key = f"#{plain.lstrip('0') or '0'}"
    return key if power is None else _scaled(key, power)


def _scaled(key: str, power: int) -> str:
    """'#2.5' and 6 -> '#2500000'."""
    whole, _, rest = key[1:].partition(".")
    if not (whole + rest).isdecimal() or len(rest) > power:
        return key
    return f"#{(whole + rest.ljust(power, '0')).lstrip('0') or '0'}"
