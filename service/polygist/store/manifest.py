"""What a built model consists of, file by file, and the check that it still does."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from polygist.errors import ModelCorrupt

NAME = "manifest.json"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """Size in bytes and sha256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of a model by their path below its folder; `built_at` is in ISO 8601, UTC."""

    card: str
    revision: str
    built_at: str
    versions: Mapping[str, str]
    files: Mapping[str, FileRecord]

    def write(self, folder: Path) -> None:
        """Save it into the model's folder."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest in a model's folder. Raises ModelCorrupt when there is none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
        data["files"] = {path: FileRecord(**record) for path, record in data["files"].items()}
        return Manifest(**data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelCorrupt(f"{folder / NAME} can't be read: {error}") from error


def record(folder: Path) -> dict[str, FileRecord]:
    """Every file below `folder` (the manifest left out)."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / NAME)
    return {p.relative_to(folder).as_posix(): FileRecord(p.stat().st_size, sha256(p)) for p in found}


def verify(folder: Path) -> Manifest:
    """Read every file of a model and compare it with the manifest. Raises ModelCorrupt naming the files that differ."""
    manifest = read(folder)
    _check_sizes(folder, manifest)
    wrong = [path for path, expected in manifest.files.items() if sha256(folder / path) != expected.sha256]
    if wrong:
        raise ModelCorrupt(f"{folder}: the content has changed of {', '.join(wrong)}")
    return manifest


def verify_sizes(folder: Path) -> Manifest:
    """As `verify`, without reading the files: only that they are there in the right size."""
    manifest = read(folder)
    _check_sizes(folder, manifest)
    return manifest


def _check_sizes(folder: Path, manifest: Manifest) -> None:
    missing = [path for path in manifest.files if not (folder / path).is_file()]
    if missing:
        raise ModelCorrupt(f"{folder}: missing are {', '.join(missing)}")
    wrong = [path for path, expected in manifest.files.items() if (folder / path).stat().st_size != expected.size]
    if wrong:
        raise ModelCorrupt(f"{folder}: the size has changed of {', '.join(wrong)}")


def sha256(file: Path) -> str:
    """Hex digest of a file's content."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
