"""Who takes part, and how each is asked: in a process of its own, others than polygist's engines by --rivals."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polygist.engines.cores import available
from polygist.settings import load
from polygist.store import installed
from polygist.translate.codecs import codec_of

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Contender:
    """`runtime` is a key of measure.RUNTIMES; `file` says what convert.py makes of the weights, if anything."""

    runtime: str
    file: str | None = None


CONTENDERS: Mapping[str, Contender] = {
    "OpenVINO int8": Contender("openvino"),
    "CTranslate2 int8": Contender("ct2"),
    "torch": Contender("torch"),
    "torch dynamic int8": Contender("torch int8"),
    "ONNX Runtime dynamic int8": Contender("onnx", "dynamic.onnx"),
    "ONNX Runtime int8 in blocks of 32": Contender("onnx", "blocks-32.onnx"),
    "llama.cpp Q8_0": Contender("llama", "Q8_0.gguf"),
    "llama.cpp Q4_0": Contender("llama", "Q4_0.gguf"),
}


class Arena:
    """The built model with its codec, and the folder of what it was converted to; `rivals` is the others' Python."""

    def __init__(self, rivals: Path | None) -> None:
        settings = load()
        card, self._built = installed.translation(settings)[0]
        self.codec = codec_of(card, self._built)
        self.model = self._built.revision
        self._files = settings.cache_dir / "shootout" / self.model
        self._rivals = rivals
        config = json.loads((self._built.hf / "config.json").read_text(encoding="utf-8"))
        self._end: int = config["eos_token_id"]

    def convert(self, contender: Contender) -> None:
        """Make the file of a contender that has one, if it is not there yet."""
        file = self._file(contender)
        if file and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._run(contender, "convert.py", str(self._built.hf), str(file))

    def measure(
        self, contender: Contender, prompts: Sequence[Sequence[int]], rows: int, script: str = "measure.py"
    ) -> dict[str, Any]:
        """What the script answers of prompts, given to it with the longest first; their tokens in the order given."""
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
        task = {
            "runtime": contender.runtime,
            "file": str(self._file(contender)),
            "threads": available(),
            "rows": rows,
            "end": self._end,
            "prompts": [prompts[i] for i in order],
            "limits": [self.codec.max_new_tokens(len(prompts[i])) for i in order],
        }
        found: dict[str, Any] = json.loads(self._run(contender, script, given=json.dumps(task)))
        if "tokens" in found:
            found["tokens"] = [tokens for _, tokens in sorted(zip(order, found["tokens"], strict=True))]
        return found

    def _file(self, contender: Contender) -> Path | None:
        return self._files / contender.file if contender.file else None

    def _run(self, contender: Contender, script: str, *arguments: str, given: str = "") -> str:
        python = self._rivals if contender.file else sys.executable
        if python is None:
            raise SystemExit("others' engines need --rivals")
        command = [python, HERE / script, *arguments]
        return subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True).stdout
