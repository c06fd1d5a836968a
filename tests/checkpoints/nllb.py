"""NLLB-200: a SentencePiece model, the same as tokenizer.json, and a token for each FLORES-200 code."""

from pathlib import Path
from typing import Any

from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES
from transformers.tokenization_utils_sentencepiece import SentencePieceExtractor

from polygist.store.quiet import quiet
from tests.checkpoints.corpus import charsmap, listed, pieces
from tests.checkpoints.saving import saved
from tests.checkpoints.seq2seq import BART_SIZES

SPM = "sentencepiece.bpe.model"


def nllb(folder: Path, *, legacy: bool = False) -> Any:
    """An NLLB with random weights, saved; the model, to be trained."""
    folder.mkdir(parents=True, exist_ok=True)
    model = pieces("bpe")
    (folder / SPM).write_bytes(model)
    # As the repositories number them: fairseq's four tokens for SentencePiece's three, then languages, <mask> last.
    names = ["<s>", "<pad>", "</s>", "<unk>", *listed(model)[3:], *FAIRSEQ_LANGUAGE_CODES, "<mask>"]
    _, _, merges = SentencePieceExtractor(str(folder / SPM)).extract(True)
    with quiet():
        tokenizer = NllbTokenizer(
            vocab={name: id for id, name in enumerate(names)},
            merges=merges,
            legacy_behaviour=legacy,
            _spm_precompiled_charsmap=charsmap(model),
        )
    config = M2M100Config(
        vocab_size=len(tokenizer),
        max_position_embeddings=256,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        tokenizer_class="NllbTokenizer",
        **BART_SIZES | {"attention_dropout": 0.0, "encoder_layerdrop": 0.0},
    )
    return saved(M2M100ForConditionalGeneration, config, tokenizer, folder, {"max_length": 200})


def nllb_legacy(folder: Path) -> Any:
    """As `nllb`, the older way: the source's code behind the text."""
    return nllb(folder, legacy=True)
