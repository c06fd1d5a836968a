"""How an article travels: parse, detect, summarize, translate, check, assemble. One pipeline serves calls and jobs."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import TypeVar

from polygist.concurrency import Threads, gather
from polygist.document.language import Detection, LanguageDetector
from polygist.document.parse import parse
from polygist.document.segments import sentences
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline import briefs
from polygist.pipeline.glossaries import Glossaries, glossaries
from polygist.pipeline.languages import resolve, resolve_targets
from polygist.pipeline.limits import Limits, of_many
from polygist.pipeline.pages import text_of
from polygist.pipeline.requests import (
    ArticleHtml,
    ArticleText,
    BriefRequest,
    BriefResult,
    Digest,
    DigestEvent,
    DigestRequest,
    Done,
    Info,
    Pair,
    Parsed,
    Reading,
    TranslateRequest,
    TranslateResult,
    Translation,
    TranslationOptions,
)
from polygist.pipeline.summaries import Summaries
from polygist.pipeline.termbase import Termbase
from polygist.pipeline.translations import Made, Translate, translate_digest
from polygist.pipeline.verdict import (
    Verdict,
    check_targets_differ,
    choose_language,
    choose_languages,
    control_characters,
)
from polygist.pipeline.watch import Watch
from polygist.summarize import extract
from polygist.summarize.brief import compose
from polygist.summarize.brief.types import Document
from polygist.translate import localization, terminology
from polygist.translate.changes import Changes
from polygist.translate.glossary.layers import Finder
from polygist.translate.lane import Lane
from polygist.translate.markup import html, markdown
from polygist.translate.markup import translation as markup
from polygist.translate.translator import SHORT, Translator
from polygist.types import (
    Article,
    Estimate,
    MimeType,
    ModelInfo,
    ModelUse,
    Priority,
    Sentence,
    Span,
    Summary,
    SummaryLength,
    SummaryOptions,
    TranslatedText,
    Usage,
    Warning,
    WarningType,
)

# Code points that are looked through in far less than a millisecond.
_SHORT = 5_000

R = TypeVar("R")
_GUESS = "the place of a tag or link in the translation of its block is a guess"
_POOR = "the estimated quality is below min_quality"
_MARKUP = {MimeType.HTML: html.parse, MimeType.MARKDOWN: markdown.parse}
Routes = Mapping[tuple[str, str], Translator]
BRIEF = ModelUse("brief", compose.METHOD, compose.REVISION)
_WHOLE = SummaryOptions(SummaryLength.LONG)


@dataclass(frozen=True)
class _Way:
    """How the texts of a request become those of one language."""

    source: str
    target: str
    lane: Lane
    options: TranslationOptions
    glossary: Finder | None


class Pipeline:
    """Everything between a request and its answer. Safe for many requests at once on one event loop.

    `routes` holds a translator for every (source, target) served, over the `models`; `threads` runs parsing and
    checking, so that neither blocks the loop. `window` bounds the segments of one request that wait for a model at
    once; `termbase` has the terms of every request.
    """

    def __init__(
        self,
        limits: Limits,
        languages: Sequence[str],
        routes: Routes,
        models: Sequence[ModelInfo],
        detector: LanguageDetector,
        threads: Threads,
        window: int,
        termbase: Termbase,
        summaries: Summaries,
    ) -> None:
        self.limits, self._languages, self._routes, self._models = limits, tuple(languages), routes, tuple(models)
        self._summaries = summaries
        self._detector, self._threads, self._window, self._termbase = detector, threads, window, termbase
        self._targets = {s: frozenset(t for a, t in routes if a == s) for s, _ in routes}

    @property
    def info(self) -> Info:
        """What is served."""
        pairs = tuple(Pair(s, t, self._routes[s, t].path[1:-1]) for s, t in sorted(self._routes))
        terms = self._termbase.terms
        return Info(self._languages, pairs, (*self._models, *self._summaries.models), len(terms), terms.sha256)

    async def digest(self, request: DigestRequest, path: str = "") -> Digest:
        """The whole digest at once. `path` and what is raised are those of `stream`."""
        parsed = summary = done = None
        translations: dict[str, Translation] = {}
        async with aclosing(self.stream(request, path)) as events:
            async for event in events:
                match event:
                    case Parsed():
                        parsed = event
                    case Summary():
                        summary = event
                    case Translation():
                        translations[event.target_language] = event
                    case Done():
                        done = event
        if parsed is None or summary is None or done is None:
            raise RuntimeError("a digest stream ended without its parts")
        return Digest(parsed, summary, tuple(translations[t] for t in request.target_languages), done)

    async def stream(self, request: DigestRequest, path: str = "") -> AsyncGenerator[DigestEvent, None]:
        """Parsed, the Summary, each Translation as it is ready, Done.

        `path` stands before each field that an error names. Raises InvalidRequest, DeadlineExceeded, Refused,
        EngineFailed.
        """
        self.limits.check_digest(request, path)
        watch = Watch()
        with watch.stage("parse"):
            reading = await self._read(request.article, request.source_language, path, request.priority)
        article = reading.article
        targets = resolve_targets(request.target_languages, article.language, self._targets, f"{path}target_languages")
        terms = await self._glossaries(request, targets, path)
        self._summaries.check(request.options.method, article.language, path)
        yield Parsed(request.request_id or uuid.uuid4().hex, reading)
        with watch.stage("summarize"):
            written = await self._summaries.make(article, request, self._lane(request))
        summary, usage = written.summary, written.usage
        yield summary
        warnings = [*reading.warnings, *_doubts(summary, request), *written.warnings]
        with watch.stage("translate") if targets else watch.nothing():
            async with aclosing(self._translations(request, article, summary, targets, terms)) as translations:
                async for made in translations:
                    warnings += made.warnings
                    usage += made.usage
                    yield made.translation
        models = self._summaries.used(written) + (self._translators if targets else ())
        yield Done(tuple(warnings), watch.timings(usage), usage, models)

    async def translate(self, request: TranslateRequest) -> TranslateResult:
        """Every text in every target language. Raises as `stream`."""
        self.limits.check_translate(request)
        watch = Watch()
        with watch.stage("parse"):
            verdicts = await self._verdicts(request)
        source = verdicts[0].language if request.source_language else None
        targets = resolve_targets(request.target_languages, source, self._targets, "target_languages")
        check_targets_differ(verdicts, targets)
        terms = await self._glossaries(request, targets, "")
        lane = self._lane(request)
        with watch.stage("translate"):
            rows = await self._rows(request, verdicts, targets, lane, terms)
            plain = request.translation.return_plain
            again = await self._rows(request, verdicts, targets, lane, Glossaries()) if plain and terms else {}
        warnings = [(i, replace(w, where=f"texts[{i}]")) for i, v in enumerate(verdicts) for w in v.warnings]
        warnings += [
            (i, replace(w, where=f"translations[{k}].texts[{i}]"))
            for k, row in enumerate(rows.values())
            for i, result in enumerate(row)
            for w in result.warnings
        ]
        usage = sum((r.usage for row in (*rows.values(), *again.values()) for r in row), Usage())
        models = self._translators
        return TranslateResult(
            request.request_id or uuid.uuid4().hex,
            rows,
            again or (rows if plain else {}),
            () if request.source_language else tuple(v.detected for v in verdicts),
            tuple(warnings),
            Done(tuple(w for _, w in warnings), watch.timings(usage), usage, models),
        )

    async def brief(self, request: BriefRequest) -> BriefResult:
        """One digest of several articles. Raises as `stream`."""
        self.limits.check_brief(request)
        watch = Watch()
        with watch.stage("parse"):
            readings = await self._readings(request)
        self.limits.check_brief_total(r.text for r in readings)
        language = briefs.language(readings, request.language)
        targets = resolve_targets(request.target_languages, language, self._targets, "target_languages")
        terms, lane = await self._glossaries(request, targets, ""), self._lane(request)
        documents, warnings, usage = await self._documents(request, readings, language, lane, watch)
        with watch.stage("summarize"):
            made = await self._run(compose.brief, documents, language, request.options, priority=request.priority)
        warnings += briefs.few_points(made, request.options.key_points or extract.KEY_POINTS[request.options.length])
        with watch.stage("translate") if targets else watch.nothing():
            results = await gather(
                briefs.translation(
                    self._into(language, target, lane, request.translation, terms), code, f"translations[{i}]", made
                )
                for i, (code, target) in enumerate(targets.items())
            )
        warnings += (w for _, doubts, _ in results for w in doubts)
        usage = sum((cost for *_, cost in results), usage)
        used = self._translators if usage.segments or usage.remembered else ()
        done = Done(tuple(warnings), watch.timings(usage), usage, (BRIEF, *used))
        translations = tuple(translation for translation, *_ in results)
        return BriefResult(request.request_id or uuid.uuid4().hex, tuple(readings), made, translations, done)

    async def _documents(
        self, request: BriefRequest, readings: Sequence[Reading], language: str, lane: Lane, watch: Watch
    ) -> tuple[list[Document], list[Warning], Usage]:
        """The articles of a brief, summarised, all in its language; the doubts about them, and what it cost."""
        with watch.stage("summarize"):
            summaries = await gather(
                self._run(extract.summarize, r.article, _WHOLE, priority=request.priority) for r in readings
            )
        documents = [Document(r.article, s) for r, s in zip(readings, summaries, strict=True)]
        foreign = [i for i, r in enumerate(readings) if r.article.language != language]
        with watch.stage("translate") if foreign else watch.nothing():
            found = await gather(self._in_language(documents[i], language, i, lane, request) for i in foreign)
        for i, (document, _, _) in zip(foreign, found, strict=True):
            documents[i] = document
        warnings = [*briefs.doubts(readings), *(warning for _, warning, _ in found)]
        return documents, warnings, sum((cost for *_, cost in found), Usage())

    async def _readings(self, request: BriefRequest) -> list[Reading]:
        """Every article, read. Raises InvalidRequest with all that is wrong with any of them."""

        async def read(index: int, article: ArticleText | ArticleHtml) -> Reading | list[Violation]:
            try:
                return await self._read(article, request.source_language, "", request.priority)
            except InvalidRequest as error:
                if request.source_language:
                    return list(of_many(error.violations, index))
                # Which language it is in is a question about this article.
                named = (replace(v, field=v.field.replace("source_language", "article")) for v in error.violations)
                return list(of_many(named, index))

        found = await gather(read(i, a) for i, a in enumerate(request.articles))
        wrong = dict.fromkeys(v for f in found if isinstance(f, list) for v in f)
        if wrong:
            raise InvalidRequest(*wrong)
        return [f for f in found if isinstance(f, Reading)]

    async def _in_language(
        self, document: Document, language: str, index: int, lane: Lane, request: BriefRequest
    ) -> tuple[Document, Warning, Usage]:
        """What is central in a document, in the language of the brief; nothing where that pair is not served."""
        article, source = document.article, document.article.language
        wanted = briefs.central(article, document.summary)
        kept: list[tuple[Sentence, str]] = []
        usage = Usage()
        if language in self._targets.get(source, ()):
            options = TranslationOptions(request.translation.quality)
            translate = self._into(source, language, lane, options, Glossaries(served=self._termbase.terms.glossaries))
            kept, usage = await briefs.translated_sentences(translate, wanted)
        made = briefs.article_of([text for _, text in kept], language)
        summary = await self._run(extract.summarize, made, _WHOLE, priority=request.priority)
        origins = tuple(s.span for s, _ in kept)
        return Document(made, summary, origins), briefs.partly_compared(index, source, len(wanted), len(kept)), usage

    def _into(self, source: str, target: str, lane: Lane, options: TranslationOptions, terms: Glossaries) -> Translate:
        return partial(self._localized, _Way(source, target, lane, options, terms.of(source, target)))

    async def detect(self, texts: Sequence[str]) -> list[Detection]:
        """A verdict for each text. Raises InvalidRequest."""
        self.limits.check_texts(texts)
        return await self._run(lambda: [self._detector.detect(t) for t in texts])

    async def parse(self, article: ArticleText | ArticleHtml, source_language: str) -> Reading:
        """The document as polygist sees it. Raises InvalidRequest."""
        self.limits.check_article(article)
        return await self._read(article, source_language, "", Priority.INTERACTIVE)

    def _lane(self, request: DigestRequest | TranslateRequest | BriefRequest) -> Lane:
        return Lane(request.deadline, self._window, request.priority)

    async def _run(
        self, function: Callable[..., R], *arguments: object, priority: Priority = Priority.INTERACTIVE
    ) -> R:
        return await self._threads.run(priority, function, *arguments)

    async def _read(self, source: ArticleText | ArticleHtml, code: str, path: str, priority: Priority) -> Reading:
        def read() -> Reading:
            named = resolve(code, self._languages, f"{path}source_language") if code else None
            text, page = text_of(source, self.limits, path)
            detected = self._detector.detect(text.text)
            verdict = choose_language(detected, named, self._languages, f"{path}source_language")
            article = parse(text.text, verdict.language, titled=bool(text.title))
            return Reading(text, page, article, detected, verdict.warnings + control_characters(text.text))

        return await self._run(read, priority=priority)

    async def _verdicts(self, request: TranslateRequest) -> list[Verdict]:
        """The language of each text; all the same where the caller names it."""
        if request.source_language:
            named = resolve(request.source_language, self._targets, "source_language")
            verdicts = [Verdict(named, Detection(named, 1.0, ()))] * len(request.texts)
        else:
            found = await self._run(
                lambda: [self._detector.detect(t) for t in request.texts], priority=request.priority
            )
            verdicts = choose_languages(found, tuple(self._targets))
        # A regular expression over short texts costs less than a thread.
        if sum(map(len, request.texts)) <= _SHORT:
            strange = [control_characters(t) for t in request.texts]
        else:
            strange = await self._run(lambda: [control_characters(t) for t in request.texts], priority=request.priority)
        return [replace(v, warnings=v.warnings + more) for v, more in zip(verdicts, strange, strict=True)]

    async def _glossaries(
        self, request: DigestRequest | TranslateRequest | BriefRequest, targets: Mapping[str, str], path: str
    ) -> Glossaries:
        """Those of the request and of the server; many terms of a request take a while."""
        terms, served = request.translation.terms, self._termbase.terms.glossaries
        if not terms:
            return Glossaries(served=served)
        own = await self._run(glossaries, terms, targets.values(), path, priority=request.priority)
        return Glossaries(own, served)

    async def _rows(
        self,
        request: TranslateRequest,
        verdicts: Sequence[Verdict],
        targets: Mapping[str, str],
        lane: Lane,
        terms: Glossaries,
    ) -> dict[str, tuple[TranslatedText, ...]]:
        """Every text in every target language, by the code that the caller gave."""
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
        if verdict.language not in self._targets:
            # What has no language has no words.
            lost = 0 if verdict.language == "und" else len(text)
            return TranslatedText(text, estimate=Estimate.of(0.0, lost))
        if verdict.language == target:
            already = Warning(WarningType.UNTRANSLATED, "the text is in the target language already")
            return TranslatedText(text, (already,))
        way = _Way(verdict.language, target, lane, options, terms.of(verdict.language, target))
        if options.mime_type is not MimeType.PLAIN:
            parse_markup = _MARKUP[options.mime_type]
            document = await self._run(parse_markup, text, verdict.language, priority=lane.priority)
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
        return changes() if len(text) <= SHORT else await self._run(changes, priority=way.lane.priority)

    async def _translations(
        self,
        request: DigestRequest,
        article: Article,
        summary: Summary,
        targets: Mapping[str, str],
        terms: Glossaries,
    ) -> AsyncGenerator[Made, None]:
        """Translations as they are ready. Leaving early ends the others."""
        lane, options = self._lane(request), request.translation

        tasks = [
            asyncio.create_task(
                translate_digest(
                    self._into(article.language, language, lane, options, terms),
                    code,
                    f"translations[{i}]",
                    summary if request.translate_summary else None,
                    article.text if request.translate_article else None,
                    sentence_pairs=options.sentence_pairs,
                )
            )
            for i, (code, language) in enumerate(targets.items())
        ]
        try:
            for next_done in asyncio.as_completed(tasks):
                yield await next_done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _translators(self) -> tuple[ModelUse, ...]:
        return tuple(ModelUse("translations", m.id, m.revision) for m in self._models)


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


def _doubts(summary: Summary, request: DigestRequest) -> Iterator[Warning]:
    """Where a summary is not what was asked for."""
    wanted = request.options.key_points or extract.KEY_POINTS[request.options.length]
    if len(summary.key_points) < wanted:
        detail = f"{len(summary.key_points)} of {wanted} key points: the article has no more to say"
        yield Warning(WarningType.SHORT_ARTICLE, detail, "summary.key_points")
    if not summary.focus_found:
        yield Warning(WarningType.FOCUS_NOT_FOUND, "the article has no sentence on the focus", "summary.key_points")


def deadline_in(seconds: float | None) -> float | None:
    """A deadline for requests from the seconds that are left, None for none."""
    return None if seconds is None else time.monotonic() + seconds
