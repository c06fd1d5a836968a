"""What is measured: speed, quality, what rows that join cost; each is kept in the file of results as it is found."""

import random
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import direct
import results
import sacrebleu
import texts
from contenders import CONTENDERS, Arena

FILE = results.FOLDER / "shootout.json"
ROWS = (1, 8, 32, 64)
SENTENCES = 64
TRIALS, QUIET_CORES = 3, 0.1
LINES, LINES_ROWS = 200, 32
DIRECTIONS = ("en-de", "en-uk", "de-en", "uk-en")
COLUMNS = ("en", "de", "uk")  # of a triple
JOINING, JOINING_ROWS = "ONNX Runtime dynamic int8", 16


def found(part: str) -> dict[str, Any]:
    """What there is of a part."""
    known: dict[str, Any] = results.load(FILE).get(part, {}).get("found", {})
    return known


def speed(arena: Arena, names: Sequence[str], rounds: int, add: bool) -> None:
    """{engine: {"model", "versions", "date": of the last round, "runs": {rows: [a measurement of each round]}}}

    A measurement is {"speed", "load", "memory", "others"} of measure.py.
    """
    sentences = texts.english()[:SENTENCES]
    for i in range(rounds):
        for name in random.sample(names, len(names)):
            old = found("speed").get(name, {}) if add or i else {}
            runs = old.get("runs", {str(rows): [] for rows in ROWS})
            for rows in ROWS:
                chosen = sentences if rows > 1 else sorted(sentences, key=len)[::8]
                prompts = [arena.codec.encode(s, "en", "de") for s in chosen]
                one = undisturbed(arena, name, prompts, rows)
                runs[str(rows)].append({key: one[key] for key in ("speed", "load", "memory", "others")})
            date = datetime.now(UTC).isoformat(timespec="minutes")
            new = {"model": arena.model, "versions": one["versions"], "date": date, "runs": runs}
            results.keep("speed", found("speed") | {name: new}, FILE)


def undisturbed(arena: Arena, name: str, prompts: Sequence[Sequence[int]], rows: int) -> dict[str, Any]:
    """What measure.py answers, at the first of a few trials that other processes leave alone, else at the last."""
    for _ in range(TRIALS):
        one = arena.measure(CONTENDERS[name], prompts, rows)
        if one["others"] < QUIET_CORES:
            break
    return one


def quality(arena: Arena, names: Sequence[str], triples: Sequence[Sequence[str]]) -> None:
    """{engine: {direction: chrF++}} of the first [english, german, ukrainian] triples."""
    triples = triples[:LINES]
    pairs = [tuple(direction.split("-")) for direction in DIRECTIONS]
    asked = [(source, target, triple) for source, target in pairs for triple in triples]
    prompts = [arena.codec.encode(triple[COLUMNS.index(source)], source, target) for source, target, triple in asked]
    for name in names:
        answers = [arena.codec.decode(t) for t in arena.measure(CONTENDERS[name], prompts, LINES_ROWS)["tokens"]]
        scores = {}
        for i, (source, target) in enumerate(pairs):
            some = answers[i * len(triples) : (i + 1) * len(triples)]
            references = [triple[COLUMNS.index(target)] for triple in triples]
            scores[f"{source}-{target}"] = sacrebleu.corpus_chrf(some, [references], word_order=2).score
        results.keep("quality", found("quality") | {name: scores}, FILE)


def joining(arena: Arena, rounds: int) -> None:
    """Medians of what joining.py answers, and the "engine": polygist's default one with rows that join."""
    sentences = texts.english()[:SENTENCES]
    prompts = [arena.codec.encode(s, "en", "de") for s in sentences]
    runs = []
    for _ in range(rounds):
        run = arena.measure(CONTENDERS[JOINING], prompts, JOINING_ROWS, "joining.py")
        runs.append(run | {"engine": direct.run(f"offline {JOINING_ROWS}", sentences)["speed"]})
    results.keep("joining", {key: statistics.median(run[key] for run in runs) for key in runs[0]}, FILE)
