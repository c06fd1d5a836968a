"""OPUS-MT: two SentencePiece models, a vocabulary of their pieces and language tokens, and no tokenizer.json."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import MarianConfig, MarianMTModel

from tests.checkpoints.corpus import listed, pieces
from tests.checkpoints.saving import saved, write_json
from tests.checkpoints.seq2seq import BART_SIZES
from tests.checkpoints.tokenizers import marian_tokenizer

# The targets of a group such as zle, as the tc-big models have them.
GROUP = (">>bel<<", ">>rus<<", ">>ukr<<")


def marian(
    folder: Path,
    tokens: Sequence[str] = (),
    *,
    sources: tuple[str, ...] = (),
    targets: tuple[str, ...] = (),
    size: int = 600,
    sizes: dict[str, Any] | None = None,
) -> Any:
    """A Marian with random weights, saved; the model, to be trained.

    `tokens` are language tokens; `sources` and `targets` are lines that the two vocabularies are made of, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source, target = pieces("unigram", size, more=sources), pieces("unigram", size, more=targets)
    (folder / "source.spm").write_bytes(source)
    (folder / "target.spm").write_bytes(target)
    write_vocabulary(folder, [*listed(source), *listed(target)], tokens)
    tokenizer = marian_tokenizer(folder)
    count = len(tokenizer.get_vocab())
    pad = count - 1
    config = MarianConfig(
        vocab_size=count,
        pad_token_id=pad,
        eos_token_id=0,
        bos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
        max_position_embeddings=512,
        activation_function="swish",
        static_position_embeddings=True,
        scale_embedding=True,
        **(BART_SIZES | (sizes or {})),
    )
    decoding = {"num_beams": 4, "max_length": 512, "bad_words_ids": [[pad]], "forced_eos_token_id": 0}
    return saved(MarianMTModel, config, tokenizer, folder, decoding)


def zle(folder: Path) -> Any:
    """A Marian whose target is one of a group of languages."""
    return marian(folder, GROUP)


def write_vocabulary(folder: Path, pieces: Sequence[str], tokens: Sequence[str]) -> None:
    """One for both sides: the end and what is unknown first, <pad> last."""
    kept = [piece for piece in pieces if piece not in {"<s>", "</s>", "<unk>"}]
    names = dict.fromkeys(["</s>", "<unk>", *tokens, *kept, "<pad>"])
    write_json(folder / "vocab.json", {name: id for id, name in enumerate(names)})
    config = {"source_lang": "eng", "target_lang": "zle", "model_max_length": 512, "tokenizer_class": "MarianTokenizer"}
    write_json(folder / "tokenizer_config.json", config)


def vocabulary(folder: Path) -> dict[str, int]:
    """Ids by piece."""
    found: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    return found
