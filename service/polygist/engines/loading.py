"""From a built model to a running engine."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from polygist.engines.base import Decoding, Engine
from polygist.engines.batching import Bounds
from polygist.engines.cores import computes_bfloat16
from polygist.engines.devices import Seat
from polygist.errors import ConfigurationError, EngineFailed
from polygist.store import families
from polygist.store.cards import AnyCard, Card, EmbeddedCard, EntailmentCard, VectorCard
from polygist.store.encoders import EncoderCard
from polygist.store.models import CT2_WEIGHTS, OV_WEIGHTS, BuiltModel
from polygist.store.parts import DecodingDefaults
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.types import ModelInfo

Loader = Callable[[BuiltModel, Any, Seat, Bounds], Engine]
Dtype = Literal["bfloat16", "float32"]

_WEIGHTS = {"openvino": OV_WEIGHTS, "ct2": CT2_WEIGHTS}


def load_engine(built: BuiltModel, card: AnyCard, engine: str, seat: Seat, bounds: Bounds) -> Engine:
    """The model in memory, in the engine of that name or the one that its card or family has instead (`chosen`); `seat`
    is what it may use of the machine, `bounds` are those of its batches.

    Raises ConfigurationError for an unknown engine, EngineFailed when the library can't load the files.
    """
    if engine not in ENGINES:
        raise ConfigurationError(f"unknown engine {engine!r}; there are: {', '.join(ENGINES)}")
    name = chosen(built, card, engine, seat.device)
    return _loaders(card)[name](built, card, seat, bounds)


def _loaders(card: AnyCard) -> Mapping[str, Loader]:
    if isinstance(card, EncoderCard):
        return ENCODERS[type(card)]
    return ENCODER_DECODERS if _family(card).encoder_decoder else ENGINES


def chosen(built: BuiltModel, card: AnyCard, engine: str, device: str) -> str:
    """The engine that a model is run by: that of its card, else the one asked for, else the first that its family has
    and its files are there for; on a GPU it is torch.

    Raises EngineFailed where the card wants one that the model was not converted for.
    """
    able = [name for name in _family(card).engines if name not in _WEIGHTS or built.has(_WEIGHTS[name])]
    own = "" if device != "cpu" else getattr(card, "engine", "")
    if own and own not in able:
        raise EngineFailed(f"{card.id}: the card's engine is {own!r}, the model has files for {', '.join(able)}")
    return next(name for name in (own, "torch" if device != "cpu" else engine, *able) if name in able)


def _family(card: AnyCard) -> families.Family:
    if isinstance(card, EncoderCard):
        return families.ENCODERS
    return (families.SUMMARIES if isinstance(card, SummaryCard) else families.TRANSLATION)[card.family]


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
def _openvino(built: BuiltModel, card: EmbeddedCard, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.openvino import OpenVinoEngine

    return OpenVinoEngine(built.ov, model_info(built, card, "openvino", OV_WEIGHTS, "int8"), seat.threads, bounds)


def _ct2(built: BuiltModel, card: Any, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.ct2 import Ct2Engine

    config = _read(built, "config.json")
    text = config.get("text_config", config)
    window = text.get("sliding_window") if text.get("use_sliding_window", True) else None
    return Ct2Engine(built.ct2, _converted(built, card), seat.threads, window, _ends(built))


def _ct2_seq2seq(built: BuiltModel, card: Any, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.ct2_seq2seq import Ct2Seq2SeqEngine

    config, said = _read(built, "config.json"), _said(built, "forced_bos_token_id")
    names = ("max_encoder_position_embeddings", "max_position_embeddings")
    longest = next((config[name] for name in names if name in config), None)
    begin = () if said is None else (said,)
    return Ct2Seq2SeqEngine(built.ct2, _converted(built, card), seat.threads, _ends(built), begin, longest)


def _torch(built: BuiltModel, card: Any, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.torch import TorchEngine

    dtype = _dtype(card, seat)
    return TorchEngine(built.hf, _original(built, card, dtype), seat.threads, dtype, seat.device)


def _seq2seq(built: BuiltModel, card: Any, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.seq2seq import Seq2SeqEngine

    dtype = _dtype(card, seat)
    return Seq2SeqEngine(built.hf, _original(built, card, dtype), seat.threads, dtype, seat.device)


def _tagger(built: BuiltModel, card: RecognizerCard, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.tagger import TaggerEngine

    return TaggerEngine(built.hf, _original(built, card, card.dtype), seat.threads, card.dtype, seat.device)


def _vectors(built: BuiltModel, card: VectorCard, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.vectors import VectorEngine

    info = _original(built, card, card.dtype)
    return VectorEngine(built.hf, info, seat.threads, card.dtype, seat.device, card.pooling)


def _entailment(built: BuiltModel, card: EntailmentCard, seat: Seat, bounds: Bounds) -> Engine:
    from polygist.engines.entailment import EntailmentEngine

    return EntailmentEngine(built.hf, _original(built, card, card.dtype), seat.threads, card.dtype, seat.device)


def _dtype(card: AnyCard, seat: Seat) -> Dtype:
    """What torch computes with. Of a model that polygist brings along the machine decides."""
    if not isinstance(card, EmbeddedCard):
        return card.dtype
    return "bfloat16" if seat.device != "cpu" or computes_bfloat16() else "float32"


def _original(built: BuiltModel, card: AnyCard, dtype: Dtype) -> ModelInfo:
    return model_info(built, card, "torch", built.weights, dtype)


def _converted(built: BuiltModel, card: Any) -> ModelInfo:
    # "int8_float32" says how it computes, too; the weights are int8.
    return model_info(built, card, "ct2", CT2_WEIGHTS, card.quantization.split("_")[0])


def _ends(built: BuiltModel) -> list[int]:
    """The tokens that end an answer: instruction models have several."""
    found = _said(built, "eos_token_id")
    return found if isinstance(found, list) else [found]


def _said(built: BuiltModel, name: str) -> Any:
    """What a folder says of how it decodes."""
    config = _read(built, "config.json")
    for table in (_read(built, "generation_config.json"), config, config.get("text_config", {})):
        if table.get(name) is not None:
            return table[name]
    return None


def _read(built: BuiltModel, name: str) -> dict[str, Any]:
    """A table of the model's folder, an empty one where there is no such file. Raises EngineFailed."""
    try:
        found: dict[str, Any] = json.loads((built.hf / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineFailed(f"{built.hf / name} can't be read: {error}") from error
    return found


ENGINES: Mapping[str, Loader] = {"openvino": _openvino, "ct2": _ct2, "torch": _torch}
ENCODER_DECODERS: Mapping[str, Loader] = {"ct2": _ct2_seq2seq, "torch": _seq2seq}
ENCODERS: Mapping[type[EncoderCard], Mapping[str, Loader]] = {
    RecognizerCard: {"torch": _tagger},
    VectorCard: {"torch": _vectors},
    EntailmentCard: {"torch": _entailment},
}
