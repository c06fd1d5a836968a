"""Between the sentences of an article and the tokens of a token classifier. Words are never parted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer, pre_tokenizers

from polygist.errors import CardInvalid
from polygist.store.models import BuiltModel
from polygist.store.recognizers import RecognizerCard
from polygist.summarize.encoding import check_positions, configuration, labels
from polygist.summarize.entity_labels import Scheme
from polygist.tokens import tokenizer
from polygist.types import Entity, Span

# As the corpora part words: punctuation apart, an English 's too, but "п'ять" and "Baden-Baden" are one. Stress marks
# belong to their letter.
_LETTER = r"[\w\u0300-\u036f]"
_WORD = re.compile(rf"{_LETTER}++(?:(?!['’ʼ][sS](?!{_LETTER}))['’ʼ‑-]{_LETTER}++)*+|['’ʼ][sS](?!{_LETTER})|[^\w\s]")
# Of a longer word (an address, a line of base64) that much is looked at.
_LONGEST = 100


@dataclass(frozen=True)
class Window:
    """What the model is given at once: the token ids, the words and where they stand, the first token of each (None
    where it has none)."""

    ids: tuple[int, ...]
    words: tuple[Span, ...]
    firsts: tuple[int | None, ...]


class EntityCodec:
    """Safe to share between threads. `window` bounds the tokens of a Window."""

    def __init__(self, tokenizer: Tokenizer, window: int, scheme: Scheme) -> None:
        self._tokenizer, self._window, self.scheme = tokenizer, window, scheme

    def windows(self, text: str, sentences: Sequence[Span]) -> list[list[Window]]:
        """Of each sentence its windows in order: one, unless it is longer; none where it has no letter."""
        words = [_words(text, span) for span in sentences]
        encoded = self._tokenizer.encode_batch([_cut(text, w) for w in words], is_pretokenized=True)
        pairs = zip(words, encoded, strict=True)
        return [self._fitting(text, w, e) if _has_letter(text, w) else [] for w, e in pairs]

    def _fitting(self, text: str, words: Sequence[Span], encoded: Encoding) -> list[Window]:
        if len(encoded.ids) <= self._window or len(words) == 1:
            firsts: dict[int | None, int] = {}
            for i, word in enumerate(encoded.word_ids[: self._window]):
                firsts.setdefault(word, i)
            return [Window(tuple(encoded.ids[: self._window]), tuple(words), tuple(map(firsts.get, range(len(words)))))]
        middle = len(words) // 2
        halves = [words[:middle], words[middle:]]
        parts = self._tokenizer.encode_batch([_cut(text, half) for half in halves], is_pretokenized=True)
        return [w for half, part in zip(halves, parts, strict=True) for w in self._fitting(text, half, part)]

    def entities(self, windows: Sequence[Window], labels: Sequence[Sequence[int]]) -> list[Entity]:
        """The entities of a sentence by the labels of the tokens of its windows; an entity may go on into the next."""
        words = [word for window in windows for word in window.words]
        first = [None if i is None else found[i] for w, found in zip(windows, labels, strict=True) for i in w.firsts]
        made = self.scheme.entities(first)
        return [Entity(Span(words[a].start, words[b - 1].end), type) for a, b, type in made]


def codec_of(card: RecognizerCard, built: BuiltModel) -> EntityCodec:
    """The codec of a card over its built files.

    Raises CardInvalid where a label is not known or the model has fewer positions than the card says, ModelCorrupt
    where a file can't be read.
    """
    scheme = Scheme(labels(built), card.labels)
    if scheme.unknown:
        raise CardInvalid(f"{card.id}: the model has labels that 'labels' must explain: {', '.join(scheme.unknown)}")
    check_positions(card, configuration(built))
    made = tokenizer(built.tokenizer)
    if isinstance(made.pre_tokenizer, pre_tokenizers.ByteLevel):
        made.pre_tokenizer.add_prefix_space = True  # words come one by one, and all but the first had a space
    return EntityCodec(made, card.window, scheme)


def _words(text: str, span: Span) -> list[Span]:
    return [Span(*match.span()) for match in _WORD.finditer(text, *span)]


def _has_letter(text: str, words: Sequence[Span]) -> bool:
    return any(text[i].isalpha() for start, end in words for i in range(start, min(end, start + _LONGEST)))


def _cut(text: str, words: Sequence[Span]) -> list[str]:
    return [text[start : min(end, start + _LONGEST)] for start, end in words]
