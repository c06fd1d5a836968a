"""Builds a document from what a parser meets, in source order: text, tags, points, and the borders of blocks.

It alone knows how runs come to be, so HTML and Markdown make the same ones. Its limits bound what hostile markup costs:
a run with too many marks, or too deep ones, ends there, which loses nothing but the connection of its sentences.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from polygist.translate.markup.addresses import with_literal_addresses
from polygist.translate.markup.runs import Document, Escape, Mark, Run, Stretch
from polygist.translate.verbatim import has_words
from polygist.types import Span

MOST_MARKS = 128
DEEPEST = 16
# Code points of a literal that the translator sees as a word of its sentence; a longer one is a point to it.
LONGEST_WORD = 60

# Tags one in another around the text of a link.
_NESTED = 8
_TAGS = re.compile(rf"(?:<\w[^<>]*+>){{0,{_NESTED}}}+")
_SPACE = re.compile(r"[ \t\n\f\r]+")


@dataclass
class _Item:
    """What was met: its place in the source, `text` it shows, and the `name` of a tag."""

    start: int
    end: int
    text: str = ""
    name: str = ""
    kind: str = "text"  # or space, open, close, point, literal, break
    partner: "_Item | None" = field(default=None, repr=False)
    verbatim: str = ""


class Builder:
    """Collects the items of a run until a border, then makes the run, where it has words."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._items: list[_Item] = []
        self._marks = 0
        self._open: list[_Item] = []
        self._runs: list[Run] = []
        self.escape: Escape = lambda text, before, after: text

    def text(self, text: str, start: int, end: int) -> None:
        """Text that the source says between two places."""
        if not text:
            return
        same = text == self._source[start:end]
        if self._items and self._items[-1].kind == "break" and same and (space := _SPACE.match(text)):
            self._items[-1].end += space.end()
            text, start = text[space.end() :], start + space.end()
        if text:
            self._items.append(_Item(start, end, text))

    def space(self, start: int, end: int) -> None:
        """Source that counts as white space."""
        if self._items and self._items[-1].kind == "break":
            self._items[-1].end = end
        else:
            self._items.append(_Item(start, end, kind="space"))

    def opens(self, name: str, start: int, end: int) -> None:
        """A piece of markup that lasts until `closes` with the same name."""
        if len(self._open) >= DEEPEST or self._apart(name, end):
            self.border()
        item = self._mark(_Item(start, end, name=name, kind="open"))
        self._open.append(item)

    def closes(self, name: str, start: int, end: int, verbatim: str = "") -> None:
        """The end of the nearest open markup of this name; `verbatim` is written for it in a translated run."""
        item = self._mark(_Item(start, end, name=name, kind="close", verbatim=verbatim))
        at = next((i for i in range(len(self._open) - 1, -1, -1) if self._open[i].name == name), None)
        if at is not None:
            item.partner, self._open[at].partner = self._open[at], item
            del self._open[at:]

    def point(self, start: int, end: int) -> None:
        """Markup without text of its own."""
        self._mark(_Item(start, end, kind="point"))

    def literal(self, text: str, start: int, end: int) -> None:
        """Source that shows `text` and stays as it is: code, an address, a name that is not translated."""
        shown = " ".join(text.split())
        kind = "literal" if shown and len(shown) <= LONGEST_WORD else "point"
        self._mark(_Item(start, end, text=shown if kind == "literal" else "", kind=kind))

    def line_break(self, start: int, end: int) -> None:
        """A break inside a block; two on end are a border."""
        if self._items and self._items[-1].kind == "break":
            self.border()
        else:
            self._mark(_Item(start, end, text="\n", kind="break"))

    def border(self) -> None:
        """The end of a block, or the start of the next."""
        run = _run(self._source, self._items, self.escape) if self._items else None
        if run:
            self._runs.append(run)
        self._items, self._open, self._marks = [], [], 0

    def document(self) -> Document:
        """Everything met so far."""
        self.border()
        return Document(self._source, tuple(self._runs))

    def _apart(self, name: str, end: int) -> bool:
        """Whether markup that opens at once where its like has closed begins another text: only style keeps them apart.

        Two links do, where a letter or digit stands on both sides; of other markup the end and the start have to look
        like those of words ("LeeMay", "Lee3"): half a word may be bold, and the other half, too.
        """
        near = [item for item in self._items[: -_NESTED - 1 : -1] if item.kind != "point"]
        if not near or (near[0].kind, near[0].name) != ("close", name):
            return False
        before = next((item.text[-1:] for item in near if item.kind not in ("open", "close")), "")
        inside = _TAGS.match(self._source, end)
        after = self._source[inside.end() : inside.end() + 1] if inside else ""
        if name == "a":
            return before.isalnum() and after.isalnum()
        ends, begins = before.islower() or before.isdecimal(), after.isupper() or after.isdecimal()
        return ends and begins and not (before.isdecimal() and after.isdecimal())

    def _mark(self, item: _Item) -> _Item:
        if self._marks >= MOST_MARKS:
            self.border()
        self._marks += 1
        self._items.append(item)
        return item


def _run(source: str, items: list[_Item], escape: Escape) -> Run | None:
    items = _trimmed(items)
    if not items:
        return None
    span = Span(items[0].start, items[-1].end)
    written = _Writer(source, span.start)
    for item in items:
        written.add(item)
    text = written.text()
    if not has_words("".join(i.text for i in items if i.kind == "text")):
        return None
    run = Run(text, written.marks(), span, written.stretches(), escape)
    return with_literal_addresses(run, source, MOST_MARKS)


