"""The texts that are sent: what this repository has of English, and articles made of it."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seeds" / "000_4b4fb2adb7c2316e.txt"


def english() -> list[str]:
    """English sentences of this repository's articles and test cases, shuffled, none twice."""
    from polygist.document.segments import sentences

    files = [SEED, *sorted((ROOT / "tests/data/articles").glob("en.*.txt"))]
    texts = [f.read_text(encoding="utf-8") for f in files]
    for name in ("sentences.jsonl", "sentences-heldout.jsonl"):
        for line in (ROOT / "bench/data" / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            texts += case["sentences"] if case["lang"] == "en" else []
    for line in (ROOT / "bench/data/languages.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        texts += [case["text"]] if case["lang"] == "en" and case["length"] in ("sentence", "paragraph") else []
    found = {" ".join(t[a:b].split()) for t in texts for a, b in sentences(t, "en")}
    usable = sorted(s for s in found if 20 <= len(s) <= 250)
    random.Random(1).shuffle(usable)
    return usable


def twice() -> list[str]:
    """The sentences, and each once more behind a number, so that a run is long beside its beginning and its end."""
    known = english()
    return known + [f"{n} people heard: {sentence}" for n, sentence in enumerate(known, 1000)]


def short(i: int) -> str:
    """A short sentence that differs from others early, so that little of it is in an engine's cache of prefixes."""
    return f"{i} visitors came to the museum on Sunday."


def articles(sentences: int, seed: int) -> Iterator[str]:
    """Articles without end: so many sentences below a title, each with a number of its own, none twice."""
    pick, known = random.Random(seed), english()
    number = 10_000_000 * seed
    while True:
        chosen = []
        for sentence in pick.sample(known, sentences):
            number += 1
            chosen.append(f"{number} people heard: {sentence}")
        yield f"Report number {number}\n\n" + " ".join(chosen)
