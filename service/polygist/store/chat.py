"""What an instruction model's own template puts around a user's turn, rendered once, when the model is built: an
article never passes through a template."""

import json
from pathlib import Path
from typing import Any

from polygist.errors import ModelCorrupt
from polygist.store.quiet import quiet

_TURN = "TURN"


def write(hf: Path, file: Path) -> None:
    """Keep what stands before and after a turn. Raises ModelCorrupt where the folder has no template that shows it."""
    from transformers import AutoTokenizer  # takes seconds to import

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(hf, local_files_only=True, trust_remote_code=False)
            text: Any = tokenizer.apply_chat_template(
                [{"role": "user", "content": _TURN}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,  # known to templates of models that think aloud
            )
    except Exception as error:  # a template raises what it likes
        raise ModelCorrupt(f"{hf}: the chat template can't be used: {error}") from error
    before, turn, after = text.partition(_TURN)
    if not turn or _TURN in after:
        raise ModelCorrupt(f"{hf}: the chat template does not show a user's turn once")
    file.write_text(json.dumps({"before": before, "after": after}) + "\n", encoding="utf-8")


def read(file: Path) -> tuple[str, str]:
    """What stands before and after a turn. Raises ModelCorrupt."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return str(data["before"]), str(data["after"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
