"""Boilerplate: notices, calls to subscribe, captions, bylines and agency lines, in the three languages alike."""

import re
import tomllib
from functools import cache
from importlib.resources import files

_LONGEST = 400
_LABEL = re.compile(r":\s")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_NAME = r"(?:[^\W\d_]\.\s?)*[^\W\d_][\w'’ʼ.-]*"


def is_notice(text: str) -> bool:
    """Whether a block or sentence is no content: 'Read more: …' -> True. All languages' patterns are tried.

    What somebody is reported to say is content: 'The story will be updated, she said.' -> False; not so after a label.
    """
    match = _notice().match(text) if len(text) <= _LONGEST else None
    if match is None:
        return False
    tag = _tag().search(text, match.end())
    return tag is None or _LABEL.search(text, 0, tag.start()) is not None


def is_rule(text: str) -> bool:
    """Whether a line has no letter and no digit and is drawn with signs: '* * *', '-----' -> True."""
    return len(text) <= _LONGEST and text.isascii() and not _LETTER_OR_DIGIT.search(text)


def is_byline(text: str) -> bool:
    """Whether a short line names its author: 'Von Jane Doe und Max Muster', 'By Jane Doe, Kyiv' -> True."""
    if len(text) > 120:
        return False
    match = _byline().match(text)
    if match is None:
        return False
    joiners, words = _joiners(), re.findall(_NAME, text[match.end() :])
    names = [w for w in words if w.casefold() not in joiners]
    return len(names) >= 2 and all(n[0].isupper() for n in names) and not text.endswith(("!", "?"))


def without_label(text: str) -> str:
    """A byline without the word before its names: 'Von Jane Doe' -> 'Jane Doe', 'Jane Doe' -> 'Jane Doe'."""
    return _byline().sub("", text, count=1)


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    raw = files(__package__).joinpath("notices.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


@cache
def _notice() -> re.Pattern[str]:
    patterns = [p for language in _data().values() for p in language["notices"]]
    return re.compile(r"[\W_]{0,4}(?:" + "|".join(patterns) + ")", re.IGNORECASE)


@cache
def _tag() -> re.Pattern[str]:
    tags = [p for language in _data().values() for p in language["tags"]]
    return re.compile(r",[\"”“»«]?\s*(?:[–—-]\s*)?(?:" + "|".join(tags) + ")", re.IGNORECASE)


@cache
def _byline() -> re.Pattern[str]:
    words = [w for language in _data().values() for w in language["byline"]]
    return re.compile(r"^\W{0,2}(?:" + "|".join(words) + r")(?::\s*|\s+)")


@cache
def _joiners() -> frozenset[str]:
    return frozenset(w for language in _data().values() for w in language["joiners"])
