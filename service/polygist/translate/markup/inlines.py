"""Inline Markdown with its places: what each part of a line of Markdown is, and where it stands.

markdown-it-py says what a line holds but not where. Its rules are wrapped here to note the place of what each matched.
"""

from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType


@dataclass
class Found:
    """A part of a line and its place. `kind` is the type of the token that it became, or delimiter."""

    kind: str
    start: int
    end: int
    token: Token
    label: str = ""  # of a link, its text as it is written


class _State(StateInline):
    """A parse whose finds are noted."""

    def __init__(self, src: str, md: MarkdownIt, env: EnvType) -> None:
        super().__init__(src, md, env, [])
        self.found: list[Found] = []


def note_places(md: MarkdownIt, rules: dict[str, RuleFuncInlineType]) -> None:
    """Make a parser note places for `inline`; `rules` are its own rules by name."""
    for name, rule in rules.items():
        if name in ("emphasis", "strikethrough"):
            md.inline.ruler.at(name, _delimiters(rule))
        elif name == "link":
            md.inline.ruler.at(name, _link(rule))
        else:
            md.inline.ruler.at(name, _simple(rule))


def inline(md: MarkdownIt, text: str, env: EnvType) -> list[Found]:
    """The parts of the content of a block in order; what lies between them is plain text."""
    state = _State(text, md, env)
    md.inline.tokenize(state)
    for rule in md.inline.ruler2.getRules(""):
        rule(state)
    return state.found


def _simple(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def noting(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        matched = rule(state, silent)
        if matched and not silent and isinstance(state, _State):
            # Text that waited may have become a token before the rule's own.
            made = [t for t in state.tokens[before:] if t.type != "text"]
            if made:
                state.found.append(Found(made[0].type, start, state.pos, made[0]))
        return matched

    return noting


def _delimiters(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def noting(state: StateInline, silent: bool) -> bool:
        start, before, waiting = state.pos, len(state.tokens), bool(state.pending)
        matched = rule(state, silent)
        if matched and not silent and isinstance(state, _State):
            at = start
            for token in state.tokens[before + waiting :]:
                state.found.append(Found("delimiter", at, at + len(token.content), token))
                at += len(token.content)
        return matched

    return noting


def _link(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def noting(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if silent or not isinstance(state, _State):
            return rule(state, silent)
        before = len(state.found)
        if not rule(state, silent):
            return False
        end, state.pos = state.pos, start
        label_end = state.md.helpers.parseLinkLabel(state, start, True)
        state.pos = end
        token, label = state.tokens[-1], state.src[start + 1 : label_end]
        state.found.insert(before, Found("link_open", start, start + 1, token, label))
        state.found.append(Found("link_close", label_end, end, token, label))
        return True

    return noting
