"""Which models are converted for CTranslate2 when they are built."""

import json
from pathlib import Path


def convert(hf: Path, ct2: Path, quantization: str) -> None:
    """CTranslate2's form of a transformers folder beside it, where there is a converter for its kind of model.

    `quantization` is one of `parts.QUANTIZATIONS`. Raises ModelCorrupt where the folder is not what its config.json
    says.
    """
    if _kind(hf):
        from polygist.store import numbered  # torch takes seconds to import

        numbered.write(hf, ct2, quantization)


def _kind(hf: Path) -> str:
    """What the model says it is, "" where that can't be read: who loads it finds out."""
    try:
        config = json.loads((hf / "config.json").read_text(encoding="utf-8"))
        return str(config.get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""
