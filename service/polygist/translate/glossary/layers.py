"""Glossaries over each other."""

from collections.abc import Sequence
from typing import Protocol

from polygist.translate.glossary.terms import Match


class Finder(Protocol):
    """Finds terms in texts: a glossary, or several."""

    def find(self, text: str) -> list[Match]:
        """The terms in `text`, in order and apart from each other. Linear in the text."""
        ...


class Layers:
    """Two glossaries or more, the first over the others.

    Of terms of different glossaries that overlap in a text the earlier one stands, of those that begin together the
    longer one, of those of one place that of the upper glossary.
    """

    def __init__(self, glossaries: Sequence[Finder]) -> None:
        self._glossaries = glossaries

    def find(self, text: str) -> list[Match]:
        """See `Finder`."""
        found = [
            (match.span.start, -match.span.end, layer, match)
            for layer, g in enumerate(self._glossaries)
            for match in g.find(text)
        ]
        chosen: list[Match] = []
        for *_, match in sorted(found, key=lambda item: item[:3]):
            if not chosen or chosen[-1].span.end <= match.span.start:
                chosen.append(match)
        return chosen
