"""Where marks go in a translation."""

from collections.abc import Callable

import pytest

from polygist.translate.markup import html, markdown
from polygist.translate.markup.frames import Pair
from polygist.translate.markup.matching import MOST_PLACES, Words, alike, inside, same
from polygist.translate.markup.projection import MOST_PHRASES, project
from polygist.translate.markup.runs import Document, Placed, written
from polygist.types import Span

Parse = Callable[[str, str], Document]


async def projected(
    source: str,
    translated: str,
    phrases: dict[str, str] | None = None,
    pairs: tuple[Pair, ...] = (),
    parse: Parse = html.parse,
) -> tuple[str, bool]:
    """The translation of an English source with one run, written with its marks, and whether it is a guess."""
    (run,) = parse(source, "en").runs

    async def phrase(text: str) -> str:
        return (phrases or {}).get(text, "")

    marks, uncertain = await project(run, translated, pairs, phrase)
    return written(Placed(translated, marks), run.escape), uncertain


@pytest.mark.parametrize(
    ("source", "translated", "phrases", "expected"),
    [
        # The same string: names, numbers, addresses, in any case.
        ("Hello <b>Kyiv</b>, city", "Hallo Kyiv, Stadt", {}, "Hallo <b>Kyiv</b>, Stadt"),
        ("about <b>12.5</b> billion", "rund 12.5 Milliarden", {}, "rund <b>12.5</b> Milliarden"),
        ("the <b>euro</b> falls", "der Euro fällt", {}, "der <b>Euro</b> fällt"),
        ("see <a href=x>https://a.b</a> now", "jetzt https://a.b sehen", {}, "jetzt <a href=x>https://a.b</a> sehen"),
        # Its own translation, inflected.
        (
            "He met the <a href=x>German chancellor</a> yesterday",
            "Він учора зустрівся з німецьким канцлером",
            {"German chancellor": "Німецький канцлер"},
            "Він учора зустрівся з <a href=x>німецьким канцлером</a>",
        ),
        (
            "The <i>great danger</i> is over",
            "Vorbei ist die Zeit der großen Gefahren",
            {"great danger": "Große Gefahr."},
            "Vorbei ist die Zeit der <i>großen Gefahren</i>",
        ),
        # Punctuation stays out or in, as it was.
        ("He said <q>“no way”</q>, twice", "Er sagte zweimal: „auf keinen Fall“", {"no way": "auf keinen Fall"},
         "Er sagte zweimal: <q>„auf keinen Fall“</q>"),
        ("Really <b>big</b>!", "Wirklich groß!", {"big": "groß"}, "Wirklich <b>groß</b>!"),
        # Space in a tag stays in it.
        ("Hello <b>big </b>world", "Hallo große Welt", {"big": "große"}, "Hallo <b>große </b>Welt"),
        # Nested ones stay nested.
        (
            "A <a href=x>very <b>old</b> house</a> fell",
            "Gestürzt ist ein sehr altes Haus",
            {"very old house": "sehr altes Haus", "old": "alt"},
            "Gestürzt ist ein <a href=x>sehr <b>altes</b> Haus</a>",
        ),
        # Neighbours that change places.
        ("<b>red</b> and <i>green</i> it is", "Grün und rot ist es", {"red": "rot", "green": "grün"},
         "<i>Grün</i> und <b>rot</b> ist es"),
        # Points stand beside their word, or at the end of the sentence.
        ("The deal<img src=x> failed again", "Erneut scheiterte das Abkommen", {"deal": "Abkommen"},
         "Erneut scheiterte das Abkommen<img src=x>"),
        ("The deal failed<sup><a>1</a></sup>.", "Das Abkommen scheiterte.", {},
         "Das Abkommen scheiterte<sup><a>1</a></sup>."),
        ("One <code>make x</code> runs", "Eines läuft make x", {}, "Eines läuft <code>make x</code>"),
        # Line breaks are line breaks.
        ("one<br>two", "eins\nzwei", {}, "eins<br>zwei"),
        # A part of a word.
        ("H<sub>2</sub>O is wet", "Nass ist H2O", {}, "Nass ist H<sub>2</sub>O"),
    ],
)  # fmt: skip
async def test_a_place_is_found(source: str, translated: str, phrases: dict[str, str], expected: str) -> None:
    assert await projected(source, translated, phrases) == (expected, False)


@pytest.mark.parametrize(
    ("source", "translated", "expected"),
    [
        ("one <b>two</b> three", "eins zwei drei", "eins <b>zwei</b> drei"),
        ("one <b>two</b>", "eins", "<b>eins</b>"),
        ("<b>one</b> <i>two</i> <u>three</u> four", "eins", "<b>eins</b><i></i><u></u>"),
        ("run <code>make</code> now", "jetzt starten", "jetzt <code>make</code> starten"),
        ("one two<br>three four", "eins zwei drei vier", "eins zwei<br>drei vier"),
        ("one <img> two three", "eins zwei drei", "eins <img> zwei drei"),
    ],
)
async def test_a_guess_says_so(source: str, translated: str, expected: str) -> None:
    assert await projected(source, translated) == (expected, True)


