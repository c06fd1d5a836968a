"""How far the support of a statement can be trusted: human labels, and damage done by rule in three languages.

    python bench/faithfulness [--data FOLDER] [--fit] [--examples N] [--save]

FOLDER (../shared/data) holds faithfulness.jsonl.gz (`document`, `summary_sentence`, `label`, `d`) and
summaries.jsonl.gz (`lang`, `text`, `summary`, `d`); they are not part of the repository, and what needs a missing one
is left out. Documents are halved by checksum: --fit fits the weights on the even half and prints them, all figures are
those of the odd half. A text of several sentences is as well supported as its worst one.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cases import LANGUAGES, Case, Judged, damaged, judged, labelled, summaries
from damage import DAMAGE
from fit import fitted
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rivals import RIVALS
from sklearn.metrics import roc_auc_score

from polygist.summarize.faithfulness import THRESHOLD

RESULTS = Path(__file__).parent.parent / "results" / "faithfulness.json"


def main() -> None:
    options = arguments()
    console = Console(width=140)
    labels, texts = options.data / "faithfulness.jsonl.gz", options.data / "summaries.jsonl.gz"
    for path in (labels, texts):
        if not path.is_file():
            console.print(f"{path} is not there: what needs it is left out")
    human = judge(labelled(labels), "human labels") if labels.is_file() else []
    if options.fit and texts.is_file():
        even = judge(damaged(texts, "even"), "damage, even half")
        base, signs = fitted([j for j in (*human, *even) if j.case.half == "even"])
        console.print(f"base = {base}", *(f"{name} = {value}" for name, value in signs._asdict().items()), sep="\n")
    odd = [j for j in human if j.case.half == "odd"]
    made = judge((*damaged(texts, "odd"), *summaries(texts, "odd")), "damage") if texts.is_file() else []
    result = {"threshold": THRESHOLD, "labels": by_set(human), "below_threshold": by_change(made)}
    show(console, result)
    for found in (odd, made):
        examples(console, found, options.examples)
    if options.save:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fit", action="store_true", help="fit the weights on the even half and print them")
    parser.add_argument("--examples", type=int, default=0, help="print so many misses and false alarms of each part")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    return parser.parse_args()


def judge(cases: Iterable[Case], title: str) -> list[Judged]:
    return [judged(case) for case in track(list(cases), description=title)]


def by_set(human: Sequence[Judged]) -> dict[str, Any]:
    """For each data set figures of the odd half, in percent; `tuned` has the set's own best threshold of the even half.

    Sets with one label only have nothing but the share below the threshold.
    """
    found: dict[str, Any] = {}
    for name in sorted({j.case.kind for j in human}):
        halves = {h: [j for j in human if j.case.kind == name and j.case.half == h] for h in ("even", "odd")}
        odd, even = halves["odd"], halves["even"]
        if not odd:
            continue
        truth = np.array([j.case.supported for j in odd])
        scores = np.array([j.score for j in odd])
        row: dict[str, Any] = {"statements": len(odd), "supported": int(truth.sum())}
        if 0 < truth.sum() < len(truth):
            tuned = best_threshold([j.score for j in even], [j.case.supported for j in even])
            row |= {
                "auc": percent(roc_auc_score(truth, scores)),
                "balanced_accuracy": percent(balanced(scores, truth, THRESHOLD)),
                "tuned": percent(balanced(scores, truth, tuned)),
                "rivals": {
                    title: percent(roc_auc_score(truth, [rival(j.case) for j in odd]))
                    for title, rival in RIVALS.items()
                },
            }
        row["below_threshold"] = percent(float(np.mean(scores < THRESHOLD)))
        found[name] = row
    return found


def by_change(made: Sequence[Judged]) -> dict[str, Any]:
    """For each kind of change and language: how many statements, and the share below the threshold in percent."""
    found: dict[str, Any] = {}
    for kind in dict.fromkeys((*DAMAGE, *(j.case.kind for j in made))):
        found[kind] = {}
        for language in LANGUAGES:
            scores = [j.score for j in made if j.case.kind == kind and j.case.language == language]
            if scores:
                below = percent(float(np.mean([s < THRESHOLD for s in scores])))
                found[kind][language] = {"statements": len(scores), "below": below, "mean": round(np.mean(scores), 2)}
    return found


def best_threshold(scores: Sequence[float], truth: Sequence[bool]) -> float:
    return max(sorted(set(scores)), key=lambda t: balanced(np.array(scores), np.array(truth), t), default=THRESHOLD)


def balanced(scores: np.ndarray, truth: np.ndarray, threshold: float) -> float:
    """Mean of the shares of supported statements at or above the threshold and of others below it."""
    return float((np.mean(scores[truth] >= threshold) + np.mean(scores[~truth] < threshold)) / 2)


def percent(share: float) -> float:
    return round(100 * float(share), 1)


def show(console: Console, result: dict[str, Any]) -> None:
    table = Table("data set", "n", "AUC", "balanced", "tuned", *RIVALS, "below", title="human labels, odd half")
    for name, row in result["labels"].items():
        parts = [row.get(key, "-") for key in ("statements", "auc", "balanced_accuracy", "tuned")]
        rivals = [row.get("rivals", {}).get(title, "-") for title in RIVALS]
        table.add_row(name, *map(str, (*parts, *rivals, row["below_threshold"])))
    console.print(table)
    table = Table("change", *LANGUAGES, title="share below the threshold (n)")
    for kind, row in result["below_threshold"].items():
        cells = (row.get(language) for language in LANGUAGES)
        table.add_row(kind, *(f"{c['below']} ({c['statements']})" if c else "-" for c in cells))
    console.print(table)


def examples(console: Console, found: Sequence[Judged], count: int) -> None:
    """Statements without support that pass, and supported ones that do not, evenly taken."""
    for title, wrong in {
        "MISSED": [j for j in found if not j.case.supported and j.score >= THRESHOLD],
        "FALSE ALARM": [j for j in found if j.case.supported and j.score < THRESHOLD],
    }.items():
        step = max(len(wrong) // count, 1) if count else 1
        for j in wrong[::step][:count]:
            held = [j.case.evidence.support(piece) for piece in j.case.pieces]
            worst = min(held, key=lambda s: s.score)
            source = " | ".join(j.case.document[s.start : s.end] for s in worst.spans)
            console.print(f"{title} {j.case.kind} {j.case.language} {worst.score:.2f} {worst.doubts}", markup=False)
            console.print(f"  {j.case.statement}\n  < {source}\n", markup=False)


if __name__ == "__main__":
    main()
