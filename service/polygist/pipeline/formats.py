"""The formats that texts come in with markup, and what of them is text."""

from collections.abc import Callable, Mapping

from polygist.translate.markup import html, markdown
from polygist.translate.markup.runs import Document
from polygist.types import MimeType

_PARSERS: Mapping[MimeType, Callable[[str, str], Document]] = {
    MimeType.HTML: html.parse,
    MimeType.MARKDOWN: markdown.parse,
}


def parse(text: str, mime_type: MimeType, language: str) -> Document | None:
    """A text in `language` with markup; None where it is plain. Takes up to seconds for a long one."""
    parser = _PARSERS.get(mime_type)
    return parser(text, language) if parser else None


def shown(text: str, mime_type: MimeType) -> str:
    """What of a text is language: all of a plain one, and of one with markup what would be translated."""
    document = parse(text, mime_type, "")
    return text if document is None else "\n".join(run.text for run in document.runs)
