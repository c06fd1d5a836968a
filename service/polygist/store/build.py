"""Builds a model in the cache: assemble, read, prune, merge, save, convert. Needs torch and transformers; call it
apart from serving."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from polygist.errors import ModelError
from polygist.store import atomic, consent, families, pins, taken
from polygist.store import manifest as manifests
from polygist.store.builders import need_builders
from polygist.store.cards import AnyCard, EmbeddedCard, ModelCard
from polygist.store.convert import convert
from polygist.store.encoders import EncoderCard
from polygist.store.models import BuiltModel, built, folder, is_known, missing, pulled, revision
from polygist.store.parts import converted
from polygist.store.sources import ModelSource
from polygist.store.summarizers import SummaryCard

# Where each stage starts in the whole build, from its share of the time on two cores.
STAGES = {"wait": 0.0, "assemble": 0.0, "read": 0.05, "prune": 0.45, "merge": 0.7, "save": 0.75, "convert": 0.8}
STAGES |= {"copy": 0.0, "graph": 0.88, "checksum": 0.95, "done": 1.0}
_PACKAGES = ("polygist", "torch", "transformers", "tokenizers", "ctranslate2", "openvino", "safetensors", "gguf")


class Progress(Protocol):
    """Told at the start of each stage, and within the long ones."""

    def __call__(self, stage: str, fraction: float) -> None:
        """`stage` is a key of STAGES, `fraction` (0..1) how much of the whole build is done."""
        ...


def ignore(stage: str, fraction: float) -> None:
    """A Progress that tells nobody."""


def build(card: AnyCard, cache: Path, progress: Progress = ignore, force: bool = False) -> BuiltModel:
    """Build the card's model unless it is there, and return it.

    Safe beside other builds and readers: it grows in a folder of its own, which is renamed when complete. `force`
    builds it anew. Raises ModelError when the disk is too small or fails, ModelMissing when a package is not installed,
    PullRefused where it takes a person's word, ModelCorrupt when a file is not what the card says, ConfigurationError
    where there is no torch.
    """
    pin, card = pins.read(card, cache), pins.resolved(card, cache)
    if not is_known(card, cache):
        raise missing(card, cache)
    if isinstance(card.source, ModelSource):
        consent.check(card, card.source.files, "", pin)
    place = folder(card, cache)
    with atomic.locked(place, lambda: progress("wait", 0.0)):
        if not force and (found := built(card, cache)):
            progress("done", 1.0)
            return found
        need_builders(f"building {card.id}")
        files = pulled(card, cache)
        _check_space(card, place.parent, files)
        partial = atomic.partial_of(place)
        shutil.rmtree(partial, ignore_errors=True)
        try:
            _fill(card, files, partial, progress)
            atomic.publish(partial, place)
        except OSError as error:
            raise ModelError(f"{card.id} can't be built in {cache}: {error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    progress("done", 1.0)
    return BuiltModel(place, manifests.read(place))


def _check_space(card: AnyCard, place: Path, files: Path | None) -> None:
    free, needed = shutil.disk_usage(place).free, card.build_disk_bytes
    if isinstance(card.source, ModelSource) and files:
        # The files are copied, and converted into no more than they were.
        needed = max(needed, 2 * taken.disk_bytes(card.source, files))
    if free < needed:
        raise ModelError(
            f"building {card.id} needs {needed / 1e6:.0f} MB of disk in {place}, {free / 1e6:.0f} MB are free"
        )


def _fill(card: AnyCard, files: Path | None, partial: Path, progress: Progress) -> None:
    (partial / "hf").mkdir(parents=True)
    if isinstance(card, EmbeddedCard):
        _make(card, partial, progress)
    elif files:
        _copy(card, files, partial, progress)
    progress("checksum", STAGES["checksum"])
    made = datetime.now(UTC).isoformat(timespec="seconds")
    versions = {package: version(package) for package in _PACKAGES}
    manifests.Manifest(card.id, revision(card), made, versions, manifests.record(partial)).write(partial)


def _copy(card: ModelCard | SummaryCard | EncoderCard, files: Path, partial: Path, progress: Progress) -> None:
    """The files that the card names, each as it says, and for an instruction model what stands around a turn."""
    progress("copy", STAGES["copy"])
    taken.take(card.source, files, partial / "hf")
    if not (isinstance(card, ModelCard) and families.TRANSLATION[card.family].encoder_decoder):
        taken.need_tokenizer(partial / "hf")
    if isinstance(card, EncoderCard):
        return
    _render(card, partial)
    if converted(card.engine, card.quantization):
        progress("convert", STAGES["convert"])
        convert(partial / "hf", partial / "ct2", card.quantization)


def _render(card: ModelCard | SummaryCard, partial: Path) -> None:
    """What stands around a turn of an instruction model."""
    from polygist.store import chat

    if card.family == "chat":
        chat.write(partial / "hf", partial / "chat.json")
    elif isinstance(card, ModelCard) and card.family == "translategemma":
        chat.write_pairs(partial / "hf", partial / "chat.json", card.pairs, card.languages)


def _make(card: EmbeddedCard, partial: Path, progress: Progress) -> None:
    hf, ct2, work = partial / "hf", partial / "ct2", partial / "work"
    work.mkdir()
    for file in (card.kept_ids, card.adapter):
        taken.check_file(file.path, file.sha256)
    _make_hf(card, hf, work, progress)
    shutil.rmtree(work)
    progress("convert", STAGES["convert"])
    _convert(hf, ct2, card.quantization)
    progress("graph", STAGES["graph"])
    _write_graph(hf, partial / "ov")


def _make_hf(card: EmbeddedCard, hf: Path, work: Path, progress: Progress) -> None:
    import torch

    from polygist.store import adapter, gguf, vocabulary
    from polygist.store.quiet import quiet

    with quiet():
        progress("assemble", STAGES["assemble"])
        file = gguf.assemble(card.source, work)
        progress("read", STAGES["read"])
        model = gguf.read_model(file, _part(progress, "read", "prune"))
        progress("prune", STAGES["prune"])
        kept = vocabulary.read_kept_ids(card.kept_ids.path)
        vocabulary.prune_embeddings(model, kept)
        vocabulary.write_tokenizer(vocabulary.prune_tokenizer(gguf.read_tokenizer(file), kept), hf)
        # The adapter was trained over weights in bfloat16.
        model.to(torch.bfloat16)  # type: ignore[arg-type]  # the stub of transformers narrows it to a device
        progress("merge", STAGES["merge"])
        adapter.merge(model, card.adapter.path)
        progress("save", STAGES["save"])
        model.save_pretrained(hf)


def _part(progress: Progress, stage: str, following: str) -> Callable[[float], None]:
    start, end = STAGES[stage], STAGES[following]
    return lambda fraction: progress(stage, start + (end - start) * fraction)


def _convert(hf: Path, ct2: Path, quantization: str) -> None:
    from ctranslate2.converters import TransformersConverter

    from polygist.store.quiet import quiet

    with quiet():
        TransformersConverter(str(hf)).convert(str(ct2), quantization=quantization)


def _write_graph(hf: Path, ov: Path) -> None:
    from polygist.store import ir

    ir.write(hf, ov, "int8")
