"""Extractive summaries against references, beside other libraries; `make eval-summary` runs it.

    python bench/summaries [--data FILE] [--articles 200] [--part b] [--rivals PYTHON] [--draw]

Every method picks three sentences of each article, which are compared with its summary (its title where it has none) by
ROUGE F1 over Unicode words, with bootstrap intervals. The articles lie in ../shared/data and are not part of the
repository; where they are absent twelve of tests/data with summaries in bench/data stand in. PYTHON has
bench/summaries/requirements.txt; without it the other libraries are left out. Results go to
bench/results/summaries.json; --draw shows and draws them again.
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import cases
import methods
import scores
import show
from rich.progress import track

RESULTS = cases.BENCH / "results" / "summaries.json"
_RIVALS = Path(__file__).with_name("rivals.py")
Picked = dict[str, list[list[methods.Pick] | None]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=cases.SHARED)
    arguments.add_argument("--articles", type=int, default=200, help="articles a language")
    arguments.add_argument(
        "--part", choices=("a", "b", "all"), default="b", help="half of the articles; a is for tuning"
    )
    arguments.add_argument("--rivals", help="a Python that has sumy and summa")
    arguments.add_argument("--draw", action="store_true", help="only show and draw the results there are")
    options = arguments.parse_args()
    if options.draw:
        show.everything(json.loads(RESULTS.read_text(encoding="utf-8")))
        return
    found, kept = _measure(options)
    if kept:
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    show.everything(found, draw=kept)


def _measure(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """The results, and whether they are worth keeping: those of the small set are not."""
    kept = options.data.is_file()
    if kept:
        articles = cases.load(options.data, options.articles, options.part)
    else:
        show.console.print(f"{options.data} is not there: the small set of the repository, too small to mean much.")
        articles = cases.small()
    picked = _own(articles) | (_rivals(options.rivals, articles) if options.rivals else {})
    counts = {la: sum(c.language == la for c in articles) for la in cases.LANGUAGES}
    return {"part": options.part, "articles": counts, "methods": scores.table(articles, picked, methods.DEFAULT)}, kept


def _own(articles: list[cases.Case]) -> Picked:
    return {name: [method(c) for c in articles] for name, method in track(methods.own().items(), "rankers")}


def _rivals(python: str, articles: list[cases.Case]) -> Picked:
    rows = [{"language": c.language, "sentences": [s.text for s in c.article.sentences]} for c in articles]
    answers = subprocess.run(
        [python, str(_RIVALS)], input="\n".join(map(json.dumps, rows)), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found: Picked = {}
    for k, (case, answer) in enumerate(zip(articles, map(json.loads, answers), strict=True)):
        for name, positions in answer.items():
            found.setdefault(name, [None] * len(articles))[k] = methods.picks(case, positions)
    return found


if __name__ == "__main__":
    main()
