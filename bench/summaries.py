"""Compare extractive rankers and sentence vectors: `python bench/summaries.py DATA [--articles N] [--markdown]`.

DATA is a gzipped JSON Lines file of `lang`, `text`, `title`, `summary`, `d` (data set). Each method picks three
sentences of an article; they are compared with its summary, or its title where it has no summary, by ROUGE F1 over
Unicode words (rouge-score's own tokenizer drops every Cyrillic letter). With --embeddings FOLDER (a transformers
model) sentence vectors from the language model join in: means of its token embeddings and of a middle layer.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rouge_score.rouge_scorer import RougeScorer

from polygist.document.parse import parse
from polygist.summarize.extract import METHOD, summarize
from polygist.summarize.fitness import fitness
from polygist.summarize.lexicon import lexicon
from polygist.summarize.rank import HipoRank, Lead, LexRank, PacSum, Ranker
from polygist.summarize.select import choose, unit
from polygist.summarize.vectors import Tfidf, Vectorizer, Vectors
from polygist.types import Article, SummaryLength, SummaryOptions

LANGUAGES = ("en", "de", "uk")
MEASURES = ("rouge1", "rouge2", "rougeL")
PICKED = 3
FEWEST_SENTENCES = 6
Method = Callable[[Article], str]


@dataclass(frozen=True)
class Case:
    """An article and what its summary should resemble."""

    language: str
    dataset: str
    article: Article
    reference: str


class Words:
    """A tokenizer for rouge-score that knows letters of any script."""

    def tokenize(self, text: str) -> list[str]:
        """'Ріка Сян' -> ['ріка', 'сян']."""
        return re.findall(r"[^\W_]+", text.casefold())


@dataclass
class Model:
    """Sentence vectors from a decoder: the mean of the token embeddings (layer 0) or of a later layer's states.

    The article's mean vector is taken off: the states of a language model share one large direction, which makes all
    sentences look alike.
    """

    folder: Path
    layer: int
    cache: dict[str, Any] = field(default_factory=dict)

    def __call__(self, sentences: Sequence[str], language: str) -> Vectors:
        """A dense array with a unit row for each sentence."""
        import torch

        tokenizer, model = self._load()
        rows = []
        for sentence in sentences:
            ids = tokenizer(sentence, return_tensors="pt", truncation=True, max_length=256).input_ids
            with torch.inference_mode():
                if self.layer == 0:
                    states = model.get_input_embeddings()(ids)
                else:
                    states = model.base_model(ids).last_hidden_state
            rows.append(states[0].float().mean(0).numpy())
        vectors = np.array(rows, dtype=np.float64)
        vectors -= vectors.mean(axis=0)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def _load(self) -> tuple[Any, Any]:
        if not self.cache:
            from transformers import AutoModelForCausalLM, AutoTokenizer

            self.cache["tokenizer"] = AutoTokenizer.from_pretrained(self.folder)
            model: Any = AutoModelForCausalLM.from_pretrained(self.folder, dtype="float32")
            if self.layer:
                model.base_model.layers = model.base_model.layers[: self.layer]
            self.cache["model"] = model.eval()
        return self.cache["tokenizer"], self.cache["model"]


def pick(vectorizer: Vectorizer, ranker: Ranker, *, fit: bool = False, cache: dict[int, Vectors]) -> Method:
    """The three best sentences, in the order of the article."""

    def method(article: Article) -> str:
        sentences = article.sentences
        if id(article) not in cache:
            cache[id(article)] = vectorizer([s.text for s in sentences], article.language)
        vectors = cache[id(article)]
        scores = unit(ranker(vectors, sentences))
        if fit:
            scores = scores * np.array([fitness(s, lexicon(article.language), False) for s in sentences])
        return " ".join(sentences[i].text for i in sorted(choose(scores, vectors, sentences, PICKED, spread=False)))

    return method


def product(article: Article) -> str:
    """What the service gives for a short summary: lead and two key points."""
    summary = summarize(article, SummaryOptions(SummaryLength.SHORT, key_points=PICKED - 1))
    return " ".join([summary.lead, *(p.text for p in summary.key_points)])


def methods(folder: Path | None, layers: Sequence[int]) -> dict[tuple[str, str], Method]:
    """(vectors, ranker) -> method."""
    vectorizers: dict[str, Vectorizer] = {
        "tfidf, words": Tfidf(base=False, stem=0),
        "tfidf, lemmas": Tfidf(stem=0),
        "tfidf, 5 letters": Tfidf(base=False, stem=5),
        "tfidf, lemmas cut to 6": Tfidf(),
    }
    if folder is not None:
        vectorizers |= {f"model, layer {n}": Model(folder, n) for n in layers}
    rankers: dict[str, Ranker] = {
        "lexrank": LexRank(),
        "pacsum": PacSum(prior=0.0),
        "pacsum + prior": PacSum(),
        "hiporank, as published": HipoRank(toward=0.0, tail=1.0, between=0.5, prior=0.0),
        "hiporank, beginning only": HipoRank(prior=0.0),
        "hiporank, beginning + prior": HipoRank(),
    }
    first: dict[int, Vectors] = {}
    found: dict[tuple[str, str], Method] = {("-", "lead-3"): pick(Tfidf(), Lead(), cache=first)}
    for name, vectorizer in vectorizers.items():
        cache: dict[int, Vectors] = {}
        for title, ranker in rankers.items():
            found[name, title] = pick(vectorizer, ranker, cache=cache)
    found["tfidf, lemmas cut to 6", "the same, stand-alone sentences"] = pick(
        Tfidf(), HipoRank(), fit=True, cache=first
    )
    found[METHOD, "the product: lead + 2 points"] = product
    return found


def cases(path: Path, count: int, part: str) -> Iterator[Case]:
    """Up to `count` articles a language, the data sets taken in turn; `part` halves them by checksum."""
    pools: dict[str, dict[str, list[Case]]] = {language: defaultdict(list) for language in LANGUAGES}
    for row in _rows(path):
        reference = row["summary"] or row["title"]
        half = zlib.crc32(row["text"].encode()) % 2
        right_script = row["lang"] != "en" or not re.search(r"[а-яіїєґ]", reference)
        if row["lang"] not in LANGUAGES or not reference or not right_script or (part, half) in {("a", 1), ("b", 0)}:
            continue
        pool = pools[row["lang"]][row["d"] + ("" if row["summary"] else " (titles)")]
        if len(pool) < count:
            article = parse(row["text"], row["lang"])
            if len(article.sentences) >= FEWEST_SENTENCES:
                pool.append(Case(row["lang"], row["d"], article, reference))
    for datasets in pools.values():
        yield from _in_turn(list(datasets.values()), count)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _in_turn(pools: list[list[Case]], count: int) -> Iterator[Case]:
    queue = [case for row in range(count) for pool in pools for case in pool[row : row + 1]]
    yield from queue[:count]


def measure(found: dict[tuple[str, str], Method], all_cases: Sequence[Case]) -> dict[tuple[str, str], dict[str, Any]]:
    """For each method and language the mean of each measure, in percent, and the seconds it took."""
    scorer = RougeScorer(list(MEASURES), tokenizer=Words())
    results: dict[tuple[str, str], dict[str, Any]] = {}
    for name, method in found.items():
        sums: dict[str, list[list[float]]] = defaultdict(list)
        started = time.perf_counter()
        for case in all_cases:
            score = scorer.score(case.reference, method(case.article))
            sums[case.language].append([100 * score[m].fmeasure for m in MEASURES])
        means = {language: np.mean(rows, axis=0) for language, rows in sums.items()}
        results[name] = {**means, "mean": np.mean(list(means.values()), axis=0)}
        print(f"{name[0]} / {name[1]}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return results


def table(results: dict[tuple[str, str], dict[str, Any]], counts: dict[str, int]) -> Table:
    """ROUGE-1 / 2 / L for each method."""
    drawn = Table(title="ROUGE-1 / ROUGE-2 / ROUGE-L, F1 in percent, of three sentences")
    for heading in ("vectors", "ranker", *(f"{la} ({n})" for la, n in counts.items()), "mean"):
        drawn.add_column(heading)
    for (vectors, ranker), row in results.items():
        drawn.add_row(vectors, ranker, *(_cell(row[c]) for c in (*counts, "mean")))
    return drawn


def markdown(results: dict[tuple[str, str], dict[str, Any]], counts: dict[str, int]) -> str:
    """The same as a Markdown table."""
    head = ["vectors", "ranker", *(f"{la} ({n})" for la, n in counts.items()), "mean"]
    rows = [[v, r, *(_cell(row[c]) for c in (*counts, "mean"))] for (v, r), row in results.items()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def _cell(values: Any) -> str:
    return " / ".join(f"{v:.1f}" for v in values)


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("--articles", type=int, default=200, help="articles a language")
    options.add_argument(
        "--part", choices=("a", "b", "all"), default="all", help="half of the articles, to tune on one"
    )
    options.add_argument("--embeddings", type=Path, help="folder of a transformers decoder")
    options.add_argument("--layers", type=int, nargs="+", default=[0, 9], help="its layers to take vectors from")
    options.add_argument("--markdown", action="store_true")
    args = options.parse_args()
    if not args.data.is_file():
        print(f"{args.data} is not there: this benchmark needs articles with summaries", file=sys.stderr)
        return 1
    found = list(cases(args.data, args.articles, args.part))
    counts = {la: sum(c.language == la for c in found) for la in LANGUAGES}
    results = measure(methods(args.embeddings, args.layers), found)
    if args.markdown:
        print(markdown(results, counts))
    else:
        Console().print(table(results, counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
