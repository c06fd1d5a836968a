"""Reading what a caller sends: the language of each text, and the structure of articles."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace

from polygist import tracing
from polygist.concurrency import Threads
from polygist.document.parse import parse
from polygist.language import Detection, LanguageDetector
from polygist.pipeline.formats import shown
from polygist.pipeline.languages import resolve
from polygist.pipeline.limits import Limits
from polygist.pipeline.pages import text_of
from polygist.pipeline.requests import ArticleHtml, ArticleText, Reading, TranslateRequest
from polygist.pipeline.verdict import Verdict, choose_language, choose_languages, control_characters
from polygist.pipeline.watch import Watch
from polygist.types import MimeType, Priority, Warning

# Code points that are looked through in far less than a millisecond.
_SHORT = 5_000


class Reader:
    """Reads articles in the `languages` served, off the event loop."""

    def __init__(self, limits: Limits, languages: Sequence[str], detector: LanguageDetector, threads: Threads) -> None:
        self._limits, self._languages, self._detector, self._threads = limits, tuple(languages), detector, threads

    async def article(
        self, source: ArticleText | ArticleHtml, code: str, path: str, priority: Priority, watch: Watch
    ) -> Reading:
        """An article in the language of `code`, "" to find out. Raises InvalidRequest, its fields below `path`.

        The `watch` is told how long it took to find out.
        """
        seconds: list[float] = []

        def read() -> Reading:
            named = resolve(code, self._languages, f"{path}source_language") if code else None
            text, page = text_of(source, self._limits, path)
            begun = time.monotonic()
            with tracing.step("detect"):
                detected = self._detector.detect(text.text)
            seconds.append(time.monotonic() - begun)
            verdict = choose_language(detected, named, self._languages, f"{path}source_language")
            article = parse(text.text, verdict.language, titled=bool(text.title))
            if page is not None:
                article = replace(article, date=page.date)
            return Reading(text, page, article, detected, verdict.warnings + control_characters(text.text))

        reading = await self._threads.run(priority, read)
        watch.took("detect", sum(seconds))
        return reading

    async def detect(
        self, texts: Sequence[str], priority: Priority, mime_type: MimeType = MimeType.PLAIN
    ) -> list[Detection]:
        """A verdict for each text, by what of it is language."""
        with tracing.step("detect", {"polygist.texts": len(texts)}):
            return await self._threads.run(
                priority, lambda: [self._detector.detect(shown(t, mime_type)) for t in texts]
            )

    async def texts(self, request: TranslateRequest, served: Collection[str], watch: Watch) -> list[Verdict]:
        """The language of each text, one of those `served`; all the same where the request names it.

        The `watch` is told how long it took to find out.
        """
        texts, code, priority = request.texts, request.source_language, request.priority
        if code:
            named = resolve(code, served, "source_language")
            verdicts = [Verdict(named, Detection(named, 1.0, ()))] * len(texts)
        else:
            begun = time.monotonic()
            detected = await self.detect(texts, priority, request.translation.mime_type)
            watch.took("detect", time.monotonic() - begun)
            verdicts = choose_languages(detected, tuple(served))

        def strange() -> list[tuple[Warning, ...]]:
            return [control_characters(t) for t in texts]

        # A regular expression over short texts costs less than a thread.
        short = sum(map(len, texts)) <= _SHORT
        found = strange() if short else await self._threads.run(priority, strange)
        return [replace(v, warnings=v.warnings + more) for v, more in zip(verdicts, found, strict=True)]
