"""Instruction models, each with the marks and the manner of its template: Gemma 3 and 4, EuroLLM, Qwen3, Llama."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    Gemma4ForCausalLM,
    Gemma4TextConfig,
    GemmaTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaTokenizer,
    PreTrainedTokenizerFast,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tests.checkpoints.bpe import bpe
from tests.checkpoints.corpus import VOCABULARY, texts
from tests.checkpoints.saving import HEADS, INNER, WIDTH, saved

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
# As TranslateGemma's: the turn is a list of one item with its two codes, and the template knows the languages' names.
STRUCTURED = """{%- set names = {'de': 'German', 'en': 'English', 'uk': 'Ukrainian'} -%}
{{- bos_token -}}
{%- for message in messages -%}
{%- set item = message['content'][0] -%}
{%- set source = names[item['source_lang_code']] -%}
{%- set target = names[item['target_lang_code']] -%}
{{- '<start_of_turn>user\nYou translate ' + source + ' (' + item['source_lang_code'] + ') to ' + target + ' (' -}}
{{- item['target_lang_code'] + '). Please translate the following ' + source + ' text into ' + target + ':\n\n\n' -}}
{{- item['text'] | trim + '<end_of_turn>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\n' -}}{%- endif -%}
"""
CHATML = """{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n' -}}
{%- if enable_thinking is defined and enable_thinking is false -%}{{- '<think>\n\n</think>\n\n' -}}{%- endif -%}
{%- endif -%}
"""
HEADERS = """{{- bos_token -}}
{%- for message in messages -%}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%}
"""
# As Gemma 4's: turns have marks of their own, and where it is not to think, an empty thought stands before the answer.
TURNS = """{{- bos_token -}}
{%- for message in messages -%}
{{- '<|turn>' + message['role'] + '\n' + message['content'] | trim + '<turn|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|turn>model\n' -}}
{%- if not enable_thinking | default(false) -%}{{- '<|channel>thought\n<channel|>' -}}{%- endif -%}
{%- endif -%}
"""
# As EuroLLM's: an empty turn of the system comes first where nothing is said in it.
SYSTEM = """{{- bos_token -}}
{%- if messages[0]['role'] != 'system' -%}{{- '<|im_start|>system\n<|im_end|>\n' -}}{%- endif -%}
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}
"""
BYTES = [f"<0x{n:02X}>" for n in range(256)]
SHAPE = {
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_attention_heads": HEADS,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
}


def gemma(folder: Path, template: str = TEMPLATE) -> Any:
    """A Gemma 3 for instructions with random weights and a chat template, saved; the model, to be trained."""
    tokenizer, special = _pieces("<start_of_turn>", "<end_of_turn>")
    config = Gemma3TextConfig(
        vocab_size=tokenizer.get_vocab_size(),
        num_hidden_layers=1,
        query_pre_attn_scalar=16,
        layer_types=["full_attention"],
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=[1, 6],
        **SHAPE,
    )
    made = GemmaTokenizer(*bpe(tokenizer), additional_special_tokens=special, chat_template=template)
    return saved(Gemma3ForCausalLM, config, made, folder)


def gemma4(folder: Path) -> Any:
    """A dense Gemma 4 with random weights, as the 12B and the 31B are; saved; the model, to be trained.

    Layers of both its kinds, which differ in heads, their width, and rotation; the last has its keys as its values.
    """
    return _gemma4(
        folder, ["sliding_attention", "full_attention"], hidden_size_per_layer_input=0, attention_k_eq_v=True
    )


def gemma4_e(folder: Path) -> Any:
    """A Gemma 4 as E2B and E4B are: layers that share keys and values, and embeddings for each layer."""
    layers = ["sliding_attention", "full_attention"] * 2
    return _gemma4(folder, layers, hidden_size_per_layer_input=8, num_kv_shared_layers=2)


def _gemma4(folder: Path, layers: list[str], **settings: Any) -> Any:
    tokenizer, special = _pieces("<|turn>", "<turn|>", "<|channel>", "<channel|>")
    config = Gemma4TextConfig(
        vocab_size=tokenizer.get_vocab_size(),
        vocab_size_per_layer_input=tokenizer.get_vocab_size(),
        num_hidden_layers=len(layers),
        layer_types=layers,
        global_head_dim=32,
        num_global_key_value_heads=1,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=[1, 6],
        **SHAPE | settings,
    )
    made = GemmaTokenizer(*bpe(tokenizer), additional_special_tokens=special, chat_template=TURNS)
    return saved(Gemma4ForCausalLM, config, made, folder)


def eurollm(folder: Path) -> Any:
    """A EuroLLM with random weights: a Llama with pieces and turns of its own; saved; the model, to be trained."""
    special = ["<|im_start|>", "<|im_end|>"]
    tokenizer = _trained(["<unk>", "<s>", "</s>", *special, *BYTES])
    made = LlamaTokenizer(
        *bpe(tokenizer), extra_special_tokens=["</s>", special[0]], eos_token=special[1], chat_template=SYSTEM
    )
    config = LlamaConfig(
        vocab_size=len(made), num_hidden_layers=2, bos_token_id=1, eos_token_id=4, pad_token_id=2, **SHAPE
    )
    return saved(LlamaForCausalLM, config, made, folder)


def translategemma(folder: Path) -> Any:
    """A Gemma 3 that is asked with the codes of two languages; saved; the model, to be trained."""
    return gemma(folder, STRUCTURED)


def qwen3(folder: Path) -> Any:
    """A Qwen3 with random weights, whose template knows thinking; saved; the model, to be trained."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary, merges = bpe(_byte_level(special))
    tokenizer = Qwen2Tokenizer(
        vocabulary, merges, eos_token=special[2], extra_special_tokens=special[1:], chat_template=CHATML
    )
    # As its repositories have them: no special tokens, and yet whole.
    tokenizer.add_tokens(["<think>", "</think>"])
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        num_hidden_layers=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **SHAPE,
    )
    return saved(Qwen3ForCausalLM, config, tokenizer, folder)


def llama(folder: Path) -> Any:
    """A Llama 3 with random weights, saved; the model, to be trained."""
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_byte_level(special),
        bos_token=special[0],
        eos_token=special[4],
        pad_token=special[1],
        extra_special_tokens=special[2:4],
        chat_template=HEADERS,
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer), num_hidden_layers=2, bos_token_id=0, eos_token_id=4, pad_token_id=1, **SHAPE
    )
    return saved(LlamaForCausalLM, config, tokenizer, folder)


def _pieces(*marks: str) -> tuple[Tokenizer, list[str]]:
    """A Gemma's vocabulary and its marks; the second has id 6."""
    return _trained(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *marks, *BYTES]), list(marks)


def _trained(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))  # noqa: S106  # likewise
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Replace("▁", " ")
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY + 256, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text.replace("\n", " ") for text in texts()], trainer)
    return tokenizer


def _byte_level(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer
