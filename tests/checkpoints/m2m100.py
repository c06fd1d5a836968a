"""M2M100 and SMaLL-100: one SentencePiece model, ids of its own in vocab.json, the languages behind them."""

from pathlib import Path
from typing import Any

from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

from tests.checkpoints.corpus import listed, pieces
from tests.checkpoints.saving import saved, write_json
from tests.checkpoints.seq2seq import BART_SIZES


def m2m100(folder: Path, encoder_layers: int = 2) -> Any:
    """An M2M100 with random weights, saved; the model, to be trained."""
    folder.mkdir(parents=True, exist_ok=True)
    model = pieces("bpe")
    names = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *listed(model)])
    write_json(folder / "vocab.json", {name: id for id, name in enumerate(names)})
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    files = (str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    # The repositories name them all, though the class knows them, too.
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    tokenizer = M2M100Tokenizer(*files, additional_special_tokens=languages)
    config = M2M100Config(
        vocab_size=len(tokenizer.get_vocab()) + tokenizer.num_madeup_words,
        max_position_embeddings=256,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **BART_SIZES | {"encoder_layers": encoder_layers, "attention_dropout": 0.0, "encoder_layerdrop": 0.0},
    )
    decoding = {"num_beams": 5, "max_length": 200, "early_stopping": True}
    return saved(M2M100ForConditionalGeneration, config, tokenizer, folder, decoding)


def small100(folder: Path) -> Any:
    """A SMaLL-100: the same files and a shallow decoder."""
    return m2m100(folder, encoder_layers=3)
