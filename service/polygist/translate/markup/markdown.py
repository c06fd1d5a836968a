"""Markdown (CommonMark with tables, strikethrough, footnotes, definition and task lists): what of it is text.

Kept as they are: front matter, code, formulas and shortcodes (see `extensions`), images with their alternative text,
link targets and titles, link definitions, footnote labels, HTML tags. HTML in it follows the rules of `html`. The lines
of a translated paragraph become one.
"""

import re
from bisect import bisect_right
from functools import cache, partial

from markdown_it import MarkdownIt, rules_inline
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref
from mdit_py_plugins.front_matter import front_matter_plugin

from polygist.translate.markup import html
from polygist.translate.markup.builder import Builder
from polygist.translate.markup.extensions import extend, verbatim
from polygist.translate.markup.inlines import Found, inline, note_places
from polygist.translate.markup.runs import Document

_LINE_END = re.compile(r"\r\n|\r|\n")
_TASK = ("[ ] ", "[x] ", "[X] ")
# Code points of the label of a footnote, as CommonMark has it for links.
_LONGEST_LABEL = 999


def parse(text: str, language: str) -> Document:
    """The runs of a Markdown text in `language` (BCP-47). Never fails; about linear in the text."""
    reader = _Reader(text, language)
    reader.read()
    return reader.builder.document()


def escape(text: str, before: str, after: str) -> str:
    r"""Text as Markdown, with a backslash where it would be markup otherwise.

    >>> escape("1. *Snake_case* & [co]", "\n", "\n")
    '1\\. \\*Snake_case\\* & \\[co\\]'
    """
    whole = f"{before[-1:]}{text}{after[:1]}"
    written = [_escaped(whole, i) for i in range(1, len(text) + 1)]
    if before.endswith("\n"):
        written = _start(text, written)
    if after.startswith("\n") and written and text.endswith("#"):
        written[-1] = "\\#"  # else the end of a heading takes it
    return "".join(written)


def escape_cell(text: str, before: str, after: str) -> str:
    """Text as Markdown in a cell of a table."""
    return escape(text, before, after).replace("|", "\\|")


def _escaped(whole: str, at: int) -> str:
    """One character of a text, which has a neighbour at both sides."""
    char, before, after = whole[at], whole[at - 1], whole[at + 1 : at + 2]
    if char in "\\`[]":
        special = True
    elif char == "*":
        special = not (before.isspace() and after.isspace())
    elif char == "_":
        special = not (before.isalnum() and after.isalnum())
    elif char == "~":
        special = "~" in (before, after)
    elif char == "<":
        special = not (after.isspace() or after.isdecimal())
    elif char == "&":
        special = after == "#" or after.isalnum() or after == ""
    elif char in "!^":
        special = after == "["
    else:
        special = False
    return "\\" + char if special else char


def _start(text: str, written: list[str]) -> list[str]:
    """The beginning of a line, where a list, a heading or a quote could begin."""
    digits = len(text) - len(text.lstrip("0123456789"))
    at = digits if 0 < digits < 10 and text[digits : digits + 1] in (".", ")") else 0
    if text[at : at + 1] and (at or text[0] in "#>+-=~:|*_"):
        written[at] = "\\" + text[at]
    return written


def _limited_footnote(state: StateInline, silent: bool) -> bool:
    """The rule of the plugin reads on to the end of a text for every label that has none."""
    near = state.src.find("]", state.pos, state.pos + _LONGEST_LABEL)
    return near >= 0 and footnote_ref(state, silent)


_RULES: dict[str, RuleFuncInlineType] = {
    "newline": rules_inline.newline,
    "escape": rules_inline.escape,
    "backticks": rules_inline.backtick,
    "strikethrough": rules_inline.strikethrough.tokenize,
    "emphasis": rules_inline.emphasis.tokenize,
    "link": rules_inline.link,
    "image": rules_inline.image,
    "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline,
    "entity": rules_inline.entity,
    "footnote_ref": _limited_footnote,
    "verbatim": verbatim,
}


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    md.use(front_matter_plugin).use(partial(footnote_plugin, inline=False)).use(deflist_plugin).use(extend)
    md.inline.ruler2.disable(["fragments_join"])  # it would change tokens that were noted
    note_places(md, _RULES)
    return md


