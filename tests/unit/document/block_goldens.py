"""What the goldens of tests/data/articles/blocks hold; `python -m tests.unit.document.block_goldens` writes them."""

import json
from pathlib import Path

from polygist.document.parse import parse

FOLDER = Path(__file__).parents[2] / "data" / "articles" / "blocks"
PATHS = sorted(FOLDER.glob("*.txt"))
_SHOWN = 60


def record(path: Path) -> list[list[str]]:
    """The blocks of an article in order: the kind, then the beginning of each sentence."""
    text = path.read_bytes().decode("utf-8")  # line ends stay as they are
    blocks = parse(text, path.name.split(".")[0]).blocks
    return [[b.kind.name, *(text[s.start : s.end][:_SHOWN] for s in b.sentences)] for b in blocks]


def main() -> None:
    """Write every golden, a block a line."""
    for path in PATHS:
        lines = ",\n".join(json.dumps(block, ensure_ascii=False) for block in record(path))
        path.with_suffix(".json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
