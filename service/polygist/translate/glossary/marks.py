"""Marks that stand for terms while a model translates: what it copies, and what is in no sentence otherwise."""

import itertools
from collections.abc import Callable, Iterable, Sequence

# Marks of one kind, in the order of their use.
Style = Callable[[], Iterable[str]]


def numbered(letter: str) -> Style:
    """Marks such as X1, X2, X3."""
    return lambda: (f"{letter}{i}" for i in itertools.count(1))


def lettered(stem: str) -> Style:
    """Marks such as XQZ, XQW, XQK."""
    return lambda: (f"{stem}{letter}" for letter in "ZWKVBDFGHJLMNPRST")


NUMBERED = tuple(numbered(letter) for letter in "XZQW")
LETTERED = tuple(lettered(stem) for stem in ("XQ", "ZX", "QX"))


def free(text: str, n: int, styles: Sequence[Style]) -> list[str]:
    """`n` marks of the first style of which none is in `text`, in any case; [] where no style has so many.

    >>> free("The X1 is a plane.", 2, NUMBERED)
    ['Z1', 'Z2']
    """
    folded = text.casefold()
    for style in styles:
        marks = list(itertools.islice(style(), n))
        if len(marks) == n and not any(mark.casefold() in folded for mark in marks):
            return marks
    return []
