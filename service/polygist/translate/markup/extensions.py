"""What Markdown has beyond CommonMark that is no language: TOML front matter, formulas, shortcodes."""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# Lines of a formula, and code points of what stands in a line.
_MOST_LINES = 200
_LONGEST = 2_000
# Formulas, shortcodes of Hugo, and tags of Jinja and Liquid; of two that begin alike the longer one first.
_PAIRS = (("$$", "$$"), ("{{<", ">}}"), ("{{%", "%}}"), ("{{", "}}"), ("{%", "%}"))


def extend(md: MarkdownIt) -> None:
    """Let a parser know them: as `front_matter`, `math_block`, and in lines `verbatim`."""
    md.block.ruler.before("table", "toml_front_matter", toml_front_matter)
    md.block.ruler.before("table", "math_block", math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.inline.ruler.before("escape", "verbatim", verbatim)


def verbatim(state: StateInline, silent: bool) -> bool:
    """A formula or shortcode in a line. At most so long, so that what is never closed costs little."""
    for opening, closing in _PAIRS:
        start = state.pos + len(opening)
        if state.src.startswith(opening, state.pos) and (end := state.src.find(closing, start, start + _LONGEST)) >= 0:
            if not silent:
                token = state.push("verbatim", "", 0)
                token.content = state.src[state.pos : end + len(closing)]
            state.pos = end + len(closing)
            return True
    return False


def toml_front_matter(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """From +++ in the first line of a text to the next +++."""
    return first == 0 and state.parentType == "root" and _fenced(state, first, end, silent, "+++", "front_matter", end)


def math_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """From $$ alone in a line to the next $$."""
    return _fenced(state, first, end, silent, "$$", "math_block", first + 1 + _MOST_LINES)


def _fenced(state: StateBlock, first: int, end: int, silent: bool, fence: str, name: str, last: int) -> bool:
    if _line(state, first) != fence:
        return False
    closing = next((i for i in range(first + 1, min(end, last)) if _line(state, i) == fence), None)
    if closing is None:
        return False
    if not silent:
        token = state.push(name, "", 0)
        token.map = [first, closing + 1]
        state.line = closing + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
