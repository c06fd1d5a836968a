"""Compare sentence splitters on the labelled cases of bench/data: `python bench/sentences.py [--markdown]`.

Every installed candidate splits the same texts. A boundary is the number of non-space characters before it, so that
libraries which normalise spaces are judged alike; only boundaries inside a case count (its end is given away).
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from pathlib import Path

from rich.console import Console
from rich.table import Table

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "de", "uk")
PROBE_SECONDS = 20.0
LONG_CHARACTERS = 300_000

Splitter = Callable[[str, str], list[str]]


@dataclass(frozen=True)
class Case:
    language: str
    kind: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass
class Score:
    """Counts of boundaries (true, false, missed) and of cases (right, all)."""

    true: int = 0
    false: int = 0
    missed: int = 0
    right: int = 0
    cases: int = 0

    def add(self, gold: set[int], found: set[int]) -> None:
        self.true += len(gold & found)
        self.false += len(found - gold)
        self.missed += len(gold - found)
        self.right += gold == found
        self.cases += 1

    @property
    def f1(self) -> float:
        total = 2 * self.true + self.false + self.missed
        return 2 * self.true / total if total else 1.0


def _sentencex() -> Splitter:
    import sentencex

    return lambda text, language: list(sentencex.segment(language, text))


def _syntok() -> Splitter:
    from syntok import segmenter
    from syntok.tokenizer import Tokenizer

    tokenizer = Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)
    return lambda text, _: [
        "".join(token.spacing + token.value for token in sentence)
        for sentence in segmenter.split(tokenizer.tokenize(text))
    ]


def _pysbd() -> Splitter:
    import pysbd

    # It has no Ukrainian rules; the Russian ones are the nearest.
    segmenters = {
        ours: pysbd.Segmenter(language=theirs, clean=False)
        for ours, theirs in (("en", "en"), ("de", "de"), ("uk", "ru"))
    }
    return lambda text, language: list(segmenters[language].segment(text))


def _razdel() -> Splitter:
    import razdel

    return lambda text, _: [sentence.text for sentence in razdel.sentenize(text)]


def _blingfire() -> Splitter:
    import blingfire

    return lambda text, _: list(blingfire.text_to_sentences(text).split("\n"))


def _punkt() -> Splitter:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    # The trained models are a download; the bare algorithm is what the package ships.
    tokenizer = PunktSentenceTokenizer()
    return lambda text, _: list(tokenizer.tokenize(text))


def _polygist() -> Splitter:
    from polygist.document.sentences import split

    return lambda text, language: [text[start:end] for start, end in split(text, language)]


CANDIDATES: dict[str, Callable[[], Splitter]] = {
    "polygist": _polygist,
    "sentencex": _sentencex,
    "syntok": _syntok,
    "pysbd": _pysbd,
    "razdel": _razdel,
    "blingfire": _blingfire,
    "nltk": _punkt,
}

HOSTILE: dict[str, Callable[[], str]] = {
    "no space": lambda: "a" * 1_000_000,
    "digits": lambda: "1" * 1_000_000,
    "base64": lambda: base64.b64encode(random.Random(0).randbytes(750_000)).decode(),
    "'a. '": lambda: "a. " * 100_000,
    "'A. B '": lambda: "A. B " * 60_000,
    "open quotes": lambda: "„a “b «c. " * 30_000,
}


def load_cases(name: str) -> list[Case]:
    with (DATA / name).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Case(row["lang"], row["kind"], tuple(row["sentences"])) for row in rows]


def load_parallel(path: Path, group: int = 4) -> list[Case]:
    """Cases of `group` neighbouring lines from a JSON list of [en, de, uk] sentence triples, such as FLORES."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [
        Case(language, "parallel", tuple(row[column].strip() for row in rows[first : first + group]))
        for first in range(0, len(rows), group)
        for column, language in enumerate(LANGUAGES)
    ]


def boundaries(sentences: Iterable[str]) -> set[int]:
    """["Ab.", "C d."] -> {3}: the non-space characters before each inner boundary."""
    counts = list(accumulate(len("".join(sentence.split())) for sentence in sentences))
    return set(counts) - {0, *counts[-1:]}


def evaluate(splitter: Splitter, cases: Iterable[Case]) -> dict[tuple[str, str], Score]:
    """Scores keyed by (language, kind); "all" stands for every kind."""
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    for case in cases:
        gold, found = boundaries(case.sentences), boundaries(splitter(case.text, case.language))
        for key in ((case.language, "all"), (case.language, case.kind), ("all", case.kind), ("all", "all")):
            scores[key].add(gold, found)
    return scores


