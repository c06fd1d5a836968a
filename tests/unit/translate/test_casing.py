"""Capitals, with the words that a model's vocabulary would know as usual."""

import pytest

from polygist.translate.casing import Capitals, capitals, lowered, restored

NAMES = {
    name.casefold(): name
    for name in (
        *("Trump", "Zelensky", "Ukraine", "Kyiv", "Berlin", "Nations", "Mary", "Anna", "Berta", "Regierung"),
        *("Hilfe", "NATO", "EU", "Зеленський", "Україна", "США"),
    )
}


def usual(word: str) -> str:
    return NAMES.get(word.casefold(), word.lower())


@pytest.mark.parametrize(
    ("text", "how", "running"),
    [
        ("BREAKING NEWS FROM KYIV", Capitals.ALL, "Breaking news from Kyiv"),
        ("REGIERUNG BESCHLIESST UKRAINE-HILFE", Capitals.ALL, "Regierung beschliesst Ukraine-Hilfe"),
        ("США ТА УКРАЇНА ПІДПИСАЛИ УГОДУ", Capitals.ALL, "США та Україна підписали угоду"),
        ("BREAKING", Capitals.ALL, "Breaking"),
        ("П'ЯТЬ ОБ’ЄКТІВ", Capitals.ALL, "П'ять об’єктів"),
        ("NATO", Capitals.USUAL, None),
        ("EU, NATO, USA", Capitals.USUAL, None),
        ("42", Capitals.USUAL, None),
        ("", Capitals.USUAL, None),
        (
            "Trump Meets Zelensky for Peace Talks in Kyiv",
            Capitals.TITLE,
            "Trump meets Zelensky for peace talks in Kyiv",
        ),
        ("Trump meets Zelensky for peace talks in Kyiv", Capitals.USUAL, None),
        ("Donald Trump, Anna, Mary", Capitals.USUAL, None),
        ("Die Regierung in Berlin beschließt Hilfe", Capitals.USUAL, None),
        ("We Said So Many Times. And Then Again.", Capitals.USUAL, None),
        ("Зеленський Підписав Нову Угоду", Capitals.TITLE, "Зеленський підписав нову угоду"),
    ],
)
def test_capitals(text: str, how: Capitals, running: str | None) -> None:
    assert capitals(text, usual) is how
    if running is not None:
        assert lowered(text, usual) == running


def test_translation_gets_its_capitals_back() -> None:
    assert restored("Große Neuigkeiten", Capitals.ALL) == "GROSSE NEUIGKEITEN"
    assert restored("Große Neuigkeiten", Capitals.TITLE) == "Große Neuigkeiten"
