"""What users of other services complain of most, asked of a whole service; the engine misbehaves as theirs do."""

from collections.abc import Callable, Sequence

import pytest

from polygist.engines.base import Row
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Scripted, Stand, serving

# What an engine says to a text; the second argument is whether it is asked with more care, for the second time.
Script = Callable[[str, bool], str]


class Saying(Scripted):
    """Answers by a script."""

    def __init__(self, model: BuiltModel, says: Script) -> None:
        super().__init__(model)
        self._says = says

    def _answer(self, row: Row) -> list[int]:
        said = self._says(self.text(row), row.decoding.beam_size > 1)
        ids: list[int] = self._tokenizer.encode(said, add_special_tokens=False).ids
        return ids[: row.max_new_tokens]


async def ask(
    stand: Stand, *texts: str, source: str = "en", target: str = "de", **options: object
) -> pb.TranslateResponse:
    request = pb.TranslateRequest(
        texts=texts,
        source_language=source,
        target_languages=[target],
        translation=pb.TranslationOptions(**options),
    )
    async with stand.channel() as channel:
        return await polygist_pb2_grpc.PolygistStub(channel).Translate(request)


def made(answer: pb.TranslateResponse) -> Sequence[str]:
    return answer.translations[0].texts


def doubts(answer: pb.TranslateResponse) -> set[str]:
    return {pb.Warning.Type.Name(w.type).removeprefix("TYPE_") for w in answer.warnings}


@pytest.mark.parametrize("recovers", [True, False])
async def test_1_loops_are_decoded_again_or_reported(embedded_model: BuiltModel, recovers: bool) -> None:
    good = "Der Rat hat gestern den Haushalt beschlossen."

    def says(text: str, again: bool) -> str:
        return good if again and recovers else "Der Rat hat " + "den Rat " * 20

    async with serving(lambda: Saying(embedded_model, says), guarded=True) as stand:
        answer = await ask(stand, "The council passed the budget yesterday.")
    assert (made(answer)[0] == good) is recovers
    assert ("REPETITION" in doubts(answer)) is not recovers


async def test_2_no_sentence_is_dropped(embedded_model: BuiltModel) -> None:
    text = "The council met. It passed the budget! Nobody voted against it? The mayor left."
    async with serving(lambda: Saying(embedded_model, lambda t, _: f"So {t.split('. ')[0]}")) as stand:
        answer = await ask(stand, text, sentence_pairs=True)
    (pairs,) = answer.translations[0].sentence_pairs
    assert len(pairs.pairs) == 4
    assert made(answer)[0].split("So ")[1:] == [
        "The council met. ", "It passed the budget! ", "Nobody voted against it? ", "The mayor left.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "text", "running"),
    [
        ("en", "THE GOVERNMENT RESIGNS TODAY", "The government resigns today"),
        ("de", "DIE REGIERUNG TRITT HEUTE ZURÜCK", "Die Regierung tritt heute zurück"),
        ("uk", "УРЯД СЬОГОДНІ ЙДЕ У ВІДСТАВКУ", "Уряд сьогодні йде у відставку"),
    ],
)
async def test_6_capitals_are_translated(embedded_model: BuiltModel, source: str, text: str, running: str) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand:
        answer = await ask(stand, text, source=source, target="en" if source != "en" else "de")
    assert running in engine.order
    assert made(answer)[0] == f"SO {text}"


