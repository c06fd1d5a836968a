"""Seconds of processor time for an article of 100,000 words: `python bench/faithfulness/speed.py [--data FOLDER]`.

The articles of a language in summaries.jsonl.gz, one after the other, and once again from the start where they are too
few. The dictionary is loaded before; its memory of words seen is not emptied.
"""

import argparse
import gzip
import json
import time
from itertools import cycle, islice
from pathlib import Path

from polygist.document.parse import parse
from polygist.summarize.faithfulness import Evidence

WORDS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    path = parser.parse_args().data / "summaries.jsonl.gz"
    if not path.is_file():
        raise SystemExit(f"{path} is not there; the articles are not part of the repository")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for language in ("en", "de", "uk"):
        texts = [row["text"] for row in rows if row["lang"] == language]
        Evidence(parse(texts[0], language)).support(texts[0][:100])
        article = parse(long(texts), language)
        started = time.process_time()
        evidence = Evidence(article)
        read = time.process_time()
        sentences = article.sentences[:100]
        for sentence in sentences:
            evidence.support("Yesterday " + sentence.text)
        single = (time.process_time() - read) / len(sentences)
        started_long = time.process_time()
        evidence.support(" ".join(article.text.split()[:10_000]))
        whole = time.process_time() - started_long
        print(
            f"{language}: article read in {read - started:.2f} s, a sentence {1000 * single:.1f} ms, "
            f"a statement of 10,000 words {whole:.2f} s"
        )


def long(texts: list[str]) -> str:
    """So many paragraphs that they have WORDS words."""
    words: list[str] = []
    paragraphs: list[str] = []
    for paragraph in islice(cycle(p for text in texts for p in text.splitlines()), 1_000_000):
        if len(words) >= WORDS:
            break
        paragraphs.append(paragraph)
        words += paragraph.split()
    return "\n\n".join(paragraphs)


if __name__ == "__main__":
    main()
