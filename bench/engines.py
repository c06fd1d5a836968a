"""Speed of the engines on the same prompts: tokens a second, time to load, resident memory.

    python bench/engines.py --sentences 64 --repeats 3

The prompts are the sentences of the seed article, said again as often as needed, English to German, decoded greedily.
Each engine runs in a process of its own, the runs take turns, and medians are printed.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

SEED = Path(__file__).parents[1] / "seeds" / "000_4b4fb2adb7c2316e.txt"
BATCH = 16


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sentences", type=int, default=64)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--engines", default="openvino,ct2,torch")
    arguments.add_argument("--run", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.run:
        sys.stdout.write(json.dumps(measure(options.run, options.sentences)))
        return
    engines = options.engines.split(",")
    runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
    for _ in range(options.repeats):
        for engine in engines:
            command = [sys.executable, __file__, "--run", engine, "--sentences", str(options.sentences)]
            runs[engine].append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    table = Table("engine", "output tokens/s", "load s", "peak MB", title=f"median of {options.repeats} runs")
    for engine, rows in runs.items():
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        table.add_row(engine, f"{middle['speed']:.0f}", f"{middle['load']:.1f}", f"{middle['memory']:.0f}")
    Console().print(table)


def measure(engine: str, count: int) -> dict[str, float]:
    """Load an engine and decode `count` sentences in batches of equal size."""
    from polygist.app import installed
    from polygist.document.segments import sentences
    from polygist.engines.base import GREEDY, generate
    from polygist.engines.batching import Bounds
    from polygist.engines.cores import available
    from polygist.engines.devices import Seat
    from polygist.engines.loading import load_engine
    from polygist.settings import load
    from polygist.translate.codec import codec_of

    settings = load(engine=engine)
    card, built = installed(settings)
    codec = codec_of(card, built)
    text = SEED.read_text(encoding="utf-8")
    lines = [text[a:b] for a, b in sentences(text, "en")]
    prompts = [codec.encode(lines[i % len(lines)], "en", "de") for i in range(count)]
    prompts.sort(key=len)
    begun = time.monotonic()
    loaded_engine = load_engine(built, card, engine, Seat(available()), Bounds(BATCH, 4096))
    loaded = time.monotonic()
    generate(loaded_engine, prompts[:1], [8], GREEDY)
    begun_decoding, tokens = time.monotonic(), 0
    for i in range(0, count, BATCH):
        batch = prompts[i : i + BATCH]
        limits = [codec.max_new_tokens(len(p)) for p in batch]
        tokens += sum(len(h.tokens) for h in generate(loaded_engine, batch, limits, GREEDY))
    return {
        "speed": tokens / (time.monotonic() - begun_decoding),
        "load": loaded - begun,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
