"""The models that are built on this machine: where they lie, and whether they are there."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ModelMissing
from polygist.store import manifest as manifests
from polygist.store import pins, usage
from polygist.store.cards import AnyCard, load_profiles
from polygist.store.manifest import Manifest
from polygist.store.sources import FOLDER, SAFETENSORS, ModelSource

# Raise it when the build makes other weights from the same files.
RECIPE = 2

CT2_WEIGHTS = "ct2/model.bin"
HF_WEIGHTS = "hf/model.safetensors"
OV_WEIGHTS = "ov/openvino_model.bin"
TOKENIZER = "hf/tokenizer.json"
# What an engine reads begins so.
_ENGINES = {"openvino": OV_WEIGHTS, "ct2": CT2_WEIGHTS, "torch": "hf/model"}


@dataclass(frozen=True)
class BuiltModel:
    """A model's folder: `hf/` for transformers, `ct2/` for CTranslate2, `ov/` for OpenVINO, as far as it has them, and
    the manifest over all."""

    path: Path
    manifest: Manifest

    @property
    def revision(self) -> str:
        return self.manifest.revision

    def has(self, file: str) -> bool:
        """Whether a file is part of it."""
        return file in self.manifest.files

    @property
    def hf(self) -> Path:
        return self.path / "hf"

    @property
    def ct2(self) -> Path:
        return self.path / "ct2"

    @property
    def ov(self) -> Path:
        return self.path / "ov"

    @property
    def chat(self) -> Path:
        """What stands around a user's turn, see `store.chat`."""
        return self.path / "chat.json"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer.json of the `tokenizers` library."""
        return self.path / TOKENIZER

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of those that it has files for."""
        return tuple(name for name, file in _ENGINES.items() if any(f.startswith(file) for f in self.manifest.files))

    @property
    def weights(self) -> str:
        """The file that stands for the weights in `hf`, by its path: they themselves, or the list of their parts."""
        return next((f"hf/{name}" for name in SAFETENSORS if f"hf/{name}" in self.manifest.files), HF_WEIGHTS)

    def sha256(self, file: str) -> str:
        """Hex sha256 of one of its files, as recorded when it was built."""
        return self.manifest.files[file].sha256


def revision(card: AnyCard) -> str:
    """Names the weights that the card leads to: 12 hex digits over everything that determines them. The card is one
    that says all, or `pins.resolved`."""
    return _digest(*card.ingredients, str(RECIPE))


def folder(card: AnyCard, cache: Path) -> Path:
    """Where the card's model lies, or will lie, in the cache; named by what was pulled where the card has no sums."""
    return cache / "models" / f"{card.id}-{revision(pins.resolved(card, cache))}"


def is_known(card: AnyCard, cache: Path) -> bool:
    """Whether card and pin say all that determines the weights; if not, the model has to be pulled first."""
    source = pins.resolved(card, cache).source
    return not isinstance(source, ModelSource) or source.is_pinned


def pulled(card: AnyCard, cache: Path) -> Path | None:
    """The folder of the files that the model is built of, which may not be there yet; None where they are no files of
    a transformers model."""
    source = pins.resolved(card, cache).source
    if not isinstance(source, ModelSource):
        return None
    return Path(source.path) if source.kind == FOLDER else cache / "pulled" / f"{card.id}-{_digest(*source.sums)}"


def built(card: AnyCard, cache: Path) -> BuiltModel | None:
    """The card's model if it is built in its present revision, else None. Raises ModelCorrupt if files are missing."""
    place = folder(card, cache)
    if not is_known(card, cache) or not place.is_dir():
        return None
    return BuiltModel(place, manifests.verify_sizes(place))


def require(card: AnyCard, cache: Path, *folders: Path) -> BuiltModel:
    """As `built`, for use: it counts as used now. Raises ModelMissing with the command that gets or builds it;
    `folders` are those of `load_profiles`."""
    model = built(card, cache)
    if model is None:
        raise missing(card, cache, *folders)
    usage.touch(model.path)
    return model


def missing(card: AnyCard, cache: Path, *folders: Path) -> ModelMissing:
    """The error of a model that is not there, with the command that gets it."""
    name = next((p.name for p in load_profiles(*folders).values() if card.id in p.cards), card.id)
    if (place := pulled(card, cache)) is not None and not (is_known(card, cache) and place.is_dir()):
        return ModelMissing(f"the model {card.id} is not in {cache}", f"polygist models pull {name}")
    message = f"the model {card.id} (revision {revision(pins.resolved(card, cache))}) is not built in {cache}"
    return ModelMissing(message, f"polygist models build {name}")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
