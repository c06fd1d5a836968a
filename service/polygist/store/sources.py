"""Where the files of a transformers model come from, and which they are: names, and sums as far as they are known."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.parts import check_one_of, check_sha256
from polygist.store.tables import listed

FOLDER, HUB, ARCHIVE, PACKAGES = "folder", "hub", "archive", "package-index"
# What a kind must have, beside the files.
_KEYS: Mapping[str, str] = {FOLDER: "path", HUB: "repo", ARCHIVE: "path", PACKAGES: "packages"}

CONFIG = "config.json"
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")
# Any of these can make a tokenizer.
TOKENIZERS = (
    "tokenizer.json",
    "source.spm",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
)
# What may run code when it is read: taken with a person's word only, and never served.
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# What a model may give besides.
_SUFFIXES = (".safetensors", ".json", ".jinja", ".txt", ".model", ".spm")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*+(?:/[A-Za-z0-9][\w.-]*+)?", re.ASCII)
_PACKAGE = re.compile(r"[A-Za-z0-9][\w.-]*+==[0-9][\w.+!-]*+", re.ASCII)


@dataclass(frozen=True)
class ModelSource:
    """The files of a transformers model, in a folder, on the Hugging Face Hub, in an archive, or in packages.

    `path` is that of the folder or archive (which may be an https URL), `repo` the Hub's "owner/name", `revision` a
    commit of it, `packages` are pinned as in "name==1.0". `files` maps names to sha256. A sum that is "", a revision
    that is "", and files that are not named at all are not verified: the first pull pins what it gets (`store.pins`).

    In a card `path` may be relative to the folder that holds cards/ and profiles/; read, it is not.
    """

    kind: str
    path: str = ""
    repo: str = ""
    revision: str = ""
    packages: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """What it is taken from, for people: "hub:owner/name"."""
        return f"{self.kind}:{self.repo or self.path or ' '.join(self.packages)}"

    @property
    def identity(self) -> str:
        """What it is taken from, for pins: that of a folder or archive stays where it is moved."""
        place = self.path if is_url(self.path) else Path(self.path).name
        return f"{self.kind}:{self.repo or place or ' '.join(self.packages)}"

    @property
    def sums(self) -> tuple[str, ...]:
        """The files that are used and their sha256, in order."""
        return tuple(f"{name} {digest}" for name, digest in sorted(self.files.items()))

    @property
    def is_pinned(self) -> bool:
        """Whether the sum of every file is known, which determines what is built."""
        return bool(self.files) and all(self.files.values())

    @property
    def weights(self) -> str:
        """The file that stands for the weights in a built model: they themselves, or the list of their parts."""
        return next((name for name in SAFETENSORS if name in self.files), SAFETENSORS[0])

    @property
    def pickles(self) -> tuple[str, ...]:
        """The files that may run code when they are read."""
        return tuple(name for name in self.files if is_pickle(name))

    @property
    def disk_bytes(self) -> int:
        """What a copy takes, as far as the files lie in a folder."""
        files = (Path(self.path, name) for name in self.files if self.kind == FOLDER)
        return sum(file.stat().st_size for file in files if file.is_file())

    def placed(self, card: Path) -> "ModelSource":
        """With a path that does not depend on where the `card` lies."""
        if self.kind not in (FOLDER, ARCHIVE) or is_url(self.path):
            return self
        return replace(self, path=str(card.absolute().parents[1] / self.path))


def is_pickle(name: str) -> bool:
    """Whether a file of that name may run code when it is read."""
    return name.endswith(_PICKLED)


def is_url(path: str) -> bool:
    """Whether a path is one of the web."""
    return path.startswith(("https://", "http://"))


def is_wanted(name: str) -> bool:
    """Whether a model may give a file of that name: a plain name, of a kind that is known.

    >>> is_wanted("config.json"), is_wanted("../config.json"), is_wanted("modeling.py")
    (True, False, False)
    """
    return PurePosixPath(name).name == name and name.isprintable() and name.endswith(_SUFFIXES + _PICKLED)


def check(source: ModelSource, card: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(source.kind, tuple(_KEYS), "source.kind", card)
    needed = _KEYS[source.kind]
    if not getattr(source, needed):
        raise CardInvalid(f"{card}: 'source.{needed}' must be given where 'source.kind' is {source.kind!r}")
    _check_place(source, card)
    for name, digest in source.files.items():
        if not is_wanted(name):
            valid = listed(_SUFFIXES + _PICKLED)
            raise CardInvalid(f"{card}: 'source.files' can't hold {name!r}; valid are names that end in {valid}")
        if digest:
            check_sha256(digest, f"source.files.{name}", card)
    if source.files and (missing := lacks(source.files)):
        raise CardInvalid(f"{card}: 'source.files' must hold {missing}")


def lacks(files: Mapping[str, str]) -> str:
    """What a model would need that is not among the files, for a message; "" where it has all."""
    parts = [CONFIG] if CONFIG not in files else []
    if not any(name in files for name in TOKENIZERS):
        parts.append(f"one of {listed(TOKENIZERS)}")
    if not any(name in files for name in SAFETENSORS + PICKLES):
        parts.append(f"one of {listed(SAFETENSORS + PICKLES)}")
    return " and ".join(parts)


def _check_place(source: ModelSource, card: Path) -> None:
    if source.revision and not (source.kind == HUB and _COMMIT.fullmatch(source.revision)):
        raise CardInvalid(
            f"{card}: 'source.revision' must be a commit of the Hub, 40 hex digits, or '', got {source.revision!r}"
        )
    if source.repo and not _REPO.fullmatch(source.repo):
        raise CardInvalid(f"{card}: 'source.repo' must be 'owner/name', got {source.repo!r}")
    for package in source.packages:
        if not _PACKAGE.fullmatch(package):
            raise CardInvalid(f"{card}: 'source.packages' must be pinned as in 'name==1.0', got {package!r}")


def check_parts(source: ModelSource, hf: Path) -> None:
    """Raises ModelCorrupt where a list of parts names a file that the card does not: transformers would read it."""
    for name in source.files:
        if name in SAFETENSORS[1:] + PICKLES[1:]:
            _check_list(source, hf / name)


def _check_list(source: ModelSource, file: Path) -> None:
    try:
        named = set(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelCorrupt(f"{file} is no list of parts: {error}") from error
    parts = {name for name in source.files if name.endswith((".safetensors", ".bin"))}
    if others := named - parts:
        raise ModelCorrupt(f"{file} names {listed(map(str, others))}, which the card's 'source.files' does not hold")
