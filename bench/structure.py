"""Precision, recall and F1 of quotes, speakers, names, figures and dates on tests/data/structure, by language.

python bench/structure.py [--errors]
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.unit.summarize.structure_labels import KINDS, PATHS, errors, found, labelled, load

LANGUAGES = ("en", "de", "uk", "all")


def main() -> None:
    """Print the table as Markdown; with --errors also what is missed and wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true")
    if parser.parse_args().errors:
        for path in PATHS:
            print(path.stem)
            for side, kinds in errors(path).items():
                for kind, items in kinds.items():
                    print(f"  {side} {kind}: {items}")
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for path in PATHS:
        data = load(path)
        right, here = labelled(data), found(path, data["text"])
        for kind in KINDS:
            hits = (right[kind] & here[kind]).total()
            for language in (path.name.split(".")[0], "all"):
                counts[kind, language].update(hits=hits, right=right[kind].total(), found=here[kind].total())
    print("| kind |", " | ".join(f"{lang} P / R / F1" for lang in LANGUAGES), "|")
    print("| --- |" + " --- |" * len(LANGUAGES))
    for kind in KINDS:
        print(
            f"| {kind} ({counts[kind, 'all']['right']}) |", " | ".join(_row(counts[kind, la]) for la in LANGUAGES), "|"
        )


def _row(count: Counter[str]) -> str:
    precision, recall = (100 * count["hits"] / max(1, count[side]) for side in ("found", "right"))
    return f"{precision:.0f} / {recall:.0f} / {2 * precision * recall / max(1e-9, precision + recall):.0f}"


if __name__ == "__main__":
    main()
