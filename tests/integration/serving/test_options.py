"""How to translate, as a caller asks for it: terms, pairs of sentences, how much work it is worth."""

from collections.abc import Callable

import grpc
import pytest

from polygist.client import digest_request
from polygist.engines.base import Row
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Scripted, Stand, serving

TEXT = "🦠 The virus is in Kyiv.\n\n  - Nobody knows why. VIRUS OF KYIV: it is one.\n"


class Fixed(Scripted):
    """Answers everything with the same."""

    def __init__(self, model: BuiltModel, answer: str) -> None:
        super().__init__(model)
        self._says = answer

    def _answer(self, row: Row) -> list[int]:
        ids: list[int] = self._tokenizer.encode(self._says, add_special_tokens=False).ids
        return ids[: row.max_new_tokens]


class Vague(Fixed):
    """Answers sentences with the same, and phrases with what is not in it."""

    def _answer(self, row: Row) -> list[int]:
        if "." in self.text(row):
            return super()._answer(row)
        ids: list[int] = self._tokenizer.encode("Xylophon", add_special_tokens=False).ids
        return ids[: row.max_new_tokens]


def glossary(**targets: str) -> pb.Glossary:
    """Terms into German; an empty one stays."""
    return pb.Glossary(terms=[pb.GlossaryTerm(source=s, targets={"de": t}) for s, t in targets.items()])


async def ask(
    stand: Stand, text: str, target: str = "de", source: str = "en", **options: object
) -> pb.TranslateResponse:
    async with stand.channel() as channel:
        request = pb.TranslateRequest(
            texts=[text],
            source_language=source,
            target_languages=[target],
            translation=pb.TranslationOptions(**options),
            offset_unit=pb.OFFSET_UNIT_UTF16_CODE_UNIT,
        )
        return await polygist_pb2_grpc.PolygistStub(channel).Translate(request)


def types(answer: pb.TranslateResponse) -> list[str]:
    return [pb.Warning.Type.Name(w.type).removeprefix("TYPE_") for w in answer.warnings]


def utf16(text: str, span: pb.Span) -> str:
    return text.encode("utf-16-le")[2 * span.offset : 2 * (span.offset + span.length)].decode("utf-16-le")


