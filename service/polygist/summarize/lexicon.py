"""The word lists of a language, read once from lexicons/*.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from babel import Locale

LANGUAGES = ("en", "de", "uk")
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})  # unions, and codes for tests


@dataclass(frozen=True, eq=False)  # one for a language: the hash of all its words would be worked out at each use
class Lexicon:
    """Words of a language, case-folded; the files say what each list is. All empty for a language without a file."""

    language: str
    stop_words: frozenset[str] = frozenset()
    determiners: frozenset[str] = frozenset()
    dependent_openers: frozenset[str] = frozenset()
    dependent_phrases: tuple[str, ...] = ()
    pronouns_male: frozenset[str] = frozenset()
    pronouns_female: frozenset[str] = frozenset()
    pronouns_other: frozenset[str] = frozenset()
    pronouns_oblique: frozenset[str] = frozenset()
    pronouns_neuter: frozenset[str] = frozenset()
    possessives_male: frozenset[str] = frozenset()
    possessives_female: frozenset[str] = frozenset()
    definite: frozenset[str] = frozenset()
    indefinite: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    role_links: frozenset[str] = frozenset()
    role_places: frozenset[str] = frozenset()
    saying_verbs: frozenset[str] = frozenset()
    inverted_verbs: frozenset[str] = frozenset()
    saying_phrases: tuple[str, ...] = ()
    reported_speech: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    title_phrases: tuple[str, ...] = ()
    titles_male: frozenset[str] = frozenset()
    titles_female: frozenset[str] = frozenset()
    name_particles: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()
    months_short: frozenset[str] = frozenset()
    weekdays: frozenset[str] = frozenset()
    common_capitals: frozenset[str] = frozenset()
    common_acronyms: frozenset[str] = frozenset()
    organisation_words: frozenset[str] = frozenset()
    organisation_openers: frozenset[str] = frozenset()
    body_adjectives: frozenset[str] = frozenset()
    firm_words: tuple[str, ...] = ()
    place_prepositions: frozenset[str] = frozenset()
    place_endings: tuple[str, ...] = ()
    organisations: frozenset[str] = frozenset()
    organisation_phrases: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    no_places: frozenset[str] = frozenset()
    place_phrases: tuple[str, ...] = ()
    first_names_male: frozenset[str] = frozenset()
    first_names_female: frozenset[str] = frozenset()
    quoted_works: frozenset[str] = frozenset()
    date_patterns: tuple[str, ...] = ()
    ordinals: str = ""

    @cached_property
    def pronouns(self) -> frozenset[str]:
        """Personal pronouns of the third person."""
        return self.pronouns_male | self.pronouns_female | self.pronouns_other

    @cached_property
    def subjects(self) -> frozenset[str]:
        """Personal pronouns that can be the subject of a verb of saying."""
        return ((self.pronouns_male | self.pronouns_female) - self.pronouns_oblique) | self.pronouns_neuter

    @cached_property
    def possessives(self) -> frozenset[str]:
        """Possessive pronouns of the third person."""
        return self.possessives_male | self.possessives_female

    @cached_property
    def first_names(self) -> frozenset[str]:
        """First names of either gender."""
        return self.first_names_male | self.first_names_female

    @cached_property
    def listed(self) -> frozenset[str]:
        """All names: places, organisations, first names."""
        return self.places | self.organisations | self.first_names

    @cached_property
    def first_names_and_places(self) -> frozenset[str]:
        """Names that a Ukrainian case form may be traced to."""
        return self.first_names | self.places


def lexicon(language: str) -> Lexicon:
    """The word lists for a BCP-47 code; only its first subtag counts: 'uk-UA' -> Ukrainian."""
    return _load(language.split("-")[0].split("_")[0].casefold())


@cache
def _load(language: str) -> Lexicon:
    if language not in LANGUAGES:
        return Lexicon(language)
    raw = tomllib.loads(files(__package__).joinpath("lexicons", f"{language}.toml").read_text(encoding="utf-8"))
    values = {f.name: _value(raw, f.name) for f in fields(Lexicon) if f.name in raw}
    countries = _countries(language) - values["no_places"]
    values["places"] |= {c for c in countries if " " not in c}
    values["place_phrases"] += tuple(sorted(c for c in countries if " " in c))
    return Lexicon(language, **values)


def _countries(language: str) -> frozenset[str]:
    """The names of countries and territories in CLDR."""
    names = Locale.parse(language).territories.items()
    found = (name for code, name in names if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES)
    return frozenset(name.casefold().replace("’", "'").replace("ʼ", "'") for name in found)


def _value(raw: Mapping[str, str | list[str]], name: str) -> Any:
    value = raw[name]
    if isinstance(value, list):
        return tuple(value)
    return value if name == "ordinals" else frozenset(value.casefold().split())
