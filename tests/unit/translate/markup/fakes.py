"""Translators that need no model and whose sentences are known."""

import re
from collections.abc import Callable

from polygist.types import SentencePair, Span, TranslatedText, Usage

_SENTENCE = re.compile(r"\S.*?(?:[.!?]+[“”»\"]*(?=\s|$)|$)", re.MULTILINE)


class Fake:
    """Translates sentence by sentence with a function, and counts the texts that it was given."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate
        self.asked: list[str] = []

    async def __call__(self, text: str) -> TranslatedText:
        self.asked.append(text)
        parts: list[str] = []
        pairs: list[SentencePair] = []
        done = 0
        for found in _SENTENCE.finditer(text):
            parts.append(text[done : found.start()])
            start = sum(map(len, parts))
            parts.append(self._translate(found.group()))
            pairs.append(SentencePair(Span(*found.span()), Span(start, start + len(parts[-1]))))
            done = found.end()
        return TranslatedText("".join((*parts, text[done:])), (), Usage(segments=1), tuple(pairs))


def backwards(sentence: str) -> str:
    """The words in the other order, each with its punctuation; what ends the sentence stays at its end.

    >>> backwards("One two, three.")
    'three two, One.'
    """
    body = sentence.rstrip('.!?“”»"')
    return " ".join(reversed(body.split(" "))) + sentence[len(body) :]


def by_table(table: dict[str, str]) -> Callable[[str], str]:
    """Says what a table says, and "?" for everything else."""
    return lambda text: table.get(text, "?")
