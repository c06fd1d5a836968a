"""The weights that the adapter is trained over: the pruned base in bfloat16, made once."""

import os
import shutil
import tempfile
from pathlib import Path

import torch

from polygist.store import gguf, vocabulary
from polygist.store.cards import EmbeddedCard
from polygist.store.quiet import quiet


def pruned(card: EmbeddedCard, folder: Path) -> Path:
    """The base of the card without its adapter, as a transformers folder; made in `folder` unless it is there."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with quiet(), tempfile.TemporaryDirectory(dir=folder.parent) as work:
        partial = Path(work, "base")
        partial.mkdir()
        file = gguf.assemble(card.source, Path(work))
        model = gguf.read_model(file, lambda fraction: None)
        kept = vocabulary.read_kept_ids(card.kept_ids.path)
        vocabulary.prune_embeddings(model, kept)
        vocabulary.write_tokenizer(vocabulary.prune_tokenizer(gguf.read_tokenizer(file), kept), partial)
        model.to(torch.bfloat16)  # type: ignore[arg-type]  # the stub of transformers narrows it to a device
        model.save_pretrained(partial)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    return folder
