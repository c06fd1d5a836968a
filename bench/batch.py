"""Batch jobs: memory of a long one, the rate beside that of the engine alone, what a kill changes, and Ray.

    python bench/batch.py memory [--records 200000]
    python bench/batch.py speed [--articles 60] [--rounds 3]
    python bench/batch.py differences [--articles 60]
    python bench/batch.py ray [--articles 60]
    python bench/batch.py blocks [--records 20000]

`memory` answers at once in the engine's place, and prints the resident memory at every tenth of the job. `speed` runs
`polygist batch` on a server with the real model, and in turns the engine alone on the same sentences, given all at
once with the longest first; each sentence is translated once (--quality fast). `differences` runs the same job three
times on one server, the second time killed twice on its way, and counts sentences of the translations that differ.
`ray` is the rate of one and of two actors with the real model and a thread each, starts left out, translated once as
well. `blocks` is the rate at which Ray and the job's process hand on articles that are answered at once, and what that
process takes of a core.
Results go to bench/results/batch.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from difflib import SequenceMatcher
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from polygist.cli.runners import in_process
from polygist.v1 import polygist_pb2 as pb

if TYPE_CHECKING:
    from polygist.batch.actors import Pool

FILE = results.FOLDER / "batch.json"
_SENTENCES = 24
_SHORT = 4
# Articles that an actor works on at once: few, so that a short job has a middle.
_AT_ONCE = 4


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
        path = _rows(Path(place, "in.jsonl"), chosen)
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


def differences(articles: int) -> Any:
    """Sentences of translations that differ from those of an undisturbed job: of another one, and of a killed one."""
    chosen = [texts.SEED.read_text(encoding="utf-8"), *islice(texts.articles(_SENTENCES // 8, seed=13), articles - 1)]
    with serving() as server, tempfile.TemporaryDirectory() as place:
        path = _rows(Path(place, "in.jsonl"), chosen)
        command = [POLYGIST, "batch", path, "--targets", "uk", "--source", "en", "--scope", "article"]
        command += ["--quality", "fast", "--part-size", "5", "--server", server.address]
        first, killed, again = (Path(place, name) for name in ("first", "killed", "again"))
        found = {}
        for name, folder, kills in (
            ("", first, ()),
            ("killed twice", killed, (articles // 15, 2 * articles // 15)),
            ("undisturbed", again, ()),
        ):
            _finished([*command, folder], folder, kills)
            if name:
                found[name] = sentences, changed = _changed(first, folder)
                print(f"{name}: {changed} of {sentences} sentences differ", flush=True)
    table = Table("beside an undisturbed job", "sentences", "that differ")
    for name, (sentences, changed) in found.items():
        table.add_row(name, str(sentences), f"{changed} ({changed / sentences:.2%})")
    console.print(table)
    return {"articles": articles, **found}


def _rows(path: Path, articles: Iterable[str]) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in articles), encoding="utf-8")
    return path


def _finished(command: Sequence[str | Path], folder: Path, kills: Sequence[int]) -> None:
    """The job, killed when it has written so many parts."""
    for parts in kills:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
            while len(list(folder.glob("part-*.jsonl"))) < parts:
                time.sleep(0.05)
            job.kill()
    subprocess.run(command, check=True, capture_output=True)


def _changed(one: Path, other: Path) -> tuple[int, int]:
    """Sentences of the one's translations, and how many of them the other one has not in that place."""
    total = changed = 0
    for was, now in zip(_translations(one), _translations(other), strict=True):
        matcher = SequenceMatcher(None, was, now, autojunk=False)
        total += len(was)
        changed += len(was) - sum(block.size for block in matcher.get_matching_blocks())
    return total, changed


def _translations(folder: Path) -> Iterator[list[str]]:
    from polygist.document.segments import sentences

    for part in sorted(folder.glob("part-*.jsonl")):
        for line in part.read_text(encoding="utf-8").split("\n")[:-1]:
            for translation in json.loads(line)["digest"]["translations"]:
                text = translation["article_text"]
                yield [text[a:b] for a, b in sentences(text, translation["target_language"])]


def ray(articles: int) -> Any:
    """Articles a second of one and of two actors."""
    from polygist.batch.actors import Pool

    found = {}
    with tempfile.TemporaryDirectory() as place:
        path = _rows(Path(place, "in.jsonl"), islice(texts.articles(_SHORT, seed=17), articles))
        for actors in (1, 2):
            start = partial(in_process, {"cache_memory_bytes": 0, "log_level": "ERROR"}, 1)
            pool = Pool(actors, actors, articles=_AT_ONCE)
            found[actors], _ = _on_ray(path, Path(place, str(actors)), start, pool)
    table = Table("actors, a thread each", "articles/s", title=f"{articles} articles of {_SHORT} sentences")
    for actors, rate in found.items():
        table.add_row(str(actors), f"{rate:.2f} ({rate / found[1]:.2f} times)")
    console.print(table)
    return {"articles": articles, "actors": found}


def _on_ray(path: Path, output: Path, start: Any, pool: "Pool") -> tuple[float, float]:
    """Articles a second between the first tenth of the job and the last fifth, which is neither its start nor its end,
    and how many the job's process would have handed on in a second of one core."""
    from polygist.batch.actors import running

    os.environ["RAY_ADDRESS"] = "local"  # and no cluster that runs here
    samples: list[tuple[int, float, float]] = []
    fast = pb.TranslationOptions(quality=pb.QUALITY_FAST)
    asked = pb.DigestRequest(target_languages=["de"], source_language="en", translation=fast)
    options = Options(asked, window=512)

    def watch(now: Progress) -> None:
        samples.append((now.done, time.monotonic(), time.process_time()))

    with running(start, pool) as engine:
        source = Source(expand(str(path)), Columns(), Selection())
        job = Job(source, output, {"ray": engine}, options, common({"ray": engine}, 1), watch)
        total = job.run().totals.records
    middle = [sample for sample in samples if total / 10 <= sample[0] <= total * 4 / 5]
    (first, begun, used), (last, ended, used_then) = middle[0], middle[-1]
    return (last - first) / (ended - begun), (last - first) / (used_then - used)


@contextmanager
def instant() -> Iterator[Instant]:
    """What an actor works with where nothing is worked on."""
    yield Instant()


def blocks(records: int) -> Any:
    """Articles a second through Ray, two actors."""
    from batch import instant as importable  # actors can't import from __main__

    from polygist.batch.actors import Pool

    with tempfile.TemporaryDirectory() as place:
        path = _rows(Path(place, "in.jsonl"), islice(texts.articles(_SENTENCES, seed=19), records))
        rate, most = _on_ray(path, Path(place, "out"), importable, Pool(2, 2))
    console.print(f"{rate:.0f} articles/s; the job's process could do {most:.0f}/s with a core for itself")
    return {"records": records, "articles_per_second": rate, "articles_per_core_second": most}


PARTS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "memory": lambda o: memory(o.records),
    "speed": lambda o: speed(o.articles, o.rounds),
    "differences": lambda o: differences(o.articles),
    "ray": lambda o: ray(o.articles),
    "blocks": lambda o: blocks(o.records),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("part", choices=list(PARTS))
    arguments.add_argument("--records", type=int, default=200_000)
    arguments.add_argument("--articles", type=int, default=60)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    results.keep(options.part, PARTS[options.part](options), FILE)


if __name__ == "__main__":
    main()
