"""What is no content: notices, calls to subscribe, captions, bylines and agency lines, in the three languages alike."""

import re
from functools import cache

from polygist.document.phrases import alternatives, phrases

_LONGEST = 400
_LONGEST_BYLINE = 120
_LONGEST_CAPTION, _CREDIT_LENGTH = 300, 100
_ROLE_WORDS = 10
_LABEL = re.compile(r":\s")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
# A letter comes behind each initial, so that there is one way only to tell initials from the word after them.
_WORD = r"[^\W\d_][\w'’ʼ.-]*+"
_NAME = rf"(?:[^\W\d_]\.\s?(?=[^\W\d_]))*+{_WORD}"
_NAMES = rf"(?:(?:[^\W\d_]\.\s(?=[^\W\d_]))++{_WORD}(?:\s{_NAME}){{0,%d}}+|{_WORD}(?:\s{_NAME}){{1,%d}}+)"
_NAMED = re.compile(rf"{_NAMES % (3, 3)}(?=\s?[,|–—·•(/])")
_SIGNATURE = re.compile(rf"[—–-]{{1,2}}\s?(?P<name>{_NAMES % (4, 4)})(?:[,(]\s?[^.!?]{{2,80}})?$")


def is_notice(text: str) -> bool:
    """Whether a block or sentence is no content: 'Read more: …' -> True. All languages' patterns are tried.

    What somebody is reported to say is content: 'The story will be updated, she said.' -> False; not so after a label.
    """
    return _opens_with("notices", text)


def is_caption(text: str) -> bool:
    """Whether a block or sentence tells of a picture, or names its maker: 'Foto: dpa', 'Image caption, …' -> True."""
    return _opens_with("captions", text)


def is_credited(text: str) -> bool:
    """Whether a block ends with the maker of a picture: 'The bridge at dawn. Photo: Jane Doe/AP' -> True."""
    return len(text) <= _LONGEST_CAPTION and _credit().search(text, max(0, len(text) - _CREDIT_LENGTH)) is not None


def is_rule(text: str) -> bool:
    """Whether a line has no letter and no digit and is drawn with signs: '* * *', '-----' -> True."""
    return len(text) <= _LONGEST and text.isascii() and not _LETTER_OR_DIGIT.search(text)


def is_byline(text: str) -> bool:
    """Whether a short line names its author: 'Von Jane Doe und Max Muster', 'Jane Doe, Political Editor' -> True."""
    if len(text) > _LONGEST_BYLINE or text.endswith(("!", "?")):
        return False
    match = _byline().match(text)
    if match is None:
        return _has_role(text)
    joiners, words = set(phrases("joiners")), re.findall(_NAME, text[match.end() :])
    names = [w for w in words if w.casefold() not in joiners]
    return len(names) >= 2 and all(n[0].isupper() for n in names)


def is_signature(text: str) -> bool:
    """Whether a line says after a dash whose words stand before it: '— Jane Doe, head coach' -> True."""
    match = _SIGNATURE.match(text) if len(text) <= _LONGEST_BYLINE else None
    return match is not None and all(n[0].isupper() for n in match["name"].split())


def without_label(text: str) -> str:
    """A byline without the word before its names: 'Von Jane Doe' -> 'Jane Doe', 'Jane Doe' -> 'Jane Doe'."""
    return _byline().sub("", text, count=1)


def _has_role(text: str) -> bool:
    """'Jane Doe, Political Editor' -> True: two to four capitalised words, and what their bearer does at a paper."""
    name = _NAMED.match(text)
    if name is None or len(text.split()) > _ROLE_WORDS or text.endswith((".", ":")):
        return False
    return all(n[0].isupper() for n in name[0].split()) and _role().search(text, name.end()) is not None


def _opens_with(key: str, text: str) -> bool:
    match = _opening(key).match(text) if len(text) <= _LONGEST else None
    if match is None:
        return False
    tag = _tag().search(text, match.end())
    return tag is None or _LABEL.search(text, 0, tag.start()) is not None


@cache
def _opening(key: str) -> re.Pattern[str]:
    return re.compile(rf"[\W_]{{0,4}}(?:{'|'.join(phrases(key))})", re.IGNORECASE)


@cache
def _tag() -> re.Pattern[str]:
    return re.compile(rf",[\"”“»«]?\s*(?:[–—-]\s*)?(?:{'|'.join(phrases('tags'))})", re.IGNORECASE)


@cache
def _byline() -> re.Pattern[str]:
    return re.compile(rf"^\W{{0,2}}(?:{'|'.join(phrases('byline'))})(?::\s*|\s+)")


@cache
def _role() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives('roles')})(?!\w)", re.IGNORECASE)


@cache
def _credit() -> re.Pattern[str]:
    maker = r"\s?[^\n.!?:\"„“”«»]{2,70}"
    set_off = r"(?:^|(?<=[.!?)\]|/–—“”\"»]\s)|(?<=[(\[|/]))"
    label = rf"(?:(?:{alternatives('credits')})\s?[:/]|©|📷:?)"
    pictures = alternatives("picture_agencies")
    slashed = rf"(?:^|(?<=[.!?]\s)|(?<=[(\[]))(?:{pictures}|{alternatives('agencies')})/{maker}"
    return re.compile(rf"(?:{set_off}{label}{maker}|{slashed}|[|/(\[]\s?(?:{pictures}))[)\]]?\.?$")