async def test_whole_sentences_need_no_guess() -> None:
    source = "It rains. <b>It pours. We swim.</b> The <i>end</i>."
    translated = "Es regnet. Es gießt. Wir schwimmen. Das Ende."
    pairs = (
        (Span(0, 9), Span(0, 10)),
        (Span(10, 19), Span(11, 20)),
        (Span(20, 28), Span(21, 35)),
        (Span(29, 37), Span(36, 45)),
    )
    expected = "Es regnet. <b>Es gießt. Wir schwimmen.</b> Das <i>Ende</i>."
    assert await projected(source, translated, {"end": "Ende"}, pairs) == (expected, False)


async def test_a_mark_is_looked_for_in_its_own_sentence() -> None:
    source, translated = "Kyiv is big. I love <b>Kyiv</b>.", "Groß ist Kyiv. Kyiv liebe ich."
    pairs = ((Span(0, 12), Span(0, 14)), (Span(13, 25), Span(15, 31)))
    assert await projected(source, translated, {}, pairs) == ("Groß ist Kyiv. <b>Kyiv</b> liebe ich.", False)


async def test_a_mark_from_one_sentence_into_another() -> None:
    source, translated = "It rains <b>today. Tomorrow</b> too.", "Es regnet heute. Morgen auch."
    pairs = ((Span(0, 15), Span(0, 16)), (Span(16, 29), Span(17, 29)))
    phrases = {"today": "heute", "Tomorrow": "Morgen"}
    assert await projected(source, translated, phrases, pairs) == ("Es regnet <b>heute. Morgen</b> auch.", False)


async def test_markdown_is_written_as_markdown() -> None:
    source, translated = "The **big_one** and [link](u).", "Der *Große* und [der] Link."
    found = await projected(source, translated, {"big_one": "Große", "link": "Link"}, (), markdown.parse)
    assert found == ("Der \\***Große**\\* und \\[der\\] [Link](u).", False)


async def test_few_phrases_are_translated() -> None:
    asked: list[str] = []

    async def phrase(text: str) -> str:
        asked.append(text)
        return "nothing"

    (run,) = html.parse("<i>word</i> and " * 50 + "end", "en").runs
    marks, uncertain = await project(run, "Wort " * 100, (), phrase)
    assert len(asked) == MOST_PHRASES
    assert (len(marks), uncertain) == (50, True)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("Володимир Зеленський", "Я бачив Володимира Зеленського тут", "Володимира Зеленського"),
        ("die Europäische Union", "Das Recht der Europäischen Union gilt", "Europäischen Union"),
        ("кіт", "собака спить", None),
        ("", "leer", None),
        ("Rat", "", None),
        ("the first long phrase that has many words in it", "x the first long phrase, that has many words in it y",
         "the first long phrase, that has many words in it"),
    ],
)  # fmt: skip
def test_alike(phrase: str, text: str, expected: str | None) -> None:
    whole = Span(0, len(text))
    found = alike(phrase, Words(text), whole, 0, [whole])
    assert (text[slice(*found)] if found else None) == expected


@pytest.mark.parametrize(
    ("needle", "text", "expected", "whole_words", "start"),
    [
        ("rat", "Rat, Rathaus, Rat", 0, True, 0),
        ("rat", "Rat, Rathaus, Rat", 5, True, 0),
        ("rat", "Rat, Rathaus, Rat", 10, True, 14),
        ("rat", "Rat, Rathaus, Rat", 6, False, 5),
        ("Rat", "ein Verrat", 5, True, None),
        ("", "leer", 0, False, None),
        # A capital that is two letters in lower case.
        ("Rat", "İ Rat", 0, True, 2),
        ("rat", "İ Rat", 0, True, None),
        ("a", "a " + "b" * 10 * MOST_PLACES, 10 * MOST_PLACES, True, 0),
    ],
)
def test_same_finds_the_nearest(needle: str, text: str, expected: int, whole_words: bool, start: int | None) -> None:
    whole = Span(0, len(text))
    found = same(needle, text, whole, expected, [whole], whole_words)
    assert (found.start if found else None) == start


def test_same_passes_by_what_is_taken() -> None:
    text = "go go go go"
    assert same("go", text, Span(0, 11), 6, [Span(0, 3), Span(9, 11)]) == Span(9, 11)
    assert same("go", text, Span(3, 8), 6, [Span(0, 3), Span(9, 11)]) is None


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((2, 4), True),
        ((4, 6), False),
        ((4, 4), True),
        ((5, 5), False),
        ((6, 9), True),
        ((6, 10), False),
        ((0, 2), False),
    ],
)
def test_inside(span: tuple[int, int], expected: bool) -> None:
    assert inside(Span(*span), [Span(1, 4), Span(6, 9)]) is expected
