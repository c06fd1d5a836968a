"""The embedded model's weights in the engines of polygist and in those of others; `make bench-shootout` does it all.

    python bench/shootout --rivals PYTHON [--parts speed,quality,joining] [--engines NAMES] [--quick]

PYTHON has bench/shootout/requirements.txt; without it only polygist's own engines run. Parts:

speed    64 English sentences into German, from the same token ids, greedily, in batches sorted by length (with one
         row every eighth sentence).
quality  chrF++ of the first 200 lines of FLORES-200 devtest from English into German and Ukrainian, greedily. They lie
         in ../shared/data/eval and are not part of the repository; where they are absent a small set of bench/data
         stands in.
joining  what rows that join cost on ONNX Runtime, beside polygist's default engine.

Each measurement has a process of its own and is written down at once in build/shootout.jsonl; a run that was cut short
goes on where it stopped. Results are written to bench/results/shootout.json, in the place of earlier ones of the same
engines, tables are printed, and the plot of docs/ is drawn; --draw does these two alone. --quick measures a little of
everything in a few minutes and only prints it.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "serving"))
sys.path.append(str(Path(__file__).parents[1] / "evaluation"))

import parts
import results
import texts
from contenders import CONTENDERS, Arena
from progress import Progress


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rivals", type=Path)
    arguments.add_argument("--parts", default=",".join(parts.PARTS))
    arguments.add_argument("--engines", help=f"with commas between, of: {', '.join(CONTENDERS)}")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--draw", action="store_true", help="only show the results there are")
    options = arguments.parse_args()
    chosen = options.parts.split(",")
    names = options.engines.split(",") if options.engines else list(CONTENDERS)
    for what, given, known in (("part", chosen, parts.PARTS), ("engine", names, CONTENDERS)):
        if unknown := set(given) - set(known):
            arguments.error(f"no such {what}: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    if options.rivals is None:
        names = [name for name in names if CONTENDERS[name].file is None]
        chosen = [part for part in chosen if part != "joining"]
        print("without --rivals only polygist's own engines run")
    shown = results.load(parts.FILE) if options.draw else measure(options, chosen, names)
    import tables  # takes a second

    tables.show(shown, draw=not options.quick)


def measure(options: argparse.Namespace, chosen: list[str], names: list[str]) -> dict[str, Any]:
    """The parts that were chosen; all results there are, or those of a quick run alone."""
    run = parts.Run(
        Arena(options.rivals),
        names,
        parts.QUICK if options.quick else parts.FULL,
        Progress(texts.ROOT / "build" / ("shootout-quick.jsonl" if options.quick else "shootout.jsonl")),
    )
    for name in names:
        run.arena.convert(CONTENDERS[name])
    made = {}
    for part in chosen:
        made[part] = {"found": parts.PARTS[part](run)}
        if not options.quick:
            results.keep(part, parts.found(part) | made[part]["found"], parts.FILE)
    run.progress.done()
    return made if options.quick else results.load(parts.FILE)


if __name__ == "__main__":
    main()
