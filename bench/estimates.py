"""How right the estimates of quality are, and their calibration: what a translation is expected to score in chrF++, and
what it scores.

    python bench/estimates.py FLORES.json --observe en-de,en-uk --lines 500 --best-lines 80
    python bench/estimates.py FLORES.json

FLORES.json holds [english, german, ukrainian] sentences, such as FLORES-200 devtest; it is not part of the repository.
The first command translates lines and adds what it sees to build/estimates.json; pairs without a model go through
English. The second one fits the calibration on the odd lines, measures it on the even ones, prints the tables for the
model's card, and keeps the figures in bench/results/estimates.json.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import sacrebleu
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from polygist.engines.base import Decoding, Engine, Hypothesis, generate
from polygist.engines.batching import Bounds
from polygist.engines.cores import available
from polygist.engines.devices import Seat
from polygist.engines.loading import candidates, decoding, load_engine
from polygist.settings import load
from polygist.store import installed
from polygist.store.cards import Calibration
from polygist.translate.candidates import Candidate, agreed, judged
from polygist.translate.chains import through
from polygist.translate.codecs import Codec, codec_of
from polygist.translate.estimate import Source, evidence

OBSERVED = Path("build/estimates.json")
RESULTS = Path(__file__).parent / "results" / "estimates.json"
LANGUAGES = ("en", "de", "uk")
PIVOT = "en"
ROWS = 32
DOCUMENT = 5  # lines that are taken for a document
GROUPS = 5

SCORE = sacrebleu.CHRF(word_order=2)


@dataclass(frozen=True)
class Observation:
    """A translated line: what its estimate rests on, for each model that it passed through, and its chrF++ (0 to 1)."""

    direction: str
    kind: str
    line: int
    evidence: list[list[float]]
    length: int
    score: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("triples", type=Path)
    arguments.add_argument("--observe", default="", help="directions to translate")
    arguments.add_argument("--lines", type=int, default=500)
    arguments.add_argument("--best-lines", type=int, default=80)
    options = arguments.parse_args()
    if not options.triples.exists():
        raise SystemExit(f"{options.triples} is not there; the evaluation text is not part of the repository")
    rows = json.loads(options.triples.read_text(encoding="utf-8"))
    known = [Observation(**seen) for seen in json.loads(OBSERVED.read_text())] if OBSERVED.exists() else []
    if options.observe:
        new = [seen for d in options.observe.split(",") for seen in Observer().observe(d, rows, options)]
        renewed = {(seen.direction, seen.kind) for seen in new}
        known = [seen for seen in known if (seen.direction, seen.kind) not in renewed] + new
        OBSERVED.parent.mkdir(exist_ok=True)
        OBSERVED.write_text(json.dumps([asdict(seen) for seen in known]))
    else:
        report(known)


class Observer:
    """Translates lines with the model of the profile."""

    def __init__(self) -> None:
        settings = load()
        self._card, built = installed.translation(settings)[0]
        bounds = Bounds(ROWS, settings.max_batch_tokens)
        self._engine: Engine = load_engine(built, self._card, settings.engine, Seat(available()), bounds)
        self._codec: Codec = codec_of(self._card, built)

    def observe(self, direction: str, rows: Sequence[list[str]], options: argparse.Namespace) -> Iterator[Observation]:
        """Lines translated once, and fewer of them as the best of many; through PIVOT where there is no model."""
        source, target = direction.split("-")
        direct = (source, target) in self._card.directions
        path = [(source, target)] if direct else [(source, PIVOT), (PIVOT, target)]
        for kind, lines in (("once", options.lines), ("best", options.best_lines if direct else 0)):
            texts = [row[LANGUAGES.index(source)] for row in rows[:lines]]
            lengths, found = [len(t) for t in texts], [[] for _ in texts]
            for leg in path if lines else ():
                made = list(self.translated(kind, texts, *leg))
                for text, before, chosen in zip(texts, found, made, strict=True):
                    before.append(list(evidence(Source(text, self.count(text)), chosen)))
                texts = [chosen.text for chosen in made]
            for line, (text, seen, length) in enumerate(zip(texts, found, lengths, strict=True)):
                score = SCORE.sentence_score(text, [rows[line][LANGUAGES.index(target)]]).score / 100
                yield Observation(direction, kind, line, seen, length, score)

    def translated(self, kind: str, texts: Sequence[str], source: str, target: str) -> Iterator[Candidate]:
        """Texts by a direct model, `kind` "once" or "best"."""
        ways = candidates(self._card) if kind == "best" else (decoding(self._card.decoding),)
        made = [self._decoded(texts, source, target, how) for how in ways]
        for text, answers in zip(texts, zip(*made, strict=True), strict=True):
            every = [hypothesis for answer in answers for hypothesis in (answer, *answer.others)]
            yield agreed([judged(hypothesis, text, self._codec, source, target) for hypothesis in every])

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return self._codec.count(text)

    def _decoded(self, texts: Sequence[str], source: str, target: str, how: Decoding) -> list[Hypothesis]:
        prompts = [self._codec.encode(text, source, target).ids for text in texts]
        return generate(self._engine, prompts, [self._codec.max_new_tokens(len(p)) for p in prompts], how)


def report(observed: Sequence[Observation]) -> None:
    """Fit and measure; figures and the card's table on the terminal, figures in RESULTS."""
    console = Console(width=120)
    direct = [o for o in observed if len(o.evidence) == 1]
    calibration = fit([o for o in direct if o.kind == "once" and o.line % 2])
    console.print(asdict(calibration))
    held_out = [(o, estimated(calibration, o)) for o in observed if o.line % 2 == 0]
    kinds = {
        "translated once": [(o, e) for o, e in held_out if o.kind == "once" and len(o.evidence) == 1],
        "best of many": [(o, e) for o, e in held_out if o.kind == "best"],
        "through English": [(o, e) for o, e in held_out if len(o.evidence) > 1],
    }
    results = {
        kind: {"directions": measured(pairs), "calibration": calibrated(pairs)}
        for kind, pairs in kinds.items()
        if pairs
    }
    for kind, found in results.items():
        show(console, kind, found["directions"])
        show(console, f"{kind}: fifths by estimate", found["calibration"])
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def fit(observed: Sequence[Observation]) -> Calibration:
    """Least squares with slopes that all directions share and a constant for each."""
    directions = sorted({o.direction for o in observed})
    shared = np.array([o.evidence[0] for o in observed])
    own = np.array([[float(o.direction == d) for d in directions] for o in observed])
    solved = np.linalg.lstsq(np.hstack([own, shared]), np.array([o.score for o in observed]), rcond=None)[0]
    found = solved.round(3).tolist()
    return Calibration(dict(zip(directions, found, strict=False)), *found[len(directions) :])


