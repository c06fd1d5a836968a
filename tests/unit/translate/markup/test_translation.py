"""Documents translated by fakes."""

import pytest

from polygist.translate.markup import html, markdown
from polygist.translate.markup.runs import Placed, Run, render
from polygist.translate.markup.translation import translate
from polygist.types import Span, TranslatedText, Usage, Warning, WarningType
from tests.unit.translate.markup.fakes import Fake, by_table


async def test_only_text_goes_to_the_translator() -> None:
    fake = Fake(str.upper)
    done = await translate(html.parse("<p id=a>One <b>two</b></p><script>x</script><p>Three</p>", "en"), fake)
    assert done.text == "<p id=a>ONE <b>TWO</b></p><script>x</script><p>THREE</p>"
    assert fake.asked == ["One two", "Three"]
    assert (done.usage.segments, done.warnings, done.uncertain) == (2, (), ())


async def test_phrases_are_part_of_the_usage() -> None:
    fake = Fake(by_table({"A big house": "Ein großes Haus", "big": "groß"}))
    done = await translate(html.parse("<p>A <b>big</b> house</p>", "en"), fake)
    assert done.text == "<p>Ein <b>großes</b> Haus</p>"
    assert done.usage.segments == 2


async def test_a_guess_names_its_block() -> None:
    source = "<p>One</p><p>A <b>big</b> house</p>"
    done = await translate(html.parse(source, "en"), Fake(by_table({"One": "Eins", "A big house": "Ein großes Haus"})))
    assert [source[slice(*s)] for s in done.uncertain] == ["A <b>big</b> house"]


async def test_markdown_has_no_space_inside_its_signs() -> None:
    source = "`big. house,` **big. house,** green"
    words = by_table({"big.": "big.", "house, big.": "big. house,", "house, green": "green house,"})
    done = await translate(markdown.parse(source, "en"), Fake(words))
    assert done.text == "big. `big. house,` **green** house,"


async def test_what_comes_back_as_it_was_stays_byte_for_byte() -> None:
    source = "<p>A&nbsp;&quot;B&quot;\r\n <b>c</b>  d</p>"
    assert (await translate(html.parse(source, "en"), Fake(str))).text == source


async def test_warnings_refer_to_the_source() -> None:
    source = "*One* &amp; [two](x).\n"

    async def doubtful(text: str) -> TranslatedText:
        spans = (Span(0, 3), Span(4, 5), Span(6, 9), None)
        return TranslatedText(text, tuple(Warning(WarningType.REPETITION, "", span=s) for s in spans), Usage())

    done = await translate(markdown.parse(source, "en"), doubtful)
    assert [source[slice(*w.span)] for w in done.warnings if w.span] == ["One", "&amp;", "two", source[:-1]]


async def test_errors_pass() -> None:
    async def failing(text: str) -> TranslatedText:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await translate(html.parse("<p>One</p><p>Two</p>", "en"), failing)


def test_pieces() -> None:
    document = html.parse("<p>One</p>", "en")
    before, run, after = document.pieces
    assert (before, after) == ("<p>", "</p>")
    assert isinstance(run, Run)
    assert render(document, [Placed("Eins\n& zwei", ())]) == "<p>Eins &amp; zwei</p>"
