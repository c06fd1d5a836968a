"""Text as a row of pieces: what is translated, and what stays as it is between and around it.

The pieces joined give the text back exactly, so a translation keeps every blank line, indentation, list marker and all
that stands between sentences; a line break inside a sentence is put back at the matching place of its translation.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from polygist.translate.verbatim import has_words

# Finds the sentences of a whole text: ranges in code points, in order, apart from each other.
Splitter = Callable[[str], Sequence[tuple[int, int]]]

_LINE_ENDS = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_SPACES = re.compile(r"\s++")
_LINE_END = re.compile(rf"[{_LINE_ENDS}]")
# White space in a sentence that a translation has to have as well: a line break with all around it, or two spaces.
_BREAK = re.compile(rf"(?<!\s)(?:[^\S{_LINE_ENDS}]*+[{_LINE_ENDS}]\s*+|[^\S{_LINE_ENDS}]{{2,}}+)")
# So many spaces in a line, or a tab, part cells.
_WIDE = 3
# Words with another space than the usual one between them.
_HARD = re.compile(rf"(?<!\S)(\S++)([^\S {_LINE_ENDS}])(?=(\S++))")
_AROUND_WORDS = ".,;:!?…()[]\"'“”„«»"
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

    Tabs and three spaces or more part sentences, too: what stands between them is translated by itself, as cells of a
    table are.

    "Hi there.  Bye.\\n" -> [Hi there.][  ][Bye.][\\n]    (brackets: a piece)
    """
    found: list[Piece] = []
    done = 0
    for start, end in (*_cells(text, split(text)), (len(text), len(text))):
        if done < start:
            found.append(Piece(text[done:start], done, False, False))
        if start < end:
            sentence = text[start:end]
            found.append(Piece(sentence, start, True, has_words(sentence)))
        done = end
    return found


def _cells(text: str, sentences: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of sentences between tabs and wide spaces."""
    for start, end in sentences:
        for gap in _SPACES.finditer(text, start, end):
            space = gap.group()
            if ("\t" in space or len(space) >= _WIDE) and not _LINE_END.search(space):
                if start < gap.start():
                    yield start, gap.start()
                start = gap.end()
        if start < end:
            yield start, end


def rewrap(source: str, translation: str) -> str:
    """Put the white space of a sentence into its translation.

    Line breaks and double spaces go to the space nearest to the same share of the text, each; a no-break space stands
    again between the words that it stood between, where both are there.

    >>> rewrap("one two\\n  three four", "eins zwei drei vier")
    'eins zwei\\n  drei vier'
    """
    translation = _with_hard_spaces(source, translation)
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
        last = min(last, len(spaces))
        near = bisect_left(spaces, wanted, first, last)
        beside = range(max(first, near - 1), min(last, near + 1))
        chosen = min(beside, key=lambda k: abs(spaces[k] - wanted), default=None)
        at = len(translation) if chosen is None else spaces[chosen]
        parts += [translation[done:at], found.group()]
        done = min(at + 1, len(translation))
        first = len(spaces) if chosen is None else chosen + 1
    return "".join((*parts, translation[done:]))


def _with_hard_spaces(source: str, translation: str) -> str:
    """A translation (single spaces) with the no-break and thin spaces of its source."""
    hard = {(_bare(m[1]), _bare(m[3])): m[2] for m in _HARD.finditer(source)}
    if not hard:
        return translation
    words = translation.split(" ")
    gaps = [hard.get((_bare(one), _bare(other)), " ") for one, other in pairwise(words)]
    return "".join(chain.from_iterable(zip(words, (*gaps, ""), strict=True)))


def _bare(word: str) -> str:
    return word.strip(_AROUND_WORDS).casefold()


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
