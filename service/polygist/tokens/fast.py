"""Tokens by a tokenizer.json of the `tokenizers` library."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

from polygist.errors import ModelCorrupt

_UNKNOWN = "<unk>"


def tokenizer(file: Path) -> Tokenizer:
    """A tokenizer that cuts nothing off and fills nothing up, whatever its file says. Raises ModelCorrupt."""
    try:
        made = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    made.no_truncation()
    made.no_padding()
    return made


class FastPieces:
    """A `Pieces` over a tokenizer.json; `more` names tokens that are special though the file does not say so. Raises
    ModelCorrupt."""

    def __init__(self, file: Path, more: Iterable[str] = ()) -> None:
        self._tokenizer = tokenizer(file)
        # Changing it while another thread encodes is an error ("already borrowed").
        self._tokenizer.encode_special_tokens = True
        added = self._tokenizer.get_added_tokens_decoder()
        named = {id for name in more if (id := self.id(name)) is not None}
        self._unknown = self.id(_UNKNOWN)
        self.special = frozenset(named | {id for id, token in added.items() if token.special}) - {self._unknown}

    def id(self, token: str) -> int | None:
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def name(self, id: int) -> str:
        found: str | None = self._tokenizer.id_to_token(id)
        return found or ""

    def names(self) -> Iterable[str]:
        return list(self._tokenizer.get_vocab())

    def frame(self, text: str) -> tuple[int, ...]:
        self._tokenizer.encode_special_tokens = False
        try:
            return tuple(self.encode(text))
        finally:
            self._tokenizer.encode_special_tokens = True

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: list[int]) -> str:
        kept = [id for id in ids if id not in self.special and id != self._unknown]
        text: str = self._tokenizer.decode(kept, skip_special_tokens=True)
        return text
