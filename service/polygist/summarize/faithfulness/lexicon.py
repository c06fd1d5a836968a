"""The words that deny, and those that say a number, in each language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Lexicon:
    """A table of lexicon.toml, which says what each list is. All empty for a language without a table."""

    negations: frozenset[str] = frozenset()
    bounds: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()
    joiners: frozenset[str] = frozenset()
    denials: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)


@cache
def lexicon(language: str) -> Lexicon:
    """The words for a BCP-47 code, of which the first subtag counts."""
    return _tables().get(language.split("-")[0].split("_")[0].casefold(), Lexicon())


@cache
def _tables() -> dict[str, Lexicon]:
    data = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))
    return {
        language: Lexicon(
            negations=frozenset(table["negations"].split()),
            bounds=frozenset(table["bounds"].split()),
            openers=frozenset(table["openers"].split()),
            joiners=frozenset(table["joiners"].split()),
            denials=tuple(table["denials"].split()),
            numbers=_by_word(table["numbers"]),
            scales=_by_word(table["scales"]),
        )
        for language, table in data.items()
    }


def _by_word(rows: Mapping[str, str]) -> dict[str, int]:
    return {word: int(value) for value, words in rows.items() for word in words.split()}
