"""Encoders: a BERT and an XLM-R that label tokens, and an XLM-R and a BERT whose states are vectors of sentences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForTokenClassification,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaForTokenClassification,
    XLMRobertaModel,
    XLMRobertaTokenizer,
)

from polygist.store.quiet import quiet
from tests.checkpoints.corpus import VOCABULARY, pieces, texts
from tests.checkpoints.saving import HEADS, INNER, WIDTH, saved

SHAPE = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def bert(folder: Path, more: Sequence[str], labels: Sequence[str], positions: int = 128) -> Any:
    """A BERT that labels tokens, with random weights and WordPieces that `more` texts are made of, too; saved."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # likewise
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([*texts(), *more], trainer)
    ends = [(token, special.index(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=positions,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        **SHAPE,
    )
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")  # noqa: S106
    return saved(BertForTokenClassification, config, made, folder)


def tagger(folder: Path, labels: Sequence[str] = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")) -> Any:
    """An XLM-R that labels tokens, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaForTokenClassification, labels)


def nli(folder: Path) -> Any:
    """An XLM-R that says whether one text follows from another, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaForSequenceClassification, ("entailment", "neutral", "contradiction"))


def sentences(folder: Path) -> Any:
    """An XLM-R whose states are vectors of sentences, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaModel, ())


def _xlm_roberta(folder: Path, kind: Any, labels: Sequence[str]) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentencepiece.bpe.model").write_bytes(pieces("unigram"))
    with quiet():
        tokenizer = XLMRobertaTokenizer.from_pretrained(folder)
    named = {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: i for i, label in enumerate(labels)},
    }
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=130,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        type_vocab_size=1,
        **SHAPE | (named if labels else {}),
    )
    return saved(kind, config, tokenizer, folder)
