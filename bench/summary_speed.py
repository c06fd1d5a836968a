"""How long an extractive summary takes, by the length of the article: `python bench/summary_speed.py`.

Articles of 1,000 to 100,000 words in each language are made of the texts of tests/data/articles, sentence by sentence
in another order each time. Parsing and summarising are timed apart, the best of some runs once the dictionary and the
words of the article are known, in processor time, which other work adds less to than to the clock's; the memory is
the peak that tracemalloc sees while summarising. Results go to bench/results/summary_speed.json.
"""

import json
import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.types import SummaryOptions

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "summary_speed.json"
ARTICLES = ROOT / "tests" / "data" / "articles"
WORDS = (1_000, 10_000, 100_000)


def article(language: str, words: int) -> str:
    """Paragraphs of four sentences, a heading before every fifth, of that many words or a little more."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(ARTICLES.glob(f"{language}.*.txt"))]
    pool = [s.text for text in texts for s in parse(text, language).sentences]
    order, lines, count = random.Random(3), list[str](), 0
    while count < words:
        paragraph = " ".join(" ".join(order.sample(pool, 1)[0].split()) for _ in range(4))
        lines += [f"## {len(lines)}", paragraph] if len(lines) % 6 == 0 else [paragraph]
        count += len(paragraph.split())
    return "\n\n".join(lines)


def best(runs: int, function: Callable[[], object]) -> float:
    """Seconds of processor time of the quickest run."""
    times = []
    for _ in range(runs):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return min(times)


def measure(language: str, words: int) -> dict[str, float]:
    """Milliseconds, and MiB."""
    text = article(language, words)
    parsed, options = parse(text, language), SummaryOptions()
    runs = 9 if words <= 1_000 else 2
    found = {
        "parse_ms": 1e3 * best(runs, lambda: parse(text, language)),
        "summarize_ms": 1e3 * best(runs, lambda: summarize(parsed, options)),
        "focus_ms": 1e3 * best(runs, lambda: summarize(parsed, SummaryOptions(focus="NATO"))),
    }
    tracemalloc.start()
    summarize(parsed, options)
    found["peak_mib"] = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {name: round(value, 1) for name, value in found.items()}


def main() -> None:
    found = {f"{la} {words:,}": measure(la, words) for la in ("en", "de", "uk") for words in WORDS}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    table = Table("language, words", "parse, ms", "summarize, ms", "with a focus, ms", "peak, MiB")
    for name, row in found.items():
        table.add_row(name, *(f"{value:,.1f}" for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
