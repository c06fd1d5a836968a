"""Quotes, names and figures in three languages."""

import pytest

from polygist.document.parse import parse
from polygist.summarize.dates import key_dates
from polygist.summarize.figures import figures
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes
from polygist.summarize.words import one_line
from polygist.types import Figure, FigureKind, MentionKind


def quoted(text: str, language: str) -> list[tuple[str, str]]:
    return [(q.speaker, q.text) for q in quotes(parse(text, language))]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", '"We have to go now," Kaja Kallas told the BBC.', [("Kaja Kallas", "We have to go now")]),
        ("en", "“We have to go now,” said Kaja Kallas.", [("Kaja Kallas", "We have to go now")]),
        ("en", "‘It’s a sad day for us,’ said Maria Lopez.", [("Maria Lopez", "It’s a sad day for us")]),
        ("en", 'Donald Trump spoke, telling reporters, "We are going home."', [("Donald Trump", "We are going home.")]),
        ("en", 'According to Maria Lopez, "nobody was told at all".', [("Maria Lopez", "nobody was told at all")]),
        ("en", 'Maria Lopez called it "a joke".', [("Maria Lopez", "a joke")]),
        ("en", 'The "joke" was on the town.', []),
        ("en", 'John Smith said he had seen the film "Dune Part Two".', []),
        (
            "en",
            'Maria Lopez is angry. "I want them all," she said, "to go home now."',
            [("Maria Lopez", "I want them all"), ("Maria Lopez", "to go home now.")],
        ),
        ("en", "The workers' pay and the bosses' cars aren't what John O'Neil's firm can't afford.", []),
        ("de", "„Wir gehen jetzt nach Hause“, sagte Angela Merkel.", [("Angela Merkel", "Wir gehen jetzt nach Hause")]),
        ("de", '„Wir gehen jetzt nach Hause", sagte Angela Merkel.', [("Angela Merkel", "Wir gehen jetzt nach Hause")]),
        ("de", "»Wir gehen jetzt nach Hause«, so Angela Merkel.", [("Angela Merkel", "Wir gehen jetzt nach Hause")]),
        ("de", "«Wir gehen jetzt nach Hause», sagte Angela Merkel.", [("Angela Merkel", "Wir gehen jetzt nach Hause")]),
        ("de", "‚Wir gehen jetzt nach Hause‘, sagte Angela Merkel.", [("Angela Merkel", "Wir gehen jetzt nach Hause")]),
        (
            "de",
            "Angela Merkel kam zuerst. „Wir gehen jetzt nach Hause“, sagte sie.",
            [("Angela Merkel", "Wir gehen jetzt nach Hause")],
        ),
        (
            "de",
            "Bundeskanzler Olaf Scholz kam. „Wir gehen jetzt nach Hause“, sagte der Bundeskanzler.",
            [("Olaf Scholz", "Wir gehen jetzt nach Hause")],
        ),
        (
            "uk",
            "«Ми йдемо додому сьогодні», — сказав Володимир Зеленський.",
            [("Володимир Зеленський", "Ми йдемо додому сьогодні")],
        ),
        ("uk", "„Ми йдемо додому сьогодні“, — заявила Оксана Гнатюк.", [("Оксана Гнатюк", "Ми йдемо додому сьогодні")]),
        (
            "uk",
            "Виступив Андрій Садовий. «Ми йдемо додому, — сказав він. — Усі разом».",
            [("Андрій Садовий", "Ми йдемо додому"), ("Андрій Садовий", "Усі разом")],
        ),
        ("uk", "— Ми йдемо додому, — сказав Андрій Садовий.", [("Андрій Садовий", "Ми йдемо додому")]),
    ],
)
def test_quotes(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert quoted(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "speaker", "parts"),
    [
        ("en", "Tom Smith came. “And I,” he added, “believed him.”", "Tom Smith", ["And I", "believed him."]),
        ("en", "“And I,” Mr. Tom Smith added, “believed him.”", "Tom Smith", ["And I", "believed him."]),
        ("en", "“And I,” he added, “believed him.”", "", ["And I", "believed him."]),
        ("en", '"Why," asked Tom Smith, "not?"', "Tom Smith", ["Why", "not?"]),
        ("en", "“No,” he said, “never.”", "", []),
        ("de", "„Und ich“, sagte Angela Merkel, „glaubte ihm.“", "Angela Merkel", ["Und ich", "glaubte ihm."]),
        ("de", "„Und ich“, sagte sie, „glaubte ihm.“", "", ["Und ich", "glaubte ihm."]),
        ("uk", "«І я», — додав Андрій Садовий, — «повірив йому».", "Андрій Садовий", ["І я", "повірив йому"]),
        ("uk", "«І я, — додав він, — повірив йому».", "", ["І я", "повірив йому"]),
    ],
)
def test_a_split_quotation_keeps_its_parts(language: str, text: str, speaker: str, parts: list[str]) -> None:
    assert quoted(text, language) == [(speaker, part) for part in parts]


