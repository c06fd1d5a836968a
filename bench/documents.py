"""How long the document model takes: `python bench/documents.py`. Articles of tests/data, one after the other."""

import time
from itertools import cycle
from pathlib import Path

from polygist.document.parse import parse

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "articles"


def text(language: str, words: int) -> str:
    """Articles of a language up to a number of words."""
    parts: list[str] = []
    count = 0
    for path in cycle(sorted(FOLDER.glob(f"{language}.*.txt"))):
        if count >= words:
            return "\n\n".join(parts)
        parts.append(path.read_text(encoding="utf-8"))
        count += len(parts[-1].split())
    raise AssertionError("no articles")


def main() -> None:
    """The median of three, in milliseconds of processor time, which other work on the machine does not add to."""
    print("| language | 1,000 words | 10,000 | 100,000 |\n|---|---:|---:|---:|")
    for language in ("en", "de", "uk"):
        row = []
        for words in (1_000, 10_000, 100_000):
            article, times = text(language, words), []
            for _ in range(3):
                start = time.process_time()
                parse(article, language)
                times.append(time.process_time() - start)
            row.append(f"{sorted(times)[1] * 1000:,.0f}")
        print(f"| {language} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
