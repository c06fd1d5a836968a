import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import guard
from polygist.translate.guard import units
from polygist.translate.guard.side import Side
from polygist.types import WarningType as W

GOOD = [
    ("en", "He left for Kyiv in 2022.", "uk", "Він поїхав до Києва у 2022 році."),
    ("en", "The deal is worth $1,000.50.", "uk", "Угода коштує 1 000,50 долара."),
    ("en", "NATO", "uk", "НАТО"),
    ("en", "Volodymyr Zelensky", "de", "Volodymyr Zelensky"),
    ("en", "No, no, no!", "de", "Nein, nein, nein!"),
    ("en", "See https://example.org/about/us.", "uk", "Див. https://example.org/about/us."),
    ("en", "The iPhone and eBay are brands.", "uk", "iPhone та eBay – це бренди."),
    ("en", "The company showed its metaMask wallet.", "uk", "Компанія Meta показала свій гаманець metaMask."),
    ("en", "He scored 3 goals at 10 p.m.", "de", "Er schoss um 22:00 Uhr drei Tore."),
    ("de", "Ziel ist der Frieden.", "en", "The goal is peace."),
    ("en", "hahaha", "uk", "хахахахаха"),
    ("de", "Wählen Sie 1) Tee oder 2) Kaffee.", "uk", "Виберіть 1) чай чи 2) каву."),
    ("uk", "Прем’єр-міністр сказав: «Ми готові».", "de", "Der Ministerpräsident sagte: „Wir sind bereit“."),
    ("de", "„Wir sind bereit“, sagte er.", "en", "“We are ready,” he said."),
    ("en", "He is unable to come.", "uk", "Він не може прийти."),
    ("uk", "Ніхто нічого не знав.", "en", "Nobody knew anything."),
    ("en", "It takes not only time but money.", "de", "Es kostet Zeit und auch Geld."),
    ("uk", "Мало не всі скаржаться.", "en", "Nearly all complain."),
    ("en", "See No. 5 for details.", "uk", "Подробиці див. у п. 5."),
    ("de", "Er kam. Sie ging.", "uk", "Він прийшов, а вона пішла."),
    ("uk", "Це було у м. Київ на вул. Хрещатик.", "en", "It was in Kyiv, on Khreshchatyk street."),
    ("en", "Tesla moved to New York.", "uk", "Нікола Тесла переїхав до Нью-Йорка."),
    ("en", "Did he come or not?", "uk", "Він прийшов чи ні?"),
    ("en", "The deal is not done until Friday.", "de", "Die Einigung steht erst am Freitag."),
    ("en", "The log says “access denied” again.", "de", "Im Protokoll steht wieder „access denied“."),
    ("en", "She said “дякую” and left.", "de", "Sie sagte „дякую“ und ging."),
    ("en", "Apple sued.", "de", "Apple klagte."),
    ("en", "He works for Facebook.", "uk", "Він працює у Facebook."),
    ("en", "Hello {name}, 20 % are left of %s.", "de", "Hallo {name}, von %s sind 20 % übrig."),
    ("en", "They make us do or not do it.", "de", "Sie bringen uns dazu, es zu tun oder zu lassen."),
    ("de", "Ob er kommt oder nicht, ist gleich.", "uk", "Чи він приїде, байдуже."),
    ("uk", "Ми не прагнемо лише миру.", "en", "We also want peace."),
    ("en", "You plan to join us, don't you?", "uk", "Ти ж плануєш приєднатися до нас?"),
    ("de", "Das dauert nicht mehr als drei Tage.", "en", "It takes three days at most."),
    ("en", "It is 5 miles (8 km) away.", "de", "Es ist 8 km (5 Meilen) entfernt."),
    ("en", "It cost 1.2 trillion dollars.", "de", "Es kostete 1200 Milliarden Dollar."),
    ("en", "The war cost $3 billion.", "uk", "Війна коштувала 3 млрд доларів."),
    ("de", "Das dauert zwei Tage.", "uk", "Це займе дві доби."),
    ("uk", "Гетьман їв вареники зі сметаною.", "en", "The hetman ate varenyky with sour cream."),
    ("uk", "Бахмут, Соледар, Часів Яр", "de", "Bachmut, Soledar, Tschassiw Jar"),
    ("en", "", "uk", ""),
    ("en", "He is #1 in the world.", "de", "Er ist die Nummer 1 der Welt."),
    ("de", "Siehe Nr. 12.", "en", "See issue #12."),
    ("en", "See issue #12.", "uk", "Див. № 12."),
    ("en", "He has yet to come.", "de", "Er ist noch nicht gekommen."),
    ("uk", "Він ще не прийшов.", "en", "He has yet to come."),
    ("en", "The best is yet to come.", "de", "Das Beste kommt noch."),
    ("en", "No matter what, we win.", "uk", "Хай там що, ми переможемо."),
    ("de", "Wie dem auch sei, wir siegen.", "en", "No matter what, we win."),
    ("uk", "Він не раз там був.", "de", "Er war mehrmals dort."),
    ("en", "One has to agree.", "uk", "Не можна не погодитися."),
    ("de", "Man muss zustimmen.", "uk", "Не можна не погодитися."),
    ("en", "It is nothing but a lie.", "de", "Das ist eine glatte Lüge."),
    ("uk", "Це нічого, крім брехні.", "en", "It is nothing but a lie."),
    ("en", "Don't forget to call.", "uk", "Пам'ятайте зателефонувати."),
    ("en", "Don’t forget to call.", "de", "Denken Sie daran anzurufen."),
    ("de", "Vergessen Sie nicht anzurufen.", "en", "Remember to call."),
    ("en", "Stay out of the city.", "uk", "Не йдіть до міста."),
    ("en", "Stay out of the city.", "de", "Gehen Sie nicht in die Stadt."),
    ("en", "He swam across the English Channel.", "de", "Er schwamm durch den Ärmelkanal."),
    ("en", "He swam across the English Channel.", "uk", "Він переплив Ла-Манш."),
    ("uk", "Чунцін", "en", "Chongqing"),
    ("de", "Er lebt in Chongqing.", "uk", "Він живе в місті Чунцін."),
    ("uk", "Ха-ха-ха-ха!", "en", "Ha ha ha ha!"),
    ("de", "Hahahaha!", "en", "Ha ha ha ha!"),
    ("en", "Muhammad sat on Mount Noor.", "uk", "Магомет сидів на горі Нур."),
    ("en", "The Louvre shows La Joconde and more.", "de", "Der Louvre zeigt La Joconde und mehr."),
    ("en", "A car and a camera", "uk", "Машина та камера"),
    ("en", "Radio", "de", "Radio"),
    ("de", "Hotel", "en", "Hotel"),
    ("en", "Windows", "de", "Windows"),
    ("en", "Telegram", "de", "Telegram"),
    ("de", "Kindergarten", "en", "Kindergarten"),
    ("de", "Merz", "en", "Merz"),
    ("de", "Hannover", "en", "Hannover"),
    ("de", "Spiegel", "en", "Spiegel"),
    ("uk", "Слава Україні", "en", "Slava Ukraini"),
    ("uk", "Борщ", "de", "Borschtsch"),
    ("uk", "Новий Майдан", "de", "Neuer Maidan"),
    ("en", "Mum made borscht today.", "uk", "Мама сьогодні варила борщ."),
]
BAD = [
    ("en", "He said that he would go home.", "uk", "Він сказав, що він сказав, що він сказав, що", W.REPETITION),
    ("en", "The cat.", "de", "die die die die die die", W.REPETITION),
    ("de", "Seltene Erden sind wichtig.", "uk", "Рідкісніснісніснісніснісні метали важливі.", W.REPETITION),
    (
        "en",
        "The song was sung at the stadium.",
        "uk",
        "У вівці «Ой у небі – червоний кіт» виконано пісню «Ой у небі – червоний кіт».",
        W.REPETITION,
    ),
    ("uk", "Він пішов додому.", "en", "He went home again, he went home again.", W.REPETITION),
    (
        "uk",
        "Тварину тоді ведуть, і тварину тоді ведуть далі.",
        "de",
        "Das Tier wird dann an den Tier, und der Tier wird dann an den Tier.",
        W.REPETITION,
    ),
    ("de", "Der Hund bellt laut.", "en", "The dog barks and the dog barks.", W.REPETITION),
    ("en", "The dog barks loudly.", "uk", "Собака гавкає там, і собака гавкає там.", W.REPETITION),
    ("en", "He left the city at night.", "uk", "Он уехал из города ночью, чтобы выжить.", W.WRONG_LANGUAGE),
    ("en", "He did it today.", "uk", "Он сделал это сегодня.", W.WRONG_LANGUAGE),
    ("en", "What to do?", "uk", "Что делать?", W.WRONG_LANGUAGE),
    ("en", "The cat sat down and slept.", "de", "Le chat s'est assis sur le tapis.", W.WRONG_LANGUAGE),
    ("en", "The cat sat down and slept.", "de", "El gato se sentó y durmió.", W.WRONG_LANGUAGE),
    ("uk", "Кіт сів на килимок і заснув.", "de", "De kat zat op de mat en sliep.", W.WRONG_LANGUAGE),
    ("de", "Die Katze schlief auf der Matte.", "en", "Le chat a dormi sur le tapis.", W.WRONG_LANGUAGE),
    ("uk", "Кіт сів на килимок і заснув.", "en", "Kot usiadł na dywaniku i zasnął.", W.WRONG_LANGUAGE),
    ("en", "The cat sat down and slept.", "uk", "Кот сел на коврик и уснул.", W.WRONG_LANGUAGE),
    ("de", "Der Zug nach Kiew kam zu spät.", "uk", "Поезд в Киев опоздал.", W.WRONG_LANGUAGE),
    ("en", "The dog barks loudly.", "uk", "Собака громко лает.", W.WRONG_LANGUAGE),
    ("en", "The train came too late.", "uk", "Потяг до Києва приехал слишком пізно.", W.WRONG_LANGUAGE),
    ("en", "The cat sat down and slept.", "uk", "Котката седна на килима и заспа.", W.WRONG_LANGUAGE),
    ("de", "Die Sicherheit ist wichtig.", "uk", "Безпека і ответственность важливі.", W.WRONG_LANGUAGE),
    ("en", "People work there too.", "uk", "Людзі таксама там.", W.WRONG_LANGUAGE),
    ("en", "[Photo: Reuters]", "uk", "[Фота: Reuters]", W.WRONG_LANGUAGE),
    ("en", "He left the city at night.", "uk", "He left this city in the night.", W.WRONG_LANGUAGE),
    ("en", "The former president", "uk", "früheren президент", W.WRONG_LANGUAGE),
    ("en", "He met Donald Trump there.", "uk", "Він зустрів там Donald Trump.", W.WRONG_LANGUAGE),
    ("en", "Kaja Kallas spoke.", "uk", "Кaja Каллас виступила.", W.WRONG_LANGUAGE),
    ("en", "Ukraine’s natural resources", "uk", "України’s природні ресурси", W.WRONG_LANGUAGE),
    ("en", "He left the city at night.", "de", "Він поїхав з міста вночі.", W.WRONG_LANGUAGE),
    ("uk", "Він поїхав з міста вночі.", "de", "He left the city and this is the end.", W.WRONG_LANGUAGE),
    ("uk", "Він сказав це і пішов.", "en", "Er hat das gesagt und ist gegangen.", W.WRONG_LANGUAGE),
    ("uk", "Саміт у Вільнюсі завершився.", "de", "Der Gipfel in Вільнюсі ist zu Ende.", W.WRONG_LANGUAGE),
    ("en", "The summit ended.", "de", "Der саміт ist zu Ende.", W.WRONG_LANGUAGE),
    ("de", "Zwei Tote in Bayern", "uk", "Двоє загиблих у Bavarians", W.WRONG_LANGUAGE),
    ("de", "Apfel", "uk", "Apple", W.WRONG_LANGUAGE),
    ("en", "Broader implications", "de", "Broader-Inhalt", W.UNTRANSLATED),
    ("de", "Dort arbeiten Hufschmiede.", "en", "There are hufschmiede at work.", W.UNTRANSLATED),
    ("en", "Apple", "uk", "Apple", W.UNTRANSLATED),
    ("de", "Wasser", "en", "Wasser", W.UNTRANSLATED),
    ("de", "Krieg", "en", "Krieg", W.UNTRANSLATED),
    ("en", "Dogs", "de", "Dogs", W.UNTRANSLATED),
    ("en", "Yesterday", "de", "Yesterday", W.UNTRANSLATED),
    ("uk", "Добрий день", "en", "Dobryi den", W.UNTRANSLATED),
    ("uk", "Добрий день", "de", "Dobryj den", W.UNTRANSLATED),
    ("de", "Äpfel . . . 2,40", "uk", "У Apple . . . 2,40", W.WRONG_LANGUAGE),
    ("en", "He ate an orange there.", "uk", "Він з'їв там Apfel.", W.WRONG_LANGUAGE),
    ("en", "Teh presidnet of Ukrane vsited Berln.", "de", "Teh presidnet der Ukrane vs. Berln.", W.UNTRANSLATED),
    ("de", "Der Bundeskanlzer besuhte gsetern Kiw.", "en", "The Bundeskanlzer besuhte gsetern Kiw.", W.UNTRANSLATED),
    ("de", "Photosynthese", "en", "Photosynthese", W.UNTRANSLATED),
    ("en", "He told reporters this.", "uk", "Він сказав reporters це.", W.UNTRANSLATED),
    ("en", "during a cabinet meeting", "uk", "під час зустрічі у Cabinet", W.UNTRANSLATED),
    ("en", "Broader Implications", "uk", "Broader Implications", W.UNTRANSLATED),
    ("en", "Broader Implications", "de", "Broader Implications", W.UNTRANSLATED),
    ("en", "Broader Implications", "uk", "Ширші Implications", W.UNTRANSLATED),
    ("en", "Ceasefire Prospects", "de", "Ceasefire Aussichten", W.UNTRANSLATED),
    ("de", "Weitere Folgen", "uk", "Weitere Folgen", W.UNTRANSLATED),
    ("fr", "Il habite ici.", "uk", "Він habite тут.", W.UNTRANSLATED),
    ("uk", "Біжи, біжи, біжи щодуху", "de", "Biyis, Biyis biyis", W.UNTRANSLATED),
    ("uk", "Біжи, біжи, біжи щодуху", "en", "Biyis, Biyis biyis", W.UNTRANSLATED),
    ("uk", "Ширші наслідки війни", "en", "Shyrshi naslidky viiny", W.UNTRANSLATED),
    ("en", "Broader implications remain", "uk", "Бродер імплікейшнс ремейн", W.UNTRANSLATED),
    ("en", "Conclusion of the talks", "de", "Conclusion of the talks", W.UNTRANSLATED),
    ("en", "He left the city at night.", "de", "He left the city at night.", W.UNTRANSLATED),
    ("en", "He left the city, and he went home.", "de", "Er verließ die Stadt, und", W.OUTPUT_CUT),
    ("de", "Er verließ die Stadt und kam nach Hause.", "uk", "Він покинув місто і", W.OUTPUT_CUT),
    ("uk", "Він покинув місто і повернувся додому.", "en", "He left the", W.OUTPUT_CUT),
    (
        "en",
        "He came home late. The children were asleep long before.",
        "de",
        "Er kam spät heim.",
        W.SENTENCE_MISMATCH,
    ),
    ("de", "Er kam.", "uk", "Він прийшов. Потім він довго розповідав про свою роботу.", W.SENTENCE_MISMATCH),
    ("en", "He left the city at night and did not return for years.", "de", "Er ging.", W.LENGTH_OUT_OF_RANGE),
    ("en", "He left.", "de", "", W.LENGTH_OUT_OF_RANGE),
    ("en", "He did not come.", "uk", "Він прийшов.", W.NEGATION_MISMATCH),
    ("en", "It isn’t true.", "de", "Es ist wahr.", W.NEGATION_MISMATCH),
    ("en", "He has yet to come.", "de", "Er ist gekommen.", W.NEGATION_MISMATCH),
    ("en", "He did not come, no matter what.", "de", "Er kam, wie dem auch sei.", W.NEGATION_MISMATCH),
    ("de", "Es gab keinen Frost.", "en", "There was frost.", W.NEGATION_MISMATCH),
    ("uk", "Він ніколи тут не жив.", "de", "Er lebte hier.", W.NEGATION_MISMATCH),
    ("uk", "Він прийшов.", "en", "He never came.", W.NEGATION_MISMATCH),
    ("en", "He came, but she did not.", "de", "Er kam, aber sie ging.", W.NEGATION_MISMATCH),
    ("en", "It is hard since you cannot see it.", "uk", "Це важко, бо ви це бачите.", W.NEGATION_MISMATCH),
    ("en", "No-one knows the way.", "de", "Man kennt die Straße.", W.NEGATION_MISMATCH),
    ("de", "Er kam nimmer zurück.", "uk", "Він повернувся.", W.NEGATION_MISMATCH),
    ("uk", "Він нізащо туди піде.", "de", "Er geht dorthin.", W.NEGATION_MISMATCH),
    ("en", "He dont know the city.", "uk", "Він знає місто.", W.NEGATION_MISMATCH),
    ("en", "He spoke with Scholz.", "uk", "Він говорив із Макроном.", W.NAME_MISMATCH),
    ("en", "He met Trump in Washington.", "uk", "Він зустрів Трампа.", W.NAME_MISMATCH),
    ("de", "Er traf Selenskyj in Kiew.", "en", "He met Poroshenko in Kyiv.", W.NAME_MISMATCH),
    ("uk", "Вона поїхала до Німеччини.", "de", "Sie fuhr nach Polen.", W.NAME_MISMATCH),
    ("en", "In 2022 there were 150 people.", "de", "Im Jahr 2023 waren es 150 Personen.", W.NUMBER_MISMATCH),
    ("en", "It cost $5.2 million.", "uk", "Коштувало 52 мільйони.", W.NUMBER_MISMATCH),
    ("en", "Section 5 of the act applies.", "uk", "Закон діє.", W.NUMBER_MISMATCH),
    ("uk", "Вежа має 100 метрів заввишки.", "en", "The tower is 100 kilometers high.", W.NUMBER_MISMATCH),
    ("en", "It cost 5 million dollars.", "de", "Es kostete 5 Milliarden Dollar.", W.NUMBER_MISMATCH),
    ("en", "Two billion people live there.", "de", "Zwei Billionen Menschen leben dort.", W.NUMBER_MISMATCH),
    ("de", "Es kostet 5 Euro.", "uk", "Це коштує 5 доларів.", W.NUMBER_MISMATCH),
    ("en", "It costs $5.", "uk", "Це коштує 5 євро.", W.NUMBER_MISMATCH),
    ("en", "It is 5km away.", "uk", "Це за 5 миль.", W.NUMBER_MISMATCH),
    ("uk", "Він чекав три години.", "de", "Er wartete drei Tage.", W.NUMBER_MISMATCH),
    ("en", "See #euro2024 today.", "de", "Siehe #euro2028 heute.", W.PLACEHOLDER_MISSING),
    ("en", "Write to press@example.org today.", "uk", "Напишіть сьогодні.", W.PLACEHOLDER_MISSING),
    ("de", "Mehr auf www.example.org.", "en", "More at www.example.com.", W.PLACEHOLDER_MISSING),
    ("de", "Danke, @redaktion!", "uk", "Дякую!", W.PLACEHOLDER_MISSING),
    ("en", "Hello {Name}", "de", "Hallo {name}", W.PLACEHOLDER_MISSING),
    ("uk", "Більше #Війна", "de", "Mehr #війна", W.PLACEHOLDER_MISSING),
    ("uk", "Файл {name} не знайдено в %s", "en", "The file is not found in %s", W.PLACEHOLDER_MISSING),
    ("en", "Hello, %(user)s and ${other}!", "de", "Hallo, %(user)s und anderer!", W.PLACEHOLDER_MISSING),
    ("en", '"No," he said.', "de", "„Nein, sagte er.", W.UNBALANCED),
    ("de", "„Nein“, sagte er.", "uk", "«Ні, – сказав він.", W.UNBALANCED),
    ("uk", "Музей (1891) зачинено.", "en", "The museum (1891 is closed.", W.UNBALANCED),
    (
        "en",
        '"We have nothing to hide from any of you here," he said.',
        "de",
        "Wir verbergen nichts, sagte er.",
        W.UNBALANCED,
    ),
]


