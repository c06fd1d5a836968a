"""What a folder says of the model of transformers that it holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from langcodes import standardize_tag

from polygist.errors import CardInvalid
from polygist.store import vectors
from polygist.store.choice import choose
from polygist.store.codes import Words
from polygist.store.sources import CONFIG, lacks
from polygist.store.tables import listed

# Languages that the project is about; a model of a hundred is asked for these where nobody says others.
_USUAL = ("en", "de", "uk")
_LONGEST_CODE = 10
# What sentence-transformers calls the ways that are known here, before and since its version 5.
_POOLING: Mapping[str, str] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean": "mean",
    "pooling_mode_cls": "cls",
}

_LICENCES: Mapping[str, tuple[str, str, str, str]] = {
    "apache-2.0": ("Apache License 2.0", "Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", "yes"),
    "mit": ("MIT License", "MIT", "https://opensource.org/license/mit", "yes"),
    "cc-by-4.0": (
        "Creative Commons Attribution 4.0",
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "yes",
    ),
    "cc-by-nc-4.0": (
        "Creative Commons Attribution-NonCommercial 4.0",
        "CC-BY-NC-4.0",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "no",
    ),
    "cc-by-nc-sa-4.0": (
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
        "CC-BY-NC-SA-4.0",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "no",
    ),
    "gemma": ("Gemma Terms of Use", "LicenseRef-Gemma", "https://ai.google.dev/gemma/terms", "unknown"),
}


@dataclass
class Clues:
    """What a folder says of its model; `wanted` are the languages that a person names, `unknown` what had to be
    assumed."""

    place: Path
    wanted: tuple[str, ...]
    config: Mapping[str, Any]
    tokenizer: Mapping[str, Any]
    generation: Mapping[str, Any]
    about: Mapping[str, Any]
    files: tuple[str, ...]
    unknown: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called by those who made it, or the folder's name."""
        return str(self.config.get("_name_or_path") or "").rstrip("/").rpartition("/")[2] or self.place.name

    def number(self, *keys: str, default: int) -> int:
        """The first of the keys that has a positive whole number, in its configurations."""
        for key, table in product(keys, (self.config, self.generation)):
            if type(table.get(key)) is int and table[key] > 0:
                return int(table[key])
        return default

    def languages(self, known: Words | None) -> dict[str, str]:
        """Those to ask it for: the ones that are named, else those of its page, else the usual ones, so far as it has
        them."""
        stated = self.about.get("language")
        stated = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
        codes = self.wanted or (() if known else tuple(made for code in stated if (made := _stated(code)))) or _USUAL
        if not self.wanted and (known or not stated):
            self.unknown.append("languages")
        missing = [code for code in codes if known and known.word(code) is None]
        if self.wanted and missing:
            raise CardInvalid(f"{self.place}: the model does not know {listed(missing)}")
        return {code: "" for code in codes if code not in missing}


def read(place: Path, languages: tuple[str, ...]) -> Clues:
    """Raises CardInvalid where it is no folder, lacks a file, or a file can't be read."""
    if not place.is_dir():
        raise CardInvalid(f"{place} is no folder")
    files = choose([file.name for file in place.iterdir() if file.is_file()])
    if missing := lacks(dict.fromkeys(files, "")):
        raise CardInvalid(f"{place} has no {missing}")
    names = (CONFIG, "tokenizer_config.json", "generation_config.json")
    config, tokenizer, generation = (load(place / name) for name in names)
    wanted, about = tuple(map(tag, languages)), _front(place / "README.md")
    return Clues(place, wanted, config, tokenizer, generation, about, files)


def load(file: Path) -> dict[str, Any]:
    """A table in JSON, empty where there is none. Raises CardInvalid."""
    if not file.is_file():
        return {}
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CardInvalid(f"{file} can't be read: {error}") from error
    return made if isinstance(made, dict) else {}


def _front(readme: Path) -> dict[str, Any]:
    """What a page says of itself at its top, as the Hub reads it."""
    from huggingface_hub import metadata_load

    try:
        return metadata_load(readme) or {} if readme.is_file() else {}
    except Exception:  # it is no YAML, and then it says nothing
        return {}


def tag(code: str) -> str:
    """A language as BCP-47 writes it. Raises CardInvalid."""
    try:
        return standardize_tag(code.replace("_", "-"))
    except ValueError as error:
        raise CardInvalid(f"{code!r} is no language tag") from error


def _stated(code: object) -> str:
    """A language of a page, "" for what is none, as "multilingual"."""
    try:
        return tag(str(code)) if len(str(code)) <= _LONGEST_CODE else ""
    except CardInvalid:
        return ""


def licence(clues: Clues) -> dict[str, str]:
    """That of its page, as far as it is one that is known."""
    stated = str(clues.about.get("license", "")).casefold()
    if stated not in _LICENCES:
        clues.unknown.append("licence")
    name, spdx, url, commercial = _LICENCES.get(stated, (stated or "unknown", "NOASSERTION", "", "unknown"))
    return {"name": name, "spdx": spdx, "url": url, "commercial": commercial}


def pooling(clues: Clues) -> str:
    """Which states become a vector, by what sentence-transformers keeps of it: "mean", "cls", or "" where nothing says
    so. Raises CardInvalid where it is another way, or the model has modules besides, ModelCorrupt where a file can't be
    read."""
    if more := vectors.other_modules(clues.place):
        raise CardInvalid(f"{clues.place}: its modules.json has {listed(more)}, which is not done here")
    said = load(clues.place / "1_Pooling" / CONFIG)
    if not said:
        return ""
    modes = [key for key, value in said.items() if key.startswith("pooling_mode_") and value is True]
    modes += [f"pooling_mode_{said['pooling_mode']}"] if "pooling_mode" in said else []
    if len(modes) != 1 or modes[0] not in _POOLING:
        raise CardInvalid(f"{clues.place}: vectors can be made by {listed(_POOLING)}, here it is {listed(modes)}")
    return _POOLING[modes[0]]


def longest(clues: Clues) -> int | None:
    """Tokens of a text by sentence-transformers; None where nothing says so."""
    found = load(clues.place / "sentence_bert_config.json").get("max_seq_length")
    return found if type(found) is int and found > 0 else None


def decoding(clues: Clues, **changed: object) -> dict[str, object]:
    """What its configurations say of how to decode, with changes."""
    found = {**clues.config, **clues.generation}

    def number(key: str, default: float) -> float:
        value = found.get(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    return {
        "beam_size": clues.number("num_beams", default=1),
        "no_repeat_ngram_size": clues.number("no_repeat_ngram_size", default=0),
        "repetition_penalty": number("repetition_penalty", 1.0),
        "length_penalty": number("length_penalty", 1.0),
    } | changed