def estimated(calibration: Calibration, seen: Observation) -> float:
    """What the service says of a line, by way of the pivot where there is one."""
    source, target = seen.direction.split("-")
    path = [seen.direction] if len(seen.evidence) == 1 else [f"{source}-{PIVOT}", f"{PIVOT}-{target}"]
    legs = [
        min(1.0, max(0.0, calibration.constants[leg] + float(np.dot(calibration.slopes, pieces))))
        for leg, pieces in zip(path, seen.evidence, strict=True)
    ]
    return reduce(through, legs)


Pairs = Sequence[tuple[Observation, float]]


def measured(pairs: Pairs) -> list[dict[str, object]]:
    """Each direction's means and correlations; that of documents of DOCUMENT lines is Pearson's."""
    by_direction: dict[str, list[tuple[Observation, float]]] = defaultdict(list)
    for pair in pairs:
        by_direction[pair[0].direction].append(pair)
    return [{"direction": direction, **figures(some)} for direction, some in by_direction.items()]


def figures(pairs: Pairs) -> dict[str, float]:
    estimates, scores = np.array([e for _, e in pairs]), np.array([o.score for o, _ in pairs])
    return {
        "lines": len(pairs),
        "chrF++": scores.mean(),
        "estimate": estimates.mean(),
        "off by": np.abs(estimates - scores).mean(),
        "the mean is off by": np.abs(scores - scores.mean()).mean(),
        "Pearson": stats.pearsonr(estimates, scores)[0],
        "Spearman": stats.spearmanr(estimates, scores)[0],
        "Kendall": stats.kendalltau(estimates, scores)[0],
        "documents": stats.pearsonr(*documents(pairs))[0],
    }


def documents(pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means by length of estimates and of scores, of each DOCUMENT lines in turn."""
    whole = [pairs[i : i + DOCUMENT] for i in range(0, len(pairs) - DOCUMENT + 1, DOCUMENT)]
    lengths = [np.array([o.length for o, _ in some]) for some in whole]
    estimates = [np.average([e for _, e in some], weights=w) for some, w in zip(whole, lengths, strict=True)]
    scores = [np.average([o.score for o, _ in some], weights=w) for some, w in zip(whole, lengths, strict=True)]
    return np.array(estimates), np.array(scores)


def calibrated(pairs: Pairs) -> list[dict[str, object]]:
    """Lines of all directions in GROUPS of the same size by their estimate: what they score."""
    ordered = sorted(pairs, key=lambda pair: pair[1])
    groups = np.array_split(np.arange(len(ordered)), GROUPS)
    return [
        {
            "estimates": f"{ordered[g[0]][1]:.2f} to {ordered[g[-1]][1]:.2f}",
            "lines": len(g),
            "estimate": float(np.mean([ordered[i][1] for i in g])),
            "chrF++": float(np.mean([ordered[i][0].score for i in g])),
        }
        for g in groups
        if len(g)
    ]


def show(console: Console, title: str, rows: Iterable[dict[str, object]]) -> None:
    found = list(rows)
    if not found:
        return
    table = Table(*found[0], title=title)
    for row in found:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
    console.print(table)


if __name__ == "__main__":
    main()
