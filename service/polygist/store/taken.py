"""Files of a model, taken from where they were pulled to where it is built: checked, without pickles, without code."""

import json
import shutil
from pathlib import Path
from typing import Any

from polygist.errors import ModelCorrupt
from polygist.store import manifest as manifests
from polygist.store.sources import PICKLES, ModelSource, check_parts, is_pickle

# The keys by which a configuration names code of its own.
_CODE = ("auto_map", "custom_pipelines")


def disk_bytes(source: ModelSource, place: Path) -> int:
    """What `take` needs; pickles are there twice while they are read."""
    sizes = {name: (place / name).stat().st_size for name in source.files if (place / name).is_file()}
    return sum(sizes.values()) + sum(size for name, size in sizes.items() if is_pickle(name))


def take(source: ModelSource, place: Path, hf: Path) -> None:
    """Copy the files that the source names from `place`, each in the sum it has there.

    Pickles become safetensors; what names code of the model's own is taken out of its configurations. Raises
    ModelCorrupt where a file is missing, has another sum, or needs that code.
    """
    for name, expected in source.files.items():
        check_file(place / name, expected)
        if not is_pickle(name) and name not in PICKLES:
            shutil.copyfile(place / name, hf / name)
    check_parts(source, place)
    for file in sorted(hf.glob("*.json")):
        _without_code(file)
    if source.pickles:
        from polygist.store import pickles  # torch takes seconds to import

        pickles.convert(source, place, hf)


def check_file(file: Path, sha256: str) -> None:
    """Raises ModelCorrupt where the file is missing or has another sum."""
    if not file.is_file():
        raise ModelCorrupt(f"{file} is missing")
    if (found := manifests.sha256(file)) != sha256:
        raise ModelCorrupt(f"{file}: the sha256 is {found}, the card says {sha256}")


def _without_code(file: Path) -> None:
    """A configuration without its references to code. Raises ModelCorrupt where the model can't do without it."""
    try:
        config: Any = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return  # whoever needs it will say what is wrong with it
    if not isinstance(config, dict) or not any(key in config for key in _CODE):
        return
    kind = config.get("model_type")
    if file.name == "config.json" and not _is_known(kind):
        raise ModelCorrupt(f"{file}: the model needs code of its own (model_type {kind!r}), and no such code is run")
    kept = {key: value for key, value in config.items() if key not in _CODE}
    file.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _is_known(kind: Any) -> bool:
    from transformers import CONFIG_MAPPING  # takes seconds to import

    return isinstance(kind, str) and kind in CONFIG_MAPPING


def need_tokenizer(hf: Path) -> None:
    """Make a tokenizer.json where a model has only the files that one can be made of. Raises ModelCorrupt."""
    if (hf / "tokenizer.json").is_file():
        return
    from transformers import AutoTokenizer  # takes seconds to import

    from polygist.store.quiet import quiet

    try:
        with quiet():
            made: Any = AutoTokenizer.from_pretrained(hf, local_files_only=True, trust_remote_code=False)  # nosec B615  # a folder
        made.backend_tokenizer.save(str(hf / "tokenizer.json"))
    except Exception as error:  # each tokenizer raises what it likes
        raise ModelCorrupt(f"{hf}: no tokenizer can be made of its files: {error}") from error
