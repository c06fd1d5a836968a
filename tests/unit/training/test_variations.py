"""Pairs made more various: each way in three languages."""

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import guard
from polygist.translate.numbers import mismatch
from polygist.types import WarningType
from training.augment.base import Stock
from training.augment.copied import aligned
from training.augment.variations import VARIATIONS, Varied
from training.pairs import Pair

PAIRS = [
    Pair("en", "de", "The dog saw 45 cats in 1998.", "Der Hund sah 1998 45 Katzen.", "d"),
    Pair("en", "uk", "The dog saw 45 cats in Kyiv.", "Собака бачив 45 котів у Києві.", "d"),
    Pair("de", "uk", "Der Hund sah 45 Katzen in Kyjiw.", "Собака бачив 45 котів у Києві.", "d"),
]
PAIRS += [pair.reversed() for pair in PAIRS]
STOCK = Stock(
    [
        Pair("en", "de", "dog", "Hund", "words"),
        Pair("en", "de", "cats", "Katzen", "words"),
        Pair("en", "uk", "dog", "собака", "words"),
        Pair("en", "uk", "cats", "котів", "words"),
        Pair("de", "uk", "Hund", "Собака", "words"),
        Pair("de", "uk", "Katzen", "котів", "words"),
    ]
)
LOST = {WarningType.PLACEHOLDER_MISSING, WarningType.NUMBER_MISMATCH}


def made(name: str, pair: Pair, seed: int = 0) -> Pair:
    varied = VARIATIONS[name](pair, Random(seed), STOCK)
    assert varied is not None
    return varied


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: p.direction)
class TestEveryDirection:
    def test_all_ways_keep_the_direction(self, pair: Pair) -> None:
        for name, variation in VARIATIONS.items():
            for seed in range(20):
                varied = variation(pair, Random(seed), STOCK)
                if varied is not None:
                    assert (varied.direction, varied.d) == (pair.direction, pair.d), name
                    assert varied.source.strip() == varied.source != "", name
                    assert varied == variation(pair, Random(seed), STOCK), name

    def test_case(self, pair: Pair) -> None:
        shouted = made("capitals", pair)
        assert (shouted.source, shouted.target) == (pair.source.upper(), pair.target.upper())
        assert made("lower", pair) == pair._replace(source=pair.source.lower())

    def test_headlines_lose_their_stop(self, pair: Pair) -> None:
        forms = {made("headline", pair, seed) for seed in range(10)}
        assert {h.target for h in forms} == {pair.target[:-1]}
        titled = re.sub(r"(?<!\w)[^\W\d_]", lambda m: m[0].upper(), pair.source[:-1])
        assert {h.source for h in forms} == {pair.source[:-1], titled}

    def test_typos_are_in_the_source_alone(self, pair: Pair) -> None:
        for seed in range(20):
            slip = VARIATIONS["typos"](pair, Random(seed), STOCK)
            if slip is not None:
                assert slip.target == pair.target
                changed = Counter(pair.source.split()) - Counter(slip.source.split())
                assert changed.total() == 1
                assert re.findall(r"\d+|[A-ZА-ЯІЇЄҐ]\w+", slip.source) == re.findall(
                    r"\d+|[A-ZА-ЯІЇЄҐ]\w+", pair.source
                )

    def test_words_and_lists(self, pair: Pair) -> None:
        pairs = {(w.source.casefold(), w.target.casefold()) for w in STOCK.words(pair.direction)}
        word = made("word", pair)
        assert (word.source.casefold(), word.target.casefold()) in pairs
        several = next(v for seed in range(9) if (v := VARIATIONS["list"](pair, Random(seed), STOCK)))
        split = zip(several.source.casefold().split(", "), several.target.casefold().split(", "), strict=True)
        assert set(split) == pairs

    def test_numbers_stay_the_same_on_both_sides(self, pair: Pair) -> None:
        for seed in range(20):
            other = made("numbers", pair, seed)
            assert not mismatch(other.source, other.target, other.t, other.s)
            assert re.sub(r"\d", "0", other.source) == re.sub(r"\d", "0", pair.source)
            if "1998" in pair.source:
                assert re.search(r"\b19\d\d\b", other.source)

    def test_dates_say_the_same(self, pair: Pair) -> None:
        for seed in range(40):
            dated = made("dates", pair, seed)
            assert len(dated.source) > len(pair.source)
            assert not mismatch(dated.source, dated.target, dated.t, dated.s)

    def test_what_is_copied_is_on_both_sides(self, pair: Pair) -> None:
        for name in ("addresses", "placeholders"):
            for seed in range(40):
                varied = made(name, pair, seed)
                doubts = guard.doubts(varied.source, varied.target, varied.s, varied.t, finished=True)
                assert WarningType.PLACEHOLDER_MISSING not in doubts, varied

    def test_marks_stand_once_on_either_side(self, pair: Pair) -> None:
        for seed in range(40):
            marked = made("marks", pair, seed)
            found = [re.findall(r"\b(?:[XZQW]\d|(?:XQ|ZX|QX)[A-Z])\b", side) for side in (marked.source, marked.target)]
            assert len(found[0]) == len(set(found[0])) > 0
            assert sorted(found[0]) == sorted(found[1])


