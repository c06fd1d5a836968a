"""Are addresses, e-mail addresses, @names, #hashtags and placeholders of the source in the translation as they are?

Placeholders are what programs fill in: {name}, {{name}}, ${name}, %s, %(name)s. Capitals count: {Name} is not {name}.
"""

import re

from polygist.translate.guard.side import Side
from polygist.translate.verbatim import kept

# "#1" is a rank or an issue, and "Nummer 1" elsewhere.
_NUMBERED = re.compile(r"#\d++")


def lost(source: Side, target: Side) -> bool:
    """Whether one is missing in the target, or one was added: "See a@b.org" -> "Siehe a@b.de" True."""
    return _kept(source.text) != _kept(target.text)


def _kept(text: str) -> frozenset[str]:
    found = (text[start:end] for start, end in kept(text))
    return frozenset(part for part in found if not _NUMBERED.fullmatch(part))
