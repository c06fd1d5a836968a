"""HTML and Markdown that are translated: what is not text comes back as it was, every tag and mark with it."""

import asyncio
from collections import Counter

from polygist.translate.markup import html, markdown
from polygist.translate.markup.runs import Mark, render
from polygist.translate.markup.translation import translate
from polygist.types import SentencePair, Span, TranslatedText
from tests.fuzz.given import text_of


def check(data: bytes) -> None:
    language, source = text_of(data)
    for parser in (html, markdown):
        document = parser.parse(source, language)
        assert "".join(p if isinstance(p, str) else source[slice(*p.span)] for p in document.pieces) == source
        assert render(document, [None] * len(document.runs)) == source
        for run in document.runs:
            assert 0 <= run.span.start < run.span.end <= len(source)
            for i in {0, len(run.text) - 1}:
                start, end = run.source_span(Span(i, i + 1))
                assert run.span.start <= start < end <= run.span.end
        done = asyncio.run(translate(document, _capitals)).text
        if parser is html:
            assert _tags(done) == _tags(source)
        else:
            marks = [mark for run in document.runs for mark in _flat(run.marks)]
            assert all(mark.opening.strip() in done for mark in marks)


async def _capitals(text: str) -> TranslatedText:
    made = " ".join(reversed(text.upper().split(" ")))
    return TranslatedText(made, pairs=(SentencePair(Span(0, len(text)), Span(0, len(made))),) if made else ())


def _tags(text: str) -> Counter[str]:
    return Counter(text[t.start : t.end].strip() for t in html.tokens(text) if t.kind != "text")


def _flat(marks: tuple[Mark, ...]) -> list[Mark]:
    return [found for mark in marks for found in (mark, *_flat(mark.children))]