def test_only_the_same_words_are_taken_for_aligned() -> None:
    pair = Pair("en", "de", "They die in Berlin, Anna and Anna.", "Es ist die Frau in Berlin, Anna und Anna.", "d")
    assert [pair.source[a:b] for (a, b), _ in aligned(pair, Stock())] == ["Berlin"]


def test_numbers_that_differ_or_are_joined_are_left() -> None:
    for source, target in [("It cost 1,500 euros.", "Es kostete 1.500 Euro."), ("24 of 30", "24 von dreißig")]:
        assert VARIATIONS["numbers"](Pair("en", "de", source, target, "d"), Random(0), STOCK) is None


def test_shares_are_what_is_offered() -> None:
    varied = Varied({"capitals": 0.25, "lower": 0.25}, STOCK)
    random = Random(1)
    made = Counter(varied(PAIRS[0], random).source for _ in range(4000))
    assert made[PAIRS[0].source.upper()] == pytest.approx(1000, rel=0.15)
    assert made[PAIRS[0].source.lower()] == pytest.approx(1000, rel=0.15)
    assert made[PAIRS[0].source] == pytest.approx(2000, rel=0.15)


def test_headlines_of_articles_are_left() -> None:
    pair = Pair("en", "headline", "Anna lives in Berlin. She sings.", "Anna sings in Berlin", "d")
    assert Varied({"addresses": 1.0}, STOCK)(pair, Random(0)) == pair


@pytest.mark.parametrize("shares", [{"rhymes": 0.1}, {"lower": 0.6, "word": 0.6}, {"lower": -0.1}])
def test_bad_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"variation"):
        Varied(shares, STOCK)


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    st.sampled_from(sorted(VARIATIONS)),
    TEXT,
    TEXT,
    st.sampled_from(["en-de", "de-uk", "uk-en", "en-xx"]),
    st.integers(),
)
def test_any_text_is_stood(name: str, source: str, target: str, direction: str, seed: int) -> None:
    pair = Pair(*direction.split("-"), source, target, "d")
    varied = VARIATIONS[name](pair, Random(seed), STOCK)
    assert varied is None or (varied.direction == direction and varied.d == "d")


def test_long_texts_are_stood() -> None:
    for text in ("a " * 50_000, "1 " * 50_000, "." * 100_000, "а'" * 50_000):
        for variation in VARIATIONS.values():
            varied = variation(Pair("en", "uk", text, text, "d"), Random(0), STOCK)
            assert varied is None or varied.direction == "en-uk"