async def test_terms_are_in_the_translation_in_their_case_and_the_layout_stays(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        terms = glossary(virus="Erreger", Kyiv="Kyjiw")
        terms.return_plain = True
        answer = await ask(stand, TEXT, glossary=terms)
    made, plain = answer.translations[0].texts[0], answer.translations[0].plain_texts[0]
    assert "Erreger" in made
    assert "ERREGER" in made
    assert "irus" not in made.casefold()
    assert made.count("Kyjiw") + made.count("KYJIW") == 2
    assert "Erreger" not in plain
    assert "virus" in plain
    for text in (made, plain):
        assert (text.count("\n\n  - "), text[-1]) == (1, "\n")
    assert "TERM_NOT_PLACED" not in types(answer)


async def test_term_without_a_place_is_a_warning_with_its_span(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Fixed(embedded_model, "Davon ist hier nichts zu lesen.")) as stand:
        answer = await ask(stand, TEXT, glossary=glossary(Kyiv="Kyjiw"))
    found = [w for w in answer.warnings if w.type == pb.Warning.TYPE_TERM_NOT_PLACED]
    assert [utf16(TEXT, w.span) for w in found] == ["Kyiv", "KYIV"]
    assert all("Kyiv" not in w.detail for w in found)


async def test_term_is_one_in_the_languages_that_name_it(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, "The virus is here.", target="uk", glossary=glossary(virus="Erreger"))
        kept = pb.Glossary(terms=[pb.GlossaryTerm(source="virus", targets={"de": "Erreger"}, keep=True)])
        also = await ask(stand, "The virus is here.", target="uk", glossary=kept)
    assert "Erreger" not in answer.translations[0].texts[0]
    assert "virus" in also.translations[0].texts[0]
    assert "TERM_NOT_PLACED" not in types(also)


async def test_terms_pass_through_a_chain_of_models(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        terms = pb.Glossary(terms=[pb.GlossaryTerm(source="Erreger", targets={"uk-UA": "збудник"})])
        answer = await ask(
            stand, "Der Erreger ist da. Niemand weiß es.", "uk", "de", glossary=terms, sentence_pairs=True
        )
    assert "збудник" in answer.translations[0].texts[0]
    assert len(answer.translations[0].sentence_pairs[0].pairs) == 2


@pytest.mark.parametrize("terms", [pb.Glossary(), glossary(Kyiv="Kyjiw")])
async def test_pairs_say_which_sentence_became_which(embedded_model: BuiltModel, terms: pb.Glossary) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, TEXT, sentence_pairs=True, glossary=terms)
        without = await ask(stand, TEXT)
    (pairs,) = answer.translations[0].sentence_pairs
    made = answer.translations[0].texts[0]
    sources = [utf16(TEXT, p.source) for p in pairs.pairs]
    assert sources[0].endswith("The virus is in Kyiv.")
    assert sources[1] == "Nobody knows why."
    assert utf16(made, pairs.pairs[1].target) == "So Nobody knows why."
    between = TEXT
    for source in sources:
        assert source in between
    assert not without.translations[0].sentence_pairs


@pytest.mark.parametrize(
    ("quality", "passes"), [(pb.QUALITY_FAST, 1), (pb.QUALITY_BALANCED, 2), (pb.QUALITY_UNSPECIFIED, 2)]
)
async def test_doubt_is_worth_a_second_try_or_not(embedded_model: BuiltModel, quality: int, passes: int) -> None:
    engine = Fixed(embedded_model, "no no no no no no no")
    async with serving(lambda: engine, guarded=True) as stand:
        hits = stand.value("polygist_guard_hits_total", detector="repetition", target_language="de")
        engine.batches.clear()
        answer = await ask(stand, "The president spoke about the war.", quality=quality)
        assert len(engine.batches) == passes
        assert "REPETITION" in types(answer)
        found = stand.value("polygist_guard_hits_total", detector="repetition", target_language="de")
        assert found == hits + 1
        retries = stand.samples("polygist_guard_retries_total")
        assert bool(sum(retries.values())) or quality == pb.QUALITY_FAST


def several() -> pb.Glossary:
    return pb.Glossary(terms=[pb.GlossaryTerm(source=s, targets={"de": "x"}) for s in ("a", "b", "a")])


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (lambda: glossary(**{" ": "x"}), "translation.glossary.terms[0].source"),
        (several, "translation.glossary.terms[2].source"),
        (lambda: glossary(**{"x" * 201: "x"}), "translation.glossary.terms[0].source"),
        (lambda: glossary(x="y" * 201), "translation.glossary.terms[0].targets[de]"),
        (
            lambda: glossary(**{str(n): "x" for n in range(1001)}),
            "translation.glossary.terms",
        ),
        (
            lambda: pb.Glossary(terms=[pb.GlossaryTerm(source="a", targets={"klingonish!": "x"})]),
            "translation.glossary.terms[0].targets[klingonish!]",
        ),
    ],
)
async def test_terms_that_make_no_glossary_are_refused(
    embedded_model: BuiltModel, terms: Callable[[], pb.Glossary], field: str
) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(stand, TEXT, glossary=terms())
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (refused.value.details() or "").startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("mime_type", "text", "expected"),
    [
        (
            "text/html",
            "<!-- no --><h1>It begins.</h1>\n<p class=x>Nobody &amp; <b>nothing</b> is in <code>f()</code>.</p>",
            "<!-- no --><h1>So It begins.</h1>\n<p class=x>So Nobody &amp; <b>nothing</b> is in <code>f()</code>.</p>",
        ),
        (
            "text/markdown",
            "# It begins.\n\n- Nobody and **nothing** is here.\n\n```\nnot this\n```\n",
            "# So It begins.\n\n- So Nobody and **nothing** is here.\n\n```\nnot this\n```\n",
        ),
        ("text/plain", "<b>It</b> begins.", "So <b>It</b> begins."),
    ],
)
async def test_markup_stays_around_its_words(
    embedded_model: BuiltModel, mime_type: str, text: str, expected: str
) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, text, mime_type=mime_type)
    assert answer.translations[0].texts[0] == expected
    assert "MARKUP_UNCERTAIN" not in types(answer)


async def test_doubt_about_markup_has_its_place_in_the_source(embedded_model: BuiltModel) -> None:
    text = "<p>🦠 It begins.</p><p>Nobody knows the <i>reason</i> of it.</p>"
    async with serving(lambda: Vague(embedded_model, "Davon ist hier nichts zu lesen.")) as stand:
        answer = await ask(stand, text, mime_type="text/html")
    (found,) = [w for w in answer.warnings if w.type == pb.Warning.TYPE_MARKUP_UNCERTAIN]
    assert utf16(text, found.span) == "Nobody knows the <i>reason</i> of it."
    made = answer.translations[0].texts[0]
    assert (made.count("<i>"), made.count("</i>"), made.count("<p>")) == (1, 1, 2)


async def test_only_known_formats_are_taken_and_none_in_a_digest(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand, stand.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError, match=r"translation\.mime_type") as unknown:
            await ask(stand, TEXT, mime_type="text/rtf")
        article = digest_request(TEXT, ["de"], "en", translation=pb.TranslationOptions(mime_type="text/html"))
        with pytest.raises(grpc.aio.AioRpcError, match=r"translation\.mime_type") as digest:
            await polygist_pb2_grpc.PolygistStub(channel).Digest(article)
    assert unknown.value.code() is digest.value.code() is grpc.StatusCode.INVALID_ARGUMENT


