"""mBART-50: a SentencePiece model, and a token such as uk_UA for each of 52 languages."""

from pathlib import Path
from typing import Any

from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

from polygist.store.quiet import quiet
from tests.checkpoints.corpus import pieces
from tests.checkpoints.saving import saved
from tests.checkpoints.seq2seq import BART_SIZES, norms

SPM = "sentencepiece.bpe.model"


def mbart50(folder: Path) -> Any:
    """An mBART-50 with random weights, saved; the model, to be trained."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SPM).write_bytes(pieces("unigram"))
    with quiet():
        # The repository names it, the class does not.
        tokenizer = MBart50Tokenizer.from_pretrained(folder, **{"bos_token": "<s>"})
    config = MBartConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=256,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        scale_embedding=True,
        tokenizer_class="MBart50Tokenizer",
        **BART_SIZES | norms(before=True, embedding=True),
    )
    decoding = {"num_beams": 5, "max_length": 200, "early_stopping": True, "forced_eos_token_id": 2}
    return saved(MBartForConditionalGeneration, config, tokenizer, folder, decoding)
