"""What a transformer adds to the ranking: python bench/summaries/transformer.py --decoder FOLDER --encoder FOLDER

Both are transformers folders. The decoder, such as `hf` of the built model, gives likelihoods: how much less the
opening of an article (its title and the first two sentences, the sentence itself left out) surprises after a
sentence, how much the sentence itself surprises, and how much less after what stands before it. Each ranks alone, and a
quarter of it is added to the default ranker. The encoder, such as all-MiniLM-L6-v2, gives vectors in place of TF-IDF,
for the languages named by --encoder-languages. Of an article the first --sentences take part, in all rows. Likelihoods
are kept in --kept, so a run can be taken up.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases
import methods
import numpy as np
import torch
from scores import interval, rouge
from tokenizers import Tokenizer
from transformers import AutoModel, AutoModelForCausalLM

from polygist.summarize.rank import LexRank, PacSum, Scores
from polygist.summarize.select import choose, unit
from polygist.summarize.vectors import Tfidf, Vectors

_TOKENS, _OPENING = 24, 2
_SHARE = 0.25
Evidence = dict[str, Scores]
Rows = dict[str, dict[str, list[list[float]]]]


@dataclass
class Decoder:
    """A language model that tells how much texts surprise it."""

    tokenizer: Tokenizer
    model: Any

    def ids(self, text: str) -> list[int]:
        """The first tokens of a text that goes on."""
        return list(self.tokenizer.encode(text + " ", add_special_tokens=False).ids[:_TOKENS])

    @torch.inference_mode()
    def surprise(self, rows: list[list[int]]) -> list[Scores]:
        """The negative log-likelihood of each token, in nats."""
        first, width = self.model.config.bos_token_id, max(map(len, rows))
        ids = torch.tensor([[first, *row, *[0] * (width - len(row))] for row in rows])
        mask = torch.tensor([[1] * (len(row) + 1) + [0] * (width - len(row)) for row in rows])
        states = self.model.model(ids, attention_mask=mask).last_hidden_state
        found = []
        for row, state in zip(rows, states, strict=True):
            logits = self.model.lm_head(state[: len(row)]).float()
            found.append(-logits.log_softmax(-1)[torch.arange(len(row)), torch.tensor(row)].numpy())
        return found


def evidence(decoder: Decoder, case: cases.Case, count: int) -> Evidence:
    """By name, a score for each of the first sentences of an article."""
    sentences = case.article.sentences[:count]
    tokens = [decoder.ids(s.text) for s in sentences]
    title = decoder.ids(case.article.title or "")
    openings = [title + [id for k in range(_OPENING) if k != i for id in tokens[k]] for i in range(_OPENING + 1)]
    targets = [openings[min(i, _OPENING)] for i in range(len(tokens))]
    without = [o.mean() for o in decoder.surprise(openings)]
    after = decoder.surprise([t + target for t, target in zip(tokens, targets, strict=True)])
    alone = np.array([found[: len(t)].mean() for t, found in zip(tokens, after, strict=True)])
    told = [
        without[min(i, _OPENING)] - found[len(t) :].mean()
        for i, (t, found) in enumerate(zip(tokens, after, strict=True))
    ]
    (joined,) = decoder.surprise([[id for t in tokens for id in t]])
    within = np.array([part.mean() for part in np.split(joined, np.cumsum([len(t) for t in tokens])[:-1])])
    return {
        "tells the opening": np.array(told),
        "surprise": alone,
        "no surprise": -alone,
        "told by what is before": alone - within,
    }


class Encoder:
    """Sentence vectors: the mean of a sentence's token states, in unit length."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(256)
        self._tokenizer.enable_padding()
        self._model = AutoModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def __call__(self, sentences: list[str], language: str) -> Vectors:
        """A row for each sentence."""
        encoded = self._tokenizer.encode_batch(sentences)
        ids, mask = (torch.tensor([getattr(e, name) for e in encoded]) for name in ("ids", "attention_mask"))
        states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        made: Vectors = torch.nn.functional.normalize(means).double().numpy()
        return made


