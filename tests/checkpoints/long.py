"""Models that read long texts: LED, whose encoder looks around each token and at the first one, and LongT5."""

from pathlib import Path
from typing import Any

from transformers import (
    LEDConfig,
    LEDForConditionalGeneration,
    LEDTokenizer,
    LongT5Config,
    LongT5ForConditionalGeneration,
)

from tests.checkpoints.bart import byte_level
from tests.checkpoints.bpe import bpe
from tests.checkpoints.saving import saved
from tests.checkpoints.seq2seq import BART_SIZES
from tests.checkpoints.t5 import made

# Each token sees so many on both sides.
REACH = 8


def led(folder: Path) -> Any:
    """An LED with random weights and BART's kind of tokenizer, saved; the model, to be trained."""
    tokenizer = byte_level()
    sizes = {name: size for name, size in BART_SIZES.items() if name != "encoder_layers"}
    config = LEDConfig(
        vocab_size=tokenizer.get_vocab_size(),
        encoder_layers=2,
        attention_window=[2 * REACH] * 2,
        max_encoder_position_embeddings=512,
        max_decoder_position_embeddings=128,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **sizes,
    )
    decoding = {"max_length": 64, "num_beams": 4}
    return saved(LEDForConditionalGeneration, config, LEDTokenizer(*bpe(tokenizer)), folder, decoding)


def longt5(folder: Path) -> Any:
    """A LongT5 with random weights and T5's kind of tokenizer, saved; the model, to be trained."""

    def config(**sizes: Any) -> LongT5Config:
        return LongT5Config(local_radius=REACH - 1, encoder_attention_type="local", **sizes)

    return made(folder, LongT5ForConditionalGeneration, config, extra_ids=100)
