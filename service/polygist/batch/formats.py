"""How the records of a part are stored. Records are lines of JSON here, whatever the file is."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from polygist.batch.disk import Hashed
from polygist.batch.outcomes import record_line

_ROWS = 128


@dataclass(frozen=True)
class Format:
    """Writes records to a file and reads them again, the same letter by letter."""

    suffix: str
    write: Callable[[Hashed, Iterable[str]], None]
    read: Callable[[Path], Iterator[str]]


def _write_lines(file: Hashed, records: Iterable[str]) -> None:
    for record in records:
        file.write(record.encode() + b"\n")


def _read_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.removesuffix("\n")


def _write_parquet(file: Hashed, records: Iterable[str]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    made, schema = iter(records), _schema()
    with ParquetWriter(pa.PythonFile(file, "w"), schema, compression="zstd") as writer:
        while rows := list(islice(made, _ROWS)):
            writer.write_table(pa.Table.from_pylist([_row(json.loads(r)) for r in rows], schema=schema))


def _read_parquet(path: Path) -> Iterator[str]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as table:
        names = ["position", "id", "sha256", "digest"]
        for batch in table.iter_batches(_ROWS, columns=names, use_threads=False):
            for row in batch.to_pylist():
                yield record_line(row["position"], row["id"], row["sha256"], json.loads(row["digest"]))


def _schema() -> Any:
    import pyarrow as pa

    text = {"headline": pa.string(), "lead": pa.string(), "key_points": pa.list_(pa.string())}
    translation = {"language": pa.string(), **text, "article_text": pa.string(), "estimated_quality": pa.float64()}
    return pa.schema(
        {
            "position": pa.int64(),
            "id": pa.string(),
            "sha256": pa.string(),
            "source_language": pa.string(),
            **text,
            "translations": pa.list_(pa.struct(translation)),
            "warnings": pa.list_(pa.string()),
            "digest": pa.string(),
        }
    )


def _row(record: dict[str, Any]) -> dict[str, Any]:
    """The columns of a record: what most ask for, and the whole digest as JSON."""
    digest = record["digest"]
    return {
        "position": record["position"],
        "id": record["id"],
        "sha256": record["sha256"],
        "source_language": digest.get("source_language"),
        **_texts(digest.get("summary", {})),
        "translations": [
            {
                "language": t["target_language"],
                **_texts(t.get("summary", {})),
                "article_text": t.get("article_text"),
                "estimated_quality": t.get("estimated_quality"),
            }
            for t in digest.get("translations", [])
        ],
        "warnings": [w["type"].removeprefix("TYPE_").lower() for w in digest.get("warnings", [])],
        "digest": json.dumps(digest, ensure_ascii=False),
    }


def _texts(summary: dict[str, Any]) -> dict[str, Any]:
    points = [p["text"] for p in summary.get("key_points", [])]
    return {"headline": summary.get("headline"), "lead": summary.get("lead"), "key_points": points}


FORMATS = {
    "jsonl": Format(".jsonl", _write_lines, _read_lines),
    "parquet": Format(".parquet", _write_parquet, _read_parquet),
}
