"""What an instruction model's own template puts around a user's turn, rendered once, when the model is built: an
article never passes through a template."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from polygist.errors import ModelCorrupt
from polygist.store.quiet import quiet

_TURN = "TURN"

T = TypeVar("T")


def write(hf: Path, file: Path) -> None:
    """Keep what stands before and after a turn. Raises ModelCorrupt where the folder has no template that shows it."""
    before, after = _renderer(hf)(_TURN)
    file.write_text(json.dumps({"before": before, "after": after}) + "\n", encoding="utf-8")


def write_pairs(hf: Path, file: Path, pairs: Iterable[tuple[str, str]], words: Mapping[str, str]) -> None:
    """As `write`, of a template that is given the languages of a translation: for each pair of (source, target), whose
    code for the model is in `words`, "" for the tag itself. Raises ModelCorrupt."""
    render = _renderer(hf)

    def around(source: str, target: str) -> tuple[str, str]:
        codes = {"source_lang_code": words[source] or source, "target_lang_code": words[target] or target}
        return render([{"type": "text", **codes, "text": _TURN}])

    found = {f"{source} {target}": around(source, target) for source, target in pairs}
    file.write_text(json.dumps({"pairs": found}) + "\n", encoding="utf-8")


def _renderer(hf: Path) -> Callable[[Any], tuple[str, str]]:
    """Renders a user's turn of that content: what stands before and after it."""
    from transformers import AutoTokenizer  # takes seconds to import

    with _failures(hf), quiet():
        tokenizer = AutoTokenizer.from_pretrained(hf, local_files_only=True, trust_remote_code=False)  # nosec B615  # a folder

    def render(content: Any) -> tuple[str, str]:
        with _failures(hf), quiet():
            text: Any = tokenizer.apply_chat_template(
                [{"role": "user", "content": content}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,  # known to templates of models that think aloud
            )
        before, turn, after = text.partition(_TURN)
        if not turn or _TURN in after:
            raise ModelCorrupt(f"{hf}: the chat template does not show a user's turn once")
        return before, after

    return render


@contextmanager
def _failures(hf: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a template raises what it likes
        raise ModelCorrupt(f"{hf}: the chat template can't be used: {error}") from error


def read(file: Path) -> tuple[str, str]:
    """What stands before and after a turn. Raises ModelCorrupt."""
    return _read(file, lambda data: (str(data["before"]), str(data["after"])))


def read_pairs(file: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """As `read`, by source and target. Raises ModelCorrupt."""

    def pairs(data: Any) -> dict[tuple[str, str], tuple[str, str]]:
        split = {tuple(key.split(" ")): value for key, value in data["pairs"].items()}
        return {(source, target): (str(before), str(after)) for (source, target), (before, after) in split.items()}

    return _read(file, pairs)


def _read(file: Path, take: Callable[[Any], T]) -> T:
    try:
        return take(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