@pytest.mark.parametrize(("source_language", "source", "target_language", "target"), GOOD)
def test_good_translations_pass(source_language: str, source: str, target_language: str, target: str) -> None:
    assert guard.doubts(source, target, source_language, target_language, finished=True) == frozenset()


@pytest.mark.parametrize(("source_language", "source", "target_language", "target", "expected"), BAD)
def test_bad_translations_are_caught(
    source_language: str, source: str, target_language: str, target: str, expected: W
) -> None:
    assert expected in guard.doubts(source, target, source_language, target_language, finished=True)


def test_an_unfinished_translation_is_said_to_be_cut() -> None:
    assert guard.doubts("He left.", "Er ging.", "en", "de", finished=False) == {W.OUTPUT_CUT}


def test_every_doubt_has_a_severity_and_a_sentence() -> None:
    possible = {warning for warning, _ in guard.DETECTORS.values()} | {W.OUTPUT_CUT}
    assert possible == set(guard.SEVERITY)
    assert possible | {W.SEGMENT_SPLIT} == set(guard.DETAILS)


LANGUAGES = st.sampled_from(["en", "de", "uk", "fr", ""])


@given(st.text(), st.text(), LANGUAGES, LANGUAGES)
def test_no_text_breaks_the_guard(source: str, target: str, source_language: str, target_language: str) -> None:
    assert guard.severity(guard.doubts(source, target, source_language, target_language, finished=True)) >= 0


@given(st.text(alphabet="Яaя 'Ʒß.,\"“(«)1é-’İ", max_size=80))
def test_no_mixture_of_letters_breaks_the_guard(text: str) -> None:
    assert isinstance(guard.doubts(text, text[::-1], "uk", "de", finished=True), frozenset)


@pytest.mark.parametrize(
    "unit", ["9", "a", "я", "Ab", "Ab ", "не ", "(", '"', "a.b@", "Ab-", "ab'", "ha ", "#a ", "1,", ". A", "Nein ", "!"]
)
def test_hostile_texts_end(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    assert isinstance(guard.doubts(text, text[1:] + "x", "en", "uk", finished=True), frozenset)
    assert isinstance(guard.doubts(text[1:] + "x", text, "de", "en", finished=True), frozenset)


def test_the_beginnings_of_a_word_without_end_are_not_looked_up() -> None:
    """With the square of this length it would take minutes."""
    assert not units.swapped(Side("a" * 1_000_000, "en"), Side("b" * 1_000_000, "de"))