class _Places:
    """Where the characters of a block's content stand in the source: from each start on, side by side."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._sources: list[int] = []

    def add(self, start: int, source: int) -> None:
        self._starts.append(start)
        self._sources.append(source)

    def start(self, at: int) -> int:
        i = max(0, bisect_right(self._starts, at) - 1)
        return self._sources[i] + at - self._starts[i]

    def end(self, at: int) -> int:
        """The place after the character before `at`."""
        return self.start(at - 1) + 1


class _Reader:
    """Reads a Markdown text into a builder, block by block."""

    def __init__(self, text: str, language: str) -> None:
        self.builder = Builder(text)
        self._html = html.Reader(self.builder, language)
        self._env: EnvType = {}
        self._lines: list[str] = []
        self._starts: list[int] = []
        done = 0
        for found in (*_LINE_END.finditer(text), None):
            end = found.start() if found else len(text)
            self._lines.append(text[done:end].replace("\0", "\ufffd"))
            self._starts.append(done)
            done = found.end() if found else end

    def read(self) -> None:
        tokens: list[Token] = []
        md, cell, column = _parser(), False, 0
        md.block.parse("\n".join(self._lines), md, self._env, tokens)
        for token in tokens:
            if token.type == "tr_open":
                column = 0
            elif token.type in ("th_open", "td_open"):
                cell = True
            elif token.type in ("th_close", "td_close"):
                cell = False
            elif token.type == "html_block":
                self._html_block(token)
            elif token.type == "inline" and token.content and token.map:
                places, column = self._cell(token, column) if cell else (self._paragraph(token), 0)
                self.builder.escape = escape_cell if cell else escape
                if places:
                    self._inline(token.content, places)
        self._html.end(self._starts[-1] + len(self._lines[-1]))

    def _paragraph(self, token: Token) -> _Places | None:
        """The places of content whose lines are the ends of lines of the source; None where they are not found."""
        places, start, first = _Places(), 0, (token.map or [0])[0]
        for i, line in enumerate(token.content.split("\n")):
            body, source = line.strip(), self._lines[first + i] if first + i < len(self._lines) else ""
            at = source.rfind(body)
            if at < 0 or source[at + len(body) :].strip().strip("#"):
                return None
            lead = len(line) - len(line.lstrip())
            places.add(start + lead, self._starts[first + i] + at)
            start += len(line) + 1
        return places

    def _cell(self, token: Token, column: int) -> tuple[_Places | None, int]:
        """The places of the content of a table's cell that begins at a column or after it, and the column after it."""
        row = (token.map or [0])[0]
        written = token.content.replace("|", "\\|")
        at = self._lines[row].find(written, column)
        if at < 0:
            return None, column
        places, source = _Places(), self._starts[row] + at
        places.add(0, source)
        for i, pipe in enumerate(m.start() for m in re.finditer(r"\|", token.content)):
            places.add(pipe, source + pipe + i + 1)
        return places, at + len(written)

    def _html_block(self, token: Token) -> None:
        places = self._paragraph(token)
        if not places:
            return
        self._html.border()
        self.builder.escape = html.escape
        for found in html.tokens(token.content):
            self._html.take(found._replace(start=places.start(found.start), end=places.end(found.end)))
        self._html.border()

    def _inline(self, content: str, places: _Places) -> None:
        self._html.border()
        depth, done = self._html.depth, 0
        if content.startswith(_TASK):
            done = len("[ ]")
        for found in inline(_parser(), content, self._env):
            if found.start < done:  # a task's box that is a link, too
                continue
            if found.kind == "hardbreak":  # the spaces before it belong to it
                found.start = done + len(content[done : found.start].rstrip(" "))
            self._text(content, done, found.start, places)
            done = found.end
            self._part(content, found, places)
        self._text(content, done, len(content), places)
        self._html.leave(depth, places.end(len(content)))
        self._html.border()

    def _text(self, content: str, start: int, end: int, places: _Places) -> None:
        if start < end:
            self._html.text(content[start:end], places.start(start), places.end(end))

    def _part(self, content: str, found: Found, places: _Places) -> None:
        start, end = places.start(found.start), places.end(found.end)
        kind, token = found.kind, found.token
        if kind == "html_inline":
            for tag in html.tokens(content[found.start : found.end]):
                self._html.take(tag._replace(start=start, end=end))
        elif not self._html.translates or kind == "text_special":
            self._html.text(_shown(found), start, end)
        elif kind == "delimiter":
            self._delimiter(found, start, end)
        elif kind == "softbreak":
            self.builder.space(start, places.start(found.end))
        elif kind == "hardbreak":
            self.builder.line_break(start, places.start(found.end))
        elif kind in ("code_inline", "verbatim"):
            self.builder.literal(token.content, start, end)
        elif token.markup == "autolink":
            self.builder.literal(content[found.start + 1 : found.end - 1], start, end)
        elif kind == "link_open":
            self.builder.opens("a", start, end)
        elif kind == "link_close":
            short = content[found.start : found.end] in ("]", "][]")
            self.builder.closes("a", start, end, f"][{found.label}]" if short else "")
        else:
            self.builder.point(start, end)

    def _delimiter(self, found: Found, start: int, end: int) -> None:
        """A `*`, `_` or `~~`; of two that say strong one is the tag, and the other one, beside it, is empty."""
        token = found.token
        other = len(token.markup) - (found.end - found.start)
        if token.nesting > 0:
            self.builder.opens(token.tag, start - other, end)
        elif token.nesting < 0:
            self.builder.closes(token.tag, start, end + other)
        elif token.content:
            self.builder.text(token.content, start, end)


def _shown(found: Found) -> str:
    return found.token.content if found.kind in ("text_special", "code_inline", "verbatim") else ""
