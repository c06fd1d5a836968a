"""Encoders: BERT, XLM-R and DeBERTa that label tokens, judge pairs of texts, or make vectors of sentences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DebertaV2Tokenizer,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaForTokenClassification,
    XLMRobertaModel,
    XLMRobertaTokenizer,
)

from polygist.store.quiet import quiet
from tests.checkpoints.corpus import VOCABULARY, pieces, texts
from tests.checkpoints.saving import HEADS, INNER, WIDTH, saved, write_json

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
    return _bert(folder, BertForTokenClassification, labels, more, positions)


def sentence_bert(folder: Path) -> Any:
    """A BERT whose states are vectors, as sentence-transformers keeps it; saved."""
    model = _bert(folder, BertModel, ())
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds.items())
    ]
    write_json(folder / "modules.json", modules)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    pooling = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False}
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": WIDTH, **pooling})
    return model


def bert_nli(folder: Path) -> Any:
    """A BERT that judges pairs of texts, its labels in an order of their own; saved."""
    return _bert(folder, BertForSequenceClassification, ("contradiction", "entailment", "neutral"))


def _bert(folder: Path, kind: Any, labels: Sequence[str], more: Sequence[str] = (), positions: int = 128) -> Any:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # likewise
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([*texts(), *more], trainer)
    ends = [(token, special.index(token)) for token in ("[CLS]", "[SEP]")]
    pair = "[CLS] $A [SEP] $B:1 [SEP]:1"
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair=pair, special_tokens=ends)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=positions, **SHAPE | _named(labels)
    )
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")  # noqa: S106
    return saved(kind, config, made, folder)


def _named(labels: Sequence[str]) -> dict[str, Any]:
    named = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    return named if labels else {}


def tagger(folder: Path, labels: Sequence[str] = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")) -> Any:
    """An XLM-R that labels tokens, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaForTokenClassification, labels)


def nli(folder: Path) -> Any:
    """An XLM-R that says whether one text follows from another, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaForSequenceClassification, ("entailment", "neutral", "contradiction"))


def sentences(folder: Path) -> Any:
    """An XLM-R whose states are vectors of sentences, with random weights; saved."""
    return _xlm_roberta(folder, XLMRobertaModel, ())


def deberta(folder: Path) -> Any:
    """A DeBERTa-v2 that judges pairs of texts, as mDeBERTa models for XNLI are kept; saved."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spm.model").write_bytes(pieces("unigram"))
    with quiet():
        tokenizer = DebertaV2Tokenizer.from_pretrained(folder)
    config = DebertaV2Config(
        vocab_size=len(tokenizer),
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=32,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        **SHAPE | _named(("entailment", "neutral", "contradiction")),
    )
    return saved(DebertaV2ForSequenceClassification, config, tokenizer, folder)


def _xlm_roberta(folder: Path, kind: Any, labels: Sequence[str]) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentencepiece.bpe.model").write_bytes(pieces("unigram"))
    with quiet():
        tokenizer = XLMRobertaTokenizer.from_pretrained(folder)
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=130,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        type_vocab_size=1,
        **SHAPE | _named(labels),
    )
    return saved(kind, config, tokenizer, folder)
