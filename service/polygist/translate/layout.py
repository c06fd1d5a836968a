"""Text as a row of pieces: what is translated, and what stays as it is between and around it.

The pieces joined give the text back exactly, so a translation keeps every line break, blank line, indentation, list
marker and run of spaces.

    "Hi there. Bye.\\n  - One\\n" -> [Hi there.][ ][Bye.][\\n][  - ][One][\\n]    (brackets: a piece)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

# Finds the sentences of one line: spans in order that cover every character that is no white space.
Splitter = Callable[[str], list[tuple[int, int]]]

# Bullets, numbers and Markdown marks at the start of a line, with the space after them.
_MARKER = re.compile(r"\s*(?:(?:[-*+•◦▪‣·–—]|#{1,6}|>|\(?\d{1,3}[.)]|[A-Za-zА-Яа-яІЇЄҐіїєґ]\))\s+)*")
_URL_OR_MAIL = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,255}\.[\w.-]{1,255}|[#@]\w+")


@dataclass(frozen=True)
class Piece:
    """A part of a text; `start` is its code-point offset. Only pieces with `translatable` go to a model."""

    text: str
    start: int
    translatable: bool


def has_words(text: str) -> bool:
    """Whether there is anything to translate once addresses, hashtags and numbers are taken away."""
    return any(c.isalpha() for c in _URL_OR_MAIL.sub("", text))


def pieces(text: str, split: Splitter) -> list[Piece]:
    """Cut `text` into pieces, sentence by sentence and line by line. Joined, they are `text`."""
    found: list[Piece] = []

    def add(start: int, end: int, translatable: bool) -> None:
        if start < end:
            part = text[start:end]
            found.append(Piece(part, start, translatable and has_words(part)))

    offset = 0
    for line in text.splitlines(keepends=True):
        content = line.rstrip()
        begin = match.end() if (match := _MARKER.match(content)) else 0
        add(offset, offset + begin, False)
        done = begin
        for start, end in split(content[begin:]):
            add(offset + done, offset + begin + start, False)
            add(offset + begin + start, offset + begin + end, True)
            done = begin + end
        add(offset + done, offset + len(line), False)
        offset += len(line)
    return found


def clauses(sentence: str, count: Callable[[str], int], limit: int) -> list[str]:
    """Cut a sentence that has more than `limit` tokens, at the best boundary near its middle, until every part fits.

    `count` gives the tokens of a text. Best are ; : and dashes, then commas, then spaces; a run without any is cut
    where it must be. The parts joined give the sentence back; white space stays at the end of a part.
    """
    waiting, done = [sentence], []
    while waiting:
        part = waiting.pop()
        if len(part) < 2 or count(part) <= limit:
            done.append(part)
            continue
        at = _boundary(part)
        waiting += [part[at:], part[:at]]
    return done


_BOUNDARIES = tuple(re.compile(p) for p in (r"[;:]\s+|\s[–—-]\s+", r",\s+", r"\s+"))


def _boundary(text: str) -> int:
    """Where to cut `text`: after the strongest boundary in its middle half, or in the middle."""
    low, high = len(text) // 4, len(text) - len(text) // 4
    for pattern in _BOUNDARIES:
        ends = [m.end() for m in pattern.finditer(text, low, high) if m.end() < len(text)]
        if ends:
            return min(ends, key=lambda end: abs(end - len(text) // 2))
    return len(text) // 2