PRICES = "🦠 It cost 1,000.5 euros in 2024.\n\n  - It rose by 5%, at 10:30.\n"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("de", "1.000,5 euros in 2024.\n\n  - So It rose by 5\u00a0%, at 10:30.\n"),
        ("uk", "1\u00a0000,5 euros in 2024.\n\n  - So It rose by 5%, at 10:30.\n"),
    ],
)
async def test_numbers_have_the_format_of_the_target_where_it_is_asked_for(
    embedded_model: BuiltModel, target: str, expected: str
) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, PRICES, target, localize_numbers=True, sentence_pairs=True)
        without = await ask(stand, PRICES, target)
    made = answer.translations[0].texts[0]
    assert made.endswith(f"It cost {expected}")
    assert "1,000.5 euros in 2024.\n\n  - So It rose by 5%, at" in without.translations[0].texts[0]
    first, second = answer.translations[0].sentence_pairs[0].pairs
    assert utf16(made, first.target).endswith("5 euros in 2024.")
    assert utf16(made, second.target).startswith("So It rose by 5")
    assert utf16(made, second.target).endswith("%, at 10:30.")


async def test_numbers_pass_through_a_chain_of_models_in_the_format_of_the_last(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, "Es kostet 1.000,5 Euro.", "uk", "de", localize_numbers=True)
    assert "1\u00a0000,5 Euro" in answer.translations[0].texts[0]


async def test_numbers_in_markup_are_those_of_its_text(embedded_model: BuiltModel) -> None:
    text = (
        '<p title="1,000.5">It cost <b>1,000.5</b> euros, <i>5</i>% more: see <code>1,000.5</code> or <i>7,000</i>.</p>'
        "<p>Or 1,000.<b>50</b> of it.</p>"
    )
    expected = (
        '<p title="1,000.5">So It cost <b>1.000,5</b> euros, <i>5\u00a0</i>% more: see <code>1,000.5</code> or '
        "<i>7.000</i>.</p><p>So Or 1.000,<b>50</b> of it.</p>"
    )
    async with serving(lambda: Scripted(embedded_model)) as stand:
        answer = await ask(stand, text, mime_type="text/html", localize_numbers=True)
    assert answer.translations[0].texts[0] == expected
    assert types(answer) == []


async def test_a_term_of_the_call_keeps_its_numbers(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        terms = pb.Glossary(terms=[pb.GlossaryTerm(source="1,000 Islands", keep=True)])
        answer = await ask(stand, "The 1,000 Islands cost 1,000 euros.", glossary=terms, localize_numbers=True)
    assert answer.translations[0].texts[0].endswith("The 1,000 Islands cost 1.000 euros.")


async def test_the_format_of_a_number_is_no_doubt(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model), guarded=True) as stand:
        localized = await ask(stand, PRICES, localize_numbers=True)
        without = await ask(stand, PRICES)
    assert types(localized) == types(without)
    assert "NUMBER_MISMATCH" not in types(localized)


async def test_a_digest_has_localized_numbers_in_its_texts_and_figures_as_the_article(
    embedded_model: BuiltModel,
) -> None:
    text = "The deal cost 1,000.5 euros on Friday. It was a long day, and nobody in the room knew why."
    async with serving(lambda: Scripted(embedded_model)) as stand, stand.channel() as channel:
        request = digest_request(
            text,
            ["de"],
            "en",
            scope=pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE,
            translation=pb.TranslationOptions(localize_numbers=True),
        )
        answer = await polygist_pb2_grpc.PolygistStub(channel).Digest(request)
    (made,) = answer.translations
    assert "1.000,5 euros" in made.article_text
    assert "1.000,5 euros" in made.summary.lead
    assert "1,000.5 euros" in answer.summary.lead
    assert [f.text for f in made.summary.figures] == [f.text for f in answer.summary.figures]
    assert any("1,000.5" in f.text for f in made.summary.figures)


async def test_a_digest_says_which_way_its_translations_went(embedded_model: BuiltModel) -> None:
    text = "Der Rat hat gestern den Haushalt beschlossen. Niemand stimmte dagegen, und die Sitzung war kurz."
    async with serving(lambda: Scripted(embedded_model)) as stand, stand.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        answer = await stub.Digest(digest_request(text, ["en", "uk-UA"], "de"))
        articles = [pb.Article(text=text), pb.Article(text=text.replace("Rat", "Senat"))]
        brief = await stub.Brief(pb.BriefRequest(articles=articles, source_language="de", target_languages=["uk"]))
    ways = [(list(t.route.languages), list(t.route.models)) for t in answer.translations]
    assert ways == [(["de", "en"], ["scripted"]), (["de", "en", "uk"], ["scripted", "scripted"])]
    assert list(brief.translations[0].route.languages) == ["de", "en", "uk"]
