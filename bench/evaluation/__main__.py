"""Translation through the service: what it is worth, and what the guard adds; `make eval-translation` runs all of it.

    python bench/evaluation [--sets flores,wmt24-news] [--lines 200] [--directions en-de,de-uk] [--noisy] [--draw]

The first lines of each test set are translated with QUALITY_FAST and with QUALITY_BALANCED in every direction that is
served, by a server in this process. The test sets lie in ../shared/data/eval and are not part of the repository; where
they are absent a small one of bench/data stands in. With --noisy the texts of bench/data/guard-noisy.jsonl are
translated instead, and a judge of its own looks for loops and other languages that the guard did not warn of. Results
go to bench/results/translation.json, direction by direction; a direction alone replaces its own. --draw draws
them again.
"""

import argparse
import json
from typing import Any

import noisy
import scores
import sets
import show
from rich.progress import track

import service

RESULTS = sets.BENCH / "results" / "translation.json"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sets", default="flores,wmt24-news")
    arguments.add_argument("--lines", type=int, default=200, help="lines of each set")
    arguments.add_argument("--directions", help="only these, with commas between")
    arguments.add_argument("--noisy", action="store_true", help="translate the noisy texts")
    arguments.add_argument("--draw", action="store_true", help="only show and draw the results there are")
    options = arguments.parse_args()
    if not options.draw:
        with service.running() as served:
            if options.noisy:
                _keep(("noisy",), noisy.run(served))
            else:
                _evaluate(served, options.sets.split(","), options.lines, options.directions)
            _keep(("model",), served.model())
    results = _results()
    for name, found in results.get("sets", {}).items():
        show.tables(name, found)
    if "noisy" in results:
        show.noisy(results["noisy"])
    if "flores" in results.get("sets", {}):
        show.draw("FLORES devtest", results["sets"]["flores"])


def _evaluate(served: service.Service, names: list[str], lines: int, directions: str | None) -> None:
    """The named test sets in every direction, each kept as soon as it is done."""
    tests = {test.name: test for test in map(sets.load, names)}
    for test in tests.values():
        if test.small:
            show.console.print(f"{sets.SHARED} is not there: the small set of bench/data, too small to mean much.")
        for direction in track(directions.split(",") if directions else served.directions(), test.name):
            cases = _cases(served, test.rows[:lines], direction)
            _keep(("sets", test.name, direction), scores.direction(cases))
            show.worst(direction, scores.worst(cases))
    _keep(("signatures",), scores.signatures())
    show.console.print(scores.signatures())


def _results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def _keep(path: tuple[str, ...], found: object) -> None:
    """Write a part of the results down in the place that the path names."""
    results = place = _results()
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = found
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _cases(served: service.Service, rows: list[sets.Row], direction: str) -> list[scores.Case]:
    source, target = direction.split("-")
    lines = [row[source] for row in rows]
    fast, balanced = (served.translate(lines, direction, quality) for quality in (service.FAST, service.BALANCED))
    return [
        scores.Case(row[source], row[target], first, second)
        for row, first, second in zip(rows, fast, balanced, strict=True)
    ]


if __name__ == "__main__":
    main()
