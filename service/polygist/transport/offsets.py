"""Code-point offsets in the unit that the caller counts in."""

from collections.abc import Callable
from enum import Enum, auto
from itertools import accumulate


class OffsetUnit(Enum):
    """What an offset of 1 means."""

    CODE_POINT = auto()
    UTF8_BYTE = auto()
    UTF16_CODE_UNIT = auto()


def _utf8(c: str) -> int:
    return 1 if c < "\x80" else 2 if c < "\u0800" else 3 if c < "\U00010000" else 4


def _utf16(c: str) -> int:
    return 1 if c < "\U00010000" else 2


_WIDTH: dict[OffsetUnit, Callable[[str], int]] = {OffsetUnit.UTF8_BYTE: _utf8, OffsetUnit.UTF16_CODE_UNIT: _utf16}


class Offsets:
    """Converts code-point offsets of one text.

    >>> Offsets("a😀b", OffsetUnit.UTF16_CODE_UNIT).convert(2)
    3
    """

    def __init__(self, text: str, unit: OffsetUnit) -> None:
        width = _WIDTH.get(unit)
        self._table = None if width is None else list(accumulate(map(width, text), initial=0))

    def convert(self, offset: int) -> int:
        """The offset in the unit, for 0 <= offset <= len(text)."""
        return offset if self._table is None else self._table[offset]