def test_a_word_in_marks_before_a_quotation_is_no_part_of_it() -> None:
    text = 'The firm from "Dune" fame then said, "we are all going home".'
    assert [part for _, part in quoted(text, "en")] == ["we are all going home"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('He said "we will go to Paris and never return. She left. They stayed for 5\' 10" tall.', []),
        ('He said "we go home now. A 10" pipe fell. Then "we all saw it fall" they said.', ["we all saw it fall"]),
        ('Tom Smith said "I\'m 5\' 10" tall and proud."', ["I'm 5' 10\" tall and proud."]),
        ("Tom Smith said, “I’m 5’ 10” tall and proud.”", ["I’m 5’ 10” tall and proud."]),
        ('Tom Smith said "I am only 5\' 10".', ["I am only 5' 10"]),
        ('Tom Smith called it "the year of 1968" and left.', ["the year of 1968"]),
        ('"We came late. It was in 1968", Tom Smith said.', ["We came late. It was in 1968"]),
        (
            '«Так було завжди. То був 1968», "Що сталося в 1968" — сказав він.',
            ["Так було завжди. То був 1968", "Що сталося в 1968"],
        ),
    ],
)
def test_inches_close_no_quotation(text: str, parts: list[str]) -> None:
    assert [part for _, part in quoted(text, "en")] == parts


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("en", '"Nobody was hurt last night," a spokesman for the city said.', "a spokesman for the city"),
        ("en", '"Nobody was hurt last night," police said.', "police"),
        ("en", 'A spokeswoman for Maria Lopez said: "Nobody was hurt last night."', "A spokeswoman for Maria Lopez"),
        ("en", 'Tom Smith met Anna Hill\'s lawyer. "Nobody was hurt last night," he said.', "Tom Smith"),
        ("de", "„Niemand wurde letzte Nacht verletzt“, so ein Sprecher der Polizei.", "ein Sprecher der Polizei"),
        ("de", "„Niemand wurde letzte Nacht verletzt“, hieß es bei der NATO.", "NATO"),
        ("de", "Merkels Sprecher kam. Angela Merkel ging. „Wir gehen jetzt heim“, sagte sie.", "Angela Merkel"),
        ("uk", "«Ніхто вночі не постраждав», — повідомили в поліції.", "поліція"),
        ("uk", "«Ніхто вночі не постраждав», — сказала речниця лікарні.", "речниця лікарні"),
        ("uk", "Прийшов Андрій Садовий. За його словами, «ніхто вночі не постраждав».", "Андрій Садовий"),
    ],
)
def test_roles_and_pronouns_speak(language: str, text: str, speaker: str) -> None:
    (quote,) = quotes(parse(text, language))
    assert quote.speaker == speaker
    assert quote.speaker_span is not None


