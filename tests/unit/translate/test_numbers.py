import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import numbers

GOOD = [
    # separators
    ("It has 1,000.5 units.", "Es hat 1.000,5 Einheiten.", "de"),
    ("Es hat 1.000,50 Einheiten.", "Воно має 1 000,5 одиниці.", "uk"),
    ("It has 1,234 rooms.", "Es hat 1.234 Zimmer.", "de"),
    ("It weighs 1.234 grams.", "Воно важить 1,234 грама.", "uk"),
    ("Die Schweiz zahlte 1'250'000 Franken.", "Switzerland paid 1,250,000 francs.", "en"),
    ("12 345 людей", "12,345 people", "en"),
    ("In 2022 150 people came.", "У 2022 році приїхали 150 людей.", "uk"),
    ("6,000 of the 330,000", "6000 із 330\u00a0000", "uk"),
    ("A rate of 2.0 or 0.50.", "Ein Satz von 2 oder 0,5.", "de"),
    ("It grew by 4.5%.", "Es wuchs um 4,5 Prozent.", "de"),
    # scale words
    ("It cost $5.2bn.", "Es kostete 5,2 Mrd. Dollar.", "de"),
    ("15 тис. осіб", "15,000 people", "en"),
    ("1.5 million people", "1 500 000 людей", "uk"),
    ("$1.25 trillion", "1250 Mrd. Dollar", "de"),
    ("Two million people", "2.000.000 Menschen", "de"),
    ("Five hundred people came.", "Es kamen 500 Menschen.", "de"),
    # dates, years
    ("…am 3. Mai 2024…5,2 Mio.", "…3 травня 2024…5,2 млн", "uk"),
    ("He won on 3 May 2024.", "Er gewann am 03.05.2024.", "de"),
    ("Am 3.5. siegte er.", "He won on May 3.", "en"),
    ("Er siegte am 03.05.24.", "Він переміг 3 травня 2024 року.", "uk"),
    ("After 9/11 all changed.", "Nach dem 11. September änderte sich alles.", "de"),
    ("У 2014–2020 роках", "in 2014-20", "en"),
    ("the 1990s", "90-ті роки", "uk"),
    ("die 90er Jahre", "the 1990s", "en"),
    ("since the early 1900s", "seit Anfang des 20. Jahrhunderts", "de"),
    ("We are open 24/7.", "Wir haben rund um die Uhr offen.", "de"),
    ("at 0430", "о 04:30", "uk"),
    ("the 19th century", "XIX століття", "uk"),
    ("ХІХ століття", "das 19. Jahrhundert", "de"),
    # times, scores
    ("At 10 p.m. he left.", "Um 22:00 Uhr ging er.", "de"),
    ("At 10:30 pm he left.", "О 22:30 він пішов.", "uk"),
    ("Um 10.30 Uhr ging er.", "He left at 10:30.", "en"),
    ("о 9 вечора", "at 21:00", "en"),
    ("from 10 to 11 p.m.", "von 22 bis 23 Uhr", "de"),
    ("around 1200 GMT", "gegen 12 Uhr GMT", "de"),
    ("They won 2:1.", "Вони перемогли 2-1.", "uk"),
    # words on one side
    ("He scored 3 goals.", "Er schoss drei Tore.", "de"),
    ("Вона посіла 3-є місце.", "She came third.", "en"),
    ("Second place for Kyiv", "2. Platz für Kyjiw", "de"),
    ("Він мав двох братів.", "He had 2 brothers.", "en"),
    ("25 Menschen", "двадцять п'ять людей", "uk"),
    ("Fünfundzwanzig Menschen", "25 people", "en"),
    ("п’ятирічний план", "a 5-year plan", "en"),
    ("Er wartete anderthalb Jahre.", "He waited 1.5 years.", "en"),
    ("2½ years", "2,5 Jahre", "de"),
    ("саміт Великої сімки", "the G7 summit", "en"),
    ("Er wartete zweieinhalb Jahre.", "Він чекав 2,5 року.", "uk"),
    ("Er wartete anderthalb Jahre.", "Він чекав півтора року.", "uk"),
    ("He waited 1.5 years.", "Він чекав півтора року.", "uk"),
    ("He had three dogs.", "Er hatte Hunde.", "de"),  # small number words are not compared with words
    # digits in words, units
    ("COVID-19 and the F-16", "COVID-19 und die F-16", "de"),
    ("The area is 5 km2.", "Die Fläche beträgt 5 Quadratkilometer.", "de"),
    ("CO2 rises.", "CO₂ steigt.", "de"),
    ("He said 5, yes 5.", "Er sagte 5.", "de"),
    ("See https://example.org/2024/05.", "Див. https://example.org/2024/05.", "uk"),
    ("٣٤ people", "34 Personen", "de"),
    ("He had 3 dogs.", "Il avait trois chiens.", "fr"),
]
BAD = [
    ("It cost $5.2 million.", "Коштувало 52 мільйони.", "uk"),
    ("They won on 3 May and got 7 points.", "Вони перемогли і здобули очки.", "uk"),
    ("They won on 3 May and got 7 points.", "Sie siegten und holten Punkte.", "de"),
    ("ст. 5 закону діє", "das Gesetz ist gültig", "de"),
    ("Am 3. Mai begann es.", "It began in May.", "en"),
    ("In 2022 there were 150 people.", "Im Jahr 2023 waren es 150 Personen.", "de"),
    ("It grew by 4.5%.", "Es wuchs um 45 Prozent.", "de"),
    ("It grew by 4.5%.", "Воно зросло на 4,6 %.", "uk"),
    ("1,234,567 people", "1 234 568 людей", "uk"),
    ("1.000,5 Einheiten", "10,005 units", "en"),
    ("15 тис. осіб", "150,000 people", "en"),
    ("5,2 Mio. Euro", "5,300,000 euros", "en"),
    ("They won 2:1.", "Вони перемогли 2:3.", "uk"),
    ("Вони грали 0:0.", "They won 4-0.", "en"),
    ("At 10:30 he left.", "Um 10:45 Uhr ging er.", "de"),
    ("At 10 p.m. he left.", "Um 23 Uhr ging er.", "de"),
    ("on 3 May 2024", "am 03.06.2024", "de"),
    ("Er siegte am 13.5.", "Він переміг 14 травня.", "uk"),
    ("the 1990s", "80-ті роки", "uk"),
    ("the 1970s", "die 5970er Jahre", "de"),
    ("the 19th century", "XVIII століття", "uk"),
    ("in 2014–20", "у 2014–2021 роках", "uk"),
    ("He had 3 dogs.", "Er hatte vier Hunde.", "de"),
    ("Він мав двох братів.", "He had 3 brothers.", "en"),
    ("25 Menschen", "двадцять чотири людини", "uk"),
    ("He may win 5 games.", "Він може виграти ігри.", "uk"),
    ("He left.", "Er ging um 8.", "de"),
    ("Пішов.", "He left in 2019.", "en"),
    ("COVID-19", "COVID", "de"),
    ("Die F-16 flog.", "The F-15 flew.", "en"),
    ("See https://example.org/2024.", "Siehe https://example.org/2025.", "de"),
    ("He had 30 dogs.", "Il avait trois chiens.", "fr"),
]


