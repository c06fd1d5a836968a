"""What starts the engines of a profile's models, each in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat, seats
from polygist.engines.fleet import Maker
from polygist.engines.loading import chosen, load_engine
from polygist.engines.process import ProcessEngine
from polygist.settings import Settings
from polygist.store import installed
from polygist.store.builders import need_builders
from polygist.store.cards import AnyCard, EncoderCards, TranslationCard
from polygist.store.installed import Models
from polygist.store.models import BuiltModel
from polygist.store.summarizers import SummaryCard


def engine_maker(settings: Settings, card: TranslationCard, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a model that translates, in a process of its own."""
    return _maker(settings, card, built, seat)


def summarizer_maker(settings: Settings, card: SummaryCard, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a summary model in a process of its own."""
    return _maker(settings, card, built, seat)


def encoder_maker(settings: Settings, card: EncoderCards, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a model of entities, sentence vectors or entailment in a process of its own."""
    return _maker(settings, card, built, seat)


def _maker(settings: Settings, card: AnyCard, built: BuiltModel, seat: Seat) -> Maker:
    if chosen(built, card, settings.engine, seat.device) == "torch":
        need_builders(f"running {card.id} on torch")
    bounds = Bounds(settings.max_batch_items, settings.max_batch_tokens)
    return partial(ProcessEngine, partial(load_engine, built, card, settings.engine, seat, bounds))


def makers(settings: Settings, found: Models) -> list[list[Maker]]:
    """What starts the engines of each model, in the order of Models; takes a while where GPUs are to be counted."""
    n = len(found.translation)
    places = seats(settings.device, settings.engine, settings.replicas, settings.threads, n)
    made = [[engine_maker(settings, card, built, seat) for seat in places] for card, built in found.translation]
    if found.summary:
        made.append([summarizer_maker(settings, *found.summary, places[0])])
    made += [[encoder_maker(settings, *encoder, places[0])] for encoder in found.encoders]
    return made


class _Begun:
    """A maker whose first engine loads already."""

    def __init__(self, make: Maker) -> None:
        self._make = make
        self._first: ProcessEngine | None = make()

    def __call__(self) -> ProcessEngine:
        first, self._first = self._first, None
        return first or self._make()

    def close(self) -> None:
        if self._first:
            self._first.kill()  # it still loads, which takes seconds, and has nothing to end in order
            self._first.close()


@dataclass(frozen=True)
class Early:
    """Models that were `found`, and makers of their engines, the first of which load already."""

    found: Models
    makers: list[list[Maker]]


@contextmanager
def early(settings: Settings) -> Iterator[Early]:
    """Engines of the profile's models begin to load at once; those that nobody took end with the context.

    Raises what `installed.models` raises, and EngineFailed where a process can't be started.
    """
    found = installed.models(settings)
    begun: list[_Begun] = []

    def begin(make: Maker) -> Maker:
        begun.append(_Begun(make))
        return begun[-1]

    try:
        yield Early(found, [[begin(make) for make in of_model] for of_model in makers(settings, found)])
    finally:
        for one in begun:
            one.close()
