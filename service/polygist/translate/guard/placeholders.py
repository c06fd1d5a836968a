"""Are addresses, e-mail addresses, @names, #hashtags and placeholders of the source in the translation as they are?

Placeholders are what programs fill in: {name}, {{name}}, ${name}, %s, %(name)s.
"""

import re

from polygist.translate.guard.side import Side

_PLACEHOLDER = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,255}\.[\w.-]{1,255}|(?<!\w)[#@]\w+"
    r"|\$?\{{1,2}[\w.]{1,64}\}{1,2}|%\(\w{1,64}\)[sd]|(?<![\d ])%[sd]\b|(?<=[^\d] )%[sd]\b"
)
_TAIL = ".,;:!?…)]}>\"'“”«»’"


def lost(source: Side, target: Side) -> bool:
    """Whether one is missing in the target, or one was added: "See a@b.org" -> "Siehe a@b.de" True."""
    return _kept(source.text) != _kept(target.text)


def _kept(text: str) -> frozenset[str]:
    return frozenset(found.rstrip(_TAIL).casefold() for found in _PLACEHOLDER.findall(text))
