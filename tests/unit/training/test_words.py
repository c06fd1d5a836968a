"""Word pairs found in sentence pairs."""

from training.pairs import Pair
from training.prepare.words import pairs

NOUNS = [("dog", "Hund", "собака"), ("cat", "Katze", "кішка"), ("horse", "Pferd", "кінь")]
VERBS = [("sleeps", "schläft", "спить"), ("eats", "frisst", "їсть"), ("waits", "wartet", "чекає")]


def sentences(t: str) -> list[Pair]:
    column = {"de": 1, "uk": 2}[t]
    article = {"de": "Heute ", "uk": "Сьогодні "}[t]
    return [
        Pair("en", t, f"The {n[0]} {v[0]}", f"{article}{v[column]} {n[column]}", "d")
        for n in NOUNS
        for v in VERBS
        for _ in range(2)
    ]


def test_words_that_come_together_are_found_with_their_capitals() -> None:
    for t, expected in (("de", ("dog", "Hund")), ("uk", ("dog", "собака"))):
        found = {(p.source, p.target) for p in pairs(lambda t=t: sentences(t))}
        assert expected in found
        assert {a for a, _ in found} >= {"cat", "horse", "sleeps", "eats", "waits"}
        assert all(p.d == "words" and p.direction == f"en-{t}" for p in pairs(lambda t=t: sentences(t)))


def test_long_sentences_and_rare_words_say_nothing() -> None:
    long = [p._replace(source=p.source + " and" * 10) for p in sentences("de")]
    assert list(pairs(lambda: long)) == []
    assert list(pairs(lambda: sentences("de")[:4])) == []
