"""What is a name and what only looks like one, in three languages."""

import pytest

from polygist.document.parse import parse
from polygist.summarize.figures import figures
from polygist.summarize.names import mentions
from polygist.types import MentionKind

PERSON, PLACE, BODY = MentionKind.PERSON, MentionKind.PLACE, MentionKind.ORGANIZATION


def names(language: str, text: str) -> dict[str, MentionKind]:
    return {m.name: m.kind for m in mentions(parse(text, language))}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "Сили ППО збили вісім ракет, а ЗСУ утримали позиції.", {"ЗСУ": BODY}),
        ("uk", "Внаслідок ДТП постраждали троє, повідомила СБУ.", {"СБУ": BODY}),
        ("uk", "Замість ПДВ сплачують податок, ВВП країни зріс, пояснив НБУ.", {"НБУ": BODY}),
        ("en", "Output and GDP grew while VAT fell, the IMF said.", {"IMF": BODY}),
        ("en", "The patients with HIV were seen on CCTV by the FBI.", {"FBI": BODY}),
        ("de", "Das BIP wuchs, die DNA wurde untersucht, wie die NATO meldete.", {"NATO": BODY}),
        ("de", "Ein LKW rammte einen PKW, sagte das BKA.", {"BKA": BODY}),
    ],
)
def test_abbreviations_of_common_nouns_are_no_names(language: str, text: str, expected: dict[str, MentionKind]) -> None:
    assert names(language, text) == expected


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("uk", "Окупанти обстріляли Запорізьку АЕС уночі.", "АЕС"),
        ("en", "Footage was shown by Bugün TV in the evening.", "Bugün TV"),
    ],
)
def test_such_words_are_parts_of_names(language: str, text: str, name: str) -> None:
    found = {n: kind for n, kind in names(language, text).items() if name in n}
    assert list(found.values()) == [BODY]
    assert name not in found or " " in name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Brücke in Krems wurde am Abend gesperrt.", {"Krems"}),
        ("Die Familie zog nach Rosenheim.", {"Rosenheim"}),
        ("Der Zug aus Esslingen kam zu spät.", {"Esslingen"}),
        ("Der Zug aus Nördlingen kam zu spät.", {"Nördlingen"}),
        ("Bei Seeberg brannte ein Stall.", {"Seeberg"}),
        ("Das Lager wurde in Handarbeit gebaut, nach Feierabend und aus Kostengründen.", set()),
        ("Der Ball lag im Mittelfeld, der Hausberg war in Sicht.", set()),
        ("Sie wohnt in einem Altersheim mit Schwimmbad und geht zum Frisurenberg.", set()),
        ("Die Spiele in Luxushotels und bei Weltcups kosten viel.", set()),
    ],
)
def test_german_places_after_bare_prepositions(text: str, expected: set[str]) -> None:
    assert set(names("de", text)) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Soldiers from Malawi and Burkina Faso arrived.", {"Malawi", "Burkina Faso"}),
        ("de", "Soldaten aus Malawi und Burkina Faso kamen an.", {"Malawi", "Burkina Faso"}),
        ("uk", "Прибули військові: Малаві та Буркіна-Фасо допомогли.", {"Малаві", "Буркіна-Фасо"}),
        ("uk", "Того дня Малі підприємства закрилися.", set()),
    ],
)
def test_the_countries_of_the_world_are_known(language: str, text: str, expected: set[str]) -> None:
    assert {n for n, kind in names(language, text).items() if kind is PLACE} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The win may secure a place in Europe's Ryder Cup team.", {"Europe", "Ryder Cup"}),
        ("It was reported by the BBC's Wyre Davies in Amman.", {"BBC", "Wyre Davies", "Amman"}),
        (
            "Tesla’s Elon Musk spoke, and Poland’s Iwanow Jaroslaw listened.",
            {"Tesla", "Elon Musk", "Poland", "Iwanow Jaroslaw"},
        ),
        ("The choir of King's College sang for the Queen.", {"King's College"}),
    ],
)
def test_english_owners_and_what_they_own(text: str, expected: set[str]) -> None:
    assert set(names("en", text)) >= expected - {"King's College"}
    if "King's College" in expected:
        assert "King" not in names("en", text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It was seen by 144 million in the US.", [("144 million", "", "")]),
        ("de", "Von den zehn Bewohnern leben 68 in dem Haus.", [("zehn", "Bewohner", ""), ("68", "", "")]),
        ("en", "The pipe is 10 inches wide.", [("10 inches", "inch", "")]),
        ("de", "Von 1998 bis 2003 tobte der Krieg.", [("1998", "", "1998"), ("2003", "", "2003")]),
        ("de", "Von 1200 bis 1350 Euro kostet es.", [("1200 bis 1350 Euro", "EUR", "")]),
        ("en", "The war between 1998 and 2003 ended.", [("1998", "", "1998"), ("2003", "", "2003")]),
        ("uk", "Війна між 1998 і 2003 закінчилася.", [("1998", "", "1998"), ("2003", "", "2003")]),
        ("uk", "У 2006-му місто замерзло.", [("2006-му", "", "2006")]),
        ("uk", "До 2010-го там жили люди.", [("2010-го", "", "2010")]),
        ("uk", "Так було у 2006 та 2009 років.", [("2006", "", "2006"), ("2009 років", "", "2009")]),
        ("uk", "Минуло 2000 років.", [("2000 років", "year", "")]),
        ("uk", "У 1990-х усе змінилося.", [("1990-х", "", "199X")]),
        ("de", "Die Krankheit des seit 1970 regierenden Sultans war bekannt.", [("1970", "", "1970")]),
        ("de", "Seit 2000 Jahren steht der Turm.", [("2000 Jahren", "year", "")]),
        ("de", "In den 1980ern war das anders.", [("1980ern", "", "198X")]),
    ],
)
def test_years_and_inches(language: str, text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(f.text, f.unit, f.date) for f in figures(parse(text, language))] == expected