def test_a_quotation_over_several_paragraphs_is_opened_at_each_and_closed_once() -> None:
    text = '"We will not go home," Tom Smith said.\n\n"We have tried it.\n\n"It has failed us all."'
    assert quoted(text, "en") == [
        ("Tom Smith", "We will not go home"),
        ("Tom Smith", "We have tried it."),
        ("Tom Smith", "It has failed us all."),
    ]
    later = '"We will not go home.\n\n"It has failed us all," Tom Smith said.'
    assert [speaker for speaker, _ in quoted(later, "en")] == ["Tom Smith", "Tom Smith"]


def test_ukrainian_dialogues_need_no_marks() -> None:
    text = "Прийшов Андрій Садовий.\n\n— Люди дали гроші, — усміхається він. — Хто сто.\n\n— А скільки ж було людей?"
    assert quoted(text, "uk") == [
        ("Андрій Садовий", "Люди дали гроші"),
        ("Андрій Садовий", "Хто сто."),
        ("", "А скільки ж було людей?"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Маргариту Шевченко зустріли в Брюсселі.", "Маргарита Шевченко"),
        ("Зустріч з Ольгою Стефанишиною тривала годину.", "Ольга Стефанишина"),
        ("Про це говорили з Мироном Федоровим.", "Мирон Федоров"),
        ("Слово надали Юлії Савченко.", "Юлія Савченко"),
    ],
)
def test_ukrainian_names_are_listed_in_the_nominative(text: str, name: str) -> None:
    assert [n for n in named(text, "uk") if " " in n] == [name]


def test_key_dates_are_told_once_with_their_sentences() -> None:
    article = parse("In March 2025 it began. On 3 March 2025 it rained, on Monday too. It ended on 3 March 2025.", "en")
    (only,) = key_dates(article, figures(article))
    assert (only.date, only.text) == ("2025-03-03", "3 March 2025")
    assert article.text[slice(*only.sentence)] == "On 3 March 2025 it rained, on Monday too."


def test_a_pronoun_skips_persons_of_the_other_gender() -> None:
    text = 'Emma Stone met Peter Hughes. "This will take a while," he said.'
    assert quoted(text, "en") == [("Peter Hughes", "This will take a while")]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The 1998 law and the 2008 floods; in 1998 firms closed.", ["1998", "2008", "1998"]),
        ("en", "They hired 1998 workers; the 2000 workers and about 1990 others struck.", [1998, 2000, 1990]),
        ("de", "Die 1968 gebaute Brücke, ein 1968 gebautes Haus, im 1970 eröffneten Werk.", ["1968", "1968", "1970"]),
        ("de", "Das 2013 verabschiedete Gesetz der 2000 gegründeten Firma.", ["2013", "2000"]),
        ("de", "Mit 1968 Mitarbeitern, 1998 neue Tote, 1800 verletzte Menschen.", [1968, 1998, 1800]),
        ("de", "Der Krieg, das 2000 deutsche Soldaten nicht überlebten.", [2000]),
        ("uk", "Заснована 2000 компанія; це почалося 2014 року.", ["2000", "2014"]),
        ("uk", "Там 1968 людей і 2021 людина, 1500 молоді.", [1968, 2021, 1500]),
    ],
)
def test_a_number_before_what_it_cannot_count_is_a_year(language: str, text: str, expected: list[str | int]) -> None:
    assert [f.date or f.value for f in figures(parse(text, language))] == expected


def test_what_is_said_is_what_its_slice_is_on_one_line() -> None:
    hidden = "\u200d"
    text = (
        f'Mayor An{hidden}na Lee said: "We{hidden} will not\nleave this ci\u00adty alone." At 5 million{hidden} euros.'
        f"\n\n> Nobody{hidden} asked us what we wanted.\n\n— Jane{hidden} Doe"
    )
    article = parse(text, "en")
    said = quotes(article)
    assert [q.text for q in said] == ["We will not leave this city alone.", "Nobody asked us what we wanted."]
    for found in (*said, *mentions(article), *figures(article)):
        for span in getattr(found, "spans", None) or [found.span]:
            assert hidden not in one_line(text[slice(*span)])
    assert [one_line(text[slice(*q.span)]) for q in said] == [q.text for q in said]
    assert [one_line(text[slice(*f.span)]) for f in figures(article)] == [f.text for f in figures(article)]
    assert not any(hidden in m.name for m in mentions(article))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Зеленський прибув до міста.", ["Зеленський"]),
        ("Сьогодні Зеленський відвідав фронт.", ["Зеленський"]),
        ("Залужний пішов.", ["Залужний"]),
        ("Польський уряд мовчить. Український народ стоїть. Мороз міцнішає.", []),
    ],
)
def test_a_ukrainian_surname_needs_nothing_beside_it(text: str, names: list[str]) -> None:
    assert list(named(text, "uk")) == names


