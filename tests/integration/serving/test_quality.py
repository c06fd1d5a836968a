"""The best of many translations, and how good a translation is said to be."""

import asyncio

import grpc
import pytest

from polygist.client import Client, digest_request
from polygist.engines.base import Decoding, Row
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Scripted, Stand, serving, texts, until

BEST = pb.TranslationOptions(quality=pb.QUALITY_BEST)
GOOD, VAGUE = "Nobody knows the reason.", "It is a vague thing."
TEXT = f"🦠 {GOOD} {VAGUE}\n\n12:30 🎉"


class Many(Scripted):
    """Answers by how it is asked; a sample by its seed, the last of them again for those behind it."""

    def __init__(self, model: BuiltModel, greedy: str, beams: str, *samples: str) -> None:
        super().__init__(model)
        self._answers, self._samples = {1: greedy, 4: beams}, samples
        self.asked: list[Decoding] = []

    def _answer(self, row: Row) -> list[int]:
        how = row.decoding
        self.asked.append(how)
        sampled = how.temperature > 0 and self._samples
        says = self._samples[min(how.seed, len(self._samples)) - 1] if sampled else self._answers[how.beam_size]
        ids: list[int] = self._tokenizer.encode(says, add_special_tokens=False).ids
        return ids


class Unsure(Scripted):
    """Does not believe what it says of vague texts."""

    def _log_probability(self, row: Row) -> float:
        return -200.0 if "vague" in self.text(row) else -1.0


async def ask(
    stand: Stand, *some: str, target: str = "de", source: str = "en", **options: object
) -> pb.TranslateResponse:
    async with stand.channel() as channel:
        request = pb.TranslateRequest(
            texts=some,
            source_language=source,
            target_languages=[target],
            translation=pb.TranslationOptions(**options),
            offset_unit=pb.OFFSET_UNIT_UTF16_CODE_UNIT,
        )
        return await polygist_pb2_grpc.PolygistStub(channel).Translate(request)


def poor(answer: pb.TranslateResponse) -> list[pb.Warning]:
    return [w for w in answer.warnings if w.type == pb.Warning.TYPE_LOW_QUALITY]


def utf16(text: str, span: pb.Span) -> str:
    return text.encode("utf-16-le")[2 * span.offset : 2 * (span.offset + span.length)].decode("utf-16-le")


async def test_the_best_is_what_most_candidates_are_like(embedded_model: BuiltModel) -> None:
    engine = Many(embedded_model, "Niemand kennt ihn.", "Keiner weiß warum.", "Niemand weiß warum.")
    async with serving(lambda: engine) as stand:
        engine.asked.clear()
        answer = await ask(stand, GOOD, quality=pb.QUALITY_BEST)
    assert texts(answer) == ["Niemand weiß warum."]
    assert answer.tokens.segments == 6
    seeds = sorted(how.seed for how in engine.asked if how.temperature)
    assert seeds == [1, 2, 3, 4]
    assert sorted(how.beam_size for how in engine.asked) == [1, 1, 1, 1, 1, 4]


async def test_a_candidate_without_a_doubt_is_better_than_many_with_one(embedded_model: BuiltModel) -> None:
    engine = Many(embedded_model, "Es kamen 5 Gäste.", "Es kamen 7 Gäste.", "Es kamen 5 Gäste.")
    async with serving(lambda: engine, guarded=True) as stand:
        answer = await ask(stand, "There came 7 guests.", quality=pb.QUALITY_BEST)
    assert texts(answer) == ["Es kamen 7 Gäste."]
    assert not answer.warnings


async def test_candidates_keep_to_the_window_of_their_call(embedded_model: BuiltModel) -> None:
    engine = Many(embedded_model, "Ja.", "Ja.")
    async with serving(lambda: engine, max_segments_in_flight=2) as stand:
        engine.batches.clear()
        engine.released.clear()
        engine.entered.clear()
        asked = asyncio.create_task(ask(stand, GOOD, VAGUE, quality=pb.QUALITY_BEST))
        await until(engine.entered.is_set)
        await asyncio.sleep(0.05)
        assert len(engine.batches[0]) + stand.waiting("interactive") == 2
        engine.released.set()
        assert (await asked).tokens.segments == 12


async def test_the_best_is_remembered_apart_and_with_its_estimate(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Unsure(embedded_model), cache_memory_bytes=1_000_000) as stand:
        usual = await ask(stand, TEXT, min_quality=0.2)
        first, again = [await ask(stand, TEXT, quality=pb.QUALITY_BEST, min_quality=0.2) for _ in range(2)]
    assert (usual.tokens.remembered_segments, first.tokens.remembered_segments) == (0, 0)
    assert (again.tokens.segments, again.tokens.remembered_segments) == (0, 2)
    assert list(again.translations) == list(first.translations)
    assert list(again.warnings) == list(first.warnings)
    assert len(poor(again)) == 1


