"""Weights in pickles, read without running what they may hold, and written as safetensors."""

import json
from pathlib import Path
from typing import Any

from polygist.errors import ModelCorrupt
from polygist.store.quiet import quiet
from polygist.store.sources import CONFIG, ModelSource


def convert(source: ModelSource, place: Path, hf: Path) -> None:
    """The pickles of a source in `place` become model.safetensors in `hf`, where the configuration lies already.

    torch reads them with `weights_only`, which makes nothing but tensors. Raises ModelCorrupt.
    """
    import torch
    import transformers

    weights: dict[str, Any] = {}
    for name in source.pickles:
        try:
            weights |= torch.load(place / name, map_location="cpu", weights_only=True, mmap=True)
        except Exception as error:  # unpickling raises what it likes
            raise ModelCorrupt(f"{place / name} holds more than weights, or is broken: {_first_line(error)}") from error
    kind = _architecture(hf / CONFIG)
    made: Any = getattr(transformers, kind, None)
    if not _is_model(made):
        raise ModelCorrupt(f"{hf / CONFIG}: 'architectures' names {kind!r}, which is no model of transformers")
    try:
        with quiet():
            config = made.config_class.from_pretrained(hf, local_files_only=True)
            model: Any = made.from_pretrained(None, config=config, state_dict=weights)
            work = hf / "work"
            model.save_pretrained(work)
    except Exception as error:
        raise ModelCorrupt(f"{place}: its weights do not fit its configuration: {_first_line(error)}") from error
    for file in work.iterdir():
        if ".safetensors" in file.name:
            file.rename(hf / file.name)
        else:
            file.unlink()
    work.rmdir()


def _is_model(made: Any) -> bool:
    import transformers

    return isinstance(made, type) and issubclass(made, transformers.PreTrainedModel)


def _architecture(config: Path) -> str:
    try:
        return str(json.loads(config.read_text(encoding="utf-8"))["architectures"][0])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise ModelCorrupt(f"{config} names no 'architectures', which its weights can't be read without") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
