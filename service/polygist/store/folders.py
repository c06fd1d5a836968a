"""Models in local folders as transformers' `save_pretrained` writes them: the files used, and their sums."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.parts import check_one_of, check_sha256
from polygist.store.tables import listed

_NEEDED = "config.json"
_TOKENIZERS = ("tokenizer.json", "source.spm", "spiece.model", "sentencepiece.bpe.model")
_PART, _LIST = ".safetensors", ".index.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# What a model's folder may give: nothing that runs code when it is read.
_KINDS = (".safetensors", ".json", ".jinja", ".txt", ".model", ".spm")


@dataclass(frozen=True)
class FolderSource:
    """A local folder of a transformers model. `files` are the names of those that are used, and the sha256 of each.

    In a card `path` may be relative to the folder that holds cards/ and profiles/; read, it is not.
    """

    kind: str
    path: str
    files: Mapping[str, str]

    @property
    def sums(self) -> tuple[str, ...]:
        """The files that are used and their sha256, in order."""
        return tuple(f"{name} {digest}" for name, digest in sorted(self.files.items()))

    @property
    def weights(self) -> str:
        """The file that stands for the weights: they themselves, or the list of their parts."""
        return next(name for name in _WEIGHTS if name in self.files)

    @property
    def disk_bytes(self) -> int:
        """What a copy takes."""
        files = (Path(self.path, name) for name in self.files)
        return sum(file.stat().st_size for file in files if file.is_file())

    def placed(self, card: Path) -> "FolderSource":
        """With a path that does not depend on where the `card` lies."""
        return replace(self, path=str(card.absolute().parents[1] / self.path))


def check(source: FolderSource, card: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(source.kind, ("folder",), "source.kind", card)
    for name, digest in source.files.items():
        if Path(name).name != name or not name.endswith(_KINDS):
            raise CardInvalid(
                f"{card}: 'source.files' can't hold {name!r}; valid are names that end in {listed(_KINDS)}"
            )
        check_sha256(digest, f"source.files.{name}", card)
    for names in ((_NEEDED,), _TOKENIZERS, _WEIGHTS):
        if not any(name in source.files for name in names):
            raise CardInvalid(f"{card}: 'source.files' must hold one of {listed(names)}")


def check_parts(source: FolderSource, hf: Path) -> None:
    """Raises ModelCorrupt where a list of parts names a file that the card does not: transformers would read it."""
    if not source.weights.endswith(_LIST):
        return
    file = hf / source.weights
    try:
        named = set(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{file} is no list of parts: {error}") from error
    if others := named - {name for name in source.files if name.endswith(_PART)}:
        raise ModelCorrupt(f"{file} names {listed(map(str, others))}, which the card's 'source.files' does not hold")
