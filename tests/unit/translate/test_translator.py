"""Whole texts through a translator, on an engine that writes in capitals: what stands between words stays."""

import asyncio
import re
from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polygist.concurrency import Threads
from polygist.document.segments import sentences
from polygist.engines.base import GREEDY, Hypothesis
from polygist.engines.work import Completion, Job
from polygist.store.cards import Calibration
from polygist.translate.codecs import Prompt
from polygist.translate.lane import Lane
from polygist.translate.segments import Doubts, Model, Ways
from polygist.translate.translator import DirectTranslator
from polygist.types import ModelInfo, Quality, TranslatedText, WarningType


class Letters:
    """Tokens are code points; a prompt is a line of single spaces, as the codecs of models make it."""

    max_source_tokens = 10_000
    facts = ()

    def count(self, text: str) -> int:
        return len(text)

    def usual(self, word: str) -> str:
        return word

    def encode(self, text: str, source: str, target: str) -> Prompt:
        return Prompt(tuple(map(ord, " ".join(text.split()))))

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join("".join(map(chr, tokens)).split())

    def max_new_tokens(self, source_tokens: int) -> int:
        return source_tokens


class Upper:
    """Answers with the prompt in capitals, and notes it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion:
        text = "".join(map(chr, job.prompt))
        self.asked.append(text)
        return Completion(Hypothesis(tuple(map(ord, text.upper())), True, 0.0), 0.0, 0.0, len(text), len(text))


class Nobody:
    """Is told and does nothing."""

    def hit(self, doubt: WarningType, target: str) -> None: ...

    def retried(self, target: str, doubts: Doubts, left: Doubts) -> None: ...

    def translated(self, target: str, estimate: float, doubts: Doubts) -> None: ...


def translated(text: str, source: str = "en", target: str = "de") -> tuple[TranslatedText, list[str]]:
    """The text, and what the engine was asked."""

    async def run() -> TranslatedText:
        threads = Threads(1, "test")
        try:
            translator = DirectTranslator(model, source, target, partial(sentences, language=source), threads)
            return await translator.translate(text, Lane(None, 8), Quality.FAST)
        finally:
            await threads.close()

    info = ModelInfo("upper", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "upper", "none")
    calibration = Calibration({f"{source}-{target}": 0.5}, 0.0, 0.0, 0.0, 0.0)
    engine = Upper()
    model = Model(info, Letters(), engine, Ways(GREEDY, GREEDY, ()), calibration, Nobody())
    return asyncio.run(run()), engine.asked


@pytest.mark.parametrize(
    "text",
    [
        "a\tb c word\there",
        "hello  world",
        "hi\u00a0there, it is 5\u202fkm.",
        "column one    column two\ncell three    cell four",
        " \r\n\r\n- one thing\r\n\t- another  thing\r\n\r\n  end\t",
        "ein\tzwei drei\tvier",
        "один\tдва три    чотири",
        "one two\nthree four.   five\u2028six",
    ],
)
@pytest.mark.parametrize("languages", [("en", "de"), ("de", "en"), ("uk", "en")])
def test_white_space_stays(text: str, languages: tuple[str, str]) -> None:
    made, _ = translated(text, *languages)
    assert made.text.casefold() == text.casefold()
    for pair in made.pairs:
        assert made.text[slice(*pair.target)].casefold() == text[slice(*pair.source)].casefold()


def skeleton(text: str) -> list[str]:
    """All that stands between words, but for single spaces."""
    return [gap for gap in re.findall(r"\W+", text) if gap != " "]


WORDS = st.text(st.sampled_from("abäїж"), min_size=1, max_size=4)
GAPS = st.text(st.sampled_from(" \t\n\r"), max_size=5) | st.sampled_from([". ", ".\n\n- ", ", ", "  ", "\r\n\r\n"])


@given(st.lists(st.tuples(WORDS, GAPS.filter(bool)), min_size=1, max_size=12), GAPS)
@example([("a", "\t"), ("b", " "), ("word", "    "), ("ж", "\n")], "  ")
def test_the_skeleton_of_a_text_is_that_of_its_translation(parts: list[tuple[str, str]], before: str) -> None:
    text = before + "".join(word + gap for word, gap in parts)
    made, _ = translated(text)
    assert skeleton(made.text) == skeleton(text)
    assert made.text.casefold().split() == text.casefold().split()


@pytest.mark.parametrize(
    "text", ["{name}", "%s", "{{user.name}}", "<br>", "example.com", "XIV", "v1.2", "foo_bar()", "", " \n", "— 5 😀\t7"]
)
def test_what_has_no_words_is_never_asked(text: str) -> None:
    made, asked = translated(text)
    assert (made.text, made.warnings, asked) == (text, (), [])


@pytest.mark.parametrize("piece", ["a  ", "a\u00a0", "a   ", "a\t", "a\n", " ", "\u00a0"])
def test_hostile_white_space_takes_linear_time(piece: str) -> None:
    text = piece * 5_000
    assert translated(text)[0].text.split() == text.upper().split()