def characters_per_second(splitter: Splitter, cases: Iterable[Case]) -> float:
    texts = []
    for language in LANGUAGES:
        text = " ".join(case.text for case in cases if case.language == language)
        texts.append((((text + " ") * (LONG_CHARACTERS // len(text) + 1))[:LONG_CHARACTERS], language))
    start = time.perf_counter()
    for text, language in texts:
        splitter(text, language)
    return sum(len(text) for text, _ in texts) / (time.perf_counter() - start)


def speed(name: str) -> str:
    return _in_subprocess("--speed", name)


def hostile(name: str, kind: str) -> str:
    return _in_subprocess("--probe", name, kind)


def _in_subprocess(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f">{PROBE_SECONDS:.0f} s"
    return done.stdout.strip() if done.returncode == 0 else "fails"


def installed() -> dict[str, Splitter]:
    splitters = {}
    for name, build in CANDIDATES.items():
        try:
            splitters[name] = build()
        except ImportError:
            continue
    return splitters


def label(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name


def tables(with_hostile: bool, parallel: Path | None) -> list[Table]:
    splitters = installed()
    cases, held_out = load_cases("sentences.jsonl"), load_cases("sentences-heldout.jsonl")
    scores = {name: evaluate(splitter, cases) for name, splitter in splitters.items()}
    held = {name: evaluate(splitter, held_out) for name, splitter in splitters.items()}

    summary = Table(title=f"Boundary F1 and cases right, of {len(cases)} cases and {len(held_out)} held out")
    summary.add_column("splitter")
    for column in (*LANGUAGES, "all", "held out", "characters/s"):
        summary.add_column(column, justify="right")
    for name in splitters:
        cells = [_cell(scores[name][language, "all"]) for language in (*LANGUAGES, "all")]
        summary.add_row(label(name), *cells, _cell(held[name]["all", "all"]), speed(name))

    kinds = Table(title="Cases right by kind")
    kinds.add_column("kind")
    for name in splitters:
        kinds.add_column(name, justify="right")
    for kind in sorted({case.kind for case in cases}):
        row = [scores[name]["all", kind] for name in splitters]
        kinds.add_row(f"{kind} ({row[0].cases})", *(str(score.right) for score in row))

    result = [summary, kinds]
    if parallel:
        lines = load_parallel(parallel)
        table = Table(title=f"Boundary F1 (false, missed) on {len(lines)} groups of four neighbouring lines")
        table.add_column("splitter")
        for column in LANGUAGES:
            table.add_column(column, justify="right")
        for name, splitter in splitters.items():
            found = evaluate(splitter, lines)
            row_scores = [found[language, "all"] for language in LANGUAGES]
            table.add_row(label(name), *(f"{score.f1:.3f} ({score.false}, {score.missed})" for score in row_scores))
        result.append(table)
    if not with_hostile:
        return result
    robustness = Table(title="Seconds on hostile input of 0.3 to 1 million characters")
    robustness.add_column("splitter")
    for kind in HOSTILE:
        robustness.add_column(kind, justify="right")
    for name in splitters:
        robustness.add_row(label(name), *(hostile(name, kind) for kind in HOSTILE))
    return [*result, robustness]


def _cell(score: Score) -> str:
    return f"{score.f1:.3f} {score.right}/{score.cases}"


def to_markdown(table: Table) -> str:
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    rows = ["| " + " | ".join(cells) + " |" for cells in zip(*columns, strict=True)]
    rule = "|" + "|".join("---" if index == 0 else "---:" for index in range(len(columns))) + "|"
    return "\n".join([f"**{table.title}**", "", rows[0], rule, *rows[1:], ""])


def show_errors(name: str, parallel: Path | None, console: Console) -> None:
    splitter = CANDIDATES[name]()
    files = {file: load_cases(file) for file in ("sentences.jsonl", "sentences-heldout.jsonl")}
    if parallel:
        files[parallel.name] = load_parallel(parallel)
    for file, cases in files.items():
        for case in cases:
            found = splitter(case.text, case.language)
            if boundaries(found) != boundaries(case.sentences):
                marked = " ¦ ".join(sentence.strip() for sentence in found)
                console.print(f"{file} {case.language} {case.kind}: {marked}", markup=False, soft_wrap=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the tables for docs/comparisons.md")
    parser.add_argument("--quick", action="store_true", help="leave the hostile inputs out")
    parser.add_argument("--errors", metavar="NAME", choices=CANDIDATES, help="show the cases NAME gets wrong")
    parser.add_argument("--parallel", type=Path, help="a JSON file of [en, de, uk] sentence triples to try as well")
    parser.add_argument("--probe", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--speed", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.speed:
        print(f"{characters_per_second(CANDIDATES[arguments.speed](), load_cases('sentences.jsonl')):,.0f}")
        return
    if arguments.probe:
        name, kind = arguments.probe
        splitter, text = CANDIDATES[name](), HOSTILE[kind]()
        start = time.perf_counter()
        splitter(text, "en")
        print(f"{time.perf_counter() - start:.2f}")
        return
    console = Console()
    if arguments.errors:
        show_errors(arguments.errors, arguments.parallel, console)
        return
    for table in tables(with_hostile=not arguments.quick, parallel=arguments.parallel):
        if arguments.markdown:
            print(to_markdown(table))
        else:
            console.print(table)


if __name__ == "__main__":
    main()