def test_english_words_are_no_names_where_all_have_a_capital() -> None:
    assert named("Health officials met. Test results matter.", "en") == {}
    text = "Net Benefits Rise\n\nSmart meters help. He said on Friday: “Smart meters sell.”\n\nTest it. Euros fell."
    assert named(text, "en") == {}


def named(text: str, language: str) -> dict[str, tuple[int, MentionKind]]:
    return {m.name: (len(m.spans), m.kind) for m in mentions(parse(text, language))}


def test_english_names_merge_and_ordinary_words_stay_out() -> None:
    text = (
        "Without a word, President Volodymyr Zelensky left Washington on Friday. However, Zelensky’s staff stayed. "
        "The BBC reported it. Yesterday Zelensky said nothing."
    )
    assert named(text, "en") == {
        "Volodymyr Zelensky": (3, MentionKind.PERSON),
        "Washington": (1, MentionKind.PLACE),
        "BBC": (1, MentionKind.ORGANIZATION),
    }


def test_german_nouns_are_no_names() -> None:
    text = (
        "Die Regierung will im Frühjahr das Getreideabkommen und die Hochwasserschutzmaßnahmen prüfen. "
        "Angela Merkel lobte in Berlin die Arbeit der NATO. Merkels Sprecher bestätigte den Termin. "
        "Gestern fuhr Merkel mit der Bahn nach Hause."
    )
    assert named(text, "de") == {
        "Angela Merkel": (3, MentionKind.PERSON),
        "Berlin": (1, MentionKind.PLACE),
        "NATO": (1, MentionKind.ORGANIZATION),
        "Bahn": (1, MentionKind.ORGANIZATION),
    }


