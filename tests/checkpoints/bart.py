"""BART with a byte-level vocabulary, and Pegasus, which writes <n> for a line break."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    PegasusConfig,
    PegasusForConditionalGeneration,
    PegasusTokenizer,
)

from polygist.store.quiet import quiet
from tests.checkpoints.bpe import bpe
from tests.checkpoints.corpus import VOCABULARY, charsmap, pieces, scored, texts
from tests.checkpoints.saving import saved
from tests.checkpoints.seq2seq import BART_SIZES, norms


def byte_level() -> Tokenizer:
    """BART's kind of tokenizer, trained on what tests read."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def bart(folder: Path, positions: int = 512) -> Any:
    """A BART with random weights and its byte-level tokenizer, saved; the model, to be trained."""
    tokenizer = byte_level()
    config = BartConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=64,
        encoder_layers=1,
        decoder_layers=1,
        dropout=0.0,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_position_embeddings=positions,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **norms(before=False, embedding=True),
    )
    # As distilbart has them; all but the token that an answer is made to begin with is the card's to say.
    decoding = {"forced_bos_token_id": 0, "forced_eos_token_id": 2, "min_length": 30, "num_beams": 4}
    return saved(BartForConditionalGeneration, config, BartTokenizer(*bpe(tokenizer)), folder, decoding)


def pegasus(folder: Path) -> Any:
    """A Pegasus with random weights, saved; the model, to be trained."""
    folder.mkdir(parents=True, exist_ok=True)
    model = pieces("unigram", symbols=("<n>",), ids=(2, -1, 1, 0))
    (folder / "spiece.model").write_bytes(model)
    # As the repositories number them: two masks and a hundred of no use between the end and what is unknown.
    unused = [("<mask_1>", 0.0), ("<mask_2>", 0.0), *((f"<unk_{n}>", 0.0) for n in range(2, 103))]
    first = [("<pad>", 0.0), ("</s>", 0.0), *unused, ("<unk>", 0.0)]
    with quiet():
        tokenizer = PegasusTokenizer([*first, *scored(model)[3:]], _spm_precompiled_charsmap=charsmap(model))
    config = PegasusConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        scale_embedding=True,
        **BART_SIZES | norms(before=True, embedding=False),
    )
    decoding = {"num_beams": 8, "length_penalty": 0.8, "min_length": 32, "max_length": 128}
    return saved(PegasusForConditionalGeneration, config, tokenizer, folder, decoding)
