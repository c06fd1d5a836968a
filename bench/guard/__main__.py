"""How far the warnings about a translation can be trusted: the guard's detectors on good and on spoilt translations.

    python bench/guard [FLORES.json ...] [--half even|odd] [--examples DETECTOR] [--save]

Without a file the small set of bench/data/guard-pairs.jsonl is used. A file holds [english, german, ukrainian] rows (as
FLORES devtest) or documents with "triples" or "pairs" (as the WMT24 sets in ../shared/data/eval); neither is part of
the repository. Good translations are the references as they are. Spoilt ones are made from them by rule with a fixed
seed, and each kind of damage names the detectors that should see it.

Recall is the share of the damage a detector should see that it sees. False alarms are the share of untouched references
it fires on, and precision is that of its alarms over the damage it should see and an equal number of untouched
references. Defects of the files (doubled quotation marks, a stray "x" at the end, quotation marks for apostrophes) are
mended first.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from damage import KINDS, Spoilt, damaged
from pairs import DATA, DIRECTIONS, Pair, directions, load
from rich.console import Console
from rich.table import Table

from polygist.translate import guard

RESULTS = DATA.parent / "results" / "guard.json"

Shares = dict[str, dict[str, float]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", type=Path, nargs="*")
    arguments.add_argument("--half", choices=("even", "odd"), help="only the rows of even or odd number")
    arguments.add_argument("--examples", help="print what this detector missed and where it gave false alarms")
    arguments.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = arguments.parse_args()
    console = Console()
    if not options.files:
        console.print("No file given: the small set of bench/data, too small for the shares to mean much.")
    rows = [row for path in options.files or [DATA / "guard-pairs.jsonl"] for row in load(path)]
    rows = rows[{"even": 0, "odd": 1, None: 0}[options.half] :: 2 if options.half else 1]
    pairs = list(directions(rows))
    spoilt = damaged(pairs)
    result = measure(pairs, spoilt, options.examples)
    show(console, result)
    if options.save:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure(pairs: Sequence[Pair], spoilt: Spoilt, examples: str | None) -> dict[str, Shares]:
    """The tables of shares: per direction, per kind of damage, per detector."""
    alarms = {id(pair): _found(pair) for pair in pairs}
    kinds, seen = _kinds(spoilt, examples)
    for pair in pairs:
        if examples in alarms[id(pair)]:
            print(f"alarm  {pair.direction}\n  {pair.source}\n  {pair.target}")
    every = list(alarms.values())
    return {
        "directions": dict(_directions(pairs, alarms)),
        "kinds": kinds,
        "detectors": {name: _shares(seen[name], every, name) for name in guard.DETECTORS if seen[name]},
    }


def _directions(pairs: Sequence[Pair], alarms: dict[int, frozenset[str]]) -> Iterator[tuple[str, dict[str, float]]]:
    """Of each direction the share of untouched references that each detector, and any, fires on."""
    for direction in DIRECTIONS:
        there = [alarms[id(p)] for p in pairs if p.direction == direction]
        if there:
            counts = Counter(name for found in there for name in found)
            shares = {name: counts[name] / len(there) for name in guard.DETECTORS}
            yield direction, {"references": len(there), "any": sum(map(bool, there)) / len(there), **shares}


def _kinds(spoilt: Spoilt, examples: str | None) -> tuple[Shares, dict[str, list[tuple[bool, bool]]]]:
    """The share seen of each kind of damage; and for each detector, of all it should see, whether it or another did."""
    kinds, seen = {}, defaultdict(list)
    for kind, made in spoilt.items():
        wanted, hits, anything = KINDS[kind][1], 0, 0
        for pair in made:
            found = _found(pair)
            hits += bool(found & wanted)
            anything += bool(found)
            for name in wanted:
                seen[name].append((name in found, bool(found & wanted)))
            if examples in wanted and not found & wanted:
                print(f"missed  {pair.direction} {kind}\n  {pair.source}\n  {pair.target}")
        if made:
            kinds[kind] = {"made": float(len(made)), "seen": hits / len(made), "any": anything / len(made)}
    return kinds, seen


def _found(pair: Pair) -> frozenset[str]:
    return guard.found(pair.source, pair.target, pair.source_language, pair.target_language)


def _shares(seen: list[tuple[bool, bool]], alarms: list[frozenset[str]], name: str) -> dict[str, float]:
    """Damage that another detector sees is not asked of this one."""
    asked = [hit for hit, any_hit in seen if hit or not any_hit]
    false_share = sum(name in found for found in alarms) / len(alarms)
    true = sum(asked)
    fired = true + false_share * len(asked)
    return {
        "spoilt": len(asked),
        "precision": true / fired if fired else 1.0,
        "recall": true / len(asked) if asked else 1.0,
        "false alarms": false_share,
    }


def show(console: Console, result: dict[str, Shares]) -> None:
    for title, rows in result.items():
        columns = list(next(iter(rows.values())))
        table = Table(title.rstrip("s"), *columns)
        for name, row in rows.items():
            cells = (f"{row[c]:.0f}" if row[c] > 1 else f"{100 * row[c]:.1f}" for c in columns)
            table.add_row(name, *cells)
        console.print(table)
    made = sum(int(row["made"]) for row in result["kinds"].values())
    console.print(f"{made} spoilt translations; shares in percent")


if __name__ == "__main__":
    main()
