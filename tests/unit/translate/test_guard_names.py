import pytest

from polygist.translate.guard import names
from polygist.translate.guard.side import Side
from polygist.translate.guard.sounds import alike, skeleton

SAME = [
    ("Zelensky", "Зеленського"),
    ("Selenskyj", "Зеленський"),
    ("Trump", "Трампом"),
    ("Scholz", "Шольца"),
    ("Merz", "Мерцем"),
    ("Kallas", "Каллас"),
    ("Macron", "Макрону"),
    ("Charkiw", "Харкова"),
    ("Kharkiv", "Харків"),
    ("Tschernihiw", "Чернігові"),
    ("Washington", "Вашингтоні"),
    ("Wright", "Райт"),
    ("Johnson", "Джонсоном"),
    ("George", "Георг"),
    ("George", "Джорджа"),
    ("Schmidt", "Шмідта"),
    ("Brüssel", "Брюсселі"),
    ("Oksana", "Оксаною"),
]
OTHER = [
    ("Zelensky", "Порошенко"),
    ("Trump", "Байден"),
    ("Scholz", "Макрон"),
    ("London", "Парижі"),
    ("Kallas", "Орбаном"),
    ("Hamburg", "Лейпциг"),
]


@pytest.mark.parametrize(("name", "word"), SAME)
def test_a_name_is_known_again(name: str, word: str) -> None:
    assert alike(name, word)
    assert alike(word, name)


@pytest.mark.parametrize(("name", "word"), OTHER)
def test_another_name_is_not_taken_for_it(name: str, word: str) -> None:
    assert not alike(name, word)


def test_a_skeleton_is_short_whatever_the_word() -> None:
    assert len(skeleton("tsch" * 1000)) < 60
    assert skeleton("") == skeleton("'’") == ""


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("en", "He flew from Germany to Russia."), ("de", "Er flog von Deutschland nach Russland.")),
        (("en", "He flew from Germany to Russia."), ("uk", "Він полетів із Німеччини до Росії.")),
        (("en", "The South African team won."), ("de", "Die südafrikanische Mannschaft siegte.")),
        (("en", "India's and China's armies met."), ("de", "Die Armeen Indiens und Chinas trafen sich.")),
        (("en", "We saw Hong Kong."), ("uk", "Ми бачили Гонконг.")),
        (("en", "They like the London streets."), ("uk", "Їм подобаються лондонські вулиці.")),
        (("de", "Die Galerieausstellung in Köln ist offen."), ("en", "The gallery exhibition in Cologne is open.")),
        (("uk", "Про це повідомило Міноборони."), ("de", "Das teilte das Verteidigungsministerium mit.")),
        (("en", "He works for NATO and the EU."), ("uk", "Він працює в НАТО та ЄС.")),
        (("de", "Sie kam mit dem Zug aus Wien."), ("uk", "Вона приїхала потягом із Відня.")),
        (("en", "He left the SNP in May."), ("uk", "Він вийшов із Шотландської національної партії в травні.")),
        (("de", "Er gewann die EM in Nordtirol."), ("en", "He won the European Championship in Tyrol.")),
        (("uk", "Вони говорили в Інтернеті."), ("en", "They talked online.")),
        (("en", "The Kazakh team won."), ("uk", "Перемогла казахстанська команда.")),
        (("uk", "Так вирішив Мінфін."), ("de", "So entschied das Finanzministerium.")),
        (("de", "Ist die Selbstgeiselung vorbei?"), ("en", "Is it over?")),
    ],
)
def test_names_that_differ_by_language_are_no_doubt(source: tuple[str, str], target: tuple[str, str]) -> None:
    one, two = Side(source[1], source[0]), Side(target[1], target[0])
    assert not names.mismatch(one, two)
    assert not names.mismatch(two, one)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("en", "He lives in Paris now."), ("uk", "Він більше там живе.")),
        (("en", "Rescuers flew to Haiti."), ("de", "Die Retter flogen los.")),
        (("uk", "Вони їдуть до Канади."), ("en", "They go and come.")),
    ],
)
def test_no_small_word_stands_for_a_name(source: tuple[str, str], target: tuple[str, str]) -> None:
    assert names.mismatch(Side(source[1], source[0]), Side(target[1], target[0]))


def test_a_long_list_of_names_is_not_compared() -> None:
    def lists(names: int) -> tuple[Side, Side]:
        return Side("He met " + "Trump, " * names + "too.", "en"), Side("Він зустрів " + "Шольца, " * names, "uk")

    assert names.mismatch(*lists(40))
    assert not names.mismatch(*lists(60))