@pytest.mark.parametrize(("source", "target", "language"), GOOD)
def test_the_same_numbers_match_both_ways(source: str, target: str, language: str) -> None:
    assert not numbers.mismatch(source, target, language)
    if language != "fr":
        assert not numbers.mismatch(target, source, "en")


@pytest.mark.parametrize(("source", "target", "language"), BAD)
def test_a_missing_or_added_number_is_found_both_ways(source: str, target: str, language: str) -> None:
    assert numbers.mismatch(source, target, language)
    if language != "fr":
        assert numbers.mismatch(target, source, "en")


@pytest.mark.parametrize(
    ("source", "target", "differs"),
    [
        (("Nur achtzehn Medaillen", "de"), ("Only eighteen medals", "en"), False),
        (("вісімнадцять медалей", "uk"), ("achtzehn Medaillen", "de"), False),
        (("двадцять п'ять років", "uk"), ("fünfundzwanzig Jahre", "de"), False),
        (("two thousand three hundred people", "en"), ("zweitausenddreihundert Menschen", "de"), False),
        (("триста п’ятдесят осіб", "uk"), ("three hundred and fifty people", "en"), False),
        (("the eighteenth century", "en"), ("achtzehntes Jahrhundert", "de"), False),
        (("eighteen people", "en"), ("18 осіб", "uk"), False),
        (("Сотні людей", "uk"), ("Hundreds of people", "en"), False),
        (("Both waited two and a half years.", "en"), ("Beide warteten zweieinhalb Jahre.", "de"), False),
        (("Geben Sie acht, dass er kommt.", "de"), ("Make sure that he comes.", "en"), False),
        (("Das Zwölffache und das Elffache", "de"), ("twelve times and eleven times as much", "en"), False),
        (("стовідсоткова точність", "uk"), ("one-hundred percent certainty", "en"), False),
        (("З великої сім'ї та бідної сім’ї", "uk"), ("From a large family and a poor one", "en"), False),
        (("three men", "en"), ("vier Männer", "de"), True),
        (("eight of them", "en"), ("einige von ihnen", "de"), True),
        (("Nur achtzehn Medaillen", "de"), ("Only eight medals", "en"), True),
        (("вісімнадцять медалей", "uk"), ("achtzig Medaillen", "de"), True),
        (("He waited forty years.", "en"), ("Er wartete Jahre.", "de"), True),
        (("Двадцять п’ять осіб у 2019 році", "uk"), ("Thirty-five people in 2019", "en"), True),
    ],
)
def test_numbers_in_words_are_compared_from_four_on(
    source: tuple[str, str], target: tuple[str, str], differs: bool
) -> None:
    for (one, of), (other, to) in ((source, target), (target, source)):
        assert numbers.mismatch(one, other, to, of) is differs


def test_a_language_without_number_words_is_excused_for_small_numbers() -> None:
    assert not numbers.mismatch("Il avait trois chiens.", "He had 3 dogs.", "en", "fr")
    assert numbers.mismatch("Il avait trois chiens.", "He had 3 dogs.", "en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234", {("1234",), ("1.234",)}),
        ("1,000.50", {("1000.5",)}),
        ("0.123", {("0.123",)}),
        ("1.2.3", {("1", "2", "3")}),
        ("12 345", {("12345",), ("12", "345")}),
        ("22:00", {("22", "0"), ("22",), ("10",)}),
        ("007", {("7",)}),
        ("3.", {("3",)}),
    ],
)
def test_readings(text: str, expected: set[tuple[str, ...]]) -> None:
    assert numbers.readings(text) == [expected]


@given(st.text(alphabet="0123456789.,:'’ \u00a0-uhrpmx²٣五", max_size=200))
def test_every_text_has_its_own_numbers(text: str) -> None:
    assert not numbers.mismatch(text, text, "de")


@pytest.mark.parametrize("text", ["9" * 50_000, "1,000" * 10_000, "1 " * 30_000, "zwei" * 20_000, "1:" * 30_000])
def test_hostile_texts_end(text: str) -> None:
    assert numbers.mismatch(text + " 77 ", "nichts", "de")
