"""What stands between texts and the models that are loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from polygist.cache.base import Cache
from polygist.concurrency import Threads
from polygist.document.segments import sentences
from polygist.engines.fleet import Served
from polygist.engines.loading import candidates, decoding
from polygist.metrics import FaithfulnessMetrics, GuardMetrics
from polygist.pipeline.summaries import EntailmentModel, EntityModel, Summaries, SummaryModel, VectorModel
from polygist.pipeline.texts import Routes
from polygist.store.cards import Card, SummaryCard
from polygist.store.installed import Models
from polygist.summarize import abstractive_codec, entity_codec
from polygist.summarize.abstractive import Writer
from polygist.summarize.entailment import judge_of
from polygist.summarize.entities import Recognizer
from polygist.summarize.meaning import reader_of
from polygist.translate.chains import with_chains
from polygist.translate.codecs import Codec, codec_of
from polygist.translate.segments import Model, Ways
from polygist.translate.translator import DirectTranslator, Translator


@dataclass(frozen=True)
class Parts:
    """Models that are loaded, and what stands between them and texts."""

    translating: Sequence[tuple[Card, Codec, Served]]
    writing: tuple[SummaryCard, abstractive_codec.Codec, Served] | None
    entities: EntityModel | None
    vectors: VectorModel | None
    entailment: EntailmentModel | None

    def models(self, observer: GuardMetrics, cache: Cache | None) -> list[tuple[Card, Model]]:
        """What translates, told of to the `observer`."""
        return [
            (card, Model(served.info, codec, served.scheduler, _ways(card), card.calibration, observer, cache))
            for card, codec, served in self.translating
        ]

    def summaries(self, observer: FaithfulnessMetrics, threads: Threads) -> Summaries:
        """What summarises, told of to the `observer`."""
        written = None
        if self.writing:
            card, codec, served = self.writing
            writer = Writer(served.info, card, codec, decoding(card.decoding), sentences, observer)
            written = SummaryModel(writer, served.scheduler)
        return Summaries(threads, written, self.entities, self.vectors, self.entailment)


def codecs(found: Models) -> list[Codec]:
    """The codecs of what translates. Some tokenizers take a second to read."""
    return [codec_of(card, built) for card, built in found.translation]


def parts(found: Models, translating: Sequence[Codec], served: Sequence[Served]) -> Parts:
    """`served` are the engines of what was `found`, in the order of Models, `translating` the codecs of it."""
    n = len(found.translation)
    written, entities, vectors, entailment = None, None, None, None
    cards = [card for card, _ in found.translation]
    others = iter(served[n:])
    if found.summary:
        card, built = found.summary
        written = (card, abstractive_codec.codec_of(card, built), next(others))
    if found.entities:
        info, queue = next(others)
        entities = EntityModel(Recognizer(info, entity_codec.codec_of(*found.entities)), queue)
    if found.vectors:
        info, queue = next(others)
        vectors = VectorModel(reader_of(info, *found.vectors), queue)
    if found.entailment:
        info, queue = next(others)
        entailment = EntailmentModel(judge_of(info, *found.entailment), queue)
    return Parts(list(zip(cards, translating, served[:n], strict=True)), written, entities, vectors, entailment)


def _ways(card: Card) -> Ways:
    return Ways(decoding(card.decoding), decoding(card.retry_decoding), candidates(card))


def routes(models: Sequence[tuple[Card, Model]], threads: Threads) -> Routes:
    """A translator for each pair: the first of the models that was trained for it, else the shortest chain of those."""
    direct: dict[tuple[str, str], Translator] = {}
    for card, model in models:
        for source, target in card.pairs:
            if (source, target) not in direct:
                split = partial(sentences, language=source)
                direct[source, target] = DirectTranslator(model, source, target, split, threads)
    return with_chains(direct, threads)