async def test_a_sentence_below_the_least_quality_is_a_warning_with_its_span(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Unsure(embedded_model)) as stand:
        answer = await ask(stand, TEXT, min_quality=0.2, sentence_pairs=True)
        without = await ask(stand, TEXT)
        strict = await ask(stand, TEXT, min_quality=1.0)
        observed = stand.value("polygist_estimated_quality_count", target_language="de")
    (found,) = poor(answer)
    assert (utf16(TEXT, found.span), found.where) == (VAGUE, "translations[0].texts[0]")
    assert (len(poor(without)), len(poor(strict))) == (0, 2)
    pairs = answer.translations[0].sentence_pairs[0].pairs
    estimates = {utf16(TEXT, p.source).strip("🦠 "): p for p in pairs}
    good, vague = estimates[GOOD].estimated_quality, estimates[VAGUE].estimated_quality
    assert vague < 0.2 < good < 1
    assert not any(p.HasField("estimated_quality") for text, p in estimates.items() if text not in {GOOD, VAGUE})
    (whole,) = answer.translations[0].estimated_qualities
    assert vague < whole < good
    assert list(without.translations[0].estimated_qualities) == [whole]
    assert observed >= 6


class Mute(Scripted):
    """Says nothing of vague texts."""

    def _answer(self, row: Row) -> list[int]:
        return [] if "vague" in self.text(row) else super()._answer(row)


TERMS = pb.Glossary(terms=[pb.GlossaryTerm(source="reason", targets={"de": "Grund"})])


@pytest.mark.parametrize("glossary", [pb.Glossary(), TERMS])
async def test_a_sentence_without_a_translation_is_below_any_least_quality(
    embedded_model: BuiltModel, glossary: pb.Glossary
) -> None:
    async with serving(lambda: Mute(embedded_model), guarded=True) as stand:
        answer = await ask(stand, TEXT, min_quality=0.01, glossary=glossary)
        without = await ask(stand, TEXT, glossary=glossary)
    assert [utf16(TEXT, w.span) for w in poor(answer)] == [VAGUE]
    assert poor(without) == []


async def test_texts_have_an_estimate_each_also_where_there_was_nothing_to_do(embedded_model: BuiltModel) -> None:
    some = (
        VAGUE,
        "12:30",
        "Nous ne savons pas pourquoi il est parti hier soir.",
        GOOD,
        "Niemand kennt den Grund dafür.",
    )
    async with serving(lambda: Unsure(embedded_model)) as stand:
        answer = await ask(stand, *some, source="")
    vague, number, french, good, german = answer.translations[0].estimated_qualities
    assert (number, german, french) == (1, 1, 0)
    assert 0 <= vague < good < 1


async def test_estimates_pass_through_markup_glossaries_and_chains(embedded_model: BuiltModel) -> None:
    html = f"<p>🦠 <b>{GOOD}</b></p><p>{VAGUE}</p>"
    terms = pb.Glossary(terms=[pb.GlossaryTerm(source="vague", targets={"de": "unklar"})])
    async with serving(lambda: Unsure(embedded_model)) as stand:
        marked = await ask(stand, html, mime_type="text/html", min_quality=0.2)
        with_terms = await ask(stand, TEXT, glossary=terms, min_quality=0.2, sentence_pairs=True)
        plain = await ask(stand, TEXT)
        chained = await ask(stand, "Niemand weiß es. Es ist vague.", target="uk", source="de", min_quality=0.1)
    (found,) = poor(marked)
    assert utf16(html, found.span) == VAGUE
    (found,) = poor(with_terms)
    assert utf16(TEXT, found.span) == VAGUE
    for answer in (marked, with_terms):
        assert answer.translations[0].estimated_qualities[0] == pytest.approx(
            plain.translations[0].estimated_qualities[0], abs=0.05
        )
    assert 0 < chained.translations[0].estimated_qualities[0] < 0.5
    assert [w.span.offset for w in poor(chained)] == [17]


async def test_a_digest_has_an_estimate_for_each_language(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Unsure(embedded_model)) as stand, stand.channel() as channel:
        options = pb.TranslationOptions(min_quality=0.2, sentence_pairs=True)
        scope = pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE
        request = digest_request(f"{VAGUE} {GOOD}", ["de", "uk"], "en", translation=options, scope=scope)
        answer = await polygist_pb2_grpc.PolygistStub(channel).Digest(request)
    for made in answer.translations:
        assert 0 < made.estimated_quality < 0.6
        assert made.sentence_pairs[0].estimated_quality < made.sentence_pairs[1].estimated_quality
    places = {w.where for w in answer.warnings if w.type == pb.Warning.TYPE_LOW_QUALITY}
    assert "translations[1].article_text" in places
    assert any(".summary." in place for place in places)


@pytest.mark.parametrize("least", [-0.01, 1.01, float("nan")])
async def test_a_least_quality_that_there_is_not_is_refused(embedded_model: BuiltModel, least: float) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        with pytest.raises(grpc.aio.AioRpcError, match=r"translation\.min_quality: is not between 0 and 1") as refused:
            await ask(stand, TEXT, min_quality=least)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_the_model_says_what_it_is_sure_of(client: Client) -> None:
    """Running text against a heap of words, of the real model."""
    plain, heap = "The president spoke about peace.", "Zyx oblong grimpf of quantal thrum vellichor."
    for quality in (pb.QUALITY_FAST, pb.QUALITY_BEST):
        options = pb.TranslationOptions(quality=quality)
        answer = client.translate([plain, heap], ["de"], source="en", translation=options)
        sure, unsure = answer.translations[0].estimated_qualities
        assert 0 < unsure < sure < 1
