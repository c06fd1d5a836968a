"""One measurement, in a process of its own: `python measure.py < task.json`.

A task is {"runtime": a key of RUNTIMES, "file": the converted model, "threads", "rows", "end": the end token,
"prompts": [[token id, ...], ...], "limits": [most new tokens, ...]}. The answer is {"speed": output tokens a second,
"load": seconds, "memory": bytes at the highest, "others": cores that other processes took meanwhile, "versions":
{package: version}, "tokens": [[token id, ...], ...]}.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

Task = Mapping[str, Any]


class Runtime(Protocol):
    def generate(self, prompts: Sequence[Sequence[int]], limits: Sequence[int]) -> list[list[int]]:
        """The tokens of each row without the end token, at most its limit."""
        ...


def measure(task: Task) -> dict[str, Any]:
    """Load, and decode in batches in the order given."""
    load, packages = RUNTIMES[task["runtime"]]
    prompts, limits, rows = task["prompts"], task["limits"], task["rows"]
    row_tokens = max(len(p) + n for p, n in zip(prompts, limits, strict=True)) + 1
    begun = time.monotonic()
    runtime = load(task, row_tokens)
    loaded = time.monotonic() - begun
    # Prompts of the same lengths with nothing in common, so that no cache of prefixes helps later.
    runtime.generate([[p[0], *p[:0:-1]] for p in prompts[:rows]], [min(4, n) for n in limits[:rows]])
    begun, others, tokens = time.monotonic(), _others(), []
    for i in range(0, len(prompts), rows):
        tokens += runtime.generate(prompts[i : i + rows], limits[i : i + rows])
    seconds = time.monotonic() - begun
    return {
        "speed": sum(map(len, tokens)) / seconds,
        "load": loaded,
        "memory": peak(),
        "others": (_others() - others) / seconds,
        "versions": {p: version(p) for p in packages},
        "tokens": tokens,
    }


def peak() -> int:
    """Bytes. What getrusage says would count those of the process that started this one, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _others() -> float:
    """CPU seconds of the other processes of the machine so far."""
    busy = Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()
    user, nice, system, _, _, irq, softirq, *_ = map(int, busy[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK") - time.process_time()


# The libraries take seconds to import, and none is everywhere.
def _own(task: Task, row_tokens: int) -> Runtime:
    import own

    return own.Runtime(task["runtime"], task["threads"], task["rows"], row_tokens)


def _onnx(task: Task, row_tokens: int) -> Runtime:
    import ort

    return ort.Runtime(Path(task["file"]), task["threads"], task["end"])


def _llama(task: Task, row_tokens: int) -> Runtime:
    import llamacpp

    return llamacpp.Runtime(Path(task["file"]), task["threads"], task["end"], task["rows"], row_tokens)


RUNTIMES: Mapping[str, tuple[Callable[[Task, int], Runtime], tuple[str, ...]]] = {
    "openvino": (_own, ("openvino", "openvino-genai")),
    "ct2": (_own, ("ctranslate2",)),
    "torch": (_own, ("torch", "transformers")),
    "torch int8": (_own, ("torch", "transformers")),
    "onnx": (_onnx, ("onnxruntime",)),
    "llama": (_llama, ("llama-cpp-python",)),
}

if __name__ == "__main__":
    json.dump(measure(json.load(sys.stdin)), sys.stdout)
