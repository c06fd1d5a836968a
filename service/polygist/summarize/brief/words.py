"""The words that tell what a figure counts and how, read once from words.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


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
    sayings: tuple[str, ...] = ()
    joints: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    # A word and what it counts: "fatalities" -> "dead".
    counted: Mapping[str, str] = field(default_factory=dict)


@cache
def words(language: str) -> Words:
    """The words of a BCP-47 code; only its first subtag counts."""
    tables: dict[str, dict[str, Any]]
    tables = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    table = tables.get(language.split("-")[0], {})
    counted = {word: kind for kind, listed in table.pop("counted", {}).items() for word in listed.split()}
    lists = {name: frozenset(v.split()) if isinstance(v, str) else tuple(v) for name, v in table.items()}
    return Words(**lists, counted=counted)  # type: ignore[arg-type]  # a file with other lists does not load
