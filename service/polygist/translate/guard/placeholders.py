"""Are addresses, e-mail addresses, @names, #hashtags and placeholders of the source in the translation as they are?

Placeholders are what programs fill in: {name}, {{name}}, ${name}, %s, %(name)s. Capitals count: {Name} is not {name}.
"""

import re

from polygist.translate.guard.side import Side

_PLACEHOLDER = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,255}\.[\w.-]{1,255}|(?<!\w)[#@]\w+"
    r"|\$?\{{1,2}[\w.]{1,64}\}{1,2}|%\(\w{1,64}\)[sd]|(?<![\d ])%[sd]\b|(?<=[^\d] )%[sd]\b"
)
# "#1" is a rank or an issue, and "Nummer 1" elsewhere.
_NUMBERED = re.compile(r"#\d++")
_TAIL = ".,;:!?…)]}>\"'“”«»’"


def lost(source: Side, target: Side) -> bool:
    """Whether one is missing in the target, or one was added: "See a@b.org" -> "Siehe a@b.de" True."""
    return _kept(source.text) != _kept(target.text)


def spans(text: str) -> list[tuple[int, int]]:
    """Where they stand in a text, in order."""
    return [(m.start(), m.start() + len(m.group().rstrip(_TAIL))) for m in _PLACEHOLDER.finditer(text)]


def _kept(text: str) -> frozenset[str]:
    found = (text[start:end] for start, end in spans(text))
    return frozenset(part for part in found if not _NUMBERED.fullmatch(part))
