"""How transformers itself is used with each family, after the cards and pages of the models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polygist.store.codes import MBART50
from tests.checkpoints.tokenizers import fast, spm, tokenizer

NAMES = {"en": "English", "de": "German", "uk": "Ukrainian"}
FLORES = {"en": "eng_Latn", "de": "deu_Latn", "uk": "ukr_Cyrl"}
MBART = {"en": "en_XX", "de": "de_DE", "uk": "uk_UA"}
REQUEST = "Translate from {source} to {target}:\n{text}"
Expected = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Case:
    """A family over a checkpoint, some files left out; `card` is what its card says, `reference` reads transformers'
    tokenizer, `trims` says that its template does so with a turn."""

    family: str
    checkpoint: str
    expected: Callable[[Any, str, str, str], Expected]
    card: Mapping[str, Any] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    reference: Callable[[Path], Any] = tokenizer
    trims: bool = False


def marian(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    return tokenizer(text).input_ids, []


def zle(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    return tokenizer(f">>ukr<< {text}").input_ids, []


def m2m100(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    tokenizer.src_lang = source
    return tokenizer(text).input_ids, [tokenizer.get_lang_id(target)]


def small100(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    tokenizer.src_lang = target
    return tokenizer(text).input_ids, []


def nllb(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    tokenizer.src_lang = FLORES[source]
    return tokenizer(text).input_ids, [tokenizer.convert_tokens_to_ids(FLORES[target])]


def mbart50(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    tokenizer.src_lang = MBART[source]
    return tokenizer(text).input_ids, [tokenizer.convert_tokens_to_ids(MBART[target])]


def t5(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    return tokenizer(f"translate {NAMES[source]} to {NAMES[target]}: {text}").input_ids, []


def madlad(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    return tokenizer(f"<2{target}> {text}").input_ids, []


def native_madlad(model: Any, text: str, source: str, target: str) -> Expected:
    """By SentencePiece itself; transformers' conversion leaves a space out before such a token."""
    return [*model.encode(f"<2{target}> {text}"), model.eos_id()], []


def native_mbart50(model: Any, text: str, source: str, target: str) -> Expected:
    """By SentencePiece itself, with fairseq's numbers: what is unknown is 3, the languages stand behind the pieces."""
    ids = [id + 1 if id else 3 for id in model.encode(text)]
    languages = {code: model.get_piece_size() + 1 + MBART50.index(MBART[code]) for code in (source, target)}
    return [languages[source], *ids, 2], [languages[target]]


def chat(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    turn = REQUEST.format(source=NAMES[source], target=NAMES[target], text=text)
    return rendered(tokenizer, turn), []


def translategemma(tokenizer: Any, text: str, source: str, target: str) -> Expected:
    item = {"type": "text", "source_lang_code": source, "target_lang_code": target, "text": text}
    return rendered(tokenizer, [item]), []


def rendered(tokenizer: Any, content: object) -> list[int]:
    turn = [{"role": "user", "content": content}]
    found: list[int] = tokenizer.apply_chat_template(
        turn, add_generation_prompt=True, enable_thinking=False, return_dict=False
    )
    return found


ONLY_UK = {"pairs": (("en", "uk"),)}
INSTRUCTION = {"prompt_template": "translate {source} to {target}: {text}"}
CHAT = {"prompt_template": REQUEST}
NO_JSON = ("tokenizer.json",)
CASES: Mapping[str, Case] = {
    "marian": Case("marian", "marian", marian, ONLY_UK),
    "zle": Case("marian", "zle", zle, ONLY_UK),
    "m2m100": Case("m2m100", "m2m100", m2m100),
    "small100": Case("small100", "small100", small100),
    "nllb": Case("nllb", "nllb", nllb),
    "nllb-legacy": Case("nllb", "nllb-legacy", nllb),
    "mbart50": Case("mbart50", "mbart50", mbart50),
    "mbart50-spm": Case("mbart50", "mbart50", native_mbart50, leave_out=NO_JSON, reference=spm),
    "t5": Case("t5", "t5", t5, INSTRUCTION),
    "mt5": Case("t5", "mt5", t5, INSTRUCTION),
    "umt5": Case("t5", "umt5", t5, INSTRUCTION),
    "madlad": Case("madlad", "madlad", madlad, reference=fast),
    "madlad-spm": Case("madlad", "madlad", native_madlad, leave_out=NO_JSON, reference=spm),
    "gemma": Case("chat", "gemma", chat, CHAT, trims=True),
    "gemma4": Case("chat", "gemma4", chat, CHAT, trims=True),
    "eurollm": Case("chat", "eurollm", chat, CHAT),
    "qwen3": Case("chat", "qwen3", chat, CHAT),
    "llama": Case("chat", "llama", chat, CHAT, trims=True),
    "translategemma": Case("translategemma", "translategemma", translategemma),
}
