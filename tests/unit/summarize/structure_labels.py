"""The hand-labelled articles of tests/data/structure: what is found in them beside what is right.

`python -m tests.unit.summarize.structure_labels` writes the known errors anew (`missed`, `wrong`); the labels are never
written. A quote is right with its text, a speaker with text and name; a name in its nominative, a mention with its
count; a figure by value and unit; a date in ISO 8601.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from polygist.document.parse import parse
from polygist.summarize.figures import figures
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes
from polygist.types import Figure, FigureKind

FOLDER = Path(__file__).parents[2] / "data" / "structure"
PATHS = sorted(FOLDER.glob("*.json"))
KINDS = ("quotes", "speakers", "names", "mentions", "figures", "dates")

Items = Mapping[str, Counter[str]]


def load(path: Path) -> dict[str, Any]:
    """A file: its text, labels, and known errors."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def labelled(data: Mapping[str, Any]) -> Items:
    """The labels by kind, as countable strings."""
    return _items(data["quotes"], data["names"], data["figures"], data["dates"])


def found(path: Path, text: str) -> Items:
    """What polygist finds, by kind, as the labels have it."""
    article = parse(text, path.name.split(".")[0])
    names = mentions(article)
    all_figures = figures(article)
    return _items(
        [(q.speaker, q.text) for q in quotes(article, names)],
        {m.name: len(m.spans) for m in names},
        [_figure(f) for f in all_figures if f.kind is not FigureKind.DATE],
        [f.date for f in all_figures if f.date],
    )


def errors(path: Path) -> dict[str, dict[str, list[str]]]:
    """What is missed and what is wrongly found, by kind."""
    data = load(path)
    right, here = labelled(data), found(path, data["text"])
    return {
        "missed": {k: sorted((right[k] - here[k]).elements()) for k in KINDS if right[k] - here[k]},
        "wrong": {k: sorted((here[k] - right[k]).elements()) for k in KINDS if here[k] - right[k]},
    }


def _items(
    said: Iterable[tuple[str, str]], names: Mapping[str, int], counted: Iterable[str], dates: Iterable[str]
) -> Items:
    said = list(said)
    return {
        "quotes": Counter(text for _, text in said),
        "speakers": Counter(f"{speaker}: {text}" for speaker, text in said),
        "names": Counter(names.keys()),
        "mentions": Counter(names),
        "figures": Counter(counted),
        "dates": Counter(dates),
    }


def _figure(figure: Figure) -> str:
    """A figure as the labels have it: '5000000..7000000 USD', '3 day', and as it stands where it has no value."""
    if figure.value is None:
        return figure.text
    high = "" if figure.high is None else f"..{figure.high:.15g}"
    return f"{figure.value:.15g}{high} {figure.unit}"


def main() -> None:
    """Write the known errors of every article."""
    for path in PATHS:
        data = load(path) | errors(path)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
