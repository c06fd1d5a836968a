"""The service under load, side by side with what one would write without it; `make bench-serving` runs all parts.

    python bench/serving.py [--only start,latency,throughput,interference,memory,engines] [--rounds 3] [--draw]

Results are written to bench/results/serving.json (a part alone replaces its part), tables are printed, and --draw makes
the plots of docs/ out of the results. The server is a process of its own, without cache; the callers are another one.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import psutil
from rich.console import Console
from rich.table import Table

from polygist.client import digest_request
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "serving.json"
IMAGES = ROOT / "docs" / "images"
POLYGIST = Path(sys.executable).with_name("polygist")
CALLERS = (1, 8, 32, 128)
SENTENCES = 128
BATCH = 16
ARTICLES = 10_000
SHORT = "The museum is closed on day {}."
console = Console()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default=",".join(PARTS))
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--draw", action="store_true", help="only draw the results there are")
    arguments.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.run:
        sys.stdout.write(json.dumps(DIRECT[options.run[0]](json.loads(Path(options.run[1]).read_text()))))
        return
    if not options.draw:
        for part in options.only.split(","):
            keep(part, PARTS[part](options.rounds))
    draw(json.loads(RESULTS.read_text()))


def keep(part: str, found: Any) -> None:
    """Write a part of the results down, with the machine it was measured on."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(
        ["/usr/bin/env", "git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    packages = ("openvino-genai", "ctranslate2", "torch", "transformers", "grpcio")
    results[part] = {
        "found": found,
        "machine": f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


@contextmanager
def serving(**settings: object) -> Iterator[tuple[str, psutil.Process]]:
    """A server in a process of its own, ready; yields its address and process."""
    changed = {"CACHE_MEMORY_BYTES": 0, "MAX_CONCURRENT_CALLS": 1000, "LOG_LEVEL": "ERROR", **settings}
    environment = os.environ | {f"POLYGIST_{name}": str(value) for name, value in changed.items()}
    command = [POLYGIST, "serve", "--port", "0", "--metrics-port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not (ready := re.search(r"grpc=(\d+)", line)):
                raise SystemExit("the server did not start")
            yield f"127.0.0.1:{ready[1]}", psutil.Process(server.pid)
        finally:
            server.terminate()


def call(text: str) -> pb.TranslateRequest:
    return pb.TranslateRequest(texts=[text], source_language="en", target_languages=["de"])


async def translate_all(address: str, texts: Sequence[str], callers: int) -> list[pb.TranslateResponse]:
    """Every text in a call of its own, by so many callers who each wait for their answer; in order."""
    waiting, answers = list(enumerate(texts))[::-1], {}
    async with grpc.aio.insecure_channel(address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)

        async def caller() -> None:
            while waiting:
                i, text = waiting.pop()
                answers[i] = await stub.Translate(call(text))

        await asyncio.gather(*(caller() for _ in range(callers)))
    return [answers[i] for i in range(len(texts))]


def english() -> list[str]:
    """English sentences of this repository's articles and test cases, shuffled, none twice."""
    from polygist.document.segments import sentences

    files = [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests/data/articles").glob("en.*.txt"))]
    texts = [f.read_text(encoding="utf-8") for f in files]
    for line in (ROOT / "bench/data/sentences.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["lang"] == "en":
            texts += case["sentences"]
    found = {" ".join(t[a:b].split()) for t in texts for a, b in sentences(t, "en")}
    usable = sorted(s for s in found if 20 <= len(s) <= 250)
    random.Random(1).shuffle(usable)
    return usable


def start(rounds: int) -> Any:
    """Seconds from the start of the process until it serves."""
    seconds = []
    for _ in range(rounds + 2):
        begun = time.monotonic()
        with serving():
            seconds.append(time.monotonic() - begun)
    console.print(f"start to serving: median {statistics.median(seconds):.1f} s of {[f'{s:.1f}' for s in seconds]}")
    return {"seconds": seconds}


def latency(rounds: int) -> Any:
    """Milliseconds of a call beside the engine's time, for one short sentence on an idle server."""
    with serving() as (address, _):
        answers: list[float] = []
        with grpc.insecure_channel(address) as channel:
            stub = polygist_pb2_grpc.PolygistStub(channel)
            for i in range(100 * rounds):
                begun = time.perf_counter()
                answer = stub.Translate(call(SHORT.format(i)))
                total = time.perf_counter() - begun
                inside = answer.timings.inference.ToTimedelta().total_seconds()
                answers.append(1000 * (total - inside))
    middle, high = quantile(answers, 0.5), quantile(answers, 0.9)
    console.print(f"beside the engine: median {middle:.2f} ms, 90 % {high:.2f} ms, {len(answers)} calls")
    return {"milliseconds": answers}


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def throughput(rounds: int) -> Any:
    """Output tokens a second: the service with many callers, and what else one might run, in turns."""
    with serving() as (address, process):
        # What is decoded twice would count for more in the service than elsewhere.
        first = asyncio.run(translate_all(address, english()[: 3 * SENTENCES], 32))
        once = [t for t, a in zip(english(), first, strict=False) if a.tokens.segments == 1]
        texts = once[:SENTENCES]
        file = ROOT / "bench" / "results" / "texts.json"
        file.write_text(json.dumps(texts))
        speeds: dict[str, list[float]] = {}
        for _ in range(rounds):
            for callers in CALLERS:
                used = texts if callers > 1 else texts[: SENTENCES // 4]
                begun = time.monotonic()
                answers = asyncio.run(translate_all(address, used, callers))
                tokens = sum(a.tokens.output for a in answers)
                speeds.setdefault(f"service, {callers} callers", []).append(tokens / (time.monotonic() - begun))
            for name in DIRECT:
                for child in (process, *process.children()):
                    child.suspend()
                run = [sys.executable, __file__, "--run", name, str(file)]
                speeds.setdefault(name, []).append(
                    json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
                )
                for child in (*process.children(), process):
                    child.resume()
        file.unlink()
    best = statistics.median(speeds["engine, offline"])
    table = Table(
        "what", "output tokens/s", "of the engine", title=f"{len(texts)} sentences, medians of {rounds} rounds"
    )
    for name, values in speeds.items():
        table.add_row(name, f"{statistics.median(values):.0f}", f"{statistics.median(values) / best:.0%}")
    console.print(table)
    return speeds


def _prompts(texts: Sequence[str]) -> tuple[Any, Any, list[tuple[int, ...]]]:
    from polygist.app import installed
    from polygist.settings import load
    from polygist.translate.codec import codec_of

    card, built = installed(load())
    codec = codec_of(card, built)
    prompts = sorted((codec.encode(t, "en", "de") for t in texts), key=len)
    return (card, built), codec, prompts


def offline(texts: Sequence[str]) -> float:
    """The engine itself, all sentences at once, sorted by length."""
    from polygist.engines.base import GREEDY, Hypothesis, Row
    from polygist.engines.batching import Bounds
    from polygist.engines.cores import available
    from polygist.engines.loading import load_engine

    (card, built), codec, prompts = _prompts(texts)
    engine = load_engine(built, card, "openvino", available(), Bounds(BATCH, 4096))
    rows = [Row(p, codec.max_new_tokens(len(p)), GREEDY) for p in prompts]
    found: dict[Row, Hypothesis] = {}
    waiting = rows[::-1]
    engine.run([Row(prompts[0], 8, GREEDY)], lambda *_: None, lambda: False)
    begun, active = time.monotonic(), []
    while waiting or active:
        while waiting and len(active) < BATCH:
            active.append(waiting.pop())
        before = len(found)
        engine.run(active, found.__setitem__, lambda before=before: bool(waiting) and len(found) > before)
        active = [r for r in active if r not in found]
    return sum(len(h.tokens) for h in found.values()) / (time.monotonic() - begun)


def _transformers(texts: Sequence[str], batch: int) -> float:
    import torch
    from transformers import AutoModelForCausalLM

    (_, built), codec, prompts = _prompts(texts)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model: Any = AutoModelForCausalLM.from_pretrained(built.hf, dtype=torch.bfloat16).eval()
    begun, tokens = time.monotonic(), 0
    chosen = prompts if batch > 1 else prompts[:: SENTENCES // 16]
    for i in range(0, len(chosen), batch):
        some = chosen[i : i + batch]
        width = max(len(p) for p in some)
        ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in some])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in some])
        limit = max(codec.max_new_tokens(len(p)) for p in some)
        with torch.inference_mode():
            out = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=limit, do_sample=False, eos_token_id=1
            )
        for row in out[:, width:].tolist():
            tokens += row.index(1) if 1 in row else len(row)
    return tokens / (time.monotonic() - begun)


DIRECT: dict[str, Callable[[Sequence[str]], float]] = {
    "engine, offline": offline,
    "transformers, one by one": lambda texts: _transformers(texts, 1),
    "transformers, batches of 32": lambda texts: _transformers(texts, 32),
}


def interference(rounds: int) -> Any:
    """Seconds of interactive calls, with and without a stream of articles that keeps the engine full."""
    found: dict[str, list[float]] = {"alone": [], "beside bulk": []}
    with serving() as (address, _):
        asyncio.run(_interfere(address, found, rounds))
    for name, values in found.items():
        console.print(
            f"{name}: median {quantile(values, 0.5):.3f} s, 99 % {quantile(values, 0.99):.3f} s, {len(values)}"
        )
    ratio = quantile(found["beside bulk"], 0.99) / quantile(found["alone"], 0.99)
    console.print(f"99 % beside bulk is {ratio:.2f} times that alone")
    return found


async def _interfere(address: str, found: dict[str, list[float]], rounds: int) -> None:
    article = (ROOT / "seeds" / "000_4b4fb2adb7c2316e.txt").read_text(encoding="utf-8")
    sentences = english()
    async with grpc.aio.insecure_channel(address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)

        async def calls(name: str, begin: int) -> None:
            for i in range(begin, begin + 40):
                begun = time.perf_counter()
                await stub.Translate(call(f"{SHORT.format(i)}"))
                found[name].append(time.perf_counter() - begun)
                await asyncio.sleep(0.05)

        async def articles() -> Any:
            for n in range(10**6):
                text = article.replace("Washington", f"Washington {n}").replace(".", f" {n}.")
                request = digest_request(text, ["de"], "en", scope=pb.TRANSLATION_SCOPE_ARTICLE)
                yield pb.DigestManyRequest(id=str(n), digest=request)

        await stub.Translate(call(sentences[0]))
        for turn in range(rounds + 2):
            await calls("alone", 1000 * turn)
            stream = stub.DigestMany(articles())
            reading = asyncio.create_task(_read(stream))
            await asyncio.sleep(3)
            await calls("beside bulk", 1000 * turn + 500)
            stream.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await asyncio.sleep(1)


async def _read(stream: Any) -> None:
    async for _ in stream:
        pass


def memory(rounds: int) -> Any:
    """Bytes of the server and its engine while distinct articles stream through, every hundredth of them translated."""
    samples: list[tuple[int, int, int]] = []
    with serving(CACHE_MEMORY_BYTES=8 * 2**20) as (address, process):
        asyncio.run(_stream(address, ARTICLES, lambda n: samples.append((n, *_resident(process)))))
    half = samples[len(samples) // 2 :]
    slope = (half[-1][1] - half[0][1]) / (half[-1][0] - half[0][0])
    peak = max(a + b for _, a, b in samples) / 2**20
    console.print(f"server: {slope:.0f} bytes an article in the second half; peak with the engine {peak:.0f} MiB")
    return {"samples": samples}


def _resident(process: psutil.Process) -> tuple[int, int]:
    return process.memory_info().rss, sum(c.memory_info().rss for c in process.children())


async def _stream(address: str, number: int, sample: Callable[[int], None]) -> None:
    sentences = english()
    pick = random.Random(2)

    async def articles() -> Any:
        for n in range(number):
            text = f"Part {n}\n\n" + " ".join(pick.sample(sentences, 12))
            yield pb.DigestManyRequest(id=str(n), digest=digest_request(text, [] if n % 100 else ["de"], "en"))

    async with grpc.aio.insecure_channel(address) as channel:
        done = 0
        async for _ in polygist_pb2_grpc.PolygistStub(channel).DigestMany(articles()):
            done += 1
            if done % 200 == 0:
                sample(done)


PARTS: dict[str, Callable[[int], Any]] = {
    "start": start,
    "latency": latency,
    "throughput": throughput,
    "interference": interference,
    "memory": memory,
}


def draw(results: dict[str, Any]) -> None:
    """Plots of what there is, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "polygist"
    from matplotlib import pyplot as plt

    IMAGES.mkdir(exist_ok=True)

    def figure(name: str, title: str, x: str, y: str, fill: Callable[[Any], None]) -> None:
        drawn, axes = plt.subplots(figsize=(7, 3.6))
        fill(axes)
        axes.set(title=title, xlabel=x, ylabel=y)
        axes.grid(alpha=0.3)
        axes.legend()
        drawn.tight_layout()
        drawn.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
        plt.close(drawn)

    if "throughput" in results:
        speeds = {n: statistics.median(v) for n, v in results["throughput"]["found"].items()}

        def lines(axes: Any) -> None:
            axes.plot(CALLERS, [speeds[f"service, {c} callers"] for c in CALLERS], marker="o", label="polygist, gRPC")
            for name, style in zip(DIRECT, ("--", ":", "-."), strict=True):
                axes.axhline(speeds[name], ls=style, color="gray", label=name)
            axes.set_xscale("log", base=2)
            axes.set_xticks(CALLERS, [str(c) for c in CALLERS])
            axes.set_ylim(bottom=0)

        figure("throughput", "Throughput, two cores", "concurrent callers", "output tokens a second", lines)
    if "interference" in results:

        def steps(axes: Any) -> None:
            for name, values in results["interference"]["found"].items():
                axes.step(sorted(values), [i / len(values) for i in range(1, len(values) + 1)], label=name)

        figure("interference", "Interactive calls", "seconds", "share of the calls", steps)
    if "memory" in results:
        samples = results["memory"]["found"]["samples"]

        def curves(axes: Any) -> None:
            for column, name in ((1, "server"), (2, "engine")):
                axes.plot([s[0] for s in samples], [s[column] / 2**20 for s in samples], label=name)
            axes.set_ylim(bottom=0)

        figure("memory", "Memory while articles stream", "articles", "MiB resident", curves)


if __name__ == "__main__":
    main()
