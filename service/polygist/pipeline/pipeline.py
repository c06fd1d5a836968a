"""How an article travels: parse, detect, summarize, translate, check, assemble. One pipeline serves calls and jobs."""

import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from polygist.concurrency import Threads, completed
from polygist.language import Detection, LanguageDetector
from polygist.pipeline.briefing import Briefing
from polygist.pipeline.glossaries import Glossaries
from polygist.pipeline.languages import resolve, resolve_targets
from polygist.pipeline.limits import Limits
from polygist.pipeline.reading import Reader
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
)
from polygist.pipeline.summaries import Summaries, doubts
from polygist.pipeline.termbase import Termbase
from polygist.pipeline.texts import Routes, Texts
from polygist.pipeline.translations import Made, translate_digest
from polygist.pipeline.verdict import check_targets_differ
from polygist.pipeline.watch import Watch
from polygist.translate.lane import Lane
from polygist.types import Article, ModelInfo, ModelUse, Priority, Summary, Timings, Usage


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
        self._window, self._termbase, self._summaries = window, termbase, summaries
        self._reader = Reader(limits, languages, detector, threads)
        self._texts = Texts(routes, self._models, termbase, threads)
        self._briefing = Briefing(limits, self._reader, self._texts, threads)

    @property
    def info(self) -> Info:
        """What is served."""
        pairs = tuple(Pair(s, t, self._routes[s, t].path[1:-1]) for s, t in sorted(self._routes))
        terms = self._termbase.terms
        return Info(self._languages, pairs, (*self._models, *self._summaries.models), len(terms), terms.sha256)

    def uses(self, pairs: Collection[tuple[str, str]]) -> tuple[ModelUse, ...]:
        """The models that bring texts from one language of a pair to the other."""
        return self._texts.uses(pairs)

    async def rehearse(self) -> None:
        """Give those models something to do that a digest may have nothing for. Raises EngineFailed, QueueFull."""
        await self._summaries.rehearse(Lane(None, self._window))

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
            reading = await self._reader.article(
                request.article, request.source_language, path, request.priority, watch
            )
        article = reading.article
        targets = resolve_targets(
            request.target_languages, article.language, self._texts.targets, f"{path}target_languages"
        )
        terms = await self._texts.glossaries(request, targets, path)
        self._summaries.check(request.options.method, article.language, path)
        yield Parsed(request.request_id or uuid.uuid4().hex, reading)
        with watch.stage("summarize"):
            condensed = await self._summaries.make(article, request, partial(self._lane, request))
        summary, usage = condensed.summary, condensed.usage
        yield summary
        warnings = [*reading.warnings, *doubts(summary, request.options), *condensed.warnings]
        with watch.stage("translate") if targets else watch.nothing():
            async with aclosing(self._translations(request, article, summary, targets, terms)) as translations:
                async for made in translations:
                    warnings += made.warnings
                    usage += made.usage
                    with watch.aside():
                        yield made.translation
        texts = {(article.language, language): 1 for language in targets.values()}
        models = condensed.models + self._texts.uses(texts)
        yield Done(tuple(warnings), watch.timings(usage), usage, models, texts)

    def _translations(
        self,
        request: DigestRequest,
        article: Article,
        summary: Summary,
        targets: Mapping[str, str],
        terms: Glossaries,
    ) -> AsyncGenerator[Made, None]:
        """Translations as they are ready. Leaving early ends the others."""
        lane, options = self._lane(request), request.translation
        return completed(
            translate_digest(
                self._texts.into(article.language, language, lane, options, terms),
                code,
                f"translations[{i}]",
                self._texts.route(article.language, language),
                summary if request.translate_summary else None,
                article.text if request.translate_article else None,
                sentence_pairs=options.sentence_pairs,
            )
            for i, (code, language) in enumerate(targets.items())
        )

    async def translate(self, request: TranslateRequest) -> TranslateResult:
        """Every text in every target language. Raises as `stream`."""
        self.limits.check_translate(request)
        watch = Watch()
        with watch.stage("parse"):
            verdicts = await self._reader.texts(request, self._texts.targets, watch)
        source = verdicts[0].language if request.source_language else None
        targets = resolve_targets(request.target_languages, source, self._texts.targets, "target_languages")
        check_targets_differ(verdicts, targets)
        terms = await self._texts.glossaries(request, targets, "")
        lane = self._lane(request)
        with watch.stage("translate"):
            rows = await self._texts.rows(request, verdicts, targets, lane, terms)
            plain = request.translation.return_plain
            again = await self._texts.rows(request, verdicts, targets, lane, Glossaries()) if plain and terms else {}
        warnings = [(i, replace(w, where=f"texts[{i}]")) for i, v in enumerate(verdicts) for w in v.warnings]
        warnings += [
            (i, replace(w, where=f"translations[{k}].texts[{i}]"))
            for k, row in enumerate(rows.values())
            for i, result in enumerate(row)
            for w in result.warnings
        ]
        usage = sum((r.usage for row in (*rows.values(), *again.values()) for r in row), Usage())
        pairs = Counter((v.language, target) for v in verdicts for target in targets.values())
        return TranslateResult(
            request.request_id or uuid.uuid4().hex,
            rows,
            again or (rows if plain else {}),
            {code: tuple(self._texts.route(v.language, t) for v in verdicts) for code, t in targets.items()},
            () if request.source_language else tuple(v.detected for v in verdicts),
            tuple(warnings),
            Done(
                tuple(w for _, w in warnings),
                watch.timings(usage),
                usage,
                self._texts.uses(pairs),
                pairs,
            ),
        )

    async def brief(self, request: BriefRequest) -> BriefResult:
        """One digest of several articles. Raises as `stream`."""
        return await self._briefing.make(request, self._lane(request))

    async def detect(self, texts: Sequence[str]) -> tuple[list[Detection], Timings]:
        """A verdict for each text, and what it took. Raises InvalidRequest."""
        self.limits.check_texts(texts)
        watch = Watch()
        with watch.stage("detect"):
            found = await self._reader.detect(texts, Priority.INTERACTIVE)
        return found, watch.timings(Usage())

    async def parse(self, article: ArticleText | ArticleHtml, source_language: str) -> tuple[Reading, Timings]:
        """The document as polygist sees it, and what that took. Raises InvalidRequest."""
        self.limits.check_article(article)
        watch = Watch()
        with watch.stage("parse"):
            reading = await self._reader.article(article, source_language, "", Priority.INTERACTIVE, watch)
        return reading, watch.timings(Usage())

    def check(self, request: DigestRequest, path: str = "") -> None:
        """Raises InvalidRequest where no article could have such a digest, as far as that shows without one."""
        self.limits.check_digest(request, path)
        code = request.source_language
        source = resolve(code, self._languages, f"{path}source_language") if code else None
        resolve_targets(request.target_languages, source, self._texts.targets, f"{path}target_languages")

    def _lane(self, request: DigestRequest | TranslateRequest | BriefRequest) -> Lane:
        return Lane(request.deadline, self._window, request.priority)
