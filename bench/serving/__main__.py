"""The service under load, side by side with what one would write without it; `make bench-serving` runs all parts.

    python bench/serving [--only PARTS] [--rounds 3] [--draw]

PARTS, with commas between: start, latency, interference, fairness, throughput, share, replicas, engines, memory.

Results are written to bench/results/serving.json (a part alone replaces its part), tables are printed, and the plots
of docs/ are drawn from the results; --draw does that alone. Server, callers and rivals are processes of their own.
"""

import argparse
from collections.abc import Callable
from typing import Any

import fairness
import memory
import results
import start
import throughput
import waiting

PARTS: dict[str, Callable[[int], Any]] = {
    "start": start.start,
    "latency": waiting.latency,
    "interference": waiting.interference,
    "fairness": fairness.fairness,
    "throughput": throughput.throughput,
    "share": throughput.share,
    "replicas": throughput.replicas,
    "engines": throughput.engines,
    "memory": memory.memory,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--draw", action="store_true", help="only draw the results there are")
    options = arguments.parse_args()
    chosen = [] if options.draw else options.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        arguments.error(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    for part in chosen:
        results.keep(part, PARTS[part](options.rounds))
    import plots  # takes a second

    plots.draw(results.load())


if __name__ == "__main__":
    main()
