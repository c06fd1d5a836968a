"""Engines of encoders beside transformers itself: vectors, verdicts and labels of tiny checkpoints."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from polygist.engines.base import GREEDY, Engine, Hypothesis, Row, generate
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat
from polygist.engines.loading import load_engine
from polygist.errors import EngineFailed
from polygist.store.build import build
from polygist.store.cards import AnyCard, load_cards
from polygist.store.models import BuiltModel
from polygist.store.pull import pull
from polygist.store.quiet import quiet
from polygist.summarize.encoding import windows_of
from tests import checkpoints

TEXTS = (
    "Rain floods the old town.",
    "Die Brücke in Seeberg bleibt bis Montag gesperrt, das teilte die Bürgermeisterin mit.",
    "У Калуші відкрили школу.",
    "OK",
)
PAIRS = [(TEXTS[1], "Die Brücke ist offen."), (TEXTS[0], "Rain."), (TEXTS[2], "У Калуші закрили школу, а не відкрили.")]
VECTORS = {("sentences", "mean"), ("sentences", "cls"), ("sentence-bert", "mean"), ("sentence-bert", "cls")}
JUDGES = ("nli", "bert-nli", "deberta")


class Desk:
    """Makes engines of checkpoints by way of card, pull and build."""

    def __init__(self, root: Path, checkpoint: Callable[[str], Path]) -> None:
        self._root, self._checkpoint = root, checkpoint

    def built(self, maker: str, task: str, more: str = "") -> tuple[AnyCard, BuiltModel]:
        name = f"{maker}-{len(list(self._root.glob('*')))}"
        own = self._root / name
        checkpoints.write_encoder(own, name, task, f'kind = "folder"\npath = "{self._checkpoint(maker)}"', more, 120)
        card = load_cards(own)[name]
        pull(card, self._root / "cache")
        return card, build(card, self._root / "cache")

    def engine(self, maker: str, task: str, more: str = "") -> tuple[Engine, Any, Any]:
        """The engine, its windows, and the tokenizer of transformers."""
        card, built = self.built(maker, task, more)
        engine = load_engine(built, card, "openvino", Seat(1), Bounds(16, 4096))
        with quiet():
            made = AutoTokenizer.from_pretrained(self._checkpoint(maker))
        return engine, windows_of(card, built), made  # type: ignore[arg-type]  # it is a card of an encoder


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, checkpoint: Callable[[str], Path]) -> Desk:
    return Desk(tmp_path_factory.mktemp("encoders"), checkpoint)


def said(engine: Engine, prompts: list[tuple[int, ...]]) -> list[Hypothesis]:
    return generate(engine, prompts, [0] * len(prompts), GREEDY)


@pytest.mark.parametrize(("maker", "pooling"), sorted(VECTORS))
def test_vectors_are_those_of_transformers(
    desk: Desk, checkpoint: Callable[[str], Path], maker: str, pooling: str
) -> None:
    """One by one, and in one batch: what others add to a batch changes nothing."""
    engine, windows, theirs = desk.engine(maker, "sentence-similarity", f'pooling = "{pooling}"')
    prompts = [window for text in TEXTS for window in windows.of(text)]
    assert [list(prompt) for prompt in prompts] == theirs(list(TEXTS))["input_ids"]
    with quiet():
        model: Any = AutoModel.from_pretrained(checkpoint(maker), dtype=torch.float32).eval()
    given = theirs(list(TEXTS), return_tensors="pt", padding=True)
    with torch.inference_mode():
        states, mask = model(**given).last_hidden_state, given["attention_mask"].unsqueeze(-1)
    wanted = (states * mask).sum(1) / mask.sum(1) if pooling == "mean" else states[:, 0]
    together = torch.tensor([one.values for one in said(engine, prompts)])
    alone = torch.tensor([said(engine, [prompt])[0].values for prompt in prompts])
    torch.testing.assert_close(together, wanted, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(together[0], together[1], atol=1e-3)
    engine.close()


@pytest.mark.parametrize("maker", JUDGES)
def test_verdicts_are_those_of_transformers(desk: Desk, checkpoint: Callable[[str], Path], maker: str) -> None:
    """BERT numbers the two texts, XLM-R parts them by two marks, DeBERTa by one."""
    engine, windows, theirs = desk.engine(maker, "natural-language-inference")
    pairs = [pair for one in PAIRS for pair in windows.pairs(*one)]
    assert [[*first, *second] for first, second in pairs] == theirs([list(pair) for pair in PAIRS])["input_ids"]
    with quiet():
        model: Any = AutoModelForSequenceClassification.from_pretrained(checkpoint(maker), dtype=torch.float32).eval()
    types = getattr(model.config, "type_vocab_size", 0) > 1
    given = theirs([list(pair) for pair in PAIRS], return_tensors="pt", padding=True, return_token_type_ids=types)
    with torch.inference_mode():
        wanted = model(**given).logits.softmax(-1)
    together = judged(engine, pairs)
    torch.testing.assert_close(torch.tensor(together), wanted, atol=1e-6, rtol=1e-5)
    alone = [judged(engine, [pair])[0] for pair in pairs]
    torch.testing.assert_close(torch.tensor(alone), wanted, atol=1e-6, rtol=1e-5)
    assert float((wanted.max(0).values - wanted.min(0).values).max()) > 1e-5
    engine.close()


def judged(engine: Engine, pairs: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> list[tuple[float, ...]]:
    rows = [Row(first, 0, GREEDY, prefix=second) for first, second in pairs]
    found: dict[Row, Hypothesis] = {}
    engine.run(rows, found.__setitem__, lambda: False)
    return [found[row].values for row in rows]


def test_labels_are_those_of_transformers(desk: Desk, checkpoint: Callable[[str], Path]) -> None:
    engine, windows, theirs = desk.engine("tagger", "token-classification")
    with quiet():
        model: Any = AutoModelForTokenClassification.from_pretrained(checkpoint("tagger"), dtype=torch.float32).eval()
    with torch.inference_mode():
        logits = model(**theirs(list(TEXTS), return_tensors="pt", padding=True)).logits
    for text, row, one in zip(TEXTS, logits, said(engine, [windows.of(text)[0] for text in TEXTS]), strict=True):
        length = len(windows.of(text)[0])
        assert list(one.tokens) == row.argmax(-1)[:length].tolist()
        assert one.log_probability == pytest.approx(float(row[:length].log_softmax(-1).max(-1).values.sum()), abs=1e-4)
    engine.close()


@pytest.mark.parametrize(
    ("prompt", "message"), [((), "is empty"), ((3, 9999), "does not know"), ((3,) * 129, "window")]
)
def test_what_can_not_be_read(desk: Desk, prompt: tuple[int, ...], message: str) -> None:
    """XLM-R has 130 positions, of which two are before its first."""
    engine, _, _ = desk.engine("sentences", "sentence-similarity", 'pooling = "mean"')
    with pytest.raises(EngineFailed, match=message):
        said(engine, [(5, 6), prompt])
    assert len(said(engine, [(5, 6), (3,) * 128])) == 2
    engine.close()
    with pytest.raises(EngineFailed, match="closed"):
        said(engine, [(5, 6)])
