"""transformers' own tokenizers over a folder: what the codecs are compared with."""

import warnings
from pathlib import Path
from typing import Any

import sentencepiece
from transformers import AutoTokenizer, MarianTokenizer, PreTrainedTokenizerFast

from polygist.store.quiet import quiet


def marian_tokenizer(folder: Path) -> Any:
    """It recommends a package that it then never calls."""
    with warnings.catch_warnings(), quiet():
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        return MarianTokenizer.from_pretrained(folder)


def tokenizer(folder: Path, **options: object) -> Any:
    """The one that the folder names."""
    with warnings.catch_warnings(), quiet():
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)


def fast(folder: Path) -> Any:
    """The one in its tokenizer.json, whatever class it names."""
    with quiet():
        return PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))


def spm(folder: Path) -> Any:
    """SentencePiece itself."""
    (file,) = folder.glob("s*.model")
    return sentencepiece.SentencePieceProcessor(model_file=str(file))
