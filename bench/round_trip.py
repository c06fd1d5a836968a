"""Would a translation back into the source's language tell how good a translation is, beyond what estimates rest on?

    python bench/round_trip.py FLORES.json [--directions en-de,uk-en] [--lines 200]

FLORES.json is as for bench/estimates.py. Lines are translated once and back once. The estimate's straight line is
fitted on the odd lines with and without the chrF++ of the way back against the source, and measured on the even ones.
Directions are kept in bench/results/round_trip.json one by one; without --directions what is there is shown again.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from estimates import LANGUAGES, SCORE, Observer, show
from numpy.typing import NDArray
from rich.console import Console
from scipy import stats

from polygist.translate.estimate import Source, evidence

RESULTS = Path(__file__).parent / "results" / "round_trip.json"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("triples", type=Path)
    arguments.add_argument("--directions", default="")
    arguments.add_argument("--lines", type=int, default=200)
    options = arguments.parse_args()
    if not options.triples.exists():
        raise SystemExit(f"{options.triples} is not there; the evaluation text is not part of the repository")
    rows = json.loads(options.triples.read_text(encoding="utf-8"))[: options.lines]
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    wanted = options.directions.split(",") if options.directions else []
    observer = Observer() if wanted else None
    for direction in wanted:
        found[direction] = measured(*observed(observer, direction, rows)) if observer else {}
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show(Console(width=120), "the way back", [{"direction": d, **figures} for d, figures in found.items()])


def observed(
    observer: Observer, direction: str, rows: list[list[str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each line what its estimate rests on, the chrF++ of the way back, and that of the translation (0 to 1)."""
    source, target = direction.split("-")
    texts = [row[LANGUAGES.index(source)] for row in rows]
    made = list(observer.translated("once", texts, source, target))
    again = list(observer.translated("once", [m.text for m in made], target, source))
    known = [evidence(Source(text, observer.count(text)), m) for text, m in zip(texts, made, strict=True)]
    back = [SCORE.sentence_score(a.text, [text]).score / 100 for text, a in zip(texts, again, strict=True)]
    scores = [
        SCORE.sentence_score(m.text, [row[LANGUAGES.index(target)]]).score / 100
        for row, m in zip(rows, made, strict=True)
    ]
    return np.array(known), np.array(back), np.array(scores)


def measured(known: NDArray[np.float64], back: NDArray[np.float64], scores: NDArray[np.float64]) -> dict[str, float]:
    """Pearson correlations with chrF++ on the even lines."""
    ones = np.ones((len(scores), 1))
    without, beyond = np.hstack([ones, known]), np.hstack([ones, known, back[:, None]])
    return {
        "lines": len(scores[::2]),
        "the way back alone": stats.pearsonr(back[::2], scores[::2])[0],
        "estimate": _fitted(without, scores),
        "estimate with the way back": _fitted(beyond, scores),
    }


def _fitted(columns: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    solved = np.linalg.lstsq(columns[1::2], scores[1::2], rcond=None)[0]
    return float(stats.pearsonr(columns[::2] @ solved, scores[::2])[0])


if __name__ == "__main__":
    main()
