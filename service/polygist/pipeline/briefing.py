"""How several articles become a brief: read, summarised, brought into one language, compared, translated."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from polygist.concurrency import Stop, Threads, gather
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline import briefs
from polygist.pipeline.glossaries import Glossaries
from polygist.pipeline.languages import resolve_targets
from polygist.pipeline.limits import Limits, of_many
from polygist.pipeline.reading import Reader
from polygist.pipeline.requests import (
    ArticleHtml,
    ArticleText,
    BriefRequest,
    BriefResult,
    Done,
    Reading,
    TranslationOptions,
)
from polygist.pipeline.texts import Texts
from polygist.pipeline.watch import Watch
from polygist.summarize import extract
from polygist.summarize.brief import compose
from polygist.summarize.brief.types import Brief, Document
from polygist.translate.lane import Lane
from polygist.types import ModelUse, Priority, Sentence, SummaryLength, SummaryOptions, Usage, Warning

BRIEF = ModelUse("brief", compose.METHOD, compose.REVISION)
_WHOLE = SummaryOptions(SummaryLength.LONG)
# Code points of articles or pages that keep a thread busy for about a second.
_LARGE = 100_000


class Briefing:
    """Makes briefs for many requests at once."""

    def __init__(self, limits: Limits, reader: Reader, texts: Texts, threads: Threads) -> None:
        self._limits, self._reader, self._texts, self._threads = limits, reader, texts, threads

    async def make(self, request: BriefRequest, lane: Lane) -> BriefResult:
        """One digest of several articles, `lane` its way to the models. Raises as `Pipeline.stream`."""
        self._limits.check_brief(request)
        watch, pace = Watch(), _pace(request)
        with watch.stage("parse"):
            readings = await self._readings(request, pace, watch)
        self._limits.check_brief_total(r.text for r in readings)
        language = briefs.language(readings, request.language)
        targets = resolve_targets(request.target_languages, language, self._texts.targets, "target_languages")
        terms = await self._texts.glossaries(request, targets, "")
        with watch.stage("summarize"):
            documents = await gather(self._document(r, pace) for r in readings)
        foreign = [i for i, r in enumerate(readings) if r.article.language != language]
        with watch.stage("translate") if foreign else watch.nothing():
            found = await gather(self._in_language(documents[i], language, i, lane, request) for i in foreign)
        for i, (document, _, _) in zip(foreign, found, strict=True):
            documents[i] = document
        with watch.stage("summarize"):
            made = await self._compared(documents, language, request.options, pace)
        with watch.stage("translate") if targets else watch.nothing():
            results = await gather(
                briefs.translation(
                    self._texts.into(language, target, lane, request.translation, terms),
                    code,
                    f"translations[{i}]",
                    self._texts.route(language, target),
                    made,
                )
                for i, (code, target) in enumerate(targets.items())
            )
        warnings = [
            *briefs.doubts(readings),
            *(warning for _, warning, _ in found),
            *briefs.few_points(made, request.options.key_points or extract.KEY_POINTS[request.options.length]),
            *(w for _, doubts, _ in results for w in doubts),
        ]
        usage = sum((cost for *_, cost in (*found, *results)), Usage())
        texts = {(language, target): 1 for target in targets.values()}
        pairs = {*texts, *((readings[i].article.language, language) for i in foreign)}
        used = self._texts.uses(pairs) if usage.segments or usage.remembered else ()
        done = Done(tuple(warnings), watch.timings(usage), usage, (BRIEF, *used), texts)
        translations = tuple(translation for translation, *_ in results)
        return BriefResult(request.request_id or uuid.uuid4().hex, tuple(readings), made, translations, done)

    async def _readings(self, request: BriefRequest, pace: Priority, watch: Watch) -> list[Reading]:
        """Every article, read. Raises InvalidRequest with all that is wrong with any of them."""

        async def read(index: int, article: ArticleText | ArticleHtml) -> Reading | list[Violation]:
            try:
                return await self._reader.article(article, request.source_language, "", pace, watch)
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

    async def _document(self, reading: Reading, pace: Priority) -> Document:
        return Document(reading.article, await self._threads.run(pace, extract.summarize, reading.article, _WHOLE))

    async def _in_language(
        self, document: Document, language: str, index: int, lane: Lane, request: BriefRequest
    ) -> tuple[Document, Warning, Usage]:
        """What is central in a document, in the language of the brief; nothing where that pair is not served."""
        article, source = document.article, document.article.language
        wanted = briefs.central(article, document.summary)
        kept: list[tuple[Sentence, str]] = []
        usage = Usage()
        if language in self._texts.targets.get(source, ()):
            options, terms = TranslationOptions(request.translation.quality), Glossaries(served=self._texts.served)
            translate = self._texts.into(source, language, lane, options, terms)
            kept, usage = await briefs.translated_sentences(translate, wanted)
        made = briefs.article_of([text for _, text in kept], language)
        summary = await self._threads.run(request.priority, extract.summarize, made, _WHOLE)
        origins = tuple(s.span for s, _ in kept)
        return Document(made, summary, origins), briefs.partly_compared(index, source, len(wanted), len(kept)), usage

    async def _compared(
        self, documents: Sequence[Document], language: str, options: SummaryOptions, pace: Priority
    ) -> Brief:
        """Documents of one language, compared on a thread; it stops at its next step where nobody waits any more."""
        with Stop() as stop:
            return await self._threads.run(pace, compose.brief, documents, language, options, stop)


def _pace(request: BriefRequest) -> Priority:
    """That of the request; a large brief leaves a thread to others all the same."""
    size = sum(len(a.html if isinstance(a, ArticleHtml) else a.text) for a in request.articles)
    return Priority.BULK if size > _LARGE else request.priority
