"""The protocol of what cuts a text into a model's tokens, and how text stays text."""

from collections.abc import Container, Iterable
from typing import Protocol


class Pieces(Protocol):
    """The tokens of a text, without what a family puts around them. Safe to share between threads."""

    @property
    def special(self) -> frozenset[int]:
        """Tokens that are no text: those that begin, end, pad and mark, but for the one of what is unknown."""
        ...

    def id(self, token: str) -> int | None:
        """A token's id, None where the model does not have it."""
        ...

    def name(self, id: int) -> str:
        """A token by its id."""
        ...

    def names(self) -> Iterable[str]:
        """All tokens."""
        ...

    def frame(self, text: str) -> tuple[int, ...]:
        """The tokens of what stands around a text, where names of special tokens mean them. Only while nothing else is
        read."""
        ...

    def encode(self, text: str) -> list[int]:
        """The tokens of a text. Some tokenizers make special tokens of their names; `plain` does not."""
        ...

    def decode(self, ids: list[int]) -> str:
        """The text of tokens; special ones, and what is unknown, are left out."""
        ...


def plain(pieces: Pieces, text: str, control: Container[int]) -> list[int]:
    """The tokens of a text, none of which is in `control`: where it has the name of such a token, as "</s>", that is
    spelled, "<" and "/s>"."""
    return [part for id in pieces.encode(text) for part in _spelled(pieces, id, control)]


def _spelled(pieces: Pieces, id: int, control: Container[int]) -> list[int]:
    if id not in control:
        return [id]
    name = pieces.name(id)
    # Of a name of one character nothing is left: it is no text.
    return [part for half in (name[:1], name[1:]) if half != name for part in plain(pieces, half, control)]
