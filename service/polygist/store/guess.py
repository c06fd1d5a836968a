"""A card for a folder that holds a model of transformers, as far as its files tell what it is."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from langcodes import Language

from polygist.errors import CardInvalid
from polygist.store import clues as clues_of
from polygist.store import manifest
from polygist.store.clues import Clues
from polygist.store.codes import M2M100, MBART50, NLLB, Words
from polygist.store.encoders import positions
from polygist.store.entailment import VERDICTS
from polygist.store.tables import listed

# Groups that models of OPUS-MT read; what they write, their vocabularies say.
_GROUPS = {"zle": ("be", "ru", "uk"), "gmw": ("en", "de", "nl"), "zls": ("bg", "hr", "mk", "sl", "sr")}
_PAIR = re.compile(r"opus-mt-(?:tc-[a-z]{3,5}-)?([a-z]{2,3})[-_]([a-z]{2,3})\Z")
# Models of this kind were trained with "query: " before a text (Wang et al., arXiv:2402.05672).
_E5 = re.compile(r"(?:\A|[-_])e5[-_]")

_LEAD = "Say in at most {sentences} sentences of {language} what happened. Use only what the article says.\n{text}"
_POINT = "Say in one sentence of {language} what this part of an article says.\n{text}"


def guess(place: Path, id: str, task: str = "", languages: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[str]]:
    """A card for the folder, as its TOML says it, and what its files do not tell.

    `task` chooses where a family has several. Raises CardInvalid where the folder is of no family that is known, or
    lacks a file.
    """
    clues = clues_of.read(place, languages)
    kind = str(clues.config.get("model_type", ""))
    if kind not in _KINDS:
        raise CardInvalid(f"{place}: no card can be made of model_type {kind!r}; there are: {listed(_KINDS)}")
    tasks = _KINDS[kind](clues)
    if task and task not in tasks:
        raise CardInvalid(f"{place}: a model of this family has no task {task!r}; it has: {listed(tasks)}")
    if not task and len(tasks) > 1:
        clues.unknown.append("task")
    chosen = task or next(iter(tasks))
    table = {"id": id, "task": chosen} | tasks[chosen]() | {"licence": clues_of.licence(clues)}
    sums = {name: manifest.sha256(place / name) for name in clues.files}
    return table | {"source": {"kind": "folder", "path": str(place), "files": sums}}, clues.unknown


def _translation(clues: Clues, family: str, languages: Mapping[str, str], **more: object) -> dict[str, Any]:
    clues.unknown += ["max_source_tokens", "max_length_ratio"]
    return {
        "family": family,
        "quantization": "int8",
        "max_source_tokens": 200,
        "max_length_ratio": 2.5,
        **({} if "directions" in more else {"any_pair": True}),
        **more,
        "languages": dict(languages),
        "decoding": clues_of.decoding(clues),
        "retry_decoding": clues_of.decoding(clues, beam_size=4, no_repeat_ngram_size=4),
        "best": {"beam_size": 4, "samples": 4, "temperature": 0.5},
    }


def _summaries(clues: Clues, family: str, prompts: Mapping[str, str], window: int) -> dict[str, Any]:
    return {
        "family": family,
        "dtype": "float32",
        "window": window,
        "max_new_tokens": min(clues.number("max_length", "max_new_tokens", default=128), window // 2),
        "languages": _names(clues),
        "prompts": dict(prompts),
        "decoding": clues_of.decoding(clues),
    }


def _names(clues: Clues) -> dict[str, str]:
    """English names of the languages, for prompts."""
    return {code: Language.get(code).display_name() for code in clues.languages(None)}


def _marian(clues: Clues) -> dict[str, Any]:
    marks = [
        word for word in clues_of.load(clues.place / "vocab.json") if word.startswith(">>") and word.endswith("<<")
    ]
    words = Words(marks)
    named = _PAIR.match(clues.name) or _PAIR.match(clues.place.name)
    ends = named.groups() if named else (clues.tokenizer.get("source_lang"), clues.tokenizer.get("target_lang"))
    sources, targets = (_group(str(end or "")) for end in ends)
    targets = tuple(tag for mark in marks if (tag := words.tag(mark))) or targets
    pairs = [pair for pair in product(sources, targets) if pair[0] != pair[1]]
    if clues.wanted:
        pairs = [pair for pair in pairs if set(pair) <= set(clues.wanted)]
    if not pairs:
        raise CardInvalid(f"{clues.place}: its languages can't be known; name the folder opus-mt-SOURCE-TARGET")
    languages = dict.fromkeys((code for pair in pairs for code in pair), "")
    return _translation(clues, "marian", languages, directions=[list(pair) for pair in pairs], **_positions(clues))


def _group(end: str) -> tuple[str, ...]:
    if end in _GROUPS:
        return _GROUPS[end]
    tag = Language.get(end or "und")
    return (tag.to_tag(),) if tag.language and tag.is_valid() else ()


def _positions(clues: Clues) -> dict[str, int]:
    return {"window": clues.number("max_position_embeddings", default=512)}


def _m2m(clues: Clues) -> dict[str, Any]:
    if str(clues.tokenizer.get("tokenizer_class", "")).startswith("Nllb"):
        return _translation(clues, "nllb", clues.languages(Words(NLLB)), **_positions(clues))
    # SMaLL-100 is an M2M100 with a shallow decoder.
    deep = clues.number("encoder_layers", default=1) == clues.number("decoder_layers", default=1)
    family = "m2m100" if deep else "small100"
    return _translation(clues, family, clues.languages(Words(M2M100)), **_positions(clues))


def _t5(clues: Clues) -> dict[str, Any]:
    prefix = "{text}" if clues.config.get("model_type") != "t5" else "summarize: {text}"
    return _summaries(clues, "seq2seq", {"lead": prefix, "key_point": prefix}, clues.number("n_positions", default=512))


def _t5_tasks(clues: Clues) -> Mapping[str, Callable[[], dict[str, Any]]]:
    if any(
        b"<2uk>" in (clues.place / name).read_bytes() for name in clues.files if "token" in name or "spiece" in name
    ):
        return {"translation": lambda: _translation(clues, "madlad", clues.languages(None))}
    template = "translate {source} to {target}: {text}"
    return {
        "summarization": lambda: _t5(clues),
        "translation": lambda: _translation(clues, "t5", _names(clues), prompt_template=template),
    }


def _bart(clues: Clues) -> dict[str, Any]:
    window = clues.number("max_encoder_position_embeddings", "max_position_embeddings", default=1024)
    return _summaries(clues, "seq2seq", {"lead": "{text}", "key_point": "{text}"}, min(window, 4096))


def _chat(clues: Clues) -> Mapping[str, Callable[[], dict[str, Any]]]:
    template = clues.tokenizer.get("chat_template") or (clues.place / "chat_template.jinja").is_file()
    if not (template or (clues.place / "chat_template.json").is_file()):
        raise CardInvalid(f"{clues.place} has no chat template: it is no instruction model")
    if "translategemma" in clues.name.casefold():
        return {"translation": lambda: _translation(clues, "translategemma", _names(clues))}
    prompts = {"lead": _LEAD, "key_point": _POINT}
    return {
        "summarization": lambda: _summaries(clues, "chat", prompts, 4096),
        "translation": lambda: _translation(clues, "chat", _names(clues)),
    }


def _encoder(clues: Clues) -> Mapping[str, Callable[[], dict[str, Any]]]:
    """By the head that it has: none, where its states are vectors."""
    made = str(next(iter(clues.config.get("architectures") or [""])))
    if (clues.place / "modules.json").is_file():
        return {"sentence-similarity": lambda: _vectors(clues)}
    head = next((head for head in _HEADS if made.endswith(head)), None)
    if head is None:
        raise CardInvalid(f"{clues.place}: an encoder has a card where it ends in {listed(_HEADS)}; it is {made!r}")
    task, card = _HEADS[head]
    return {task: lambda: card(clues)}


def _read_at_once(clues: Clues, window: int | None = None) -> dict[str, Any]:
    room = positions(clues.config) or 512
    return {"dtype": "float32", "window": min(window or room, room), "languages": list(clues.languages(None))}


def _vectors(clues: Clues) -> dict[str, Any]:
    """As its files for sentence-transformers say: which states become the vector, and how long a text may be."""
    pooling, longest = clues_of.pooling(clues), clues_of.longest(clues)
    clues.unknown += ["unrelated"] if pooling else ["pooling", "unrelated"]
    table = _read_at_once(clues, longest) | {"pooling": pooling or "mean"}
    if _E5.search(clues.name) or _E5.search(clues.place.name):
        table |= {"prefix": "query: ", "focus_prefix": "query: "}
    return table


def _entailment(clues: Clues) -> dict[str, Any]:
    names = [str(name) for name in dict(clues.config.get("id2label") or {}).values()]
    if not any(name.casefold() in VERDICTS for name in names):
        clues.unknown.append("labels")
    return _read_at_once(clues)


# Of each end of a class's name the task, and what makes the card.
_HEADS: Mapping[str, tuple[str, Callable[[Clues], dict[str, Any]]]] = {
    "ForTokenClassification": ("token-classification", _read_at_once),
    "ForSequenceClassification": ("natural-language-inference", _entailment),
    "Model": ("sentence-similarity", _vectors),
}


def _one(task: str, card: Callable[[Clues], dict[str, Any]]) -> Callable[[Clues], Mapping[str, Callable[[], Any]]]:
    return lambda clues: {task: lambda: card(clues)}


def _each(kinds: Iterable[str], tasks: Callable[[Clues], Any]) -> dict[str, Callable[[Clues], Any]]:
    return dict.fromkeys(kinds, tasks)


# Of each model_type the tasks that it can have, the usual one first.
_KINDS: Mapping[str, Callable[[Clues], Mapping[str, Callable[[], dict[str, Any]]]]] = {
    "marian": _one("translation", _marian),
    "m2m_100": _one("translation", _m2m),
    "mbart": _one("translation", lambda c: _translation(c, "mbart50", c.languages(Words(MBART50)), **_positions(c))),
    **_each(("t5", "mt5", "umt5"), _t5_tasks),
    **_each(("bart", "pegasus", "led", "longt5"), _one("summarization", _bart)),
    **_each(("gemma", "gemma2", "gemma3", "gemma3_text", "gemma4", "gemma4_text"), _chat),
    **_each(("llama", "mistral", "phi3", "qwen2", "qwen3"), _chat),
    **_each(("bert", "camembert", "deberta-v2", "distilbert", "mpnet", "roberta", "xlm-roberta"), _encoder),
}
