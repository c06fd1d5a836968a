"""The words and patterns of phrases.toml, those of all languages together."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))


@cache
def phrases(key: str) -> tuple[str, ...]:
    """All entries of a key, English, German and Ukrainian ones: 'joiners' -> ('and', …, 'und', …)."""
    return tuple(entry for language in _data().values() for entry in language.get(key, ()))


def alternatives(key: str) -> str:
    """One regular expression for the entries of a key, the longest first; without an entry one that never matches."""
    return "|".join(sorted(phrases(key), key=len, reverse=True)) or "(?!)"
