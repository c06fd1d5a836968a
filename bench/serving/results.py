"""What was measured, in files of the repository, each part with the machine it was measured on."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from texts import ROOT

FOLDER = ROOT / "bench" / "results"
FILE = FOLDER / "serving.json"
# What engines compute int8 and bfloat16 with, where the processor has it.
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8")
PACKAGES = ("openvino-genai", "ctranslate2", "torch", "transformers", "grpcio")


def load(file: Path = FILE) -> dict[str, Any]:
    """All parts that were measured."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def keep(part: str, found: Any, file: Path = FILE) -> None:
    """Write a part down in the place of its last measurement."""
    changed = load(file) | {part: {"found": _rounded(found), **_circumstances()}}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(changed, indent=1) + "\n", encoding="utf-8")


def _circumstances() -> dict[str, Any]:
    git = ["/usr/bin/env", "git", "-C", ROOT]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run([*git, "status", "--porcelain", "service"], capture_output=True, text=True, check=False)
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    cpu, flags = re.search(r"model name\s*: (.*)", described), re.search(r"flags\s*: (.*)", described)
    return {
        "machine": {
            "cpu": cpu[1] if cpu else platform.machine(),
            "instructions": [name for name in INSTRUCTIONS if flags and name in flags[1].split()],
            "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": psutil.virtual_memory().total,
            "system": platform.platform(),
        },
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
        "commit": commit.stdout.strip() + ("+" if changed.stdout.strip() else ""),
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
    }


def _rounded(found: Any) -> Any:
    """Five digits say all that was measured."""
    match found:
        case float():
            return float(f"{found:.5g}")
        case dict():
            return {key: _rounded(value) for key, value in found.items()}
        case list() | tuple():
            return [_rounded(value) for value in found]
    return found
