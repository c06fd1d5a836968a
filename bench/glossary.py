"""Ways to get the terms of a glossary into translations: how many are placed, what it costs in quality and in calls.

    python bench/glossary.py [TRIPLES.json] --sentences 60 --directions en-de,en-uk,de-en,uk-en

TRIPLES.json holds [english, german, ukrainian] sentences, such as FLORES-200 devtest (not part of the repository);
without it a dozen sentences of bench/data are used. The terms are those of bench/data/glossary-terms.csv: `usual` ones
that a translator would choose anyway, `rare` ones that the model would not, `kept` ones that are not translated. With
--large N, what a file of N made-up terms in three languages costs is measured in place of all that.
"""

import argparse
import asyncio
import csv
import json
import random
import time
import timeit
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import sacrebleu
from rapidfuzz import fuzz
from rich.console import Console
from rich.table import Table

from polygist import inprocess
from polygist.client import Client
from polygist.settings import load
from polygist.translate import guard
from polygist.translate.glossary.files import parse
from polygist.translate.glossary.placing import Placing, place
from polygist.translate.glossary.sentence import Answer, Sentence, Translate, Way, settled
from polygist.translate.glossary.terms import Glossary, Match, Term
from polygist.translate.glossary.ways import by_letters, by_number, marked, mixed
from polygist.translate.glossary.words import tokens
from polygist.types import Span, WarningType

HERE = Path(__file__).parent
COLUMNS = ("en", "de", "uk")
LETTERS = ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyzäöüß", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя")
SEED = 20261125
LONGEST = 200  # code points of a sentence
USES = 2  # sentences that a term may appear in


def fixed(*marks: str) -> Way:
    """Marks given one by one, for comparison."""
    return marked([lambda: marks])


async def rendering(sentence: Sentence, translate: Translate) -> Answer:
    """Translate, translate each term alone, find that in the translation as well as it goes, and replace it."""
    text = await translate(sentence.text)
    found: dict[int, Span] = {}
    for i, match in enumerate(sentence.matches):
        alone = await translate(match.term.source)
        span = _likest(alone.strip(" ."), text)
        if span and not any(s.start < span.end and span.start < s.end for s in found.values()):
            found[i] = span
    return settled(text, found, sentence)


def _likest(wanted: str, text: str) -> Span | None:
    words = [t for t in tokens(text) if t.key[0].isalnum()]
    size = max(1, sum(t.key[0].isalnum() for t in tokens(wanted)))
    windows = [Span(words[i].start, words[i + size - 1].end) for i in range(len(words) - size + 1)]
    scored = [(fuzz.ratio(wanted.casefold(), text[w.start : w.end].casefold()), w) for w in windows]
    best, span = max(scored, default=(0.0, None))
    return span if best >= 70 else None


# The served ones are "X1, XQZ, mixed".
WAYS: dict[str, Sequence[Way]] = {
    "plain": (),
    "X1": (by_number,),
    "XQZ": (by_letters,),
    "Zorvax": (fixed("Zorvax", "Kelmin", "Tordak"),),
    "TERM1": (fixed("TERM1", "TERM2", "TERM3"),),
    "70417": (fixed("70417", "80529", "60238"),),
    "[1]": (fixed("[1]", "[2]", "[3]"),),
    "emoji": (fixed("🔷", "🔶", "🔴"),),
    "<1>": (fixed("<1>", "<2>", "<3>"),),
    "{0}": (fixed("{0}", "{1}", "{2}"),),
    "t1.org": (fixed("t1.org", "t2.org", "t3.org"),),
    "§1": (fixed("§1", "§2", "§3"),),
    "mixed": (mixed,),
    "rendering": (rendering,),
    "X1, XQZ": (by_number, by_letters),
    "X1, XQZ, mixed": (by_number, by_letters, mixed),
    "mixed, X1, XQZ": (mixed, by_number, by_letters),
    "X1, XQZ, mixed, rendering": (by_number, by_letters, mixed, rendering),
}
FEW = ("plain", "X1", "XQZ", "mixed", "rendering", *list(WAYS)[-4:])


@dataclass(frozen=True)
class Case:
    """A sentence with terms, and its reference translation."""

    text: str
    reference: str
    matches: list[Match]


@dataclass
class Direction:
    """A direction's cases and its translator, which remembers and counts calls."""

    source: str
    target: str
    client: Client
    cases: list[Case]
    kinds: dict[str, str]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))
    known: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    async def translate(self, text: str) -> str:
        self.calls += 1
        if text not in self.known:
            ask = partial(self.client.translate, [text], [self.target], source=self.source, timeout=500)
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, ask)
            self.known[text] = answer.translations[0].texts[0]
        return self.known[text]

    async def doubts(self, source: str, translation: str) -> frozenset[WarningType]:
        return guard.doubts(source, translation, self.source, self.target, finished=True)

    async def run(self, ways: Sequence[Way]) -> list[Placing]:
        self.calls = 0
        pair = (self.source, self.target)
        return await asyncio.gather(
            *(place(c.text, c.matches, pair, self.translate, self.doubts, ways) for c in self.cases)
        )


