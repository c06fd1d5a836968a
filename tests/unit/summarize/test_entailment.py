"""Verdicts of a model of entailment, and which statements it is asked about."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from polygist.document.parse import parse
from polygist.errors import CardInvalid
from polygist.store.build import build
from polygist.store.cards import EntailmentCard, load_kind
from polygist.store.pull import pull
from polygist.summarize import extract
from polygist.summarize.abstractive_check import Drafts, Reason, checked, premises
from polygist.summarize.entailment import Judge, judge_of
from polygist.summarize.faithfulness import Evidence
from polygist.types import ModelInfo, SummaryOptions
from tests import checkpoints
from tests.unit.summarize.test_abstractive_check import NONSENSE, TEXTS, Tally

INFO = ModelInfo("judge", "1", "", "MIT", ("en",), "torch", "float32")
Maker = Callable[[str], Judge]


@pytest.fixture
def judge(tmp_path: Path, checkpoint: Callable[[str], Path]) -> Maker:
    """Made of a checkpoint whose labels come in an order of their own, with more keys in its card."""

    def made(more: str = "") -> Judge:
        source = f'kind = "folder"\npath = "{checkpoint("bert-nli")}"'
        checkpoints.write_encoder(tmp_path, "judge", "natural-language-inference", source, more)
        card = load_kind(EntailmentCard, "judge", tmp_path)
        pull(card, tmp_path / "cache")
        return judge_of(INFO, card, build(card, tmp_path / "cache"))

    return made


def test_labels_are_read_by_their_names(judge: Maker) -> None:
    assert judge().probabilities((0.5, 0.3, 0.2)) == {"contradiction": 0.5, "entailment": 0.3, "neutral": 0.2}
    turned = judge('labels = { contradiction = "neutral", neutral = "contradiction" }')
    assert turned.probabilities((0.5, 0.3, 0.2)) == {"contradiction": 0.2, "entailment": 0.3, "neutral": 0.5}
    with pytest.raises(CardInvalid, match="no label of entailment; it has: contradiction, entailment, neutral"):
        judge('labels = { entailment = "neutral" }')


@pytest.mark.parametrize(
    ("parts", "least", "reason"),
    [
        ([(0.9, 0.1, 0.0)], 0.5, None),
        ([(0.4, 0.35, 0.25)], 0.5, Reason.NOT_ENTAILED),
        ([(0.4, 0.35, 0.25)], 0.3, None),
        ([(0.1, 0.2, 0.7)], 0.0, Reason.CONTRADICTED),
        ([(0.1, 0.7, 0.2)], 0.5, Reason.NOT_ENTAILED),
        ([(0.1, 0.1, 0.8), (0.8, 0.1, 0.1)], 0.5, None),
        ([(0.1, 0.8, 0.1), (0.2, 0.1, 0.7)], 0.5, Reason.CONTRADICTED),
        ([], 0.5, Reason.LONG),
    ],
)
def test_the_part_that_speaks_for_a_statement_counts(
    judge: Maker, parts: list[tuple[float, ...]], least: float, reason: Reason | None
) -> None:
    found: list[Mapping[str, float]] = [
        dict(zip(("entailment", "neutral", "contradiction"), part, strict=True)) for part in parts
    ]
    assert judge(f"least = {least}").reason(found) is reason


@pytest.mark.parametrize("code", TEXTS)
def test_it_is_asked_what_rules_leave_and_the_article_does_not_say_itself(code: str) -> None:
    article = parse(TEXTS[code], code)
    sentence = article.sentences[3].text
    words = sentence.split()
    shorter = " ".join(words[: len(words) // 2])
    drafts = Drafts([sentence], [shorter, NONSENSE[code]], [None, [shorter], ["x" * 501]])
    asked = premises(article, drafts, Evidence(article))
    assert NONSENSE[code] not in asked
    assert all(statement == shorter and premise for statement, premise in asked.items())


@pytest.mark.parametrize("code", TEXTS)
def test_what_it_refuses_is_replaced(code: str) -> None:
    article = parse(TEXTS[code], code)
    base, tally, evidence = extract.summarize(article, SummaryOptions()), Tally(), Evidence(article)
    lead = article.sentences[4].text
    drafts = Drafts(None, [lead], [None] * len(base.key_points))
    made, _ = checked(article, base, drafts, evidence, tally, {})
    assert made.lead_generated
    made, (warning,) = checked(article, base, drafts, evidence, tally, {lead: Reason.CONTRADICTED})
    assert (made.lead, made.lead_generated) == (base.lead, False)
    assert (warning.where, "contradicts" in warning.detail) == ("summary.lead", True)
    assert tally.told["replaced", "lead", "contradicted"] == 1
