"""Texts of a request in other languages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter

from polygist.concurrency import Threads, gather
from polygist.document.segments import sentences
from polygist.pipeline import formats
from polygist.pipeline.glossaries import Glossaries, glossaries
from polygist.pipeline.requests import BriefRequest, DigestRequest, TranslateRequest, TranslationOptions
from polygist.pipeline.termbase import Termbase
from polygist.pipeline.translations import Translate
from polygist.pipeline.verdict import Verdict
from polygist.translate import localization, terminology
from polygist.translate.changes import Changes
from polygist.translate.glossary.entries import Direction
from polygist.translate.glossary.layers import Finder
from polygist.translate.glossary.terms import Glossary
from polygist.translate.lane import Lane
from polygist.translate.markup import translation as markup
from polygist.translate.translator import SHORT, Translator
from polygist.types import Estimate, MimeType, ModelInfo, ModelUse, Route, Span, TranslatedText, Warning, WarningType

_GUESS = "the place of a tag or link in the translation of its block is a guess"
_POOR = "the estimated quality is below min_quality"
Routes = Mapping[tuple[str, str], Translator]


@dataclass(frozen=True)
class _Way:
    """How the texts of a request become those of one language."""

    source: str
    target: str
    lane: Lane
    options: TranslationOptions
    glossary: Finder | None


class Texts:
    """Translates texts by the `routes` over the `models`, with the terms of the request and of the `termbase`.

    `targets` are the languages that each source language is translated into.
    """

    def __init__(self, routes: Routes, models: Sequence[ModelInfo], termbase: Termbase, threads: Threads) -> None:
        self._routes, self._termbase, self._threads = routes, termbase, threads
        self._uses = tuple(ModelUse("translations", m.id, m.revision) for m in models)
        self.targets = {s: frozenset(t for a, t in routes if a == s) for s, _ in routes}

    @property
    def served(self) -> Mapping[Direction, Glossary]:
        """The terms of the server, by direction."""
        return self._termbase.terms.glossaries

    async def glossaries(
        self, request: DigestRequest | TranslateRequest | BriefRequest, targets: Mapping[str, str], path: str
    ) -> Glossaries:
        """Those of the request and of the server; many terms of a request take a while."""
        terms, served = request.translation.terms, self.served
        if not terms:
            return Glossaries(served=served)
        own = await self._threads.run(request.priority, glossaries, terms, targets.values(), path)
        return Glossaries(own, served)

    def route(self, source: str, target: str) -> Route:
        """How texts get from `source` to `target`; an empty one where they don't."""
        way = self._routes.get((source, target))
        return Route(way.path, way.models) if way else Route()

    def uses(self, pairs: Collection[tuple[str, str]]) -> tuple[ModelUse, ...]:
        """The models that bring texts from one language of a pair to the other."""
        ids = {id for pair in pairs for id in self.route(*pair).models}
        return tuple(use for use in self._uses if use.model in ids)

    def into(self, source: str, target: str, lane: Lane, options: TranslationOptions, terms: Glossaries) -> Translate:
        """A way for texts from `source` to `target`."""
        return partial(self._localized, _Way(source, target, lane, options, terms.of(source, target)))

    async def rows(
        self,
        request: TranslateRequest,
        verdicts: Sequence[Verdict],
        targets: Mapping[str, str],
        lane: Lane,
        terms: Glossaries,
    ) -> dict[str, tuple[TranslatedText, ...]]:
        """Every text of a request in every target language, by the code that the caller gave."""
        results = await gather(
            self._text(text, verdict, language, lane, request.translation, terms)
            for language in targets.values()
            for text, verdict in zip(request.texts, verdicts, strict=True)
        )
        n = len(request.texts)
        return {code: tuple(results[i * n : (i + 1) * n]) for i, code in enumerate(targets)}

    async def _text(
        self,
        text: str,
        verdict: Verdict,
        target: str,
        lane: Lane,
        options: TranslationOptions,
        terms: Glossaries,
    ) -> TranslatedText:
        if verdict.language not in self.targets:
            # What has no language has no words.
            lost = 0 if verdict.language == "und" else len(text)
            return TranslatedText(text, estimate=Estimate.of(0.0, lost))
        if verdict.language == target:
            already = Warning(WarningType.UNTRANSLATED, "the text is in the target language already")
            return TranslatedText(text, (already,))
        way = _Way(verdict.language, target, lane, options, terms.of(verdict.language, target))
        if options.mime_type is not MimeType.PLAIN and (
            document := await self._threads.run(lane.priority, formats.parse, text, options.mime_type, way.source)
        ):
            done = await markup.translate(
                document, partial(self._translate, way), revise=partial(self._localization, way)
            )
            guesses = (Warning(WarningType.MARKUP_UNCERTAIN, _GUESS, span=span) for span in done.uncertain)
            return TranslatedText(done.text, (*done.warnings, *guesses), done.usage, estimate=done.estimate)
        made = await self._localized(way, text)
        return made if options.sentence_pairs else replace(made, pairs=())

    async def _translate(self, way: _Way, text: str) -> TranslatedText:
        translator, quality = self._routes[way.source, way.target], way.options.quality
        if way.glossary is None:
            made = await translator.translate(text, way.lane, quality)
        else:
            split = partial(sentences, language=way.source)
            made = await terminology.translate(text, way.glossary, translator, split, self._threads, way.lane, quality)
        return replace(made, warnings=made.warnings + _poor(made, way.options.min_quality))

    async def _localized(self, way: _Way, text: str) -> TranslatedText:
        made = await self._translate(way, text)
        return localization.localized(made, await self._localization(way, text, made))

    async def _localization(self, way: _Way, text: str, made: TranslatedText) -> Changes:
        """What to change in a translation for the numbers in it, where that is asked for."""
        if not way.options.localize_numbers:
            return {}
        changes = partial(localization.changes, made, text, (way.source, way.target), way.glossary)
        return changes() if len(text) <= SHORT else await self._threads.run(way.lane.priority, changes)


def _poor(made: TranslatedText, least: float) -> tuple[Warning, ...]:
    """A warning for each sentence whose estimate is below the `least` that the caller wants, 0 where nothing came."""
    poor = [p.source for p in made.pairs if p.estimate is not None and p.estimate < least]
    poor += [span for span in _untranslated(made) if least > 0]
    return tuple(Warning(WarningType.LOW_QUALITY, _POOR, span=span) for span in sorted(poor, key=attrgetter("start")))


def _untranslated(made: TranslatedText) -> list[Span]:
    """The sentences whose translation is empty: out of range in length, and in no pair."""
    starts = {p.source.start for p in made.pairs}
    doubted = {w.span for w in made.warnings if w.type is WarningType.LENGTH_OUT_OF_RANGE and w.span is not None}
    return [span for span in doubted if span.start not in starts]