def rankings(
    case: cases.Case, found: Evidence, encoder: Encoder | None, count: int
) -> dict[str, tuple[Scores, Vectors]]:
    """By name, scores of the first sentences and the vectors that keep repetitions out."""
    sentences = case.article.sentences[:count]
    texts = [s.text for s in sentences]
    vectors = Tfidf()(texts, case.language)
    base = unit(PacSum()(vectors, sentences))
    scores = {
        "lead-3": -np.arange(float(len(sentences))),
        methods.DEFAULT: base,
        "lexrank": LexRank()(vectors, sentences),
    }
    scores |= found | {f"{methods.DEFAULT} + {name}": base + _SHARE * unit(values) for name, values in found.items()}
    made = {name: (values, vectors) for name, values in scores.items()}
    if encoder:
        dense = encoder(texts, case.language)
        centred = dense - dense.mean(axis=0)
        centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        for name, other in {"encoder": dense, "encoder, centred": centred}.items():
            for way, ranker in {"lexrank": LexRank(), "pacsum": PacSum(prior=0.0), methods.DEFAULT: PacSum()}.items():
                made[f"{name}: {way}"] = (ranker(other, sentences), other)
        mixed = unit(PacSum()(dense, sentences))
        made[f"{methods.DEFAULT} + encoder"] = (base + mixed, vectors)
    return made


def likelihoods(decoder: Decoder, case: cases.Case, count: int, kept: Path) -> Evidence:
    """The evidence, from the file where it holds it already."""
    known = json.loads(kept.read_text()) if kept.exists() else {}
    key = case.article.text[:200]
    if key not in known:
        known[key] = {name: list(map(float, values)) for name, values in evidence(decoder, case, count).items()}
        kept.write_text(json.dumps(known))
    return {name: np.array(values) for name, values in known[key].items()}


def show(rows: Rows) -> None:
    """Mean ROUGE-1 / 2 / L, and how far the default ranker lies above, by pairs of articles."""
    base, languages = rows[methods.DEFAULT], list(rows[methods.DEFAULT])
    print("| method | " + " | ".join(f"{la} ({len(base[la])})" for la in languages) + " |")
    print("| --- " * (len(languages) + 1) + "|")
    for name, row in rows.items():
        cells = []
        for language in languages:
            if language not in row:
                cells.append("-")
                continue
            mean, low, high = interval((np.array(base[language]) - np.array(row[language])).mean(axis=1))
            scores = " / ".join(f"{x:.1f}" for x in np.mean(row[language], axis=0))
            cells.append(f"{scores}, {mean:+.2f} ({low:+.2f} to {high:+.2f})")
        print(f"| {name} | " + " | ".join(cells) + " |")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--decoder", type=Path)
    arguments.add_argument("--encoder", type=Path)
    arguments.add_argument("--encoder-languages", nargs="*", default=["en"])
    arguments.add_argument("--articles", type=int, default=24, help="articles a language")
    arguments.add_argument("--sentences", type=int, default=40)
    arguments.add_argument("--languages", nargs="*", default=list(cases.LANGUAGES))
    arguments.add_argument("--part", choices=("a", "b", "all"), default="b")
    arguments.add_argument("--kept", type=Path, default=Path("build/likelihoods.json"))
    options = arguments.parse_args()
    decoder = None
    if options.decoder:
        model: Any = AutoModelForCausalLM.from_pretrained(options.decoder, dtype="float32")
        decoder = Decoder(Tokenizer.from_file(str(options.decoder / "tokenizer.json")), model.eval())
        options.kept.parent.mkdir(exist_ok=True)
    encoder = Encoder(options.encoder) if options.encoder else None
    rows: Rows = defaultdict(lambda: defaultdict(list))
    for case in cases.load(cases.SHARED, options.articles, options.part):
        if case.language not in options.languages:
            continue
        found = likelihoods(decoder, case, options.sentences, options.kept) if decoder else {}
        vectors = encoder if case.language in options.encoder_languages else None
        for name, (scores, similar) in rankings(case, found, vectors, options.sentences).items():
            sentences = case.article.sentences[: options.sentences]
            chosen = choose(unit(scores), similar, sentences, methods.PICKED, spread=False)
            rows[name][case.language].append(rouge(case, methods.picks(case, chosen)))
    show(rows)


if __name__ == "__main__":
    main()
