"""From a built model to a running engine."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from polygist.engines.base import Decoding, Engine
from polygist.engines.batching import Bounds
from polygist.engines.cores import computes_bfloat16
from polygist.engines.devices import Seat
from polygist.errors import ConfigurationError
from polygist.store.cards import AnyCard, Card
from polygist.store.models import CT2_WEIGHTS, HF_WEIGHTS, OV_WEIGHTS, BuiltModel
from polygist.store.parts import DecodingDefaults
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.types import ModelInfo

Loader = Callable[[BuiltModel, Card, Seat, Bounds], Engine]


def load_engine(built: BuiltModel, card: Card, engine: str, seat: Seat, bounds: Bounds) -> Engine:
    """The model in memory, in the engine of that name (a key of ENGINES); `seat` is what it may use of the machine,
    `bounds` are those of its batches.

    Raises ConfigurationError for an unknown engine, EngineFailed when the library can't load the files.
    """
    if engine not in ENGINES:
        raise ConfigurationError(f"unknown engine {engine!r}; there are: {', '.join(ENGINES)}")
    return ENGINES[engine](built, card, seat, bounds)


def load_summarizer(built: BuiltModel, card: SummaryCard, seat: Seat) -> Engine:
    """A summary model in memory. Raises EngineFailed when the library can't load the files."""
    return SUMMARIZERS[card.family](built, card, seat)


def load_recognizer(built: BuiltModel, card: RecognizerCard, seat: Seat) -> Engine:
    """A token classifier in memory. Raises EngineFailed when the library can't load the files."""
    from polygist.engines.tagger import TaggerEngine

    info = model_info(built, card, "torch", built.weights, card.dtype)
    return TaggerEngine(built.hf, info, seat.threads, card.dtype, seat.device)


def decoding(defaults: DecodingDefaults) -> Decoding:
    """A card's decoding defaults as the engines take them."""
    return Decoding(**asdict(defaults))


def candidates(card: Card) -> tuple[Decoding, ...]:
    """All that the best translation is chosen of: greedy, the beams, the samples, each with a seed of its own."""
    best = card.best
    samples = (Decoding(temperature=best.temperature, seed=seed) for seed in range(1, best.samples + 1))
    return decoding(card.decoding), Decoding(best.beam_size), *samples


def model_info(built: BuiltModel, card: AnyCard, engine: str, weights: str, quantization: str) -> ModelInfo:
    """What the service says of the model; `weights` is the path of the loaded file below the model's folder."""
    return ModelInfo(
        id=card.id,
        revision=built.revision,
        sha256=built.sha256(weights),
        licence=card.licence.spdx,
        languages=tuple(card.languages),
        engine=engine,
        quantization=quantization,
    )


# The libraries take seconds to import; each loader imports its own.
def _ct2(built: BuiltModel, card: Card, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.ct2 import Ct2Engine

    # "int8_float32" says how it computes, too; the weights are int8.
    quantization = card.quantization.split("_")[0]
    info = model_info(built, card, "ct2", CT2_WEIGHTS, quantization)
    window = json.loads((built.hf / "config.json").read_text(encoding="utf-8")).get("sliding_window")
    return Ct2Engine(built.ct2, info, seat.threads, window)


def _openvino(built: BuiltModel, card: Card, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.openvino import OpenVinoEngine

    return OpenVinoEngine(built.ov, model_info(built, card, "openvino", OV_WEIGHTS, "int8"), seat.threads, bounds)


def _torch(built: BuiltModel, card: Card, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.torch import Dtype, TorchEngine

    dtype: Dtype = "bfloat16" if seat.device != "cpu" or computes_bfloat16() else "float32"
    return TorchEngine(built.hf, model_info(built, card, "torch", HF_WEIGHTS, dtype), seat.threads, dtype, seat.device)


def _seq2seq(built: BuiltModel, card: SummaryCard, seat: Seat) -> Engine:
    from polygist.engines.seq2seq import Seq2SeqEngine

    return Seq2SeqEngine(built.hf, _summarizer(built, card), seat.threads, card.dtype, seat.device)


def _chat(built: BuiltModel, card: SummaryCard, seat: Seat) -> Engine:
    from polygist.engines.torch import TorchEngine

    return TorchEngine(built.hf, _summarizer(built, card), seat.threads, card.dtype, seat.device)


def _summarizer(built: BuiltModel, card: SummaryCard) -> ModelInfo:
    return model_info(built, card, "torch", built.weights, card.dtype)


SUMMARIZERS: Mapping[str, Callable[[BuiltModel, SummaryCard, Seat], Engine]] = {"chat": _chat, "seq2seq": _seq2seq}
ENGINES: Mapping[str, Loader] = {"openvino": _openvino, "ct2": _ct2, "torch": _torch}
