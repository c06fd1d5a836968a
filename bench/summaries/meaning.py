"""What vectors of a model change: python bench/summaries/meaning.py [--model all-minilm-l6-v2] [--articles 60]

The model has to be built (`polygist models pull all-minilm-l6-v2`). For the articles of its languages, the first
--sentences of each:

- cosines of sentences of different articles, what `unrelated` of a card is to be, and of one article;
- the product's three sentences, repetitions kept out by TF-IDF and by vectors: ROUGE against the summary;
- a heading of the article as the focus: how many of the three sentences that match it best stand in its section, by
  words, by vectors, and by both as the service has it; chance is what three sentences at random would have.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cases
import methods
import numpy as np
from numpy.typing import NDArray
from scores import interval, rouge

from polygist.document.parse import parse
from polygist.engines.base import GREEDY, generate
from polygist.engines.batching import Bounds
from polygist.engines.cores import available
from polygist.engines.devices import Seat
from polygist.engines.loading import load_engine
from polygist.settings import Settings
from polygist.store.cards import VectorCard, load_kind
from polygist.store.models import require
from polygist.summarize.encoding import windows_of
from polygist.summarize.extract import summarize
from polygist.summarize.focus import matches
from polygist.summarize.meaning import vectors
from polygist.summarize.vectors import Meaning, Meanings
from polygist.types import Section, Sentence, SummaryLength, SummaryOptions

_BATCH, _NEAREST = 16, 3
Vectors = NDArray[np.float64]


class Model:
    """The vectors of texts by an installed model."""

    def __init__(self, id: str) -> None:
        self.card = load_kind(VectorCard, id)
        built = require(self.card, Settings().cache_dir)
        self._windows = windows_of(self.card, built)
        self._engine = load_engine(built, self.card, "torch", Seat(available()), Bounds(_BATCH, 1 << 16))

    def __call__(self, texts: Sequence[str], prefix: str) -> Vectors:
        """A row of unit length for each."""
        asked = [self._windows.of(text, prefix) for text in texts]
        flat = sorted({window for windows in asked for window in windows}, key=len)
        found: dict[tuple[int, ...], tuple[float, ...]] = {}
        for at in range(0, len(flat), _BATCH):
            batch = flat[at : at + _BATCH]
            made = generate(self._engine, batch, [0] * len(batch), GREEDY)
            found |= {window: one.values for window, one in zip(batch, made, strict=True)}
        return vectors(asked, [found[window] for windows in asked for window in windows])

    def sentences(self, sentences: Sequence[Sentence]) -> Meanings:
        """As the service has them."""
        return Meanings(self([s.text for s in sentences], self.card.prefix), self.card.unrelated)


def shortened(case: cases.Case, count: int) -> cases.Case:
    """The article with its first sentences alone."""
    article = parse(case.article.text[: case.article.sentences[:count][-1].span.end], case.language)
    return replace(case, article=article)


def product(case: cases.Case, meaning: Meaning | None) -> list[methods.Pick]:
    """Lead and two key points."""
    options = SummaryOptions(SummaryLength.SHORT, key_points=methods.PICKED - 1)
    summary = summarize(case.article, options, meaning=meaning)
    wanted = {*summary.lead_spans, *(p.spans[0] for p in summary.key_points)}
    return methods.picks(case, [s.position for s in case.article.sentences if s.span in wanted])


def headed(case: cases.Case) -> list[Section]:
    """The sections with a heading and sentences."""
    return [s for s in case.article.sections if s.heading and s.sentences]


def focused(case: cases.Case, model: Model, meanings: Meanings) -> list[list[float]]:
    """For each heading the share of the best three that stand under it: by words, vectors, both, and by chance."""
    rows, sentences = [], case.article.sentences
    for section in headed(case) if len(headed(case)) > 1 else []:
        own = np.isin(np.arange(len(sentences)), [s.position for s in section.sentences])
        near = np.clip(meanings.likeness(model([section.heading or ""], model.card.focus_prefix)[0]), 0, 1)
        words = matches(section.heading or "", sentences, case.language)
        best = [np.argsort(-score, kind="stable")[:_NEAREST] for score in (words, near, 1 - (1 - words) * (1 - near))]
        rows.append([*(float(own[i].mean()) for i in best), float(own.mean())])
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", default="all-minilm-l6-v2")
    arguments.add_argument("--articles", type=int, default=60, help="articles a language")
    arguments.add_argument("--sentences", type=int, default=40)
    arguments.add_argument("--headed", action="store_true", help="only articles of two sections or more with headings")
    arguments.add_argument("--part", choices=("a", "b", "all"), default="b")
    options = arguments.parse_args()
    model = Model(options.model)
    found = cases.load(cases.SHARED, options.articles, options.part)
    for language in [code for code in cases.LANGUAGES if code in model.card.languages]:
        articles = [shortened(case, options.sentences) for case in found if case.language == language]
        articles = [case for case in articles if len(headed(case)) > 1 or not options.headed]
        read = [model.sentences(case.article.sentences) for case in articles]
        print(f"{language}: {len(articles)} articles")
        _show_cosines([one.rows for one in read])
        plain, other = (
            [rouge(c, product(c, m)) for c, m in zip(articles, of, strict=True)]
            for of in ([None] * len(articles), [Meaning(one, None) for one in read])
        )
        gain = interval((np.array(other) - np.array(plain)).mean(axis=1))
        print("product", np.mean(plain, axis=0).round(1), "with vectors", np.mean(other, axis=0).round(1), "gain", gain)
        rows = [row for c, one in zip(articles, read, strict=True) for row in focused(c, model, one)]
        if rows:
            names = ("words", "vectors", "both", "chance")
            print(f"{len(rows)} headings", dict(zip(names, np.mean(rows, axis=0).round(2).tolist(), strict=True)))
            print("both over words", interval(np.array(rows)[:, 2] - np.array(rows)[:, 0]))


def _show_cosines(read: Sequence[Vectors]) -> None:
    apart = np.concatenate([(a @ b.T).ravel() for a, b in pairwise(read)])
    together = np.concatenate([(a @ a.T)[np.triu_indices(len(a), 1)] for a in read])
    for name, values in {"of different articles": apart, "of one article": together}.items():
        print(f"cosines of sentences {name}, percentiles 50, 95, 99:", np.percentile(values, [50, 95, 99]).round(2))


if __name__ == "__main__":
    main()