def test_ukrainian_case_forms_merge() -> None:
    text = (
        "Президент України Володимир Зеленський прибув до Києва. Зеленського зустріли посли. "
        "Розмова із Зеленським тривала годину. У Києві йшов дощ."
    )
    assert named(text, "uk") == {
        "Володимир Зеленський": (3, MentionKind.PERSON),
        "Київ": (2, MentionKind.PLACE),
        "Україна": (1, MentionKind.PLACE),
    }


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It cost $5 billion, or 1,000.5 euros.", ["MONEY $5 billion", "MONEY 1,000.5 euros"]),
        (
            "en",
            "On 24 February 2022 some 12 percent left; 12% stayed.",
            ["DATE 24 February 2022", "PERCENT 12 percent", "PERCENT 12%"],
        ),
        ("en", "On Monday, March 3, 2025, in May and by 2030.", ["DATE Monday, March 3, 2025", "DATE 2030"]),
        ("en", "The F-16 and the G7 met 3 million people at 10:30.", ["NUMBER 3 million", "NUMBER 10:30"]),
        ("en", "They may 5 times try.", ["NUMBER 5"]),
        ("de", "Das kostet 5 Mrd. Euro oder 1.000,5 Franken.", ["MONEY 5 Mrd. Euro", "MONEY 1.000,5 Franken"]),
        (
            "de",
            "Am 24. Februar 2022 waren es 12 Prozent, dann 12,5 %.",
            ["DATE 24. Februar 2022", "PERCENT 12 Prozent", "PERCENT 12,5 %"],
        ),
        ("de", "Am Montag, dem 3. März, kamen 2.000 Leute.", ["DATE Montag, dem 3. März", "NUMBER 2.000"]),
        ("de", "Stand 24.02.2022 und 2014–2018.", ["DATE 24.02.2022", "DATE 2014–2018"]),
        ("uk", "Це коштує 5 млрд грн або 1 000,5 євро.", ["MONEY 5 млрд грн", "MONEY 1 000,5 євро"]),
        (
            "uk",
            "24 лютого 2022 року було 12 відсотків, тепер 12 %.",
            ["DATE 24 лютого 2022 року", "PERCENT 12 відсотків", "PERCENT 12 %"],
        ),
        ("uk", "У п'ятницю прийшли 3 мільйони людей.", ["DATE п'ятницю", "NUMBER 3 мільйони"]),
        ("en", "Shareholders 58 million pounds richer.", ["MONEY 58 million pounds"]),
        ("en", "He paid Rs 58 million, Rs. 500 and US$5.", ["MONEY Rs 58 million", "MONEY Rs. 500", "MONEY US$5"]),
        ("de", "Dem Kurs 58 Millionen voraus.", ["NUMBER 58 Millionen"]),
        ("uk", "Це KURS 58 млн.", ["NUMBER 58 млн"]),
    ],
)
def test_figures(language: str, text: str, expected: list[str]) -> None:
    assert [f"{f.kind.name} {f.text}" for f in figures(parse(text, language))] == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It cost $5 billion or 5-7 million pounds.", ["5e+09 USD", "5e+06..7e+06 GBP"]),
        ("en", "Between five and seven million people fled.", ["5e+06..7e+06 person"]),
        ("en", "Three hundred Russian soldiers; 12.5% of 2,500 tonnes.", ["300 soldier", "12.5 %", "2500 tonne"]),
        ("en", "It rose from 3 to 5 percent; 5 to 7 people came.", ["3 %", "5 %", "5..7 person"]),
        ("en", "They won 3-1 at 10:30.", ["None ", "None "]),
        ("en", "A 20-mile convoy and a 5-year-old boy.", ["20 mile", "5 year"]),
        ("en", "About 2000 people came in 2000.", ["2000 person", "2000"]),
        ("en", "On 3 March 2025, in March 2025, in 2014-18.", ["2025-03-03", "2025-03", "2014/2018"]),
        ("en", "By 24/02/2022, not 03/04/2025; in the 1990s.", ["2022-02-24", "", "199X"]),
        ("de", "Das kostet 5 Mrd. Euro oder 50 Cent.", ["5e+09 EUR", "0.5 EUR"]),
        ("de", "Drei Menschen und 300 russische Soldaten.", ["3 Mensch", "300 Soldat"]),
        ("de", "Eine halbe Million Euro, zwei bis drei Wochen.", ["500000 EUR", "2..3 week"]),
        ("de", "Am 3. März 2025 waren es 20 Grad, am 24.02.2022 mehr.", ["2025-03-03", "20 degree", "2022-02-24"]),
        ("uk", "Дванадцять військових і 300 російських солдатів.", ["12 військовий", "300 солдат"]),
        ("uk", "Це 1,2 млн грн або 1 млн 200 тис. гривень.", ["1.2e+06 UAH", "1.2e+06 UAH"]),
        ("uk", "Від п'яти до семи кілометрів, 12 кв. м.", ["5..7 kilometer", "12 square-meter"]),
        ("de", "Ein 20-jähriger Mann und 5-tägige Tour.", ["20 year", "5 day"]),
        ("uk", "10-річний хлопчик.", ["10 year"]),
        ("uk", "3 березня зібрали 2,5 млн тонн.", ["--03-03", "2.5e+06 tonne"]),
    ],
)
def test_values(language: str, text: str, expected: list[str]) -> None:
    assert [_value(f) for f in figures(parse(text, language))] == expected


def _value(figure: Figure) -> str:
    if figure.kind is FigureKind.DATE:
        return figure.date
    high = "" if figure.high is None else f"..{figure.high:g}"
    return f"None {figure.unit}" if figure.value is None else f"{figure.value:g}{high} {figure.unit}"