async def test_6_title_case_is_translated(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand:
        await ask(stand, "Government Approves Budget For New Schools")
    assert "Government approves budget for new schools" in engine.order


async def test_7_markup_comes_back_byte_for_byte(embedded_model: BuiltModel) -> None:
    page = (
        "<!DOCTYPE html>\n<div  class='a b' data-x=1>\r\n\t<p>The <b>council <i>of Kyiv</i></b> met&nbsp;here.</p>\n"
        "<noscript><img src=x alt='not this'><p>nor & this</p></noscript>"
        "<nav><a href=/n>News</a><a href=/s>Sport</a></nav>\n<pre>  not\n this </pre></div>\n"
    )

    def upper(text: str, again: bool) -> str:
        return text.upper()

    async with serving(lambda: Saying(embedded_model, upper)) as stand:
        answer = await ask(stand, page, mime_type="text/html")
    expected = page
    for word in ("The", "council", "of Kyiv", "met", "here.", "News<", "Sport<"):
        expected = expected.replace(word, word.upper())
    assert made(answer)[0].replace("\xa0", "&nbsp;").replace("MET HERE", "MET&nbsp;HERE") == expected


@pytest.mark.parametrize(
    ("mime_type", "text", "language"),
    [
        ("text/html", '<div class="article-body main content"><p>Привіт, світе.</p></div>', "uk"),
        (
            "text/html",
            "<p>Уряд схвалив бюджет на наступний рік.</p>"
            '<script>document.getElementById("the main content").addEventListener("load", function () {})</script>',
            "uk",
        ),
        ("text/html", '<td style="width:50%">Ja, gerne', "de"),
        (
            "text/markdown",
            "```python\nfor line in open('the file'):\n    print('this is the line', line)\n```\n\nDas ist gut.\n",
            "de",
        ),
    ],
)
async def test_8_markup_and_code_do_not_tell_the_language(
    embedded_model: BuiltModel, mime_type: str, text: str, language: str
) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand:
        answer = await ask(stand, text, source="", target="en", mime_type=mime_type)
    assert [d.language for d in answer.detected_languages] == [language]
    assert made(answer)[0] != text
    assert list(answer.translations[0].routes[0].languages) == [language, "en"]


async def test_9_each_text_of_a_batch_has_its_own_language(embedded_model: BuiltModel) -> None:
    texts = (
        "The council passed the budget yesterday.",
        "Der Rat hat gestern den Haushalt beschlossen.",
        "Рада вчора ухвалила бюджет на наступний рік.",
    )
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand:
        answer = await ask(stand, *texts, source="", target="uk")
    assert [d.language for d in answer.detected_languages] == ["en", "de", "uk"]
    assert [list(r.languages) for r in answer.translations[0].routes] == [["en", "uk"], ["de", "en", "uk"], []]
    assert [list(r.models) for r in answer.translations[0].routes] == [["scripted"], ["scripted", "scripted"], []]
    assert made(answer)[2] == texts[2]


async def test_10_terms_are_placed_and_names_and_addresses_kept(embedded_model: BuiltModel) -> None:
    text = "An apple of Ann Apple: https://apple.com/apple, apple@apple.com, @apple, {apple}. I won't, apple."

    def says(text: str, again: bool) -> str:
        return "Und " + text.replace("An apple", "Ein Ding").replace("Ann", "Anna")

    terms = pb.Glossary(
        terms=[
            pb.GlossaryTerm(source="apple", targets={"de": "Apfel"}, case_sensitive=True),
            pb.GlossaryTerm(source="Ann Apple", keep=True),
            pb.GlossaryTerm(source="won", targets={"de": "gewonnen"}),
        ]
    )
    async with serving(lambda: Saying(embedded_model, says)) as stand:
        answer = await ask(stand, text, glossary=terms)
    done = made(answer)[0]
    for kept in ("Ann Apple", "https://apple.com/apple", "apple@apple.com", "@apple", "{apple}", "won't"):
        assert kept in done
    assert done.count("Apfel") == 2
    assert "gewonnen" not in done
    assert "TERM_NOT_PLACED" not in doubts(answer)


async def test_10_terms_leave_addresses_in_markup_alone(embedded_model: BuiltModel) -> None:
    page = "<p>The timeout is long: https://a.org/timeout and <a href='/timeout'>timeout.org</a>.</p>"
    terms = pb.Glossary(terms=[pb.GlossaryTerm(source="timeout", targets={"de": "Zeitlimit"})])
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, page, glossary=terms, mime_type="text/html")
    assert made(answer)[0] == page.replace("The timeout", "So The Zeitlimit")


async def test_11_long_input_is_split_and_nothing_is_cut(embedded_model: BuiltModel) -> None:
    words = [f"word{i}" for i in range(1_000)]
    async with serving(lambda: Saying(embedded_model, lambda text, _: text)) as stand:
        answer = await ask(stand, " ".join(words) + ".")
    assert made(answer)[0].rstrip(".").split() == words
    assert "SEGMENT_SPLIT" in doubts(answer)


@pytest.mark.parametrize("recovers", [True, False])
async def test_15_russian_is_no_ukrainian(embedded_model: BuiltModel, recovers: bool) -> None:
    good = "Вчора рада ухвалила бюджет на наступний рік."

    def says(text: str, again: bool) -> str:
        return good if again and recovers else "Вчера совет принял бюджет на следующий год, и это было хорошо."

    async with serving(lambda: Saying(embedded_model, says), guarded=True) as stand:
        answer = await ask(stand, "Yesterday the council passed the budget for next year.", target="uk")
    assert (made(answer)[0] == good) is recovers
    assert ("WRONG_LANGUAGE" in doubts(answer)) is not recovers
