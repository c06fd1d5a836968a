"""Chains of translators."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from polygist.concurrency import Threads
from polygist.translate.chains import composed, through, with_chains
from polygist.translate.lane import Lane
from polygist.types import Estimate, Quality, SentencePair, Span, TranslatedText, Warning, WarningType


class Fake:
    """Says where a text has been; a sentence a text."""

    def __init__(self, source: str, target: str) -> None:
        self.path: tuple[str, ...] = (source, target)
        self.models: tuple[str, ...] = (source + target,)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        made = f"{text}>{self.path[1]}"
        return TranslatedText(made, pairs=(SentencePair(Span(0, len(text)), Span(0, len(made))),))


def routes(*pairs: str) -> dict[tuple[str, str], Fake]:
    return {(p[0], p[1]): Fake(p[0], p[1]) for p in pairs}


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    pool = Threads(1, "test")
    yield pool
    await pool.close()


async def test_the_shortest_chain_is_taken(threads: Threads) -> None:
    found = with_chains(routes("ab", "bc", "cd", "ad"), threads)
    assert found["a", "c"].path == ("a", "b", "c")
    assert found["a", "d"].path == ("a", "d")
    assert found["b", "d"].path == ("b", "c", "d")
    assert (found["a", "d"].models, found["b", "d"].models) == (("ad",), ("bc", "cd"))
    assert ("d", "a") not in found
    long = with_chains(routes("ab", "bc", "cd", "de"), threads)
    assert long["a", "e"].path == ("a", "b", "c", "d", "e")
    made = await long["a", "e"].translate("x", Lane(None, 8), Quality.FAST)
    assert made.text == "x>b>c>d>e"
    assert made.pairs == (SentencePair(Span(0, 1), Span(0, 9)),)


def pair(a: int, b: int, c: int, d: int) -> SentencePair:
    return SentencePair(Span(a, b), Span(c, d))


def test_pairs_are_composed() -> None:
    first = (pair(0, 4, 0, 5), pair(5, 9, 6, 10))
    assert composed(first, (pair(0, 5, 0, 7), pair(6, 10, 8, 12))) == (pair(0, 4, 0, 7), pair(5, 9, 8, 12))
    # Two that became one in between, and one that was cut there.
    assert composed(first, (pair(0, 10, 0, 12),)) == (pair(0, 9, 0, 12),)
    assert composed((pair(0, 9, 0, 10),), (pair(0, 5, 0, 6), pair(6, 10, 7, 12))) == (pair(0, 9, 0, 12),)
    assert composed(first, (pair(6, 10, 0, 4),)) == (pair(5, 9, 0, 4),)
    assert composed((), (pair(0, 1, 0, 1),)) == ()


def rated(a: int, b: int, c: int, d: int, estimate: float | None) -> SentencePair:
    return SentencePair(Span(a, b), Span(c, d), estimate)


def test_estimates_are_composed_with_their_pairs() -> None:
    first = (rated(0, 4, 0, 5, 0.5), rated(5, 9, 6, 10, None))
    one, two = composed(first, (rated(0, 5, 0, 7, 0.4), rated(6, 10, 8, 12, None)))
    assert one.estimate == through(0.5, 0.4)
    assert two.estimate is None
    # Two that became one in between are as good as the worse of them.
    (both,) = composed((rated(0, 4, 0, 5, 0.5), rated(5, 9, 6, 10, 0.2)), (rated(0, 10, 0, 12, 0.4),))
    assert both.estimate == through(0.2, 0.4)
    (both,) = composed((rated(0, 4, 0, 5, None), rated(5, 9, 6, 10, 0.2)), (rated(0, 10, 0, 12, None),))
    assert both.estimate == 0.2


class Mute(Fake):
    """Makes nothing of the first sentence, of ten code points, and says the others again."""

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        rest, whole = text[10:], Estimate.of(0.5, len(text))
        pairs = (SentencePair(Span(10, len(text)), Span(0, len(rest)), 0.5),) if rest else ()
        return TranslatedText(rest, pairs=pairs, estimate=whole)


async def test_a_sentence_that_was_lost_on_the_way_is_worth_nothing(threads: Threads) -> None:
    chain = with_chains({("a", "b"): Mute("a", "b"), ("b", "c"): Mute("b", "c")}, threads)["a", "c"]
    assert (await chain.translate("x" * 10, Lane(None, 8), Quality.FAST)).estimate.value == 0.0
    made = await chain.translate("x" * 40, Lane(None, 8), Quality.FAST)
    assert made.estimate == Estimate.of(through(0.5, 0.5) or 0.0, 30) + Estimate.of(0.0, 10)


def test_what_goes_through_two_models_loses_in_both() -> None:
    assert through(1.0, 0.4) == 0.4
    assert through(None, 0.4) == through(0.4, None) == 0.4
    assert through(None, None) is None
    assert through(0.0, 0.4) == 0.0
    assert 0.1 < through(0.3, 0.4) < through(0.5, 0.4) < 0.4


@dataclass(frozen=True)
class Step:
    """Knows its sentences by heart, one a line, and doubts those that it is told to."""

    path: tuple[str, ...]
    known: dict[str, str]
    doubted: frozenset[str] = frozenset()
    models: tuple[str, ...] = ("step",)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        pairs, warnings, made, at = [], [], "", 0
        for line in text.splitlines(keepends=True):
            sentence = line.rstrip()
            said = self.known[sentence]
            span = Span(at, at + len(sentence))
            pairs.append(SentencePair(span, Span(len(made), len(made) + len(said))))
            if sentence in self.doubted:
                warnings.append(Warning(WarningType.REPETITION, "", span=span))
            made, at = made + said + line[len(sentence) :], at + len(line)
        return TranslatedText(made, tuple(warnings), pairs=tuple(pairs))


@pytest.mark.parametrize("times", [1, 40])
async def test_the_ends_of_a_chain_are_compared(threads: Threads, times: int) -> None:
    """Also those of a text that is long enough for a thread."""
    first = Step(("de", "en"), {"Äpfel": "apple", "Er kam.": "He came."})
    second = Step(("en", "uk"), {"apple": "У Apple", "He came.": "Він прийшов."})
    chain = with_chains({("de", "en"): first, ("en", "uk"): second}, threads)["de", "uk"]
    text = "Er kam.\nÄpfel\n" * times
    made = await chain.translate(text, Lane(None, 8), Quality.FAST)
    assert [w.type for w in made.warnings] == [WarningType.WRONG_LANGUAGE] * times
    assert {text[slice(*w.span)] for w in made.warnings if w.span} == {"Äpfel"}


async def test_warnings_of_either_step_name_the_sentence(threads: Threads) -> None:
    first = Step(("a", "b"), {"one": "eins zwei", "two": "drei", "three": "x"}, frozenset({"one"}))
    second = Step(("b", "c"), {"eins zwei": "1", "drei": "3", "x": "9"}, frozenset({"eins zwei", "drei"}))
    chain = with_chains({("a", "b"): first, ("b", "c"): second}, threads)["a", "c"]
    made = await chain.translate("one\ntwo\nthree", Lane(None, 8), Quality.FAST)
    assert [w.span for w in made.warnings] == [Span(0, 3), Span(4, 7)]
