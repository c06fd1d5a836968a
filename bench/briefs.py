"""Briefs of the stories under tests/data/stories, and of articles that have nothing to do with each other.

    python bench/briefs.py
    python bench/briefs.py --unrelated ../shared/data/summaries.jsonl.gz --language de --seed 1

The first prints, for each story, how many of the planted contradictions, agreements and points of one source alone are
found, and how many contradictions are found that nobody planted. The second makes a brief of 50 articles drawn at
random: every contradiction in it is a false one.
"""

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from polygist.summarize.brief.compose import brief

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.unit.summarize.brief.stories import (
    LONG,
    NAMES,
    agrees,
    contradictions,
    document,
    is_unique,
    load,
    made,
    wanted,
)

_ARTICLES = 50


def stories() -> None:
    """Counts for each story and in all."""
    total: Counter[str] = Counter()
    for name in NAMES:
        story = load(name)
        found = made(story)
        values = contradictions(found)
        planted = {k: story[k] + story[f"missed_{k}"] for k in ("contradictions", "agreements", "unique")}
        count = Counter(
            {
                "contradictions": len(values & wanted(planted["contradictions"])),
                "of": len(planted["contradictions"]),
                "false": len(values - wanted(planted["contradictions"])),
                "agreements": sum(agrees(found, story, e) for e in planted["agreements"]),
                "of agreements": len(planted["agreements"]),
                "unique": sum(is_unique(found, e) for e in planted["unique"]),
                "of unique": len(planted["unique"]),
            }
        )
        total += count
        print(f"{name:12} {_row(count)}")
    print(f"{'all':12} {_row(total)}")


def _row(count: Counter[str]) -> str:
    return (
        f"contradictions {count['contradictions']}/{count['of']}, false {count['false']}; "
        f"agreements {count['agreements']}/{count['of agreements']}; unique {count['unique']}/{count['of unique']}"
    )


def unrelated(path: Path, language: str, seed: int) -> None:
    """Contradictions and agreements of articles drawn at random, and the time."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [row["text"] for row in map(json.loads, lines) if row["lang"] == language]
    drawn = random.Random(seed).sample(texts, min(_ARTICLES, len(texts)))
    documents = [document(text, language) for text in drawn]
    begun = time.process_time()
    found = brief(documents, language, LONG)
    seconds = time.process_time() - begun
    points, sentences = sum(map(len, drawn)), sum(len(d.article.sentences) for d in documents)
    print(f"{len(drawn)} articles, {points:,} code points, {sentences:,} sentences, {seconds:.1f} s of a core")
    print(f"{len(found.contradictions)} contradictions, {len(found.agreements)} agreements")
    for contradiction in found.contradictions:
        print("  ", " / ".join(f"{c.figure.text}: {c.text[:100]}" for c in contradiction.claims))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unrelated", type=Path, metavar="FILE", help="summaries.jsonl.gz")
    parser.add_argument("--language", default="en")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.unrelated:
        unrelated(asked.unrelated, asked.language, asked.seed)
    else:
        stories()
