"""Which lines are titles, headings and list items, by their shape alone."""

import re

_HEADING_LENGTH, _HEADING_WORDS, _QUESTION_WORDS = 90, 12, 10
_TITLE_LENGTH, _TITLE_WORDS = 200, 28
_SUBTITLE_LENGTH, _SUBTITLE_WORDS = 300, range(5, 46)
_KICKER_WORDS = 2
_MARKDOWN = re.compile(r"#{1,6}[ \t]+(?=\S)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(?P<text>[^*_]{1,200})\1$")
_EMPHASIS = re.compile(r"(?P<mark>\*{1,3}|_{1,3})(?=[^\s*_])(?P<text>[^*_\n]{1,400})(?P=mark)$")
_BULLET = re.compile(r"[-*•·▪▫◦‣●○■►▸➤→✓✔✅–—][ \t\u00a0]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_SPOKEN = re.compile(r"[–—]")
_SENTENCES = re.compile(r"[^\W\d_]{3}[.!?…]\s+[^\W\d_]")
_NEAR = 300
_MONTH = r"[Jj]an|[Ff]eb|[Mm]är|[Aa]pr|[Mm]ai|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]kt|[Nn]ov|[Dd]ez|[Mm]ar|[Oo]ct|[Dd]ec"
_NUMBER = re.compile(rf"(?:\(?\d{{1,2}}[.)]|[^\W\d_]\))[ \t\u00a0]+(?=\S)(?!{_MONTH})")
_FINAL_STOP = re.compile(r"[.…,;:][\"'»«“”’‘)\]]*$")
_EXCLAIMS = re.compile(r"[!?][\"'»«“”’‘)\]]*")
_QUOTE_OPENS = tuple("\"„“”«»‚‘'‹›—–-")


def marker(text: str) -> int:
    """The length of the heading mark of a line, 0 where there is none: '## Key facts' -> 3."""
    match = _MARKDOWN.match(text)
    return match.end() if match else 0


def bare_heading(text: str) -> tuple[int, int]:
    """The range of the words of a heading without markdown signs: '## **Key facts** ##' -> (5, 14)."""
    start = marker(text)
    end = len(text.rstrip("# \t")) if start else len(text)
    if end <= start:
        return 0, len(text)
    emphasised = _EMPHASIS.match(text, start, end)
    return emphasised.span("text") if emphasised else (start, end)


def is_marked_heading(text: str) -> bool:
    """Whether markdown says that a line is a heading ('## Key facts', '**Key facts**')."""
    return len(text) <= _TITLE_LENGTH and (bool(marker(text)) or _BOLD.match(text) is not None)


def bullet(text: str) -> int:
    """The length of a list item's bullet, 0 where there is none: '• Eins' -> 2. Dashes that open speech are none."""
    match = _BULLET.match(text)
    return 0 if match is None or (text[0] in "–—" and _is_spoken(text, match.end())) else match.end()


def _is_spoken(text: str, start: int) -> bool:
    """Whether what a dash opens is speech: it has a tag between dashes, asks, exclaims, or is several sentences."""
    several = text[0] == "—" and _SENTENCES.search(text, start, _NEAR) is not None
    return several or text[-1] in "?!" or _SPOKEN.search(text, start, _NEAR) is not None


def number(text: str) -> int:
    """The length of a list item's number, 0 where there is none: '2) Zwei' -> 3; '24. Februar' -> 0."""
    match = _NUMBER.match(text)
    return match.end() if match else 0


def is_title(text: str) -> bool:
    """Whether a first line can be the title: short, with letters, without a final stop."""
    return _is_headline(text, _TITLE_LENGTH, _TITLE_WORDS) and not text.startswith(("—", "–", "- "))


def is_heading(text: str) -> bool:
    """Whether a line can be a heading. Lines that open with a quotation mark or dash are speech."""
    opening = text[:1]
    if opening in _QUOTE_OPENS or opening.islower() or opening in "([@$€£":
        return False
    return _is_headline(text, _HEADING_LENGTH, _HEADING_WORDS)


def is_subtitle(text: str) -> bool:
    """Whether a line below a title goes on with it: longer than a heading can be short, without a final stop."""
    if len(text) > _SUBTITLE_LENGTH or text[:1] in "–—-" or len(text.split()) not in _SUBTITLE_WORDS:
        return False
    return not _FINAL_STOP.search(text[-6:]) and not text.endswith("!") and any(map(str.isalpha, text))


def is_emphasised(text: str) -> bool:
    """Whether markdown sets all of a line in italics or bold: '*What the council decided*' -> True."""
    return len(text) <= _SUBTITLE_LENGTH and _EMPHASIS.match(text) is not None


def is_kicker(text: str) -> bool:
    """Whether a line names the part of a paper above a title: 'POLITICS', 'WORLD NEWS' -> True."""
    return len(text) <= _HEADING_LENGTH and text.isupper() and len(text.split()) <= _KICKER_WORDS


def _is_headline(text: str, length: int, words: int) -> bool:
    if len(text) > length or _FINAL_STOP.search(text[-6:]) or not any(c.isalpha() for c in text):
        return False
    count = len(text.split())
    if count > words or not re.search(r"[^\W\d_]{2}", text):
        return False
    exclamations = len(_EXCLAIMS.findall(text))
    if _EXCLAIMS.search(text[-4:]):  # "Ladies and gentlemen!" greets; "What happens next?" heads
        asks = "?" in text[-4:] and count <= _QUESTION_WORDS
        return exclamations == 1 and count >= 3 and (asks or length == _TITLE_LENGTH)
    return exclamations == 0 or length == _TITLE_LENGTH
