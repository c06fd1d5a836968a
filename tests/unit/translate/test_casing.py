"""Capitals, with the words that a model's vocabulary would know as usual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("DIE STRAßE IST GESPERRT", Capitals.ALL, "Die straße ist gesperrt"),
        ("GROßBRITANNIEN VERLÄSST DIE EU", Capitals.ALL, "Großbritannien verlässt die EU"),
        ("DEAR {name}, YOUR ORDER IS READY", Capitals.ALL, "Dear {name}, your order is ready"),
        ("MEHR INFOS AUF https://example.org/A", Capitals.ALL, "Mehr infos auf https://example.org/A"),
        ("НОВИНИ ДЛЯ %(Name)s НА www.Example.org", Capitals.ALL, "Новини для %(Name)s на www.Example.org"),
        ("KYIV: 5 km FRONT LINE", Capitals.ALL, "Kyiv: 5 km front line"),
        ("ДО КИЄВА 5 км, ПОТУЖНІСТЬ 8 МВт", Capitals.ALL, "До києва 5 км, потужність 8 МВт"),
        ("2ND WORLD WAR", Capitals.ALL, "2nd world war"),
        ("«BREAKING NEWS»", Capitals.ALL, "«Breaking news»"),
        ("{Name}: NEWS", Capitals.ALL, "{Name}: news"),
        ("{name} www.Example.org", Capitals.USUAL, None),
        (
            "Dear {First_Name}, Your New Order Has Arrived",
            Capitals.TITLE,
            "Dear {First_Name}, your new order has arrived",
        ),
        (
            "Watch New Films With @John_Smith at www.Youtube.com/Watch",
            Capitals.TITLE,
            "Watch new films with @John_Smith at www.Youtube.com/Watch",
        ),
        ("iPhone Sales Rise Again In Berlin", Capitals.USUAL, None),
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
    assert restored("Hallo {name}, 5 km bis a.b@example.org", Capitals.ALL) == "HALLO {name}, 5 km BIS a.b@example.org"


@pytest.mark.parametrize("unit", ["A", "{a", "A@", "5 k", "#A ", "ß", "5km", "A 5 km ", "1,"])
def test_hostile_texts_end(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    assert isinstance(restored(lowered(text, str.lower), capitals(text, str.lower)), str)


@given(st.text(alphabet="aAßẞİ5 km{}@#.'яЇ", max_size=60))
def test_only_the_case_of_a_text_is_changed(text: str) -> None:
    assert lowered(text, str.lower).casefold() == text.replace("İ", "i̇").casefold()