def _trimmed(items: list[_Item]) -> list[_Item]:
    """The items without markup and white space around all text, and white space at the ends of the text itself."""
    shown = [i for i, item in enumerate(items) if item.kind == "literal" or item.text.strip(" \t\n\f\r")]
    if not shown:
        return []
    # What opens before the first text and closes after it stays, unless it is around all of it.
    place = {id(item): i for i, item in enumerate(items)}
    first, last = 0, len(items)
    while first < last:
        opened, closed = place.get(id(items[first].partner), -1), place.get(id(items[last - 1].partner), len(items))
        if _bare(items[first]) or first < opened < shown[0]:
            first = max(first, opened) + 1
        elif _bare(items[last - 1]) or shown[-1] < closed < last:
            last = min(last - 1, closed)
        elif opened == last - 1:
            first, last = first + 1, last - 1
        else:
            break
    kept = items[first:last]
    if kept:
        kept[0] = _without_space(kept[0], before=True)
        kept[-1] = _without_space(kept[-1], before=False)
    return kept


def _bare(item: _Item) -> bool:
    """Whether an item at the edge of a run can stay out of it."""
    if item.kind == "text":
        return not item.text.strip(" \t\n\f\r")
    return item.kind in ("space", "point", "break") or (item.kind in ("open", "close") and item.partner is None)


def _without_space(item: _Item, before: bool) -> _Item:
    if item.kind != "text" or item.end - item.start != len(item.text):
        return item
    text = item.text.lstrip(" \t\n\f\r") if before else item.text.rstrip(" \t\n\f\r")
    cut = len(item.text) - len(text)
    return _Item(item.start + (cut if before else 0), item.end - (0 if before else cut), text)


class _Writer:
    """Writes a run's text item by item, with the places of its marks and of its source."""

    def __init__(self, source: str, start: int) -> None:
        self._source, self._done = source, start
        self._parts: list[str] = []
        self._length = 0
        self._space = False  # the text ends in white space
        self._stretches: list[Stretch] = []
        self._levels: list[tuple[_Item | None, int, list[Mark]]] = [(None, 0, [])]

    def text(self) -> str:
        return "".join(self._parts)

    def stretches(self) -> tuple[Stretch, ...]:
        return tuple(self._stretches)

    def marks(self) -> tuple[Mark, ...]:
        return tuple(self._levels[0][2])

    def add(self, item: _Item) -> None:
        if self._done < item.start:  # no parser saw it, nothing is lost
            self._put(Mark(self._length, self._length, self._source[self._done : item.start]))
        self._done = max(self._done, item.end)
        verbatim = self._source[item.start : item.end]
        if item.kind == "text":
            self._text(item)
        elif item.kind == "space":
            self._blank(Span(item.start, item.end))
        elif item.kind == "open" and item.partner:
            self._levels.append((item, self._length, []))
        elif item.kind == "close" and item.partner:
            self._close(item, verbatim)
        else:
            start = self._length
            if item.text:
                self._write(item.text, Span(item.start, item.end), same=False)
                self._space = item.kind == "break"
            self._put(Mark(start, self._length, verbatim, literal=bool(item.text)))

    def _close(self, item: _Item, verbatim: str) -> None:
        opened, start, inside = self._levels.pop()
        if opened is None:  # never, a partner is open
            return
        opening, closing = self._source[opened.start : opened.end], item.verbatim or verbatim
        if item.name == "sup" and inside and not any(c.isalpha() for p in self._since(start) for c in p):
            # The mark of a footnote is no part of the word that it follows.
            self._forget(start)
            opening, closing, inside = self._source[opened.start : item.end], "", []
        if start == self._length:  # markup around nothing but points is a point
            self._put(Mark(start, start, opening + "".join(m.opening for m in inside) + closing))
        elif len(inside) == 1 and (inside[0].start, inside[0].end) == (start, self._length) and not inside[0].literal:
            only = inside[0]
            both = (opening + only.opening, only.closing + closing)
            self._put(Mark(start, self._length, *both, children=only.children))
        else:
            self._put(Mark(start, self._length, opening, closing, children=tuple(inside)))

    def _since(self, start: int) -> list[str]:
        """The parts of the text from a place on, at which one begins."""
        first = next((i for i, s in enumerate(self._stretches) if s.start >= start), len(self._parts))
        return self._parts[first:]

    def _forget(self, start: int) -> None:
        while self._length > start:
            self._stretches.pop()
            self._length -= len(self._parts.pop())
        self._space = bool(self._parts) and self._parts[-1].isspace()

    def _put(self, mark: Mark) -> None:
        self._levels[-1][2].append(mark)

    def _text(self, item: _Item) -> None:
        if item.end - item.start != len(item.text):
            self._write(item.text.replace("\n", " "), Span(item.start, item.end), same=False)
            self._space = False
            return
        for start, end, space in _words(item.text):
            source = Span(item.start + start, item.start + end)
            if not space:
                self._write(item.text[start:end], source, same=True)
                self._space = False
            else:
                self._blank(source)

    def _blank(self, source: Span) -> None:
        marks = self._levels[-1][2]
        if not self._space:
            self._write(" ", source, same=False)
        elif marks and marks[-1].start == marks[-1].end == self._length:
            # White space on both sides of a point: it has its own.
            marks[-1] = replace(marks[-1], opening=marks[-1].opening.rstrip() + " ")
        self._space = True

    def _write(self, text: str, source: Span, same: bool) -> None:
        self._stretches.append(Stretch(self._length, source, same))
        self._parts.append(text)
        self._length += len(text)


def _words(text: str) -> Iterator[tuple[int, int, bool]]:
    """The ranges of a text by turns without and with white space."""
    done = 0
    for space in _SPACE.finditer(text):
        if done < space.start():
            yield done, space.start(), False
        yield space.start(), space.end(), True
        done = space.end()
    if done < len(text):
        yield done, len(text), False
