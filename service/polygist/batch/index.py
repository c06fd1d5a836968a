"""What a job leaves beside its parts: the index, and the file of errors. Both are made from the checkpoint."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from polygist.batch.disk import Disk, Hashed
from polygist.batch.journal import Journal

NAME, ERRORS = "index.json", "errors.jsonl"


@dataclass
class Totals:
    """Of all parts that are written."""

    parts: int = 0
    records: int = 0
    failed: int = 0
    with_warnings: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def write(folder: Path, journal: Journal, disk: Disk) -> Totals:
    """Write both anew. Raises OutputFailed."""
    totals, parts = Totals(), list[dict[str, Any]]()

    def errors(file: Hashed) -> None:
        for line in journal.parts():
            totals.parts += 1
            totals.records += line.records
            totals.failed += len(line.failures)
            totals.with_warnings += line.with_warnings
            totals.warnings.update(line.warnings)
            totals.reasons.update(f.reason for f in line.failures)
            totals.tokens.update(line.tokens)
            totals.seconds += line.seconds
            parts.append(_entry(asdict(line)))
            for failure in line.failures:
                file.write(json.dumps(asdict(failure), ensure_ascii=False).encode() + b"\n")

    disk.replace(folder / ERRORS, errors)
    found = json.dumps(_index(journal, totals, parts), indent=1, ensure_ascii=False) + "\n"

    def index(file: Hashed) -> None:
        file.write(found.encode())

    disk.replace(folder / NAME, index)
    return totals


def _entry(line: dict[str, Any]) -> dict[str, Any]:
    names = ("part", "file", "sha256", "bytes", "first", "last", "records")
    return {name: line[name] for name in names} | {"failed": len(line["failures"])}


def _index(journal: Journal, totals: Totals, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """All that depends on when and how the job ran stands under "work"."""
    return {
        "state": "unfinished" if journal.end is None else "complete",
        "job": journal.job,
        "items": journal.end,
        "records": totals.records,
        "failed": totals.failed,
        "with_warnings": totals.with_warnings,
        "warnings": dict(sorted(totals.warnings.items())),
        "reasons": dict(sorted(totals.reasons.items())),
        "parts": parts,
        "work": {"seconds": round(totals.seconds, 3), "tokens": dict(sorted(totals.tokens.items()))},
    }
