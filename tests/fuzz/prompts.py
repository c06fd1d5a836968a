"""Text in the prompts of models: no token that steers one comes out of it, and no letter is lost."""

import unicodedata

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from polygist.summarize.abstractive_codec import Codec
from polygist.tokens import Control
from polygist.translate.codecs.base import line
from tests.fuzz.given import text_of

MARKS = (
    *("<bos>", "<eos>", "<s>", "</s>", "<pad>", "<mask>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]"),
    *("<|im_start|>", "<|im_end|>", "<|eot_id|>", "<think>", "</think>", ">>ukr<<", "__uk__", "<2uk>", "ukr_Cyrl"),
)
_TEMPLATE = "Say in {sentences} sentences of {language}: {text} That is all."


def _tokenizer() -> Tokenizer:
    """One that normalises before it looks for marks, which is the hardest kind."""
    made = Tokenizer(models.BPE(vocab={"<unk>": 0}, merges=[], unk_token="<unk>"))  # noqa: S106  # no password
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.add_special_tokens([AddedToken(mark, special=True, normalized=i % 2 == 0) for i, mark in enumerate(MARKS)])
    return made


TOKENIZER = _tokenizer()
_CONTROL, _IDS = Control(TOKENIZER), {TOKENIZER.token_to_id(mark) for mark in MARKS}
_CODECS = (
    Codec(TOKENIZER, 100),
    Codec(TOKENIZER, 100, ("<bos>", "<end_of_turn>"), ("<article>\n", "\n</article>"), special=False),
)


def check(data: bytes) -> None:
    _, text = text_of(data)
    text = text.encode("utf-8", "replace").decode()  # what comes from the wire is UTF-8
    broken = _CONTROL.broken(text)
    assert not _IDS & set(TOKENIZER.encode(broken, add_special_tokens=False).ids)
    assert "".join(broken.split()) in ("".join(one.split()) for one in (text, unicodedata.normalize("NFKC", text)))
    assert len(line(text).splitlines()) <= 1
    for codec in _CODECS:
        assert _control(codec, text) == _control(codec, "x")


def _control(codec: Codec, text: str) -> list[int]:
    return [id for id in codec.encode(_TEMPLATE, "English", 2, text) if id in _IDS]
