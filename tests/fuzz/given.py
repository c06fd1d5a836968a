"""Bytes as the texts of callers."""

from itertools import islice

LANGUAGES = ("uk", "de", "en")
# Code points; what grows with the square of it takes far too long.
MOST = 20_000
_DIGITS = b"1234567"


def text_of(data: bytes) -> tuple[str, str]:
    """A language and a text: "en", "abab" of b"e1ab".

    The first byte says which language, in the second a digit stands for a power of 4: how often the text comes. What
    is no UTF-8 becomes lone surrogates.
    """
    head, rest = data[:2].ljust(2, b"0"), data[2:].decode("utf-8", "surrogateescape")
    times = 4 ** (_DIGITS.find(head[1:]) + 1)
    return LANGUAGES[head[0] % 3], "".join(islice((c for _ in range(times) for c in rest), MOST))


def texts_of(data: bytes) -> tuple[str, list[str]]:
    """As `text_of`, in parts: what stands between form feeds."""
    language, text = text_of(data)
    return language, text.split("\f")
