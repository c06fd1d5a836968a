"""Names with types: what a token classifier finds in an article, beside the names that rules find."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from polygist.concurrency import gather
from polygist.engines.base import GREEDY
from polygist.engines.work import Completion
from polygist.errors import EngineFailed, NotReady
from polygist.summarize.call import Call
from polygist.summarize.entity_codec import EntityCodec, Window
from polygist.summarize.names import mentions
from polygist.types import (
    HEADS,
    Article,
    Entity,
    EntityType,
    Mention,
    MentionKind,
    ModelInfo,
    Span,
    Usage,
    Warning,
    WarningType,
)

KINDS = {
    EntityType.PERSON: MentionKind.PERSON,
    EntityType.ORGANIZATION: MentionKind.ORGANIZATION,
    EntityType.LOCATION: MentionKind.PLACE,
    EntityType.OTHER: MentionKind.UNKNOWN,
}
_FAILED = "the model of entities failed or is being started again; names have no types"


@dataclass(frozen=True)
class Typed:
    """The names of an article, the doubts about them, and what they cost."""

    mentions: tuple[Mention, ...]
    warnings: tuple[Warning, ...]
    usage: Usage


class Recognizer:
    """A token classifier that finds entities. Safe for many requests at once on one event loop."""

    def __init__(self, info: ModelInfo, codec: EntityCodec) -> None:
        self.info, self._codec = info, codec

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it knows."""
        return self.info.languages

    async def type(self, article: Article, found: Sequence[Mention], call: Call) -> Typed:
        """The names `found` by rules, with types, and those that the model alone finds; as they are, and a warning,
        where it fails.

        Raises DeadlineExceeded, QueueFull.
        """
        windows = await call.run(self._codec.windows, article.text, sentences_of(article))
        flat = [window for of_sentence in windows for window in of_sentence]
        try:
            done = await gather(self._ask(window, call) for window in flat)
        except (EngineFailed, NotReady):  # the scheduler has logged and counted it
            warning = Warning(WarningType.MODEL_FAILED, _FAILED, "summary.mentions")
            return Typed(tuple(found), (warning,), Usage())
        usage = sum((Usage(d.input_tokens, 0, 1, d.queue_seconds, d.inference_seconds) for d in done), Usage())
        return Typed(await call.run(self._typed, article, found, windows, done), (), usage)

    def _ask(self, window: Window, call: Call) -> Coroutine[Any, Any, Completion]:
        return call.ask(window.ids, len(window.ids), GREEDY)

    def _typed(
        self,
        article: Article,
        found: Sequence[Mention],
        windows: Sequence[Sequence[Window]],
        done: Sequence[Completion],
    ) -> tuple[Mention, ...]:
        labels: Iterator[Sequence[int]] = (d.hypothesis.tokens for d in done)
        entities = [e for of in windows for e in self._codec.entities(of, [next(labels) for _ in of])]
        return typed(article, found, entities)


def typed(article: Article, found: Sequence[Mention], entities: Sequence[Entity]) -> tuple[Mention, ...]:
    """Names with types by majority over their spans.

    Of the `entities`, which do not overlap, those that touch no name `found` are added, and those that are longer take
    the place of what they hold.
    """
    taken = _Touching(span for mention in found for span in mention.spans)
    new = [(e.span, KINDS[e.type]) for e in entities if all(_holds(e.span, span) for span in taken.of(e.span))]
    every = mentions(article, new) if new else found
    types = dict(entities)
    touching = _Touching(types)
    return tuple(_with_type(m, [types[s] for span in m.spans for s in touching.of(span)[:1]]) for m in every)


def _holds(span: Span, other: Span) -> bool:
    """Whether it is longer than the other and has all of it."""
    return span != other and span.start <= other.start and other.end <= span.end


def _with_type(mention: Mention, votes: Iterable[EntityType]) -> Mention:
    counted = Counter(votes).most_common(1)
    if not counted:
        return mention
    type = counted[0][0]
    kind = KINDS[type] if mention.kind is MentionKind.UNKNOWN else mention.kind
    return replace(mention, entity_type=type, kind=kind)


class _Touching:
    """Spans that do not overlap each other, and which of them another one overlaps."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)

    def of(self, span: Span) -> list[Span]:
        """Those that it overlaps, the one it shares most with first."""
        at = bisect_right(self._spans, span.start, key=lambda s: s.end)
        found = []
        while at < len(self._spans) and self._spans[at].start < span.end:
            found.append(self._spans[at])
            at += 1
        return sorted(found, key=lambda s: max(s.start, span.start) - min(s.end, span.end))


def sentences_of(article: Article) -> list[Span]:
    """What is looked through: the content, title and headings."""
    heads = (span for block in article.blocks if block.kind in HEADS for span in block.sentences)
    return sorted({*heads, *(s.span for s in article.sentences)})
