"""Texts in the tokens of an encoder: one window of them, or several where a text is longer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import Encoding, Tokenizer

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.encoders import EncoderCard, positions
from polygist.store.models import BuiltModel
from polygist.tokens import Control, tokenizer

Ids = tuple[int, ...]
# Parts of a premise share a quarter of their tokens, so that hardly a fact is torn.
_SHARED = 4


class Windows:
    """A tokenizer and the window of its model. Nothing in a text is read as a control token, and nothing is cut off.
    Safe to share between threads."""

    def __init__(self, made: Tokenizer, window: int) -> None:
        self._tokenizer, self._window, self._control = made, window, Control(made)
        self._around, self._around_two = (made.num_special_tokens_to_add(is_pair=pair) for pair in (False, True))

    def room(self, prefix: str) -> int:
        """Tokens of a text that fit behind a prefix."""
        return self._window - self._around - len(self._encoded(prefix).ids)

    def of(self, text: str, prefix: str = "") -> list[Ids]:
        """A text behind a prefix: as it is where it fits the window, else in parts of like length, each behind the
        prefix."""
        whole = self._encoded(prefix + text)
        if len(whole.ids) <= self._window - self._around:
            return [tuple(self._tokenizer.post_process(whole).ids)]
        parts, before = self._encoded(text), self._encoded(prefix)
        number = -(-len(parts.ids) // self.room(prefix))
        behind = (Encoding.merge([before, part]) for part in _cut(parts, -(-len(parts.ids) // number), 0))
        return [tuple(self._tokenizer.post_process(one).ids) for one in behind]

    def pairs(self, first: str, second: str) -> list[tuple[Ids, Ids]]:
        """Two texts as a model of pairs is given them: the tokens of the first, and those of the second where the model
        tells them apart by a number, else all with the first. Of a first text that exceeds the window each part with
        the second; none where the second leaves it less than half of the window."""
        statement = self._encoded(second)
        room = self._window - self._around_two - len(statement.ids)
        if room < self._window // 2:
            return []
        return [self._pair(part, statement) for part in _cut(self._encoded(first), room, room // _SHARED)]

    def _pair(self, first: Encoding, second: Encoding) -> tuple[Ids, Ids]:
        both = self._tokenizer.post_process(first, second)
        ids, types = both.ids, both.type_ids
        split = types.index(1) if 1 in types else len(ids)
        return tuple(ids[:split]), tuple(ids[split:])

    def _encoded(self, text: str) -> Encoding:
        return self._tokenizer.encode(self._control.broken(text), add_special_tokens=False)


def _cut(encoding: Encoding, size: int, shared: int) -> list[Encoding]:
    """Parts of at most `size` tokens, of which each begins with so many of the one before."""
    encoding.truncate(size, stride=shared)
    return [encoding, *encoding.overflowing]


def windows_of(card: EncoderCard, built: BuiltModel) -> Windows:
    """Those of a card over its built tokenizer. Raises CardInvalid where the model has fewer positions than the card
    says, ModelCorrupt where a file can't be read."""
    check_positions(card, configuration(built))
    return Windows(tokenizer(built.tokenizer), card.window)


def check_positions(card: EncoderCard, config: Mapping[str, Any]) -> None:
    """Raises CardInvalid where the model has fewer than the card says."""
    found = positions(config)
    if found is not None and card.window > found:
        raise CardInvalid(f"{card.id}: 'window' is {card.window}, the model has {found} positions")


def configuration(built: BuiltModel) -> dict[str, Any]:
    """The model's config.json. Raises ModelCorrupt."""
    file = built.hf / "config.json"
    try:
        found: dict[str, Any] = dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    return found


def labels(built: BuiltModel) -> Sequence[str]:
    """The names of the model's labels, by their numbers. Raises ModelCorrupt."""
    try:
        by_number = {int(number): str(label) for number, label in configuration(built)["id2label"].items()}
        return [by_number[n] for n in range(len(by_number))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{built.hf / 'config.json'} says no labels: {error}") from error
