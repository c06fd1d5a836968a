"""How an article travels: parse, detect, summarize, translate, check, assemble. One pipeline serves calls and jobs."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from polygist.concurrency import gather
from polygist.document.language import Detection, LanguageDetector
from polygist.document.parse import parse
from polygist.pipeline.languages import resolve, resolve_targets
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import (
    ArticleText,
    Digest,
    DigestEvent,
    DigestRequest,
    Done,
    Info,
    Pair,
    Parsed,
    TranslateRequest,
    TranslateResult,
    Translation,
)
from polygist.pipeline.translations import Made, translate_digest
from polygist.pipeline.verdict import (
    Verdict,
    check_targets_differ,
    choose_language,
    choose_languages,
    control_characters,
)
from polygist.pipeline.watch import Watch
from polygist.summarize import extract
from polygist.translate.translator import Lane, Translator
from polygist.types import (
    Article,
    ModelInfo,
    ModelUse,
    Summary,
    TranslatedText,
    Usage,
    Warning,
    WarningType,
)

# Code points that are looked through in far less than a millisecond.
_SHORT = 5_000

R = TypeVar("R")
Routes = Mapping[tuple[str, str], Translator]
EXTRACTIVE = ModelUse("summary", extract.METHOD, extract.REVISION)


class Pipeline:
    """Everything between a request and its answer. Safe for many requests at once on one event loop.

    `routes` holds a translator for every (source, target) served; `threads` runs parsing and summarising, so that
    neither blocks the loop. `window` bounds the segments of one request that wait for a model at once.
    """

    def __init__(
        self,
        limits: Limits,
        languages: Sequence[str],
        routes: Routes,
        models: Sequence[ModelInfo],
        detector: LanguageDetector,
        threads: Executor,
        window: int,
    ) -> None:
        self.limits, self._languages, self._routes, self._models = limits, tuple(languages), routes, tuple(models)
        self._detector, self._threads, self._window = detector, threads, window
        self._targets = {s: frozenset(t for a, t in routes if a == s) for s, _ in routes}

    @property
    def info(self) -> Info:
        """What is served."""
        pairs = tuple(Pair(s, t, self._routes[s, t].pivot) for s, t in sorted(self._routes))
        return Info(self._languages, pairs, self._models)

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
            verdict, article = await self._read(request.article, request.source_language, path)
        targets = resolve_targets(request.target_languages, verdict.language, self._targets, f"{path}target_languages")
        yield Parsed(request.request_id or uuid.uuid4().hex, article, verdict.detected)
        with watch.stage("summarize"):
            summary = await self._run(extract.summarize, article, request.options)
        yield summary
        warnings, usage = [*verdict.warnings, *_short(summary, request)], Usage()
        with watch.stage("translate") if targets else watch.nothing():
            async with aclosing(self._translations(request, article, summary, targets)) as translations:
                async for made in translations:
                    warnings += made.warnings
                    usage += made.usage
                    yield made.translation
        yield Done(tuple(warnings), watch.timings(usage), usage, self._models_used(bool(targets), summarized=True))

    async def translate(self, request: TranslateRequest) -> TranslateResult:
        """Every text in every target language. Raises as `stream`."""
        self.limits.check_translate(request)
        watch = Watch()
        with watch.stage("parse"):
            verdicts = await self._verdicts(request)
        source = verdicts[0].language if request.source_language else None
        targets = resolve_targets(request.target_languages, source, self._targets, "target_languages")
        check_targets_differ(verdicts, targets)
        lane = self._lane(request)
        with watch.stage("translate"):
            results = await gather(
                self._text(text, verdict, language, lane)
                for language in targets.values()
                for text, verdict in zip(request.texts, verdicts, strict=True)
            )
        n = len(request.texts)
        rows = {code: results[i * n : (i + 1) * n] for i, code in enumerate(targets)}
        warnings = [(i, replace(w, where=f"texts[{i}]")) for i, v in enumerate(verdicts) for w in v.warnings]
        warnings += [
            (i, replace(w, where=f"translations[{k}].texts[{i}]"))
            for k, row in enumerate(rows.values())
            for i, result in enumerate(row)
            for w in result.warnings
        ]
        usage = sum((r.usage for r in results), Usage())
        models = self._models_used(True, summarized=False)
        return TranslateResult(
            request.request_id or uuid.uuid4().hex,
            {code: tuple(r.text for r in row) for code, row in rows.items()},
            () if request.source_language else tuple(v.detected for v in verdicts),
            tuple(warnings),
            Done(tuple(w for _, w in warnings), watch.timings(usage), usage, models),
        )

    async def detect(self, texts: Sequence[str]) -> list[Detection]:
        """A verdict for each text. Raises InvalidRequest."""
        self.limits.check_texts(texts)
        return await self._run(lambda: [self._detector.detect(t) for t in texts])

    async def parse(self, article: ArticleText, source_language: str) -> tuple[Verdict, Article]:
        """The document as polygist sees it. Raises InvalidRequest."""
        self.limits.check_article(article)
        return await self._read(article, source_language, "")

    def _lane(self, request: DigestRequest | TranslateRequest) -> Lane:
        return Lane(request.deadline, self._window, request.priority)

    async def _run(self, function: Callable[..., R], *arguments: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def _read(self, text: ArticleText, code: str, path: str) -> tuple[Verdict, Article]:
        named = resolve(code, self._languages, f"{path}source_language") if code else None
        detected = await self._run(self._detector.detect, text.text)
        verdict = choose_language(detected, named, self._languages, f"{path}source_language")
        article = await self._run(lambda: parse(text.text, verdict.language, titled=text.title is not None))
        strange = await self._run(control_characters, text.text)
        return replace(verdict, warnings=verdict.warnings + strange), article

    async def _verdicts(self, request: TranslateRequest) -> list[Verdict]:
        """The language of each text; all the same where the caller names it."""
        if request.source_language:
            named = resolve(request.source_language, self._targets, "source_language")
            verdicts = [Verdict(named, Detection(named, 1.0, ()))] * len(request.texts)
        else:
            found = await self._run(lambda: [self._detector.detect(t) for t in request.texts])
            verdicts = choose_languages(found, tuple(self._targets))
        # A regular expression over short texts costs less than a thread.
        if sum(map(len, request.texts)) <= _SHORT:
            strange = [control_characters(t) for t in request.texts]
        else:
            strange = await self._run(lambda: [control_characters(t) for t in request.texts])
        return [replace(v, warnings=v.warnings + more) for v, more in zip(verdicts, strange, strict=True)]

    async def _text(self, text: str, verdict: Verdict, target: str, lane: Lane) -> TranslatedText:
        if verdict.language not in self._targets:
            return TranslatedText(text)
        if verdict.language == target:
            already = Warning(WarningType.UNTRANSLATED, "the text is in the target language already")
            return TranslatedText(text, (already,))
        return await self._routes[verdict.language, target].translate(text, lane)

    async def _translations(
        self, request: DigestRequest, article: Article, summary: Summary, targets: Mapping[str, str]
    ) -> AsyncGenerator[Made, None]:
        """Translations as they are ready. Leaving early ends the others."""
        lane = self._lane(request)
        tasks = [
            asyncio.create_task(
                translate_digest(
                    self._routes[article.language, language],
                    lane,
                    code,
                    f"translations[{i}]",
                    summary if request.translate_summary else None,
                    article.text if request.translate_article else None,
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

    def _models_used(self, translated: bool, *, summarized: bool) -> tuple[ModelUse, ...]:
        used = [EXTRACTIVE] if summarized else []
        if translated:
            used += [ModelUse("translations", m.id, m.revision) for m in self._models]
        return tuple(used)


def _short(summary: Summary, request: DigestRequest) -> tuple[Warning, ...]:
    wanted = request.options.key_points or extract.KEY_POINTS[request.options.length]
    if len(summary.key_points) >= wanted:
        return ()
    detail = f"{len(summary.key_points)} of {wanted} key points: the article has no more to say"
    return (Warning(WarningType.SHORT_ARTICLE, detail, "summary.key_points"),)


def deadline_in(seconds: float | None) -> float | None:
    """A deadline for requests from the seconds that are left, None for none."""
    return None if seconds is None else time.monotonic() + seconds
