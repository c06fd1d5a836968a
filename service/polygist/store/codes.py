"""Languages by their BCP-47 tags and by what models call them: "uk" is ukr_Cyrl, uk_UA, <2uk>, >>ukr<<."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from langcodes import Language, standardize_tag
from langcodes.tag_parser import LanguageTagError

_TABLES = tomllib.loads((files("polygist.store") / "codes.toml").read_text(encoding="utf-8"))
_ALIASES: dict[str, str] = _TABLES["aliases"]
_KIN: dict[str, str] = _TABLES["kin"]

NLLB: tuple[str, ...] = tuple(_TABLES["nllb"].split())
FLORES: tuple[str, ...] = (*(code for code in NLLB if code != "sat_Beng"), *_TABLES["flores"].split())
MBART50: tuple[str, ...] = tuple(_TABLES["mbart50"].split())
M2M100: tuple[str, ...] = tuple(_TABLES["m2m100"].split())


@dataclass(frozen=True)
class _Tag:
    """The names of a language, that of the widest one first (lvs: lv, lvs), and the script if one is meant."""

    names: tuple[str, ...]
    script: str | None

    @property
    def usual(self) -> str | None:
        """The script that the language is usually written in."""
        return _script(Language.make(language=self.names[0]))


class Words:
    """The words that a model has for languages, by tag.

    A tag without a script means the usual one of the language, or the only one that there is: of zho_Hans and zho_Hant
    "zh" is the first, "zh-Hant" and "zh-TW" are the second. A language that has others in it stands for the one that
    the model knows: "ar" is arb_Arab, "lv" is lvs_Latn.
    """

    def __init__(self, words: Iterable[str]) -> None:
        known = [(word, tag) for word in words if (tag := _parsed(word)) is not None]
        self._words: dict[str, str] = {}
        # Who has the usual script has the name without one, then whoever comes first.
        for word, tag in sorted(known, key=lambda pair: pair[1].script not in (None, pair[1].usual)):
            for name in tag.names:
                self._words.setdefault(name, word)
        for word, tag in known:
            for name in tag.names:
                self._words.setdefault(f"{name}-{tag.script or tag.usual}", word)
        self._tags: dict[str, str] = {}
        for name, word in self._words.items():
            self._tags.setdefault(word, name)

    def word(self, tag: str) -> str | None:
        """ "uk-UA" -> "ukr_Cyrl". None where the model has none, or `tag` is not one."""
        asked = _parsed(tag)
        return None if asked is None else next(self._found(asked), None)

    def _found(self, tag: _Tag) -> Iterator[str]:
        narrow = tag.names[::-1]
        for name in (*narrow, *(_KIN[name] for name in narrow if name in _KIN)):
            key = f"{name}-{tag.script}" if tag.script else name
            if key in self._words:
                yield self._words[key]

    def tag(self, word: str) -> str | None:
        """ "ukr_Cyrl" -> "uk", "zho_Hant" -> "zh-Hant". None for what is no word of the model."""
        return self._tags.get(word)


def flores(tag: str) -> str | None:
    """ "uk" -> "ukr_Cyrl". Made by rule where FLORES-200 does not have the language so: "sr-Latn" -> "srp_Latn"."""
    if known := _flores().word(tag):
        return known
    asked = _parsed(tag)
    return f"{Language.get(asked.names[0]).to_alpha3()}_{asked.script or asked.usual}" if asked else None


def from_flores(code: str) -> str | None:
    """ "ukr_Cyrl" -> "uk", "srp_Latn" -> "sr-Latn"."""
    if known := _flores().tag(code):
        return known
    tag = _parsed(code)
    return None if tag is None else tag.names[0] if tag.script == tag.usual else f"{tag.names[0]}-{tag.script}"


@cache
def _flores() -> Words:
    return Words(FLORES)


def _parsed(word: str) -> _Tag | None:
    """The tag in a word, as far as it is one: <2uk>, >>ukr<<, __uk__, uk_UA, ukr_Cyrl, or a tag itself."""
    plain = word.strip("<>_").removeprefix("2").replace("_", "-").removesuffix("-XX")
    try:
        tag = Language.get(_ALIASES.get(plain, plain), normalize=False)
        usual = Language.get(tag.to_tag())
        wide = Language.get(standardize_tag(tag.to_tag(), macro=True))
    except LanguageTagError:
        return None
    if not usual.language or not usual.is_valid():
        return None
    names = dict.fromkeys(str(one.language) for one in (wide, usual, tag))
    # A country can mean a script: zh-TW is written otherwise than zh.
    script = usual.script or (_script(tag) if tag.territory else None)
    return _Tag(tuple(names), script)


def _script(tag: Language) -> str | None:
    script: str | None = tag.maximize().script
    return script
