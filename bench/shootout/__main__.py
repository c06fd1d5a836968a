"""The embedded model's weights in the engines of polygist and in those of others; `make bench-shootout` does it all.

    python bench/shootout --rivals PYTHON [--parts speed,quality,joining] [--engines NAMES] [--triples FILE]

PYTHON has bench/shootout/requirements.txt; without it only polygist's own engines run. Parts:

speed    64 English sentences into German, from the same token ids, greedily, in batches sorted by length (with one
         row every eighth sentence). Each measurement has a process of its own, and the engines take turns.
quality  chrF++ of FILE's first 200 [english, german, ukrainian] triples, such as FLORES-200 devtest, which is not
         part of the repository; prompts and length limits are the service's, nothing is decoded a second time.
joining  what rows that join cost on ONNX Runtime, beside polygist's default engine.

Results are written to bench/results/shootout.json, in the place of earlier ones of the same engines (--add keeps the
rounds there are), tables are printed, and the plot of docs/ is drawn; --draw does these two alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "serving"))

import parts
import results
from contenders import CONTENDERS, Arena

PARTS = ("speed", "quality", "joining")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rivals", type=Path)
    arguments.add_argument("--parts", default=",".join(PARTS))
    arguments.add_argument("--engines", help=f"with commas between, of: {', '.join(CONTENDERS)}")
    arguments.add_argument("--triples", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--add", action="store_true")
    arguments.add_argument("--draw", action="store_true", help="only show the results there are")
    options = arguments.parse_args()
    chosen = options.parts.split(",")
    names = options.engines.split(",") if options.engines else list(CONTENDERS)
    for what, given, known in (("part", chosen, PARTS), ("engine", names, CONTENDERS)):
        if unknown := set(given) - set(known):
            arguments.error(f"no such {what}: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    if not options.draw:
        measure(options, chosen, names)
    import tables  # takes a second

    tables.show(results.load(parts.FILE))


def measure(options: argparse.Namespace, chosen: Sequence[str], names: Sequence[str]) -> None:
    """The parts that were chosen, as far as what they need is there."""
    arena = Arena(options.rivals)
    if options.rivals is None:
        names = [name for name in names if CONTENDERS[name].file is None]
        chosen = [part for part in chosen if part != "joining"]
        print("without --rivals only polygist's own engines run")
    for name in names:
        arena.convert(CONTENDERS[name])
    if "speed" in chosen:
        parts.speed(arena, names, options.rounds, options.add)
    if "joining" in chosen:
        parts.joining(arena, options.rounds)
    if "quality" in chosen and options.triples and options.triples.exists():
        parts.quality(arena, names, json.loads(options.triples.read_text(encoding="utf-8")))
    elif "quality" in chosen:
        print("without --triples there is no chrF++; the sentences are not part of the repository")


if __name__ == "__main__":
    main()
