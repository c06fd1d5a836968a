"""Variations that bring in what a translation keeps as it is, or writes by rule: numbers, dates, addresses, marks."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from random import Random
from typing import Any

from polygist.translate.glossary.marks import LETTERED, NUMBERED
from training.augment.base import Stock
from training.pairs import Pair

_WORD = re.compile(r"[^\W_]++(?:['’ʼ-][^\W_]++)*+")
# Whole numbers that nothing is joined to: no decimals, no hyphens, no ordinals, nothing that a word stands at.
_NUMBER = re.compile(r"(?<![\w.,:/$€£₴’'-])\d{1,6}+(?![\w%’'°-]|[.,:/]\d|\.\s)")
_END = re.compile(r"[.!?…]?[\"'”“»]?$")
_MOST_MARKS = 3


def numbers(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """Other numbers of as many digits in place of those that both sides have once. Years stay years."""
    here, there = (Counter(_NUMBER.findall(side)) for side in (pair.source, pair.target))
    common = [n for n, count in here.items() if count == 1 == there[n]]
    if not common or len(common) != len(here | there):
        return None
    new = {n: _like(n, random) for n in common}
    source, target = (_NUMBER.sub(lambda m: new[m[0]], side) for side in (pair.source, pair.target))
    return pair._replace(source=source, target=target)


def _like(number: str, random: Random) -> str:
    """2 to 4 stay among themselves, 5 and more too, by the last digits: the Ukrainian form of a noun hangs on them."""
    if len(number) == 4 and number[:2] in {"18", "19", "20"}:
        return number[:2] + f"{random.randrange(100):02d}"
    if len(number) == 1 or number[0] == "0":
        return number
    head = str(random.randrange(10 ** (len(number) - 2), 10 ** (len(number) - 1))) if len(number) > 1 else ""
    if head.endswith("1") != number[:-1].endswith("1"):
        head = number[:-1]
    kinds = (("1",), ("2", "3", "4"), ("0", "5", "6", "7", "8", "9"))
    return head + random.choice(next(kind for kind in kinds if number[-1] in kind))


def dates(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A date before the text or after it in brackets: "3 May 2024: ..." -> "3. Mai 2024: ..."."""
    lexicon = _lexicon()
    form = random.randrange(len(lexicon["dates"]["en"]))
    day, month, weekday, year = (
        random.randint(1, 28),
        random.randrange(12),
        random.randrange(7),
        random.randint(1900, 2030),
    )

    def date(language: str) -> str:
        text: str = lexicon["dates"][language][form].format(
            day=day,
            year=year,
            month=lexicon["months"][language][month],
            of_month=lexicon["of_months"][language][month],
            weekday=lexicon["weekdays"][language][weekday],
        )
        return text

    if not {pair.s, pair.t} <= set(lexicon["dates"]):
        return None
    first, second = date(pair.s), date(pair.t)
    if random.random() < 0.5:
        return _inserted(pair, f" ({first})", f" ({second})")
    return pair._replace(source=f"{_capital(first)}: {pair.source}", target=f"{_capital(second)}: {pair.target}")


def addresses(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """An address, an e-mail address, a @name or a #hashtag, at the beginning or before the end, on both sides."""
    parts = _lexicon()["addresses"]
    host, name = random.choice(parts["hosts"]), random.choice(parts["names"])
    kind = random.randrange(4)
    if kind == 0:
        scheme = random.choice(("https://", "http://", "www."))
        return _inserted(pair, f" ({scheme}{host}{random.choice(parts['paths'])})")
    if kind == 1:
        return _inserted(pair, f" ({name}@{host})")
    if kind == 2:
        tag = f"@{name.replace('.', '_')} "
        return pair._replace(source=tag + pair.source, target=tag + pair.target)
    tag = f" #{random.choice(parts['tags'])}"
    return pair._replace(source=pair.source + tag, target=pair.target + tag)


def placeholders(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """What programs fill in ("{name}", "%s"), in place of a word that both sides have."""
    forms: list[str] = _lexicon()["placeholders"]["forms"]
    return _replaced(pair, [random.choice(forms)], random, stock)


def marks(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """The marks that stand for a glossary's terms ("X1", "XQZ"), in place of words and their translations.

    Up to three, numbered in the order of the source as the glossary does it.
    """
    style = random.choice((*NUMBERED, *NUMBERED, *LETTERED))
    return _replaced(pair, list(islice(style(), random.randint(1, _MOST_MARKS))), random, stock)


def _replaced(pair: Pair, new: Sequence[str], random: Random, stock: Stock) -> Pair | None:
    """The pair with new words for up to as many that stand once on both sides, or are each other's translations."""
    if any(word in pair.source or word in pair.target for word in new):
        return None
    found = aligned(pair, stock)
    if not found:
        return None
    chosen = sorted(random.sample(found, min(len(new), len(found))))
    source, target = pair.source, pair.target
    for i, (a, _) in sorted(enumerate(chosen), key=lambda item: item[1][0], reverse=True):
        source = source[: a[0]] + new[i] + source[a[1] :]
    for i, (_, b) in sorted(enumerate(chosen), key=lambda item: item[1][1], reverse=True):
        target = target[: b[0]] + new[i] + target[b[1] :]
    return pair._replace(source=source, target=target)


def aligned(pair: Pair, stock: Stock) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The places of words that say each other: a name or number that both sides have, or a word and its pair in the
    stock. Each stands once on either side."""
    here, there, known = _once(pair.source), _once(pair.target), stock.known(pair.direction)
    found = []
    for word, place in here.items():
        written = pair.source[slice(*place)]
        other = word if word in there else known.get(word, "")
        same = other != word or (written == pair.target[slice(*there[word])] and not written.islower())
        if other in there and same and len(word) > 2:
            found.append((place, there[other]))
    return found


def _once(text: str) -> dict[str, tuple[int, int]]:
    places: dict[str, list[tuple[int, int]]] = {}
    for m in _WORD.finditer(text):
        places.setdefault(m[0].casefold(), []).append(m.span())
    return {word: at[0] for word, at in places.items() if len(at) == 1}


def _inserted(pair: Pair, first: str, second: str | None = None) -> Pair:
    """Before the closing marks of either side."""
    a, b = (_closing(side) for side in (pair.source, pair.target))
    second = first if second is None else second
    return pair._replace(
        source=pair.source[:a] + first + pair.source[a:], target=pair.target[:b] + second + pair.target[b:]
    )


def _closing(text: str) -> int:
    found = _END.search(text[-3:])
    return len(text) - (len(found[0]) if found else 0)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads((files("training.augment") / "words.toml").read_text(encoding="utf-8"))