def glossary(source: str, target: str) -> tuple[Glossary, dict[str, str]]:
    """The terms of a direction, and the kind of each by its source."""
    with (HERE / "data" / "glossary-terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = [(row[source] or row["en"], row[target], row["kind"]) for row in rows]
    return Glossary(Term(s, t) for s, t, _ in named), {s: kind for s, _, kind in named}


def cases(triples: list[list[str]], source: str, target: str, terms: Glossary, most: int) -> list[Case]:
    """Sentences with one to three terms; no term too often."""
    found, uses = [], Counter[str]()
    for row in triples:
        text, reference = row[COLUMNS.index(source)], row[COLUMNS.index(target)]
        matches = terms.find(text)
        names = {m.term.source for m in matches}
        if len(text) <= LONGEST and 1 <= len(matches) <= 3 and all(uses[name] < USES for name in names):
            uses.update(names)
            found.append(Case(text, reference, matches))
    return found[:most]


def large(rows: int) -> dict[str, float]:
    """What a file of so many rows costs: a core's seconds to read it, MiB, microseconds for a sentence of 20 words."""
    rng = random.Random(SEED)

    def term(letters: str) -> str:
        return " ".join("".join(rng.choices(letters, k=rng.randint(8, 12))) for _ in range(rng.randint(1, 3)))

    table = "\n".join([",".join(COLUMNS), *(",".join(map(term, LETTERS)) for _ in range(rows))])
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.process_time()
    made = parse("large.csv", table.encode())
    seconds, grown = time.process_time() - begun, process.memory_info().rss - before
    sentence = " ".join(term(LETTERS[0]) for _ in range(10))
    per_find = min(timeit.repeat(lambda: made["en", "de"].find(sentence), number=100)) / 100
    return {"rows": rows, "seconds": round(seconds, 1), "MiB": grown >> 20, "µs": round(per_find * 1e6)}


def chrf(outputs: list[str], references: list[str]) -> float:
    return float(sacrebleu.corpus_chrf(outputs, [references], word_order=2).score)


async def measure(direction: Direction, names: Sequence[str]) -> list[dict[str, object]]:
    """A row of figures for each way."""
    references = [c.reference for c in direction.cases]
    without = chrf([await direction.translate(c.text) for c in direction.cases], references)
    rows: list[dict[str, object]] = []
    for name in names:
        done = await direction.run(WAYS[name])
        placed = Counter(direction.kinds[m.term.source] for p in done for m in p.placed)
        missed = Counter(direction.kinds[m.term.source] for p in done for m in p.unplaced)
        every = placed + missed
        rows.append(
            {
                "way": name,
                "placed": round(placed.total() / every.total(), 3),
                **{kind: f"{placed[kind]}/{every[kind]}" for kind in ("usual", "rare", "kept")},
                "chrf_change": round(chrf([p.text for p in done], references) - without, 2),
                "calls_per_sentence": round(direction.calls / len(done), 2),
                "doubtful": sum(bool(p.doubts) for p in done),
            }
        )
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("triples", type=Path, nargs="?", default=HERE / "data" / "glossary-sentences.json")
    arguments.add_argument("--sentences", type=int, default=60)
    arguments.add_argument("--directions", default="en-de,en-uk,de-en,uk-en")
    arguments.add_argument("--all", action="store_true", help="every form of mark, not only the best")
    arguments.add_argument("--large", type=int, metavar="N", help="a file of N rows, and nothing else")
    arguments.add_argument("--out", type=Path, help="add the figures to this JSON file")
    options = arguments.parse_args()
    if options.large:
        show("a large file", [large(options.large)])
        return
    triples = json.loads(options.triples.read_text(encoding="utf-8"))
    results = json.loads(options.out.read_text(encoding="utf-8")) if options.out and options.out.exists() else {}
    with inprocess.running(load()) as address, Client(address) as client:
        for name in options.directions.split(","):
            source, target = name.split("-")
            terms, kinds = glossary(source, target)
            chosen = cases(triples, source, target, terms, options.sentences)
            direction = Direction(source, target, client, chosen, kinds)
            rows = asyncio.run(measure(direction, tuple(WAYS) if options.all else FEW))
            results[name] = {"sentences": len(chosen), "terms": sum(len(c.matches) for c in chosen), "ways": rows}
            show(f"{name}, {len(chosen)} sentences", rows)
            if options.out:
                options.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(title: str, rows: list[dict[str, object]]) -> None:
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*(f"{value:.0%}" if key == "placed" else str(value) for key, value in row.items()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
