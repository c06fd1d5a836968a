"""What is measured: speed, quality, what rows that join cost; each is kept in the file of results."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import direct
import results
import sacrebleu
import sets
import texts
from contenders import CONTENDERS, Arena
from progress import Progress
from show import console

FILE = results.FOLDER / "shootout.json"
ROWS = (1, 8, 32, 64)
QUIET_CORES = 0.1
LINES_ROWS = 32
DIRECTIONS = (("en", "de"), ("en", "uk"))
JOINING, JOINING_ROWS = "ONNX Runtime dynamic int8", 16


@dataclass(frozen=True)
class Size:
    """How much is measured: rounds, sentences of which the speed is taken, at most so many trials while other processes
    disturb it, and lines that are scored."""

    rounds: int
    sentences: int
    trials: int
    lines: int


FULL = Size(rounds=3, sentences=64, trials=3, lines=200)
QUICK = Size(rounds=1, sentences=16, trials=1, lines=4)


@dataclass(frozen=True)
class Run:
    """One run: the engines by name, and what it has measured before it was cut short."""

    arena: Arena
    names: Sequence[str]
    size: Size
    progress: Progress

    def find(self, *asked: object, measure: Any) -> Any:
        """What was measured of this model."""
        return self.progress.find([self.arena.model, *asked], measure)


def found(part: str) -> dict[str, Any]:
    """What there is of a part, of engines that still take part."""
    known: dict[str, Any] = results.load(FILE).get(part, {}).get("found", {})
    return {name: value for name, value in known.items() if name in CONTENDERS}


def speed(run: Run) -> dict[str, Any]:
    """{engine: {"model", "versions", "date": of the last round, "runs": {rows: [a measurement of each round]}}}

    A measurement is {"speed", "load", "memory", "others"} of measure.py. The engines take turns.
    """
    sentences = texts.english()[: run.size.sentences]
    new: dict[str, Any] = {}
    for i in range(run.size.rounds):
        for name in random.Random(i).sample(run.names, len(run.names)):
            engine = new.setdefault(name, {"model": run.arena.model, "runs": {}})
            for rows in (n for n in ROWS if n <= len(sentences)):
                chosen = sentences if rows > 1 else sorted(sentences, key=len)[::8]
                prompts = [run.arena.codec.encode(s, "en", "de").ids for s in chosen]
                asked = ("speed", name, rows, len(prompts), i)
                one = run.find(*asked, measure=lambda n=name, p=prompts, r=rows: undisturbed(run, n, p, r))
                console.print(f"{name}, {rows} rows, round {i + 1}: {one['speed']:.0f} tokens/s")
                kept = {key: one[key] for key in ("speed", "load", "memory", "others")}
                engine["runs"].setdefault(str(rows), []).append(kept)
                engine |= {"versions": one["versions"], "date": one["date"]}
    return new


def undisturbed(run: Run, name: str, prompts: Sequence[Sequence[int]], rows: int) -> dict[str, Any]:
    """What measure.py answers, at the first of a few trials that other processes leave alone, else at the last."""
    for _ in range(run.size.trials):
        one = run.arena.measure(CONTENDERS[name], prompts, rows)
        if one["others"] < QUIET_CORES:
            break
    del one["tokens"]
    return one | {"date": datetime.now(UTC).isoformat(timespec="minutes")}


def quality(run: Run) -> dict[str, Any]:
    """{engine: {"set", "lines", "chrf": {direction: chrF++}}} of the first lines of FLORES devtest, where it is there.

    Prompts and length limits are the service's; nothing is decoded a second time.
    """
    test = sets.load("flores")
    rows = test.rows[: run.size.lines]
    if test.small:
        console.print(f"{sets.SHARED} is not there: the small set of bench/data, too small to mean much.")
    new: dict[str, Any] = {}
    for name in run.names:
        scores = {}
        for source, target in DIRECTIONS:
            prompts = [run.arena.codec.encode(row[source], source, target).ids for row in rows]
            answers = run.find(
                *("quality", name, source, target, test.name, len(rows)),
                measure=lambda n=name, p=prompts: run.arena.measure(CONTENDERS[n], p, LINES_ROWS)["tokens"],
            )
            made, references = map(run.arena.codec.decode, answers), [row[target] for row in rows]
            scores[f"{source}-{target}"] = sacrebleu.corpus_chrf(list(made), [references], word_order=2).score
        console.print(f"{name}: " + ", ".join(f"{d} {score:.1f} chrF++" for d, score in scores.items()))
        new[name] = {"set": test.name, "lines": len(rows), "chrf": scores}
    return new


def joining(run: Run) -> dict[str, Any]:
    """Medians of what joining.py answers, and the "engine": polygist's default one with rows that join."""
    sentences = texts.english()[: run.size.sentences]
    prompts = [run.arena.codec.encode(s, "en", "de").ids for s in sentences]

    def measure() -> dict[str, float]:
        one = run.arena.measure(CONTENDERS[JOINING], prompts, JOINING_ROWS, "joining.py")
        return one | {"engine": direct.run(f"offline {JOINING_ROWS}", sentences)["speed"]}

    runs = [run.find("joining", len(prompts), i, measure=measure) for i in range(run.size.rounds)]
    return {key: statistics.median(one[key] for one in runs) for key in runs[0]}


PARTS = {"speed": speed, "quality": quality, "joining": joining}
