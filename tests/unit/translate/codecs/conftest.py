"""Codecs over tiny checkpoints, and transformers' own tokenizers to compare them with."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sentencepiece

from polygist.store import chat
from polygist.store.manifest import Manifest
from polygist.store.models import BuiltModel
from polygist.translate.codecs import Codec, codec_of
from tests.unit.translate.codecs.families import CASES, Case

# The codes without words of the card's own: the family knows them.
LANGUAGES = {"en": "", "de": "", "uk": ""}
PAIRS = (("en", "uk"), ("uk", "en"), ("de", "uk"), ("en", "de"), ("de", "en"), ("uk", "de"))


def card(family: str, languages: dict[str, str] | None = None, **other: object) -> Any:
    """What codecs read of a card."""
    fields = {"prompt_template": "", "max_source_tokens": 100, "max_length_ratio": 2.0, "pairs": PAIRS, "window": None}
    return SimpleNamespace(id="tiny", family=family, languages=languages or LANGUAGES, **fields | other)


@dataclass
class Pair:
    """A codec, and transformers' tokenizer over the same files."""

    case: Case
    codec: Codec
    tokenizer: Any

    def expected(self, text: str, source: str, target: str) -> tuple[list[int], list[int]]:
        """What transformers' own use of the model gives an encoder, and forces on a decoder."""
        return self.case.expected(self.tokenizer, text, source, target)

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Ids by token."""
        if isinstance(self.tokenizer, sentencepiece.SentencePieceProcessor):
            return {self.tokenizer.id_to_piece(id): id for id in range(self.tokenizer.get_piece_size())}
        found: dict[str, int] = self.tokenizer.get_vocab()
        return found

    def text_ids(self, text: str) -> list[int]:
        """The tokens of a text alone, by the codec: what they have in common with those of nothing is left out."""
        empty, whole = (self.codec.encode(one, "en", "uk").ids for one in ("", text))
        before = next((i for i, (a, b) in enumerate(zip(empty, whole, strict=False)) if a != b), len(empty))
        after = len(empty) - before
        return list(whole[before : len(whole) - after])

    @cached_property
    def unknown(self) -> str:
        """Printable ASCII characters that a tiny vocabulary lacks."""
        said = {c: self.codec.decode(self.text_ids(f"a{c}")) for c in string.printable.strip()}
        return "".join(c for c, text in said.items() if c not in text)


def built(path: Path, hf: Path, leave_out: tuple[str, ...] = ()) -> BuiltModel:
    """A built model over a checkpoint, some files left out."""
    (path / "hf").mkdir(parents=True)
    for file in hf.iterdir():
        if file.name not in leave_out:
            (path / "hf" / file.name).symlink_to(file)
    return BuiltModel(path, Manifest("tiny", "0", "", {}, {}))


@pytest.fixture(scope="session")
def pairs(checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Pair]:
    """By the name of a case."""
    made: dict[str, Pair] = {}

    def of(name: str) -> Pair:
        if name not in made:
            case = CASES[name]
            model = built(tmp_path_factory.mktemp("built") / name, checkpoint(case.checkpoint), case.leave_out)
            given = card(case.family, **case.card)
            if case.family == "chat":
                chat.write(model.hf, model.chat)
            elif case.family == "translategemma":
                chat.write_pairs(model.hf, model.chat, given.pairs, given.languages)
            made[name] = Pair(case, codec_of(given, model), case.reference(checkpoint(case.checkpoint)))
        return made[name]

    return of
