"""What the goldens of tests/data/articles hold; `python tests/unit/summarize/article_goldens.py` writes them anew."""

import json
from pathlib import Path
from typing import Any

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.types import SummaryOptions

ARTICLES = Path(__file__).parents[2] / "data" / "articles"
PATHS = sorted(ARTICLES.glob("*.txt"))


def record(path: Path) -> dict[str, Any]:
    """Everything that is found in an article, in plain data."""
    text = path.read_text(encoding="utf-8")
    article = parse(text, path.name.split(".")[0])
    summary = summarize(article, SummaryOptions())
    return {
        "title": article.title,
        "headings": [s.heading for s in article.sections],
        "blocks": [[b.kind.name, len(b.sentences), text[b.span.start : b.span.end][:40]] for b in article.blocks],
        "headline": summary.headline,
        "lead": summary.lead,
        "key_points": [[p.section, p.text] for p in summary.key_points],
        "sections": [[s.heading, s.summary] for s in summary.sections],
        "quotes": [[q.speaker, q.text] for q in summary.quotes],
        "mentions": [[m.name, len(m.spans), m.kind.name] for m in summary.mentions],
        "figures": [[f.text, f.kind.name] for f in summary.figures],
    }


def main() -> None:
    """Write every golden."""
    for path in PATHS:
        written = json.dumps(record(path), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
