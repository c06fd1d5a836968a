"""The models that are built on this machine: where they lie, and whether they are there."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ModelMissing
from polygist.store import manifest as manifests
from polygist.store.cards import AnyCard, load_profiles
from polygist.store.manifest import Manifest

# Raise it when the build makes other weights from the same files.
RECIPE = 2

CT2_WEIGHTS = "ct2/model.bin"
HF_WEIGHTS = "hf/model.safetensors"
OV_WEIGHTS = "ov/openvino_model.bin"
TOKENIZER = "hf/tokenizer.json"


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

    def sha256(self, file: str) -> str:
        """Hex sha256 of one of its files, as recorded when it was built."""
        return self.manifest.files[file].sha256


def revision(card: AnyCard) -> str:
    """Names the weights that the card leads to: 12 hex digits over everything that determines them."""
    return hashlib.sha256("\n".join((*card.ingredients, str(RECIPE))).encode()).hexdigest()[:12]


def folder(card: AnyCard, cache: Path) -> Path:
    """Where the card's model lies, or will lie, in the cache."""
    return cache / "models" / f"{card.id}-{revision(card)}"


def built(card: AnyCard, cache: Path) -> BuiltModel | None:
    """The card's model if it is built in its present revision, else None. Raises ModelCorrupt if files are missing."""
    place = folder(card, cache)
    return BuiltModel(place, manifests.verify_sizes(place)) if place.is_dir() else None


def require(card: AnyCard, cache: Path, *folders: Path) -> BuiltModel:
    """As `built`, but raises ModelMissing with the command that builds it; `folders` are those of `load_profiles`."""
    model = built(card, cache)
    if model is None:
        using = [p.name for p in load_profiles(*folders).values() if card.id in p.cards]
        message = f"the model {card.id} (revision {revision(card)}) is not built in {cache}"
        raise ModelMissing(message, f"polygist models build {using[0] if using else 'PROFILE'}")
    return model
