"""The words that tell what a figure counts and how, read once from words.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Words:
    """Words of a language, case-folded; the file says what each list is. All empty for a language without a table."""

    negations: frozenset[str] = frozenset()
    about: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    joints: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    # A word and what it counts: "fatalities" -> "dead".
    counted: Mapping[str, str] = field(default_factory=dict)
    # Phrases as lists of words.
    sayings: tuple[list[str], ...] = ()


def words(language: str) -> Words:
    """The words of a BCP-47 code; only its first subtag counts."""
    table = _tables().get(language.split("-")[0])
    if table is None:
        return Words()
    counted = {word: kind for kind, listed in table["counted"].items() for word in listed.split()}
    sayings = tuple(phrase.split() for phrase in table["sayings"])
    rest = {k: v for k, v in table.items() if k not in ("counted", "sayings")}
    lists = {k: frozenset(v.split()) if isinstance(v, str) else tuple(v) for k, v in rest.items()}
    return Words(**lists, counted=counted, sayings=sayings)


@cache
def _tables() -> dict[str, dict[str, object]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
