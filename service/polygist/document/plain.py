"""Extracted elements as text that `parse` can read: headings with # marks, list items with - or numbers, quotations
with >, rows of tables between bars.

The names of the elements are those that trafilatura gives (https://trafilatura.readthedocs.io): head, list and item,
table, row and cell, quote, code, lb for a line break, p. Others are taken for marks inside a sentence.
"""

import re
from collections.abc import Callable, Iterator

from lxml.etree import _Element, strip_tags

from polygist.document.headings import is_marked_heading

# Longer cells are columns of a layout, not data.
_LONGEST_CELL = 120
_LONGEST_COUNT = 99  # of the numbers that `parse` takes for those of a list
# Soft hyphens, zero-width spaces and their like tell where a word may be broken.
_HINTS = re.compile("[\xad\u200b\u2060\ufeff]")
_SPACE = re.compile(r"\s+")


def text(element: _Element) -> str:
    """The blocks of an element, a blank line between them: p A, list of B and C -> 'A\\n\\n- B\\n- C'.

    A row of a table is a line with its cells between bars; where it has one cell, or long ones, each is a block.
    Changes the element.
    """
    strip_tags(element, *({str(e.tag) for e in element.iter()} - {"lb", *_KINDS}))
    return "\n\n".join(_blocks(element))


def line(text: str | None) -> str:
    """A text on one line, without hints for line breaks inside words: ' a\\n b\\xadc' -> 'a bc'; None -> ''."""
    return _spaced(text).strip()


def _blocks(element: _Element) -> Iterator[str]:
    """The blocks in an element. What stands between them is one, too."""
    run = _spaced(element.text)
    for child in element:
        if child.tag == "lb":
            run += "\n"
        elif _is_phrase(child):
            run += _spaced(child.text)
        else:
            yield from _lines(run)
            run = ""
            yield from _KINDS[str(child.tag)](child)
        run += _spaced(child.tail)
    yield from _lines(run)


def _is_phrase(element: _Element) -> bool:
    """Whether it stands inside of a sentence: code of one line, or <q>, which becomes a quote in a p."""
    parent = element.getparent()
    if parent is None or len(element) > 0:
        return False
    one_line = "\n" not in (element.text or "").strip()
    return (element.tag == "code" and parent.tag != "body" and one_line) or (
        element.tag == "quote" and parent.tag == "p"
    )


def _spaced(text: str | None) -> str:
    return _SPACE.sub(" ", _HINTS.sub("", text or ""))


def _lines(run: str) -> Iterator[str]:
    lines = (line.strip() for line in run.split("\n"))
    if block := "\n".join(line for line in lines if line):
        yield block


def _heading(element: _Element) -> Iterator[str]:
    level = element.get("rend", "h2").removeprefix("h")
    words = line(" ".join(element.itertext()))
    marked = f"{'#' * int(level)} {words}"
    if words:
        yield marked if is_marked_heading(marked) else words


def _list(element: _Element) -> Iterator[str]:
    numbered = element.get("rend") == "ol" and len(element) <= _LONGEST_COUNT
    items = ("\n".join(_blocks(item)) for item in element)
    lines = [f"{n}. {item}" if numbered else f"- {item}" for n, item in enumerate(filter(None, items), start=1)]
    if lines:
        yield "\n".join(lines)


def _quote(element: _Element) -> Iterator[str]:
    for block in _blocks(element):
        yield "\n".join(f"> {line}" for line in block.split("\n"))


def _table(element: _Element) -> Iterator[str]:
    data: list[str] = []
    for row in element:
        cells = [found for cell in row if (found := list(_blocks(cell)))]
        if len(cells) > 1 and all(len(found) == 1 and len(found[0]) <= _LONGEST_CELL for found in cells):
            data.append(f"| {' | '.join(' '.join(cell.split(chr(10))) for (cell,) in cells)} |")
            continue
        yield from _lines("\n".join(data))
        data = []
        for found in cells:
            yield from found
    yield from _lines("\n".join(data))


def _code(element: _Element) -> Iterator[str]:
    code = "".join(element.itertext()).strip("\n")
    if code.strip():
        yield code


_CONTAINERS = ("body", "cell", "div", "item", "p", "pre", "row")
_KINDS: dict[str, Callable[[_Element], Iterator[str]]] = dict.fromkeys(_CONTAINERS, _blocks) | {
    "blockquote": _quote,
    "code": _code,
    "head": _heading,
    "list": _list,
    "quote": _quote,
    "table": _table,
}
