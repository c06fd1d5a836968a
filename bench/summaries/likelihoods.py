"""What the likelihoods of the embedded model tell of a sentence: `python bench/summaries/likelihoods.py FOLDER`.

FOLDER is a transformers decoder, such as `hf` of the built model. A sentence's evidence is its own surprise (mean
negative log-likelihood of its tokens, alone), how much less it surprises after what stands before it in the article,
and how much less the title (where there is none, the first sentence) surprises after it. Each picks three sentences,
alone and added to the default ranker; ROUGE as in `bench/summaries`. Takes seconds to minutes an article on a CPU.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cases
import methods
import numpy as np
import torch
from rich.progress import track
from scores import rouge
from transformers import AutoModelForCausalLM, AutoTokenizer

from polygist.summarize.rank import PacSum, Scores
from polygist.summarize.select import choose, unit
from polygist.summarize.vectors import Tfidf

_SENTENCES, _TOKENS, _TITLE = 20, 48, 24  # of an article, of each sentence, of the title, that are looked at
Evidence = dict[str, Scores]


@dataclass
class Model:
    """A decoder that tells how much texts surprise it."""

    tokenizer: Any
    model: Any

    def ids(self, text: str, count: int) -> list[int]:
        """The first tokens of a text."""
        return list(self.tokenizer(text, add_special_tokens=False).input_ids[:count])

    @torch.inference_mode()
    def surprise(self, context: list[int], target: list[int]) -> Scores:
        """The negative log-likelihood of each token of the target after the context, in nats."""
        ids = torch.tensor([[self.tokenizer.bos_token_id, *context, *target]])
        logits = self.model(ids, logits_to_keep=len(target) + 1).logits[0, :-1].float()
        found = -torch.log_softmax(logits, -1)[torch.arange(len(target)), torch.tensor(target)]
        return np.asarray(found.numpy(), dtype=np.float64)


def evidence(model: Model, case: cases.Case) -> Evidence:
    """By name, a score for each of the first sentences of an article."""
    sentences = case.article.sentences[:_SENTENCES]
    tokens = [model.ids(s.text + " ", _TOKENS) for s in sentences]
    alone = np.array([model.surprise([], t).mean() for t in tokens])
    joined = [i for t in tokens for i in t]
    cuts = np.cumsum([len(t) for t in tokens])[:-1]
    after = np.array([part.mean() for part in np.split(model.surprise([], joined), cuts)])
    title = model.ids(case.article.title or "", _TITLE) or tokens[0][:_TITLE]
    gain = model.surprise([], title).mean() - np.array([model.surprise(t, title).mean() for t in tokens])
    if not case.article.title:
        gain[0] = 0.0
    return {"surprise": alone, "no surprise": -alone, "told by what is before": alone - after, "tells the title": gain}


def rankings(case: cases.Case, found: Evidence) -> dict[str, Scores]:
    """The default ranker, each evidence alone, and a quarter of each added to it."""
    sentences = case.article.sentences[:_SENTENCES]
    base = unit(PacSum()(Tfidf()([s.text for s in sentences], case.language), sentences))
    added = {f"{methods.DEFAULT} + {name}": base + 0.25 * unit(values) for name, values in found.items()}
    return {"lead-3": -np.arange(float(len(sentences))), methods.DEFAULT: base, **found, **added}


def picked(case: cases.Case, scores: Scores) -> list[methods.Pick]:
    sentences = case.article.sentences[: len(scores)]
    vectors = Tfidf()([s.text for s in sentences], case.language)
    return methods.picks(case, choose(unit(scores), vectors, sentences, methods.PICKED, spread=False))


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    arguments.add_argument("folder")
    arguments.add_argument("--articles", type=int, default=20, help="articles a language, of half a")
    options = arguments.parse_args()
    if not cases.SHARED.is_file():
        sys.exit(f"{cases.SHARED} is not there: this benchmark needs articles with summaries")
    loaded: Callable[..., Any] = AutoModelForCausalLM.from_pretrained
    model = Model(AutoTokenizer.from_pretrained(options.folder), loaded(options.folder, dtype="float32").eval())
    rows: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    for case in track(cases.load(cases.SHARED, options.articles, "a")):
        for name, scores in rankings(case, evidence(model, case)).items():
            rows[name][case.language].append(rouge(case, picked(case, scores)))
    print("| evidence | " + " | ".join(f"{la} ({len(r)})" for la, r in rows["lead-3"].items()) + " |")
    print("| --- | --- | --- | --- |")
    for name, row in rows.items():
        print(
            f"| {name} | " + " | ".join(" / ".join(f"{x:.1f}" for x in np.mean(r, axis=0)) for r in row.values()) + " |"
        )


if __name__ == "__main__":
    main()
