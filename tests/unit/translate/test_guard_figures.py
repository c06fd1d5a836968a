"""What the guard says of numbers in the formats of both languages, of signs, dates and units."""

import pytest

from polygist.translate import guard
from polygist.types import WarningType

SAME = [
    ("en", "1,234 rooms at 1.5 million", "de", "1.234 Zimmer zu 1,5 Millionen"),
    ("en", "3,000 soldiers", "uk", "3 000 солдатів"),
    ("uk", "1.5 млн людей, 1,5 млн гривень", "en", "1.5 million people, 1.5 million hryvnias"),
    ("en", "300 soldiers, 250 guns", "uk", "Триста солдатів, двісті п'ятдесят гармат"),
    ("en", "120 soldiers, 350 guns", "de", "hundertzwanzig Soldaten, dreihundertfünfzig Kanonen"),
    ("en", "2.5 million and 500,000", "uk", "два з половиною мільйони та півмільйона"),
    ("en", "0.5 million", "de", "eine halbe Million"),
    ("en", "1/4 of them", "uk", "чверть з них"),
    ("en", "1/4 of them", "de", "ein Viertel von ihnen"),
    ("en", "1 in 3 people", "de", "Jeder Dritte"),
    ("en", "1 in 3 people", "uk", "кожен третій"),
    ("de", "1 von 3", "uk", "кожен третій"),
    ("uk", "від 1 до 3", "en", "from 1 to 3"),
    ("en", "at 5:30", "de", "um halb sechs"),
    ("en", "at 5:30", "uk", "о пів на шосту"),
    ("de", "um Viertel vor sechs", "en", "at 5:45"),
    ("en", "It was −5 °C.", "uk", "Було −5 °C."),
    ("en", "It was -5 °C.", "de", "Es waren 5 Grad unter null."),
    ("de", "Es waren -5 Grad.", "uk", "Було 5 градусів морозу."),
    ("en", "A change of -5 %", "de", "Ein Rückgang um 5 %"),
    ("en", "The F -16 and 10 -15 people", "uk", "F-16 і 10-15 людей"),
    ("en", "About 5-10", "de", "Etwa 5–10"),
    ("en", "5 kg, 5 km, 20 °C", "uk", "5 кг, 5 км, 20 °C"),
    ("en", "8 GB and 5 megawatts", "de", "8 Gigabyte und 5 MW"),
    ("en", "5 pounds ($6)", "uk", "5 фунтів (6 доларів)"),
    ("en", "5 pounds of meat", "de", "5 Pfund Fleisch"),
    ("en", "$5m for 3 km", "de", "5 Mio. Dollar für 3 km"),
    ("en", "5G in the 1st second", "de", "5G in der 1. Sekunde"),
    ("uk", "5 м. Київ", "en", "5 Kyiv"),
    ("en", "on 3 October", "uk", "3 жовтня"),
    ("en", "Theresa May said so in March.", "de", "Theresa May sagte dies im März."),
    ("en", "Theresa May said so.", "de", "Theresa May sagte dies."),
    ("en", "They may march in June.", "uk", "Можливо, вони маршируватимуть у червні."),
    ("en", "He may march on.", "de", "Vielleicht zieht er im Mai weiter."),
    ("en", "At Mar-a-Lago in February", "uk", "У Мар-а-Лаго в лютому"),
    ("de", "Jan kam im Mai.", "uk", "Ян прийшов у травні."),
    ("uk", "Серп і молот у серпні, січ у січні", "en", "Hammer and sickle in August, the Sich in January"),
    ("de", "Er kommt Sa oder So.", "en", "He comes on Saturday or Sunday."),
    ("de", "Herr Sonntag kam am Montag.", "uk", "Пан Зонтаг прийшов у понеділок."),
    ("en", "On Sunday night", "de", "In der Nacht zum Montag"),
    ("uk", "У ніч на понеділок", "en", "On Sunday night"),
    ("de", "am Karfreitag", "en", "on Good Friday"),
    ("de", "am Sonnabendabend", "uk", "у суботу ввечері"),
    ("en", "Wednesday is in the middle, among others.", "uk", "Середа посередині, серед інших."),
]
OTHER = [
    ("en", "3,000 soldiers died.", "uk", "3 солдати загинули."),
    ("en", "Some 200,000 people came.", "uk", "Прийшло близько 200 людей."),
    ("en", "About 5,000", "de", "Etwa 5"),
    ("de", "Rund 5.000 Menschen", "en", "about 5 people"),
    ("de", "1.500 Menschen", "en", "1.5 people"),
    ("uk", "Понад 1 500 людей", "de", "Über 1,5 Menschen"),
    ("en", "It has 1,234 rooms.", "de", "Es hat 1,234 Zimmer."),
    ("de", "Es hat 1.234 Zimmer.", "en", "It has 1.234 rooms."),
    ("en", "It has 1,234 rooms.", "uk", "Тут 1,234 номера."),
    ("en", "1/4 of them", "de", "ein Drittel von ihnen"),
    ("en", "at 5:30", "de", "um halb sieben"),
    ("en", "It was −5 °C.", "uk", "Було 5 °C."),
    ("de", "Es waren -5 Grad.", "uk", "Було 5 градусів."),
    ("uk", "Було (-5).", "en", "It was (5)."),
    ("en", "It is 5 outside.", "de", "Draußen sind es -5."),
    ("en", "5 kg", "de", "5 g"),
    ("de", "5 kg", "uk", "5 г"),
    ("en", "5 km", "uk", "5 м"),
    ("en", "5 km", "de", "5 m"),
    ("en", "20 °C", "de", "20 °F"),
    ("en", "20 degrees Celsius", "uk", "20 °F"),
    ("en", "8 GB", "uk", "8 МБ"),
    ("de", "8 MW", "uk", "8 ГВт"),
    ("en", "8 megawatts", "de", "8 Gigawatt"),
    ("en", "5 minutes", "de", "5 Sekunden"),
    ("en", "5 minutes", "uk", "5 секунд"),
    ("en", "5 pounds of meat", "uk", "5 кілограмів м'яса"),
    ("de", "5 Pfund Fleisch", "en", "5 kilos of meat"),
    ("en", "on 3 October", "uk", "3 листопада"),
    ("en", "Thursday's talks", "de", "die Gespräche vom Dienstag"),
    ("en", "the post-September 11 era", "uk", "епоха після 11 липня"),
    ("en", "24 August to 5 September", "de", "24. Februar bis 5. September"),
    ("en", "in May", "de", "im März"),
    ("de", "im Juni", "uk", "у липні"),
    ("en", "He comes on Monday.", "de", "Er kommt am Dienstag."),
    ("en", "Monday evening", "uk", "увечері у вівторок"),
    ("de", "Freitagabend", "uk", "у четвер увечері"),
]


def _doubts(row: tuple[str, str, str, str]) -> frozenset[WarningType]:
    source_language, source, target_language, target = row
    return guard.doubts(source, target, source_language, target_language, finished=True)


@pytest.mark.parametrize("row", SAME)
def test_the_same_figures_pass_both_ways(row: tuple[str, str, str, str]) -> None:
    assert WarningType.NUMBER_MISMATCH not in _doubts(row)
    assert WarningType.NUMBER_MISMATCH not in _doubts((*row[2:], *row[:2]))


@pytest.mark.parametrize("row", OTHER)
def test_other_figures_are_doubted_both_ways(row: tuple[str, str, str, str]) -> None:
    assert WarningType.NUMBER_MISMATCH in _doubts(row)
    assert WarningType.NUMBER_MISMATCH in _doubts((*row[2:], *row[:2]))
