"""Cards of summary models: what the model is asked for which part of a summary, and where its files come from."""

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.parts import COMMERCIAL, DecodingDefaults, Licence, check_one_of, check_sha256
from polygist.store.tables import listed

FAMILIES = ("chat", "seq2seq")
DTYPES = ("bfloat16", "float32")
_PLACES = {"text", "language", "sentences"}
_NEEDED = ("config.json", "tokenizer.json")
_PART, _LIST = ".safetensors", ".index.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# What a model's folder may give: nothing that runs code when it is read.
_KINDS = (".safetensors", ".json", ".jinja", ".txt", ".model")


@dataclass(frozen=True)
class FolderSource:
    """A local folder of a transformers model. `files` are the names of those that are used, and the sha256 of each.

    In a card `path` may be relative to the folder that holds cards/ and profiles/; read, it is not.
    """

    kind: str
    path: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Prompts:
    """What the model is given for each part of a summary; a part without a prompt stays extractive.

    Each holds {text} once; {language} is the language's name, {sentences} how many sentences the part may have.
    """

    lead: str
    key_point: str = ""
    headline: str = ""


@dataclass(frozen=True)
class SummaryCard:
    """A model that writes summaries.

    `family`: "seq2seq" is an encoder-decoder whose encoder reads the prompt, "chat" an instruction model that gets the
    prompt as the user's turn in its own template. `languages` maps codes to names. `window` bounds a prompt in tokens,
    for "chat" with the answer, and `max_new_tokens` an answer.
    """

    id: str
    family: str
    task: str
    dtype: Literal["bfloat16", "float32"]
    window: int
    max_new_tokens: int
    languages: Mapping[str, str]
    prompts: Prompts
    source: FolderSource
    licence: Licence
    decoding: DecodingDefaults

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return (self.family, *(f"{name} {digest}" for name, digest in sorted(self.source.files.items())))

    @property
    def weights(self) -> str:
        """The file that stands for the weights: they themselves, or the list of their parts."""
        return next(name for name in _WEIGHTS if name in self.source.files)

    @property
    def build_disk_bytes(self) -> int:
        """What a build needs: the files are copied."""
        files = (Path(self.source.path, name) for name in self.source.files)
        return sum(file.stat().st_size for file in files if file.is_file())

    def placed(self, file: Path) -> "SummaryCard":
        """With a path that does not depend on where the card's `file` lies."""
        return replace(self, source=replace(self.source, path=str(file.absolute().parents[1] / self.source.path)))


def check(card: SummaryCard, file: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(card.family, FAMILIES, "family", file)
    check_one_of(card.dtype, DTYPES, "dtype", file)
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    check_one_of(card.source.kind, ("folder",), "source.kind", file)
    if not card.languages:
        raise CardInvalid(f"{file}: 'languages' names none")
    if card.max_new_tokens < 1:
        raise CardInvalid(f"{file}: 'max_new_tokens' must be 1 or more, got {card.max_new_tokens}")
    _check_files(card.source.files, file)
    for part in ("lead", "key_point", "headline"):
        _check_prompt(getattr(card.prompts, part), part, file)


def _check_files(files: Mapping[str, str], file: Path) -> None:
    for name, digest in files.items():
        if Path(name).name != name or not name.endswith(_KINDS):
            raise CardInvalid(
                f"{file}: 'source.files' can't hold {name!r}; valid are names that end in {listed(_KINDS)}"
            )
        check_sha256(digest, f"source.files.{name}", file)
    missing = [name for name in _NEEDED if name not in files]
    if missing or not any(name in files for name in _WEIGHTS):
        raise CardInvalid(f"{file}: 'source.files' must hold {listed(_NEEDED)} and one of {listed(_WEIGHTS)}")


def check_parts(card: SummaryCard, hf: Path) -> None:
    """Raises ModelCorrupt where a list of parts names a file that the card does not: transformers would read it."""
    if not card.weights.endswith(_LIST):
        return
    file = hf / card.weights
    try:
        named = set(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{file} is no list of parts: {error}") from error
    if others := named - {name for name in card.source.files if name.endswith(_PART)}:
        raise ModelCorrupt(f"{file} names {listed(map(str, others))}, which the card's 'source.files' does not hold")


def _check_prompt(prompt: str, part: str, file: Path) -> None:
    try:
        fields = [field for field in string.Formatter().parse(prompt) if field[1] is not None]
    except ValueError as error:
        raise CardInvalid(f"{file}: 'prompts.{part}' is no template: {error}") from error
    places, plain = [name for _, name, _, _ in fields], not any(spec or cast for _, _, spec, cast in fields)
    wanted = bool(prompt or part == "lead")
    if places.count("text") != wanted or not set(places) <= _PLACES or not plain or "\0" in prompt:
        others = listed(_PLACES - {"text"})
        raise CardInvalid(f"{file}: 'prompts.{part}' must hold text once, and may hold {others}")
