"""Are addresses, e-mail addresses, @names, #hashtags and placeholders of the source in the translation as they are?

Placeholders are what programs fill in: {name}, {{name}}, ${name}, %s, %(name)s.
"""

from polygist.translate.guard.side import Side
from polygist.translate.verbatim import kept


def lost(source: Side, target: Side) -> bool:
    """Whether one is missing in the target, or one was added: "See a@b.org" -> "Siehe a@b.de" True."""
    return _kept(source.text) != _kept(target.text)


def _kept(text: str) -> frozenset[str]:
    return frozenset(text[slice(*span)].casefold() for span in kept(text))
