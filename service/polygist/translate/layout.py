"""Text as a row of pieces: what is translated, and what stays as it is between and around it.

The pieces joined give the text back exactly, so a translation keeps every blank line, indentation, list marker and all
that stands between sentences; a line break inside a sentence is put back at the matching place of its translation.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from polygist.translate.verbatim import has_words

# Finds the sentences of a whole text: ranges in code points, in order, apart from each other.
Splitter = Callable[[str], Sequence[tuple[int, int]]]

# A line break with the white space around it.
_BREAK = re.compile(r"[^\S\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]\s*")
_BOUNDARIES = tuple(re.compile(p) for p in (r"[;:]\s+|\s[–—-]\s+", r",\s+", r"\s+"))


@dataclass(frozen=True)
class Piece:
    """A part of a text; `start` is its code-point offset.

    A `sentence` is what the splitter found, all else stands between; only those `translatable` go to a model.
    """

    text: str
    start: int
    sentence: bool
    translatable: bool


def pieces(text: str, split: Splitter) -> list[Piece]:
    """Cut `text` into its sentences and what stands between them. Joined, they are `text`.

    "Hi there.  Bye.\\n" -> [Hi there.][  ][Bye.][\\n]    (brackets: a piece)
    """
    found: list[Piece] = []
    done = 0
    for start, end in (*split(text), (len(text), len(text))):
        if done < start:
            found.append(Piece(text[done:start], done, False, False))
        if start < end:
            sentence = text[start:end]
            found.append(Piece(sentence, start, True, has_words(sentence)))
        done = end
    return found


def rewrap(source: str, translation: str) -> str:
    """Put the line breaks of a sentence into its translation, each at the space nearest to the same share of the text.

    >>> rewrap("one two\\n  three four", "eins zwei drei vier")
    'eins zwei\\n  drei vier'
    """
    breaks = list(_BREAK.finditer(source))
    if not breaks:
        return translation
    spaces = [m.start() for m in re.finditer(" ", translation)]
    parts: list[str] = []
    done = first = 0
    for i, found in enumerate(breaks):
        # Leave a space for each break that follows; a translation with too few words gets the last ones at its end.
        last = max(first + 1, len(spaces) - len(breaks) + i + 1)
        wanted = found.start() / len(source) * len(translation)
        chosen = min(range(first, min(last, len(spaces))), key=lambda k: abs(spaces[k] - wanted), default=None)
        at = len(translation) if chosen is None else spaces[chosen]
        parts += [translation[done:at], found.group()]
        done = min(at + 1, len(translation))
        first = len(spaces) if chosen is None else chosen + 1
    return "".join((*parts, translation[done:]))


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


def _boundary(text: str) -> int:
    """Where to cut `text`: after the strongest boundary in its middle half, or in the middle."""
    low, high = len(text) // 4, len(text) - len(text) // 4
    for pattern in _BOUNDARIES:
        ends = [m.end() for m in pattern.finditer(text, low, high) if m.end() < len(text)]
        if ends:
            return min(ends, key=lambda end: abs(end - len(text) // 2))
    return len(text) // 2
