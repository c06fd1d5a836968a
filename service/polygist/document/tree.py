"""HTML as an lxml tree: built by the rules that browsers follow, bounded, and without what shows no text.

libxml2 has an HTML parser of its own. It takes quadratic time for a tag with many attributes and drops in silence what
lies deeper than 256 elements, so turbohtml parses.
"""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement, html_parser
from turbohtml.treebuild import TreeBuilder, parse_into

from polygist.errors import PageInvalid

# What is done with a tree takes, for some pages, time that grows with the square of their number, and with the number
# of pairs of an element and one that it lies in: that is, all depths together.
MOST_ELEMENTS = 20_000
DEEPEST = 200
MOST_DEPTHS = 500_000
# Values of attributes longer than this are images and programs; of a tag with more attributes the first ones count.
_LONGEST_VALUE = 1_000
_MOST_ATTRIBUTES = 64

JSON_LD = "application/ld+json"
_HTML = "http://www.w3.org/1999/xhtml"
_UNSEEN = frozenset({"noscript", "script", "style", "template"})
_NAME = re.compile(r"[a-z][a-z0-9_.-]*", re.ASCII)
# Half of a surrogate pair, on which the parser breaks where it stands in the name of a tag.
_LONE = re.compile("[\ud800-\udfff]")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Attributes = tuple[tuple[str, str | None], ...]


def writable(text: str) -> str:
    """A text without the characters that XML can't hold: most controls, and halves of surrogate pairs.

    >>> writable("a\\x00b")
    'ab'
    """
    return _NO_XML.sub("", text)


def tree(html: str) -> HtmlElement:
    """The html element of a page or fragment, without scripts (but JSON-LD), styles, templates, drawings, comments.

    Characters that XML can't hold are left out. Raises PageInvalid where there are more than MOST_ELEMENTS, where they
    nest deeper than DEEPEST, or MOST_DEPTHS added up. Linear in the text.
    """
    builder = _Builder()
    sink: TreeBuilder[_Handle] = builder
    parse_into(_LONE.sub("\ufffd", html), sink)
    builder.flush()
    return builder.root


@dataclass(slots=True)
class _Node:
    """An element and its last child so far; the document has none."""

    element: HtmlElement | None
    depth: int = 0
    last: HtmlElement | None = None


_Handle = _Node | str | None


class _Builder:
    """What turbohtml hands its nodes to, in the order of the document. What is None is dropped, and what is in it."""

    root: HtmlElement

    def __init__(self) -> None:
        self._elements = self._depths = 0
        self._place: tuple[HtmlElement, HtmlElement | None] | None = None
        self._texts: list[str] = []

    def create_document(self) -> _Node:
        return _Node(None)

    def create_doctype(self, name: str, public_id: str | None, system_id: str | None) -> None: ...

    def create_comment(self, data: str) -> None: ...

    def create_pi(self, target: str, data: str) -> None: ...

    def create_text(self, data: str) -> str:
        return writable(data)

    def create_element(self, name: str, namespace: str, attrs: Attributes) -> _Node | None:
        if namespace != _HTML or (name in _UNSEEN and ("type", JSON_LD) not in attrs):
            return None
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise PageInvalid(f"has more than {MOST_ELEMENTS} elements", "TOO_COMPLEX")
        element = html_parser.makeelement(name if _NAME.fullmatch(name) else "span")
        for key, value in attrs[:_MOST_ATTRIBUTES]:
            if _NAME.fullmatch(key) and len(value or "") <= _LONGEST_VALUE:
                element.set(key, writable(value or ""))
        return _Node(element)

    def append(self, parent: _Handle, child: _Handle) -> None:
        if not isinstance(parent, _Node) or child is None:
            return
        if isinstance(child, str):
            self._add_text(parent, child)
        elif parent.element is None:
            self.root = child.element
        else:
            child.depth = parent.depth + 1
            self._depths += child.depth
            if child.depth > DEEPEST or self._depths > MOST_DEPTHS:
                raise PageInvalid("nests its elements too deep", "TOO_COMPLEX")
            parent.element.append(child.element)
            parent.last = child.element

    def _add_text(self, parent: _Node, text: str) -> None:
        if parent.element is None:
            return
        place = parent.element, parent.last
        if place != self._place:
            self.flush()
            self._place = place
        self._texts.append(text)

    def flush(self) -> None:
        """Put the text that was gathered into its place; text that comments cut in pieces is one."""
        if self._place is None:
            return
        parent, last = self._place
        text, self._texts = "".join(self._texts), []
        if last is None:
            parent.text = text
        else:
            last.tail = text
