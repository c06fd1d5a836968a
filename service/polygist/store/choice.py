"""Which files of an origin make up a model, where its card does not name them."""

import re
from collections.abc import Collection, Iterable

from polygist.store.sources import PICKLES, SAFETENSORS

_DESCRIBING = (
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "modules.json",
    "sentencepiece.bpe.model",
    "source.spm",
    "special_tokens_map.json",
    "spiece.model",
    "spm.model",
    "target.spm",
    "target_vocab.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)
_PARTS = {
    SAFETENSORS: re.compile(r"model-\d{5}-of-\d{5}\.safetensors"),
    PICKLES: re.compile(r"pytorch_model-\d{5}-of-\d{5}\.bin"),
}


def choose(offered: Collection[str]) -> tuple[str, ...]:
    """What describes the model and its tokenizer, and its weights: safetensors where there are some, else pickles; in
    one file where there is one, else in parts.

    >>> choose(["README.md", "config.json", "model.safetensors", "pytorch_model.bin", "modeling.py"])
    ('config.json', 'model.safetensors')
    """
    describing = [name for name in _DESCRIBING if name in offered]
    return (*describing, *next((w for w in _weights(offered) if w), ()))


def _weights(offered: Collection[str]) -> Iterable[list[str]]:
    for whole_and_list, part in _PARTS.items():
        whole, parts = whole_and_list
        if whole in offered:
            yield [whole]
        elif parts in offered:
            yield [parts, *sorted(name for name in offered if part.fullmatch(name))]
