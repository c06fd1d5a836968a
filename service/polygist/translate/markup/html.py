"""HTML: what of it is text to translate. The tokens come from turbohtml's tokenizer, which follows the WHATWG standard.

Kept as they are: tags with all attributes (`alt` and `title` too), comments, code, scripts, styles, `pre`, `textarea`,
what has translate="no" or the class notranslate, and what has a `lang` other than the language translated from. Inside
it translate="yes" and a matching `lang` count again. `lang` on html and body says nothing: the caller knows better.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

import turbohtml

from polygist.translate.markup.builder import Builder
from polygist.translate.markup.runs import Document

_TABLE = tomllib.loads((files(__package__) / "elements.toml").read_text("utf-8"))
_BLOCK, _VOID, _KEPT, _UNSEEN = (frozenset(_TABLE[key]) for key in ("block", "void", "kept", "unseen"))
_ENDED_BY = {name: frozenset(by) for name, by in _TABLE["ended_by"].items()}
# The values of the attribute; any other says nothing.
_TRANSLATE = {"": True, "yes": True, "no": False}
# Open inline elements that are passed on the way down to a block.
_FARTHEST = 256


def parse(text: str, language: str) -> Document:
    """The runs of an HTML document or fragment in `language` (BCP-47), "" for any. Never fails, linear in the text."""
    builder = Builder(text)
    builder.escape = escape
    reader = Reader(builder, language)
    reader.read(text, 0)
    reader.end(len(text))
    return builder.document()


def escape(text: str, before: str, after: str) -> str:
    """Text as HTML.

    >>> escape("R&D < 5", "", "")
    'R&amp;D &lt; 5'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Token(NamedTuple):
    """A token and its place; `text` is what it shows, `name` and `attributes` are those of a tag, in lower case."""

    kind: str  # text, start, end, other, or open for what has no end (a comment)
    start: int
    end: int
    text: str = ""
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an HTML text in order. Where they leave a gap (a tag cut off at the end) nothing is text."""
    # In another form of line break the tokenizer's places would differ from ours.
    plain = text.replace("\r", "\n")
    lines = [0]
    while (at := plain.find("\n", lines[-1])) >= 0:
        lines.append(at + 1)
    found = list(turbohtml.tokenize(plain, resolve_references=False, capture_source=True))
    starts = [lines[t.line - 1] + t.col for t in found] + [len(plain)]
    for i, token in enumerate(found):
        if token.type is turbohtml.TokenType.TEXT:
            yield from _texts(token.data or "", plain, starts[i], starts[i + 1])
        else:
            yield _token(token, starts[i], starts[i] + len(token.source or ""))


def _token(token: turbohtml.Token, start: int, end: int) -> Token:
    kinds = turbohtml.TokenType
    if token.type is kinds.CHARACTER_REFERENCE:
        return Token("text", start, end, token.data or "")
    if token.type in (kinds.START_TAG, kinds.END_TAG):
        kind = "start" if token.type is kinds.START_TAG else "end"
        attributes = tuple((name, value or "") for name, value in token.attrs or ())
        return Token(kind, start, end, "", token.tag or "", attributes)
    return Token("other" if (token.source or "").endswith(">") else "open", start, end)


def _texts(data: str, plain: str, start: int, end: int) -> Iterator[Token]:
    """A text token; the tokenizer leaves out `</>` in it, and a tag cut off after it at the end."""
    if plain.startswith(data, start):
        yield Token("text", start, start + len(data), data)
        return
    for part in plain[start:end].split("</>"):
        if part and data.startswith(part):
            yield Token("text", start, start + len(part), part)
            data = data[len(part) :]
        start += len(part) + len("</>")


@dataclass(frozen=True)
class _Element:
    name: str
    translated: bool


class Reader:
    """Tells a builder what HTML says; keeps its open elements from one `read` to the next."""

    def __init__(self, builder: Builder, language: str) -> None:
        self._builder, self._language = builder, language.lower().split("-")[0]
        self._open: list[_Element] = [_Element("", True)]
        self._names: Counter[str] = Counter()
        self._kept: int | None = None  # where the part that stays as it is began
        self._shown: list[str] = []
        self._kept_blocks = False

    @property
    def translates(self) -> bool:
        """Whether text at this place is translated."""
        return self._kept is None

    def read(self, text: str, start: int) -> None:
        """Read a part of the builder's source that begins at `start`."""
        for token in tokens(text):
            self.take(token._replace(start=token.start + start, end=token.end + start))

    def take(self, token: Token) -> None:
        """Read one token."""
        if token.kind == "start":
            self._start(token)
        elif token.kind == "end":
            self._end(token)
        elif token.kind == "text":
            self.text(token.text, token.start, token.end)
        elif token.kind == "open":
            self.border()
        elif self.translates:
            self._builder.point(token.start, token.end)

    def text(self, text: str, start: int, end: int) -> None:
        """Text at this place, translated or kept."""
        if self.translates:
            self._builder.text(text, start, end)
        elif self._open[-1].name not in _UNSEEN:
            self._shown.append(text)

    def border(self) -> None:
        """A border of blocks that has no tag."""
        if self.translates:
            self._builder.border()
        self._kept_blocks = True

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._open)

    def leave(self, depth: int, at: int) -> None:
        """Close what was opened since this depth."""
        if depth < len(self._open):
            self._pop_to(depth)
            self._settle(at)

    def end(self, at: int) -> None:
        """The end of everything. What is still open must stay last."""
        self.border()
        self._keep_until(at)

    def _start(self, token: Token) -> None:
        name = token.name
        block = self._is_block(name)
        if block and self._implied(name):
            self._settle(token.start)
        if name in _VOID:
            self._void(token, block)
            return
        element = _Element(name, _translated(token, self._open[-1].translated, self._language))
        self._push(element)
        if self.translates and not element.translated:
            self._kept, self._shown, self._kept_blocks = token.start, [], block
            return
        if not self.translates and element.translated:
            self._keep_until(token.start)
        if not self.translates:
            self._kept_blocks |= block
        elif block:
            self._builder.border()
        else:
            self._builder.opens(name, token.start, token.end)

    def _void(self, token: Token, block: bool) -> None:
        if not self.translates:
            self._kept_blocks |= block
        elif block:
            self._builder.border()
        elif token.name == "br":
            self._builder.line_break(token.start, token.end)
        else:
            self._builder.point(token.start, token.end)

    def _end(self, token: Token) -> None:
        name = token.name
        block = self._is_block(name)
        closed = self._close(name)
        if not self.translates:
            if closed:
                self._settle(token.end if not block or self._kept_blocks else token.start)
            if block and self.translates:
                self._builder.border()
        elif closed and not self._open[-1].translated:
            # Back in a part that stays, after one inside it that is translated.
            self._kept, self._shown, self._kept_blocks = token.start, [], True
        elif block:
            self._builder.border()
        elif name == "br":
            self._builder.line_break(token.start, token.end)
        else:
            self._builder.closes(name, token.start, token.end)

    def _is_block(self, name: str) -> bool:
        """Whether an element breaks its line; the title of an image does not."""
        return name in _BLOCK and not (name == "title" and self._names["svg"])

    def _settle(self, at: int) -> None:
        """After elements were closed: the part that stayed ends at a place, where it does."""
        if self._open[-1].translated:
            self._keep_until(at)

    def _keep_until(self, end: int) -> None:
        if self._kept is None:
            return
        if self._kept_blocks:
            self._builder.border()
        else:
            self._builder.literal("".join(self._shown), self._kept, end)
        self._kept, self._shown = None, []

    def _push(self, element: _Element) -> None:
        self._open.append(element)
        self._names[element.name] += 1

    def _implied(self, name: str) -> bool:
        """Close the elements that a block's start tag ends without their end tags; whether there were any."""
        closed = False
        while (at := self._nearest_block()) is not None and name in _ENDED_BY.get(self._open[at].name, ()):
            self._pop_to(at)
            closed = True
        return closed

    def _close(self, name: str) -> bool:
        """Close the nearest open element of a name, and those inside it; an inline one only within its block."""
        if not self._names[name]:
            return False
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].name == name:
                self._pop_to(at)
                return True
            if name not in _BLOCK and (self._open[at].name in _BLOCK or len(self._open) - at > _FARTHEST):
                return False
        return False

    def _nearest_block(self) -> int | None:
        top = len(self._open) - 1
        return next((i for i in range(top, max(0, top - _FARTHEST), -1) if self._open[i].name in _BLOCK), None)

    def _pop_to(self, at: int) -> None:
        for element in self._open[at:]:
            self._names[element.name] -= 1
        del self._open[at:]


def _translated(token: Token, outside: bool, language: str) -> bool:
    """Whether the text of an element is translated, by its own say or else by that of the elements around it."""
    if token.name in _KEPT:
        return False
    attributes = dict(reversed(token.attributes))  # of two with one name the first one counts
    wanted = _TRANSLATE.get(attributes.get("translate", "?").strip().lower())
    if wanted is not None:
        return wanted
    if "notranslate" in attributes.get("class", "").split():
        return False
    named = (attributes.get("lang", "").strip() or attributes.get("xml:lang", "").strip()).lower()
    if named and language and token.name not in ("html", "body"):
        return named.replace("_", "-").split("-")[0] == language
    return outside
