"""What the goldens of tests/data/pages hold; `python -m tests.unit.document.page_goldens` writes them anew."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from polygist.document import page
from polygist.document.parse import parse

FOLDER = Path(__file__).parents[2] / "data" / "pages"
PATHS = sorted(FOLDER.glob("*.html"))


def record(path: Path) -> dict[str, Any]:
    """The article that is found on a page, line by line, and what `parse` sees in it."""
    found = page.read(path.read_text(encoding="utf-8"))
    blocks = parse(found.body, path.name.split(".")[0]).blocks
    return {
        **asdict(found),
        "authors": list(found.authors),
        "body": found.body.split("\n"),
        "blocks": [[b.kind.name, len(b.sentences), found.body[b.span.start : b.span.end][:30]] for b in blocks],
    }


def main() -> None:
    """Write every golden."""
    for path in PATHS:
        written = json.dumps(record(path), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
