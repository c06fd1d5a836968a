"""Tiny checkpoints as the Hub has them: real configurations and tokenizers, weights at random or trained in seconds."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    SentencePieceUnigramTokenizer,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    BertConfig,
    BertForTokenClassification,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaTokenizer,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Tokenizer,
)

from polygist.store.quiet import quiet
from tests.conftest import ROOT

VOCABULARY = 900
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def texts() -> list[str]:
    """What vocabularies are made of: the seed article and the articles of the tests, in three languages."""
    files = [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests/data/articles").glob("*.txt"))]
    return [file.read_text(encoding="utf-8") for file in files]


def bart(folder: Path, positions: int = 512) -> Any:
    """A BART with random weights and its byte-level tokenizer, saved; the model, to be trained."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts(), trainer)
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
    )
    # As distilbart has them; all but the token that an answer is made to begin with is the card's to say.
    decoding = {"forced_bos_token_id": 0, "forced_eos_token_id": 2, "min_length": 30, "num_beams": 4}
    return _saved(BartForConditionalGeneration, config, BartTokenizer(*_bpe(tokenizer)), folder, decoding)


def mt5(folder: Path) -> Any:
    """An mT5 with random weights and its SentencePiece vocabulary, saved."""
    trained = SentencePieceUnigramTokenizer()
    trained.train_from_iterator(
        texts(),
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token="<unk>",  # noqa: S106  # a token of text, no secret
        show_progress=False,
    )
    vocab = [(piece, trained_score) for piece, trained_score in _unigram(trained)]
    config = MT5Config(
        vocab_size=len(vocab),
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return _saved(MT5ForConditionalGeneration, config, T5Tokenizer(vocab, extra_ids=0), folder)


def gemma(folder: Path) -> Any:
    """A Gemma 3 for instructions with random weights and a chat template, saved; the model, to be trained."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))  # noqa: S106  # likewise
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Replace("▁", " ")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"]
    bytes_ = [f"<0x{n:02X}>" for n in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY + 256, special_tokens=[*special, *bytes_], show_progress=False)
    tokenizer.train_from_iterator([text.replace("\n", " ") for text in texts()], trainer)
    config = Gemma3TextConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        layer_types=["full_attention"],
        max_position_embeddings=4096,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=[1, 6],
    )
    made = GemmaTokenizer(*_bpe(tokenizer), additional_special_tokens=special[5:], chat_template=TEMPLATE)
    return _saved(Gemma3ForCausalLM, config, made, folder)


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
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        max_position_embeddings=positions,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")  # noqa: S106
    torch.manual_seed(7)
    with quiet():
        model = BertForTokenClassification(config)
        model.save_pretrained(folder)
        made.save_pretrained(folder)
    return model


def train_tagger(model: Any, folder: Path, rows: Sequence[tuple[Sequence[int], Sequence[int]]], steps: int) -> float:
    """Teach a BERT the labels of token ids (-100 for any), and save it; the last loss."""
    ids, mask = _padded([ids for ids, _ in rows], 0)
    labels, _ = _padded([labels for _, labels in rows], -100)
    return _trained(model, folder, {"input_ids": ids, "attention_mask": mask, "labels": labels}, steps)


def train_seq2seq(model: Any, folder: Path, pairs: Sequence[tuple[Sequence[int], str]], steps: int) -> float:
    """Teach a BART an answer to each prompt, and save it; the last loss."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    answers = [tokenizer.encode(answer).ids for _, answer in pairs]
    inputs, mask = _padded([prompt for prompt, _ in pairs], 1)
    labels, kept = _padded(answers, -100)
    batch = {"input_ids": inputs, "attention_mask": mask, "labels": torch.where(kept.bool(), labels, -100)}
    return _trained(model, folder, batch, steps)


def train_chat(model: Any, folder: Path, pairs: Sequence[tuple[Sequence[int], str]], steps: int) -> float:
    """Teach a Gemma an answer to each prompt, and save it; the last loss."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ends = [[*tokenizer.encode(answer, add_special_tokens=False).ids, 6] for _, answer in pairs]
    inputs, mask = _padded([[*prompt, *end] for (prompt, _), end in zip(pairs, ends, strict=True)], 0)
    labels = torch.full_like(inputs, -100)
    for row, ((prompt, _), end) in enumerate(zip(pairs, ends, strict=True)):
        labels[row, len(prompt) : len(prompt) + len(end)] = torch.tensor(end)
    return _trained(model, folder, {"input_ids": inputs, "attention_mask": mask, "labels": labels}, steps)


def _trained(model: Any, folder: Path, batch: dict[str, torch.Tensor], steps: int) -> float:
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    model.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more would wait for each other on a busy machine
    loss = torch.tensor(0.0)
    for _ in range(steps):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if loss.item() < 0.02:
            break
    torch.set_num_threads(threads)
    with quiet():
        model.eval().save_pretrained(folder)
    return loss.item()


def _padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def _saved(kind: Any, config: Any, tokenizer: Any, folder: Path, decoding: Mapping[str, int] | None = None) -> Any:
    torch.manual_seed(7)
    with quiet():
        model = kind(config)
        model.generation_config.update(**(decoding or {}))
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return model


def _bpe(tokenizer: Tokenizer) -> tuple[dict[str, int], list[tuple[str, str]]]:
    import json

    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


def _unigram(tokenizer: Any) -> list[tuple[str, float]]:
    import json

    return [(piece, score) for piece, score in json.loads(tokenizer._tokenizer.to_str())["model"]["vocab"]]


LICENCE = """
[licence]
name = "Apache License 2.0"
spdx = "Apache-2.0"
url = "https://www.apache.org/licenses/LICENSE-2.0"
commercial = "yes"
"""
DECODING = """
[decoding]
beam_size = 1
no_repeat_ngram_size = 0
repetition_penalty = 1.0
length_penalty = 1.0
"""
LANGUAGES = '[languages]\nde = "German"\nen = "English"\nuk = "Ukrainian"\n'


def write_profile(
    models_dir: Path,
    name: str,
    family: str,
    folder: Path,
    prompts: dict[str, str],
    *,
    window: int = 400,
    max_new_tokens: int = 60,
    languages: str = LANGUAGES,
) -> None:
    """A card and a profile over a checkpoint, as a user would write them; the profile translates as "embedded" does."""
    sums = _sums(folder)
    asked = "".join(f"{part} = '''{prompt}'''\n" for part, prompt in prompts.items())
    card = (
        f'id = "{name}"\nfamily = "{family}"\ntask = "summarization"\ndtype = "float32"\n'
        f"window = {window}\nmax_new_tokens = {max_new_tokens}\n\n{languages}\n[prompts]\n{asked}\n"
        f'[source]\nkind = "folder"\npath = "{folder}"\n\n[source.files]\n{sums}{LICENCE}{DECODING}'
    )
    profile = f'name = "{name}"\ntranslation = "gemma3-270m-embedded"\nsummary = "{name}"\n'
    _write(models_dir, name, {"cards": card, "profiles": profile})


def write_entities(
    models_dir: Path, name: str, folder: Path, *, summary: str = "extractive", window: int = 64, labels: str = ""
) -> None:
    """As `write_profile`, of a model of entities."""
    card = (
        f'id = "{name}"\ntask = "token-classification"\ndtype = "float32"\nwindow = {window}\n'
        f'languages = ["de", "en", "uk"]\n\n{labels}\n[source]\nkind = "folder"\npath = "{folder}"\n\n'
        f"[source.files]\n{_sums(folder)}{LICENCE}"
    )
    profile = f'name = "{name}"\ntranslation = "gemma3-270m-embedded"\nsummary = "{summary}"\nentities = "{name}"\n'
    _write(models_dir, name, {"cards": card, "profiles": profile})


def _sums(folder: Path) -> str:
    names = [f.name for f in sorted(folder.iterdir()) if f.suffix in {".json", ".safetensors", ".jinja"}]
    return "".join(f'"{n}" = "{hashlib.sha256((folder / n).read_bytes()).hexdigest()}"\n' for n in names)


def _write(models_dir: Path, name: str, files: Mapping[str, str]) -> None:
    for part, text in files.items():
        (models_dir / part).mkdir(parents=True, exist_ok=True)
        (models_dir / part / f"{name}.toml").write_text(text, encoding="utf-8")
