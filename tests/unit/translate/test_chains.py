"""Chains of translators."""

from polygist.translate.chains import composed, through, with_chains
from polygist.translate.lane import Lane
from polygist.types import Estimate, Quality, SentencePair, Span, TranslatedText


class Fake:
    """Says where a text has been; a sentence a text."""

    def __init__(self, source: str, target: str) -> None:
        self.path: tuple[str, ...] = (source, target)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        made = f"{text}>{self.path[1]}"
        return TranslatedText(made, pairs=(SentencePair(Span(0, len(text)), Span(0, len(made))),))


def routes(*pairs: str) -> dict[tuple[str, str], Fake]:
    return {(p[0], p[1]): Fake(p[0], p[1]) for p in pairs}


async def test_the_shortest_chain_is_taken() -> None:
    found = with_chains(routes("ab", "bc", "cd", "ad"))
    assert found["a", "c"].path == ("a", "b", "c")
    assert found["a", "d"].path == ("a", "d")
    assert found["b", "d"].path == ("b", "c", "d")
    assert ("d", "a") not in found
    long = with_chains(routes("ab", "bc", "cd", "de"))
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


async def test_a_sentence_that_was_lost_on_the_way_is_worth_nothing() -> None:
    chain = with_chains({("a", "b"): Mute("a", "b"), ("b", "c"): Mute("b", "c")})["a", "c"]
    assert (await chain.translate("x" * 10, Lane(None, 8), Quality.FAST)).estimate.value == 0.0
    made = await chain.translate("x" * 40, Lane(None, 8), Quality.FAST)
    assert made.estimate == Estimate.of(through(0.5, 0.5) or 0.0, 30) + Estimate.of(0.0, 10)


def test_what_goes_through_two_models_loses_in_both() -> None:
    assert through(1.0, 0.4) == 0.4
    assert through(None, 0.4) == through(0.4, None) == 0.4
    assert through(None, None) is None
    assert through(0.0, 0.4) == 0.0
    assert 0.1 < through(0.3, 0.4) < through(0.5, 0.4) < 0.4
