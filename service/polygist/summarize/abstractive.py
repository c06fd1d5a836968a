"""A summary whose headline, lead and key points a model writes. Each statement is checked against the article; where
one does not hold, the extractive summary has its place."""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polygist.concurrency import gather
from polygist.engines.base import Decoding
from polygist.errors import EngineFailed, NotReady
from polygist.store.summarizers import SummaryCard
from polygist.summarize import abstractive_plan as planning
from polygist.summarize.abstractive_check import Drafts, Observer, Statements, checked, premises
from polygist.summarize.abstractive_codec import Codec
from polygist.summarize.call import Call
from polygist.summarize.entailment import Judged
from polygist.summarize.faithfulness import Evidence
from polygist.summarize.words import one_line
from polygist.types import Article, ModelInfo, Span, Summary, Usage, Warning, WarningType

_FAILED = "the summary model failed or is being started again; the summary is extractive"
# Instruction models like to answer in lists and headings.
_LIST_MARKS = re.compile(r"^(?:(?:[•▪◦*–—-]|#{1,6}|>) )++")
# The sentences of a text in a language.
Splitter = Callable[[str, str], Sequence[Span]]
# Statements, and what each rests on -> those that do not follow from it.
Judging = Callable[[Mapping[str, str]], Coroutine[Any, Any, Judged]]


@dataclass(frozen=True)
class Written:
    """A summary, the doubts about it, and what it cost; whether a model of entailment was asked about it."""

    summary: Summary
    warnings: tuple[Warning, ...]
    usage: Usage
    judged: bool = False


class Writer:
    """A model that writes summaries. Safe for many requests at once on one event loop."""

    def __init__(
        self, info: ModelInfo, card: SummaryCard, codec: Codec, decoding: Decoding, split: Splitter, observer: Observer
    ) -> None:
        self.info = info
        self._card, self._codec, self._decoding, self._split, self._observer = card, codec, decoding, split, observer

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it writes in."""
        return tuple(self._card.languages)

    async def write(self, article: Article, base: Summary, call: Call, judge: Judging | None = None) -> Written:
        """The `base`, an extractive summary, with what the model writes better in its place; a warning where it fails.
        What it writes is checked by rules, and by the `judge` where there is one.

        Raises DeadlineExceeded, QueueFull: the caller has less time, or comes back.
        """
        if not article.sentences:
            return Written(base, (), Usage())
        desk = _Desk(self._card, self._codec, self._decoding, self._split, article.language, call)
        try:
            drafts = await desk.drafts(article, base)
        except (EngineFailed, NotReady):  # the scheduler has logged and counted it
            return Written(base, (Warning(WarningType.MODEL_FAILED, _FAILED, "summary"),), desk.usage)
        evidence = await call.run(Evidence, article)
        judged = await judge(await call.run(premises, article, drafts, evidence)) if judge else Judged()
        summary, warnings = await call.run(checked, article, base, drafts, evidence, self._observer, judged.refused)
        asked = judged.usage.segments > 0
        return Written(summary, judged.warnings + warnings, desk.usage + judged.usage, asked)


class _Desk:
    """The work on one article."""

    def __init__(
        self, card: SummaryCard, codec: Codec, decoding: Decoding, split: Splitter, language: str, call: Call
    ) -> None:
        self._prompts, self._max_new_tokens = card.prompts, card.max_new_tokens
        self._codec, self._decoding, self._split, self._call = codec, decoding, split, call
        self._language, self._name = language, card.languages[language]
        self.usage = Usage()

    async def drafts(self, article: Article, base: Summary) -> Drafts:
        """What the model writes, not checked yet."""
        room = self._room(self._prompts.key_point)
        plan = await self._call.run(planning.plan, article, base, self._codec.counts, room)
        whole = self._whole(plan.units, max(1, len(base.lead_spans)))
        (headline, lead), points = await gather([whole, self._points(plan.parts)])
        return Drafts(headline, lead, points)

    async def _points(self, parts: Sequence[str]) -> Sequence[Statements | None]:
        asked = [part for part in parts if part] if self._prompts.key_point else []
        found = iter(await gather(self._statements(self._prompts.key_point, 1, part) for part in asked))
        return [next(found) if part in asked else None for part in parts]

    async def _whole(self, units: Sequence[planning.Unit], sentences: int) -> Sequence[Statements | None]:
        """Headline and lead, both from the whole article, or from the merged summaries of its chunks."""
        text = await self._merged(units)
        headline, lead = self._prompts.headline, self._prompts.lead
        asked = [(headline, 1)] if headline else []
        *first, last = await gather(self._statements(p, n, text) for p, n in [*asked, (lead, sentences)])
        return (first[0] if first else None), last

    async def _merged(self, units: Sequence[planning.Unit]) -> str:
        """A text that fits one prompt. Each round leaves half as many chunks, since two answers fit into one."""
        room = min(self._room(prompt) for prompt in (self._prompts.lead, self._prompts.headline) if prompt)
        while True:
            chunks = await self._call.run(planning.chunks, units, self._codec.counts, room)
            if len(chunks) < 2:
                return "".join(chunks)
            made = await gather(self._statements(self._prompts.lead, 2, chunk) for chunk in chunks)
            units = await self._call.run(self._next, chunks, made)

    def _next(self, chunks: Sequence[str], made: Sequence[Statements]) -> Sequence[planning.Unit]:
        """The sentences to merge: of a chunk without a summary, those at its beginning that are as long as one."""
        found: list[planning.Unit] = []
        for group, (chunk, answer) in enumerate(zip(chunks, made, strict=True)):
            texts = answer or self._sentences(chunk)
            left = self._max_new_tokens
            for unit in planning.units(texts, [group] * len(texts), self._codec.counts):
                if unit.tokens > left:
                    break
                left -= unit.tokens
                found.append(unit)
        return found

    async def _statements(self, prompt: str, sentences: int, text: str) -> Statements:
        """The sentences of an answer that are whole; none where the prompt is longer than was planned."""
        ids = await self._call.run(self._codec.encode, prompt, self._name, sentences, text)
        if len(ids) > self._codec.longest(self._max_new_tokens):
            return ()
        done = await self._call.ask(ids, self._max_new_tokens, self._decoding)
        self.usage += Usage(done.input_tokens, done.output_tokens, 1, done.queue_seconds, done.inference_seconds)
        answer = await self._call.run(self._codec.decode, done.hypothesis.tokens)
        found = await self._call.run(self._sentences, answer)
        return tuple(found if done.hypothesis.finished else found[:-1])

    def _sentences(self, text: str) -> list[str]:
        spans = self._split(text, self._language)
        lines = (_LIST_MARKS.sub("", one_line(text[start:end])) for start, end in spans)
        return [line for line in lines if any(c.isalnum() for c in line)]

    def _room(self, prompt: str) -> int:
        return self._codec.room(prompt, self._name, self._max_new_tokens)
