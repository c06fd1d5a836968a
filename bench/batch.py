"""Batch jobs: memory of a long one, and the rate beside that of the engine alone.

    python bench/batch.py memory [--records 200000]
    python bench/batch.py speed [--articles 60] [--rounds 3]

`memory` answers at once in the engine's place, and prints the resident memory at every tenth of the job. `speed` runs
`polygist batch` on a server with the real model, and in turns the engine alone on the same sentences, given all at
once with the longest first; each sentence is translated once (--quality fast). Results go to bench/results/batch.json.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

sys.path.append(str(Path(__file__).parent / "serving"))
import direct
import results
import texts
from server import POLYGIST, Server, serving
from show import console

from polygist.batch.columns import Columns
from polygist.batch.files import expand
from polygist.batch.job import Job, Progress
from polygist.batch.options import Options, common
from polygist.batch.source import Selection, Source
from polygist.v1 import polygist_pb2 as pb

FILE = results.FOLDER / "batch.json"
_SENTENCES = 24


class Instant:
    """Answers every article with a digest of some kilobytes."""

    def __init__(self) -> None:
        points = [pb.KeyPoint(text="It was a long day for everybody in the room. " * 3, rank_score=0.5)] * 5
        summary = pb.Summary(headline="The deal was signed on Friday", lead="It was signed. " * 10, key_points=points)
        translations = [pb.Translation(target_language=language, summary=summary) for language in ("uk", "de")]
        self._digest = pb.DigestResponse(source_language="en", summary=summary, translations=translations)

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse:
        return pb.GetInfoResponse(limits=pb.Limits(max_articles_in_flight=16))

    def digest_many(self, items: Iterable[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]:
        for request in items:
            yield pb.DigestManyResponse(id=request.id, digest=self._digest)


def memory(records: int) -> Any:
    """(articles done, bytes in memory) at the begin and at every tenth."""
    samples: list[tuple[int, int]] = []

    def watch(now: Progress) -> None:
        if now.done >= len(samples) * records // 10:
            samples.append((now.done, psutil.Process().memory_info().rss))

    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "in.jsonl")
        with path.open("w", encoding="utf-8") as file:
            for i, text in enumerate(islice(texts.articles(_SENTENCES, seed=5), records)):
                file.write(json.dumps({"id": str(i), "text": text}) + "\n")
        begun, engines = time.monotonic(), {"instant": Instant()}
        options = Options(pb.DigestRequest(target_languages=["uk", "de"]))
        source = Source(expand(str(path)), Columns(), Selection())
        Job(source, Path(place, "out"), engines, options, common(engines, 1), watch).run()
        seconds, size = time.monotonic() - begun, path.stat().st_size
    table = Table("articles", "MiB", title=f"{size / 1e6:,.0f} MB in, {records / seconds:,.0f} articles/s")
    for done, resident in samples:
        table.add_row(f"{done:,}", f"{resident / 2**20:,.1f}")
    console.print(table)
    return {"records": records, "seconds": seconds, "input_bytes": size, "samples": samples}


def speed(articles: int, rounds: int) -> Any:
    """Output tokens a second of job and engine, in turns."""
    from polygist.document.segments import sentences

    chosen = list(islice(texts.articles(_SENTENCES, seed=11), articles))
    alone = [text[a:b] for text in chosen for a, b in sentences(text, "en")]
    found: dict[str, list[float]] = {"job": [], "engine": []}
    with serving() as server, tempfile.TemporaryDirectory() as place:
        path = Path(place, "in.jsonl")
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in chosen), encoding="utf-8")
        for i in range(rounds):
            for name in ("job", "engine") if i % 2 else ("engine", "job"):
                with nullcontext() if name == "job" else server.aside():
                    found[name].append(_job(path, Path(place, str(i)), server) if name == "job" else _engine(alone))
    ratios = [job / engine for job, engine in zip(found["job"], found["engine"], strict=True)]
    table = Table(
        "output tokens/s", "median", "lowest", "highest", title=f"{articles} articles, {len(alone)} sentences"
    )
    for name, speeds in found.items():
        table.add_row(name, *(f"{v:.0f}" for v in (statistics.median(speeds), min(speeds), max(speeds))))
    table.add_row("job / engine", *(f"{v:.1%}" for v in (statistics.median(ratios), min(ratios), max(ratios))))
    console.print(table)
    return {"articles": articles, "sentences": len(alone), **found}


def _job(path: Path, output: Path, server: Server) -> float:
    """From the first article read to the last part written; starting Python and connecting are not in it."""
    command = [POLYGIST, "batch", path, output, "--targets", "de", "--source", "en", "--scope", "article"]
    command += ["--quality", "fast", "--server", server.address]
    subprocess.run(command, check=True, capture_output=True)
    work = json.loads((output / "index.json").read_text(encoding="utf-8"))["work"]
    return float(work["tokens"]["output"] / work["seconds"])


def _engine(sentences: list[str]) -> float:
    return direct.run("offline 16", sentences)["speed"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("part", choices=["memory", "speed"])
    arguments.add_argument("--records", type=int, default=200_000)
    arguments.add_argument("--articles", type=int, default=60)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    found = memory(options.records) if options.part == "memory" else speed(options.articles, options.rounds)
    results.keep(options.part, found, FILE)


if __name__ == "__main__":
    main()
